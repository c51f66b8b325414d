/// The graph of an entry as it was built, one node for each layer, library call and operator of a user's text.
#pragma once
#include "report/places.h"

namespace dl::report {

struct Node {
  enum class Kind : uint8_t { Input, Layer, Function, Output };
  Kind kind = Kind::Function;
  std::string title, detail; ///< "conv2d_1", "conv2d(64, kernel: 3)"
};
struct Edge {
  size_t from = 0, to = 0;
  std::string shape; ///< "f32[b, 64]"
  bool operator==(const Edge &) const = default;
};
struct Graph {
  std::vector<Node> nodes; ///< every edge leads to a later node
  std::vector<Edge> edges; ///< by where they begin
};

/// Of the first call of each model instance of the entry; of all of its forward pass if there are none.
Graph graphOf(const Places &places, const ir::Function &entry);

} // namespace dl::report

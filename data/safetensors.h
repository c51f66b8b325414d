/// Tensors by name: the format of weights and snapshots. Sizes and offsets are checked before anything is believed.
#pragma once
#include "data/element.h"
#include "data/file.h"
#include "support/result.h"
#include <map>
#include <string>
#include <vector>

namespace dl::data {

/// A tensor in someone else's memory (any alignment), row-major.
struct TensorView {
  std::string name;
  Element element = Element::F32;
  std::vector<int64_t> shape;
  const uint8_t *data = nullptr;
  int64_t bytes() const { return countOf(shape) * elementBytes(element); }
};

class SafetensorsFile {
public:
  SafetensorsFile() = default;
  static Result<SafetensorsFile> open(const std::string &path);
  /// From bytes; `name` is for messages.
  static Result<SafetensorsFile> parse(Bytes bytes, const std::string &name);
  /// In the order of their offsets in the file.
  const std::vector<TensorView> &tensors() const { return tensors_; }
  const TensorView *find(const std::string &name) const;
  const std::map<std::string, std::string> &metadata() const { return metadata_; }

private:
  Bytes bytes_;
  std::vector<TensorView> tensors_;
  std::map<std::string, std::string> metadata_;
};

/// Atomically (see file.h). The bytes of the file depend on the arguments alone.
Status writeSafetensors(const std::string &path, const std::vector<TensorView> &tensors,
                        const std::map<std::string, std::string> &metadata = {});

} // namespace dl::data

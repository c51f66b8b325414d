/// What the commands of a program cost, by layer and by line: arithmetic and traffic of the transformed graph, memory of
/// the buffer plan.
#pragma once
#include "passes/memory/memory_plan.h"
#include "report/places.h"
#include <array>
#include <map>

namespace dl::report {

constexpr size_t kPhases = 3; ///< as numbers of ir::Phase

struct Cost {
  int64_t multiplyAdds = 0;
  int64_t flops = 0;  ///< of all arithmetic: a multiply-add is two
  int64_t bytes = 0;  ///< read and written by kernels
  int64_t memory = 0; ///< bytes of the arena in use, at most
  bool any() const { return flops != 0 || bytes != 0; }
};
using Costs = std::array<Cost, kPhases>;
Cost sumOf(const Costs &costs);

struct LayerCosts {
  std::string path, model, settings, output; ///< without a path: what belongs to no instance
  int64_t parameters = 0;
  Costs costs;
};
struct LineCosts {
  SourceRange where;  ///< something in it
  std::string output; ///< the last tensor that it makes
  int64_t parameters = 0;
  Costs costs;
};

/// Ops that run equally often: the body of a command, or of one of its loops.
struct Part {
  enum class Kind : uint8_t {
    Command,
    Loop,    ///< one turn of it
    Initial, ///< what runs only where there are no weights yet
  };
  Kind kind = Kind::Command;
  SourceRange loop;
  int64_t rows = 0; ///< of a turn's batch at most, 0: none
  std::vector<LayerCosts> layers;
  std::vector<LineCosts> lines;
  Costs costs;
};

struct CommandCosts {
  std::string name;
  int64_t parameters = 0, parameterBytes = 0;
  int64_t arenaBytes = 0;
  std::vector<Part> parts; ///< those that cost anything, the command itself first
};

/// What lines make and hold, read off the graph as it was built.
struct LineFacts {
  std::string output;
  int64_t parameters = 0;
};
using Lines = std::map<std::pair<uint32_t, uint32_t>, LineFacts>; ///< by file and line
Lines linesOf(const Places &places, const ir::Function &entry);

/// Of an entry whose memory is planned.
CommandCosts costsOf(const Places &places, const passes::MemoryPlan &plan, const Lines &lines);

} // namespace dl::report

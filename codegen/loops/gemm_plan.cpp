#include "codegen/loops/gemm_plan.h"
#include <algorithm>

namespace dl::codegen {

namespace {

constexpr int64_t kSmallCube = 200LL * 200 * 200; ///< below it nothing needs packing
constexpr int64_t kPackedBytes = 1 << 20;         ///< of packed rows: half of the second cache
constexpr int64_t kRowBlock = 252;
constexpr int kLeastItems = 8;
constexpr int64_t kColumnPanels = 32; ///< of a block whose chunks are packed one by one
constexpr int64_t kRowsEnough = 12;
constexpr int64_t kManyTiles = 16; ///< with so many, rows missing in the last one cost nothing
constexpr int64_t kAliasBytes = 4096; ///< lines this far apart share a set of the first cache

int64_t bytesOf(const ContractSpec &spec) { return spec.elem == Prim::F64 ? 8 : 4; }

int64_t coefficient(const ContractFactor &factor, size_t dim, int name) {
  for (auto [n, c] : factor.index[dim].terms)
    if (n == name) return c;
  return 0;
}
bool mentions(const ContractFactor &factor, int name) {
  for (size_t d = 0; d < factor.index.size(); ++d)
    if (coefficient(factor, d, name) != 0) return true;
  return false;
}
/// Elements between neighbours along a name.
int64_t strideOf(const ContractFactor &factor, int name) {
  int64_t stride = 0;
  for (size_t d = 0; d < factor.index.size(); ++d) stride += coefficient(factor, d, name) * factor.strides[d];
  return stride;
}
bool guardedBy(const ContractFactor &factor, int name) {
  for (size_t d = 0; d < factor.index.size(); ++d)
    if (factor.index[d].guarded && coefficient(factor, d, name) != 0) return true;
  return false;
}

/// Rows of a register tile: a divisor of the bound if there is a good one, else even tiles.
int tileRows(int64_t bound, int most) {
  if (bound <= most) return static_cast<int>(std::max<int64_t>(bound, 1));
  for (int rows = most; rows * 2 >= most && rows >= 4; --rows)
    if (bound % rows == 0) return rows;
  int64_t tiles = (bound + most - 1) / most;
  return static_cast<int>((bound + tiles - 1) / tiles);
}

struct Shape {
  const ContractSpec &spec;
  int64_t bound(int name) const { return std::max<int64_t>(spec.names[static_cast<size_t>(name)].bound, 1); }
  int64_t work() const {
    int64_t n = 1;
    for (size_t i = 0; i < spec.names.size(); ++i) n *= bound(static_cast<int>(i));
    return n;
  }
  int64_t depth() const {
    int64_t n = 1;
    for (size_t i = static_cast<size_t>(spec.outCount); i < spec.names.size(); ++i) n *= bound(static_cast<int>(i));
    return n;
  }
};

/// Only `own` mentions the name, and no guard watches it.
bool isOwn(const ContractSpec &spec, int name, int own, int other) {
  const auto &mine = spec.factors[static_cast<size_t>(own)], &theirs = spec.factors[static_cast<size_t>(other)];
  return mentions(mine, name) && !mentions(theirs, name) && !guardedBy(mine, name);
}

/// The last result name that only `own` mentions (rows: the one with the most to share).
int ownName(const ContractSpec &spec, int own, int other, int except) {
  Shape shape{spec};
  int best = -1;
  for (int n = 0; n < spec.outCount; ++n) {
    if (n == except || !isOwn(spec, n, own, other)) continue;
    if (best < 0 || shape.bound(n) >= shape.bound(best)) best = n;
  }
  return best;
}

/// The innermost own name with rows enough for a tile (their lines do not fall onto each other in a cache), else the longest.
int rowsName(const ContractSpec &spec, int own, int other) {
  for (int n = spec.outCount; n-- > 0;)
    if (isOwn(spec, n, own, other) && Shape{spec}.bound(n) >= kRowsEnough) return n;
  return ownName(spec, own, other, -1);
}

/// Operands may be copied into panels: the terms are all there, and none is read by several of them.
bool isPackable(const ContractSpec &spec) {
  bool single = static_cast<int>(spec.names.size()) == spec.outCount + 1;
  for (const auto &factor : spec.factors)
    for (const auto &index : factor.index)
      if (index.guarded || (!single && index.terms.size() > 1)) return false;
  return true;
}

void addAxes(const ContractSpec &spec, GemmPlan &plan) {
  for (int n = 0; n < spec.outCount; ++n) {
    bool tiled = n == plan.rowName || n == plan.outerName || n == plan.columnName || (plan.kind == GemmPlan::Kind::Panel && n == plan.vectorName);
    if (!tiled) plan.axes.push_back({n, 1});
  }
}

/// Blocks of rows and columns for one work item each.
void addBlocks(const Shape &shape, GemmPlan &plan, int64_t rows, int64_t others, int64_t columns) {
  int64_t outer = 1, bytes = bytesOf(shape.spec), width = static_cast<int64_t>(plan.lanes) * plan.vectors;
  for (const ItemAxis &axis : plan.axes) outer *= shape.bound(axis.name);
  int64_t allRows = (rows + plan.rows - 1) / plan.rows * plan.rows;
  int64_t depth = std::min(shape.depth(), shape.spec.order.chunk), chunks = (shape.depth() + depth - 1) / depth;
  int64_t most = plan.packA ? std::clamp<int64_t>(kPackedBytes / (depth * bytes), plan.rows, kRowBlock) : allRows * others;
  int64_t rowBlock = std::clamp<int64_t>(most / plan.rows, 1, allRows / plan.rows) * plan.rows;
  int64_t otherBlock = std::clamp<int64_t>(most / allRows, 1, others);
  int64_t columnBlock = (columns + width - 1) / width * width;
  if (plan.packB && chunks > 1) columnBlock = std::min(columnBlock, kColumnPanels * width); // their sums wait in memory
  auto up = [](int64_t a, int64_t b) { return (a + b - 1) / b; };
  rowBlock = up(up(rows, up(rows, rowBlock)), plan.rows) * plan.rows; // even blocks
  // Enough items for a few threads: first cut columns, then rows.
  auto items = [&] { return outer * up(others, otherBlock) * up(rows, rowBlock) * up(columns, columnBlock); };
  while (items() < kLeastItems && columnBlock > width && !plan.packA) columnBlock = (columnBlock / width + 1) / 2 * width;
  while (items() < kLeastItems && rowBlock > plan.rows && !plan.packB) rowBlock = (rowBlock / plan.rows + 1) / 2 * plan.rows;
  if (plan.outerName >= 0) plan.axes.push_back({plan.outerName, otherBlock});
  plan.axes.push_back({plan.rowName, rowBlock});
  plan.axes.push_back({plan.vectorName, columnBlock});
}

std::optional<GemmPlan> planPanel(const ContractSpec &spec, const TargetInfo &target) {
  Shape shape{spec};
  GemmPlan plan;
  plan.lanes = spec.elem == Prim::F64 ? target.lanes / 2 : target.lanes;
  plan.vectorName = spec.outCount - 1;
  bool inA = mentions(spec.factors[0], plan.vectorName), inB = mentions(spec.factors[1], plan.vectorName);
  if (inA == inB) return std::nullopt;
  plan.a = inB ? 0 : 1, plan.b = inB ? 1 : 0;
  const ContractFactor &b = spec.factors[static_cast<size_t>(plan.b)];
  if (shape.bound(plan.vectorName) < plan.lanes / 4) return std::nullopt;
  int64_t stride = strideOf(b, plan.vectorName);
  plan.transposeB = stride != 1;
  if (plan.transposeB && guardedBy(b, plan.vectorName)) return std::nullopt;
  plan.rowName = rowsName(spec, plan.a, plan.b);
  if (plan.rowName < 0) return std::nullopt;
  int64_t columns = shape.bound(plan.vectorName), rows = shape.bound(plan.rowName), depth = shape.depth();
  plan.vectors = columns <= plan.lanes ? 1 : 2;
  int registers = target.vectorRegisters - 2 - plan.vectors;
  int most = std::min(plan.vectors == 1 ? 24 : 14, registers / plan.vectors);
  plan.rows = rows >= kManyTiles * most ? most : tileRows(rows, most);
  plan.flops = shape.work();
  int other = -1; // a second name of the rows
  for (int n = 0; n < spec.outCount; ++n)
    if (n != plan.rowName && isOwn(spec, n, plan.a, plan.b) && (other < 0 || shape.bound(n) >= shape.bound(other))) other = n;
  int64_t others = other < 0 ? 1 : shape.bound(other);
  // Large operands are copied once into the order they are read in.
  bool packable = isPackable(spec), large = rows * others * columns * depth > kSmallCube;
  if (plan.transposeB && !packable) return std::nullopt;
  int64_t fewRows = bytesOf(spec) * strideOf(b, static_cast<int>(spec.names.size()) - 1) % kAliasBytes == 0 ? 16 : 64;
  large &= rows * others > fewRows;
  plan.packB = packable && (plan.transposeB || large);
  plan.packA = packable && large;
  if (plan.packB) plan.outerName = other;
  if (plan.outerName < 0) others = 1;
  addAxes(spec, plan);
  addBlocks(shape, plan, rows, others, columns);
  return plan;
}

std::optional<GemmPlan> planDot(const ContractSpec &spec, const TargetInfo &target) {
  Shape shape{spec};
  GemmPlan plan;
  plan.kind = GemmPlan::Kind::Dot;
  plan.lanes = spec.elem == Prim::F64 ? target.lanes / 2 : target.lanes;
  plan.vectorName = static_cast<int>(spec.names.size()) - 1;
  for (const auto &factor : spec.factors) {
    if (strideOf(factor, plan.vectorName) != 1) return std::nullopt;
  }
  // Rows: the factor that reads the summed name alone; columns: names of the other.
  plan.rowName = ownName(spec, 0, 1, -1);
  plan.columnName = ownName(spec, 1, 0, -1);
  for (int n = 0; n < spec.outCount; ++n) // a tap: guarded names may be columns too, their masks are made per column
    if (n == spec.outCount - 1 && mentions(spec.factors[1], n) != mentions(spec.factors[0], n)) {
      bool inB = mentions(spec.factors[1], n);
      plan.a = inB ? 0 : 1, plan.b = inB ? 1 : 0;
      plan.columnName = n;
      plan.rowName = ownName(spec, plan.a, plan.b, n);
    }
  if (plan.rowName == plan.columnName) plan.columnName = -1;
  int vectorsPerResult = static_cast<int>(std::max<int64_t>(spec.order.lanes / plan.lanes, 1));
  int accumulators = std::max(1, (target.vectorRegisters - 8) / vectorsPerResult);
  plan.vectors = plan.columnName < 0 ? 1 : tileRows(shape.bound(plan.columnName), std::min(5, accumulators));
  plan.rows = plan.rowName < 0 ? 1 : tileRows(shape.bound(plan.rowName), std::max(1, std::min(6, accumulators / plan.vectors)));
  plan.flops = shape.work();
  addAxes(spec, plan);
  if (plan.rowName >= 0) plan.axes.push_back({plan.rowName, plan.rows});
  if (plan.columnName >= 0) plan.axes.push_back({plan.columnName, plan.vectors});
  return plan;
}

} // namespace

std::optional<GemmPlan> planGemm(const ContractSpec &spec, const TargetInfo &target) {
  if (spec.factors.size() != 2 || static_cast<int>(spec.names.size()) == spec.outCount) return std::nullopt;
  if (spec.elem != Prim::F32 && spec.elem != Prim::F64) return std::nullopt;
  if (spec.order.lanes > 1) return planDot(spec, target);
  if (spec.outCount == 0) return std::nullopt;
  return planPanel(spec, target);
}

} // namespace dl::codegen

/// Contractions by register tiles: MR rows of one factor, broadcast, times NV vectors of the other. Operands are read in
/// place, or from panels in scratch where that pays (gemm_plan.cpp decides).
#include "codegen/loops/gemm_pack.h"
#include "codegen/loops/gemm_panel.h"

namespace dl::codegen {

namespace {

class PanelGemm {
public:
  PanelGemm(GemmLoops &loops, const ContractSink &sink) : l(loops), at(loops.at), sink(sink), width(loops.plan.vectors * loops.plan.lanes) {
    type = {l.spec.elem, l.plan.lanes};
    if (l.manyChunks()) part = at.scratch("part", l.spec.elem, static_cast<int64_t>(l.plan.rows) * width);
  }

  /// The names of the item are set: its block of rows and columns.
  void block() {
    const GemmPlan &p = l.plan;
    Val rowBegin = value(p.rowName), columnBegin = value(p.vectorName);
    Val rowEnd = at.smin(at.add(rowBegin, blockOf(p.rowName)), l.extent(p.rowName));
    Val columnEnd = at.smin(at.add(columnBegin, blockOf(p.vectorName)), l.extent(p.vectorName));
    if (p.packA) packedA = packRows(l, rowBegin, rowEnd, blockOf(p.rowName));
    if (p.packB) packedB = at.scratch("panel", l.spec.elem, depthBound(l) * width);
    Val full = at.add(columnBegin, at.mul(at.floorDiv(at.sub(columnEnd, columnBegin), at.i64(width)), width));
    at.forLoop(columnBegin, full, width, [&](Val column) { panel(rowBegin, rowEnd, column, nullptr); });
    at.ifThen(at.compare(LoopOp::Lt, full, columnEnd), [&] { panel(rowBegin, rowEnd, full, at.sub(columnEnd, full)); });
  }

private:
  Val &value(int name) { return l.value[static_cast<size_t>(name)]; }
  int64_t blockOf(int name) const {
    for (const ItemAxis &axis : l.plan.axes)
      if (axis.name == name) return axis.block;
    return 1;
  }

  /// All row tiles against the columns from `column` on; `left`: how many remain (null: a full panel).
  void panel(Val rowBegin, Val rowEnd, Val column, Val left) {
    value(l.plan.vectorName) = column;
    masks.assign(static_cast<size_t>(l.plan.vectors), nullptr);
    if (left)
      for (int v = 0; v < l.plan.vectors; ++v) masks[static_cast<size_t>(v)] = at.maskFirst(at.sub(left, v * l.plan.lanes), l.plan.lanes);
    if (l.plan.packB) packPanel(l, packedB, column, left);
    Val count = at.sub(rowEnd, rowBegin);
    Val full = at.add(rowBegin, at.mul(at.floorDiv(count, at.i64(l.plan.rows)), l.plan.rows));
    at.forLoop(rowBegin, full, l.plan.rows, [&](Val row) { tile(rowBegin, row, nullptr); });
    at.ifThen(at.compare(LoopOp::Lt, full, rowEnd), [&] { tile(rowBegin, full, rowEnd); });
  }

  /// One register tile; `end`: rows from there on do not exist (null: all do).
  void tile(Val rowBegin, Val row, Val end) {
    size_t rows = static_cast<size_t>(l.plan.rows), vectors = static_cast<size_t>(l.plan.vectors);
    value(l.plan.rowName) = row;
    std::vector<const Register *> sums(rows * vectors);
    for (auto &sum : sums) sum = at.reg("acc", type, at.zero(type));
    // Rows that do not exist repeat the last one; their results are not stored.
    std::vector<Val> rowOffset(rows);
    int64_t rowStride = l.stride(l.plan.a, l.plan.rowName);
    for (size_t r = 0; r < rows; ++r) {
      Val ahead = at.i64(static_cast<int64_t>(r));
      if (end) ahead = at.smin(ahead, at.sub(at.sub(end, row), 1));
      rowOffset[r] = at.mul(ahead, rowStride);
    }
    Val packedTile = l.plan.packA ? at.mul(at.floorDiv(at.sub(row, rowBegin), at.i64(l.plan.rows)), depthBound(l) * l.plan.rows) : nullptr;
    auto term = [&] {
      std::vector<Val> b(vectors);
      Val k = l.value.back();
      Val base = l.plan.packB ? at.mul(k, width) : l.offsetIn(l.plan.b);
      for (size_t v = 0; v < vectors; ++v) {
        int64_t ahead = static_cast<int64_t>(v) * l.plan.lanes;
        Val mask = l.plan.packB ? nullptr : at.logicalAnd(masks[v], l.guardMask(l.plan.b, ahead, l.plan.lanes));
        b[v] = at.load(l.plan.packB ? packedB : factor(l.plan.b).buffer, at.add(base, ahead), l.plan.lanes, mask);
      }
      Val from = l.plan.packA ? at.add(packedTile, at.mul(k, l.plan.rows)) : l.offsetIn(l.plan.a);
      for (size_t r = 0; r < rows; ++r) {
        Val index = at.add(from, l.plan.packA ? at.i64(static_cast<int64_t>(r)) : rowOffset[r]);
        Val a = at.splat(at.load(l.plan.packA ? packedA : factor(l.plan.a).buffer, index), l.plan.lanes);
        for (size_t v = 0; v < vectors; ++v) at.set(sums[r * vectors + v], at.fma(a, b[v], at.get(sums[r * vectors + v])));
      }
    };
    if (!part) {
      l.forTerms(nullptr, term);
    } else {
      at.forLoop(at.i64(0), l.chunkCount(), 1, [&](Val chunk) {
        for (auto *sum : sums) at.set(sum, at.zero(type));
        l.forTerms(chunk, term);
        at.ifElse(at.compare(LoopOp::Eq, chunk, at.i64(0)), [&] { keep(sums, false); }, [&] { keep(sums, true); });
      });
    }
    for (size_t r = 0; r < rows; ++r) {
      auto row1 = [&] {
        for (size_t v = 0; v < vectors; ++v) emitResult(row, r, v, part ? at.load(part, at.i64(slot(r, v)), l.plan.lanes) : at.get(sums[r * vectors + v]));
      };
      if (end && r > 0) at.ifThen(at.compare(LoopOp::Lt, at.add(row, static_cast<int64_t>(r)), end), row1);
      else row1();
    }
  }

  int64_t slot(size_t r, size_t v) const { return static_cast<int64_t>(r) * width + static_cast<int64_t>(v) * l.plan.lanes; }
  void keep(const std::vector<const Register *> &sums, bool add) {
    size_t vectors = static_cast<size_t>(l.plan.vectors);
    for (size_t i = 0; i < sums.size(); ++i) {
      Val index = at.i64(slot(i / vectors, i % vectors)), sum = at.get(sums[i]);
      at.store(part, index, add ? at.add(at.load(part, index, l.plan.lanes), sum) : sum);
    }
  }
  void emitResult(Val row, size_t r, size_t v, Val sum) {
    std::vector<Val> index(l.value.begin(), l.value.begin() + l.spec.outCount);
    index[static_cast<size_t>(l.plan.rowName)] = at.add(row, static_cast<int64_t>(r));
    index.back() = at.add(index.back(), static_cast<int64_t>(v) * l.plan.lanes);
    sink(index, sum, masks[v]);
  }
  const ContractFactor &factor(int i) const { return l.spec.factors[static_cast<size_t>(i)]; }

  GemmLoops &l;
  LoopBuilder &at;
  const ContractSink &sink;
  int64_t width;
  VecType type;
  const Buffer *part = nullptr, *packedA = nullptr, *packedB = nullptr;
  std::vector<Val> masks;
};

} // namespace

void emitPanelBlock(GemmLoops &loops, const ContractSink &sink) { PanelGemm(loops, sink).block(); }

} // namespace dl::codegen

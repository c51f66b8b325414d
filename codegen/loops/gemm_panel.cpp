/// Contractions by register tiles: MR rows of one factor, broadcast, times NV vectors of the other. Operands are read in
/// place, or from panels in scratch where that pays (gemm_plan.cpp decides).
#include "codegen/loops/gemm_pack.h"
#include "codegen/loops/gemm_panel.h"

namespace dl::codegen {

namespace {

constexpr int64_t kPanelGroup = 8; ///< panels that are packed together

class PanelGemm {
public:
  PanelGemm(GemmLoops &loops, const ContractSink &sink) : l(loops), at(loops.at), sink(sink), width(loops.plan.vectors * loops.plan.lanes) {
    type = {l.spec.elem, l.plan.lanes};
  }

  /// The names of the item are set: its block of rows and columns.
  void block() {
    const GemmPlan &p = l.plan;
    rows.begin = value(p.rowName), rows.bound = blockOf(p.rowName);
    rows.end = at.smin(at.add(rows.begin, rows.bound), l.extent(p.rowName));
    if (p.outerName >= 0) {
      rows.outerBegin = value(p.outerName), rows.outerBound = blockOf(p.outerName);
      rows.outerEnd = at.smin(at.add(rows.outerBegin, rows.outerBound), l.extent(p.outerName));
    }
    columnBegin = value(p.vectorName);
    columnEnd = at.smin(at.add(columnBegin, blockOf(p.vectorName)), l.extent(p.vectorName));
    if (p.packA) packedA = roomForRows(l, rows);
    if (p.packB) packedB = at.scratch("panels", l.spec.elem, panelDepth(l) * std::min(groupWidth(), (blockOf(p.vectorName) + width - 1) / width * width));
    if (p.packB && l.manyChunks()) chunkByChunk();
    else tileByTile();
  }

private:
  Val &value(int name) { return l.value[static_cast<size_t>(name)]; }
  int64_t blockOf(int name) const {
    for (const ItemAxis &axis : l.plan.axes)
      if (axis.name == name) return axis.block;
    return 1;
  }

  /// Columns that are packed together.
  int64_t groupWidth() const { return kPanelGroup * width; }

  /// Every tile is done before the next one.
  void tileByTile() {
    if (l.plan.packA) packRows(l, packedA, rows, nullptr);
    if (l.manyChunks()) part = at.scratch("part", l.spec.elem, static_cast<int64_t>(l.plan.rows) * width);
    forPackedPanels(nullptr, [&](Val) {
      forTiles([&](Val outer, Val row, Val end) {
        std::vector<const Register *> sums = zeros();
        if (part) {
          at.forLoop(at.i64(0), l.chunkCount(), 1, [&](Val chunk) {
            for (auto *sum : sums) at.set(sum, at.zero(type));
            addTerms(sums, outer, row, end, chunk);
            keep(sums, at.i64(0), chunk);
          });
        } else {
          addTerms(sums, outer, row, end, nullptr);
        }
        if (l.addsAbsentTerms()) part ? repair(row, part, at.i64(0)) : repair(row, sums);
        emitResults(row, end, [&](size_t i) { return part ? at.load(part, slot(at.i64(0), i), l.plan.lanes) : at.get(sums[i]); });
      });
    });
  }

  /// What is packed of one chunk serves all tiles of the block, whose sums wait in memory.
  void chunkByChunk() {
    int64_t tall = (rows.bound + l.plan.rows - 1) / l.plan.rows * l.plan.rows;
    part = at.scratch("part", l.spec.elem, tall * rows.outerBound * ((blockOf(l.plan.vectorName) + width - 1) / width * width));
    auto place = [&](Val outer, Val row, Val column) {
      Val above = at.add(at.mul(outer, tall), at.sub(row, rows.begin));
      return at.add(at.mul(at.sub(column, columnBegin), tall * rows.outerBound), at.mul(above, width));
    };
    at.forLoop(at.i64(0), l.chunkCount(), 1, [&](Val chunk) {
      if (l.plan.packA) packRows(l, packedA, rows, chunk);
      forPackedPanels(chunk, [&](Val column) {
        forTiles([&](Val outer, Val row, Val end) {
          std::vector<const Register *> sums = zeros();
          addTerms(sums, outer, row, end, chunk);
          keep(sums, place(outer, row, column), chunk);
        });
      });
    });
    forPanels(columnBegin, columnEnd, [&](Val column) {
      forTiles([&](Val outer, Val row, Val end) {
        if (l.addsAbsentTerms()) repair(row, part, place(outer, row, column));
        emitResults(row, end, [&](size_t i) { return at.load(part, slot(place(outer, row, column), i), l.plan.lanes); });
      });
    });
  }

  /// The panels of the block, after what they need of factor b has been copied.
  void forPackedPanels(Val chunk, const std::function<void(Val column)> &body) {
    if (!l.plan.packB) return forPanels(columnBegin, columnEnd, body);
    at.forLoop(columnBegin, columnEnd, groupWidth(), [&](Val begin) {
      groupBegin = begin;
      Val end = at.smin(at.add(begin, groupWidth()), columnEnd);
      packPanels(l, packedB, begin, end, chunk);
      forPanels(begin, end, body);
    });
  }

  void forPanels(Val begin, Val end, const std::function<void(Val column)> &body) {
    auto panel = [&](Val column, Val left) { // `left`: how many columns remain (null: a full panel)
      value(l.plan.vectorName) = column;
      masks.assign(static_cast<size_t>(l.plan.vectors), nullptr);
      if (left)
        for (int v = 0; v < l.plan.vectors; ++v) masks[static_cast<size_t>(v)] = at.maskFirst(at.sub(left, v * l.plan.lanes), l.plan.lanes);
      body(column);
    };
    Val full = at.add(begin, at.mul(at.floorDiv(at.sub(end, begin), at.i64(width)), width));
    at.forLoop(begin, full, width, [&](Val column) { panel(column, nullptr); });
    at.ifThen(at.compare(LoopOp::Lt, full, end), [&] { panel(full, at.sub(end, full)); });
  }

  /// Register tiles of the block; `end`: rows from there on do not exist (null: all do).
  void forTiles(const std::function<void(Val outer, Val row, Val end)> &body) {
    auto tile = [&](Val outer, Val row, Val end) {
      value(l.plan.rowName) = row;
      body(outer, row, end);
    };
    Val full = at.add(rows.begin, at.mul(at.floorDiv(at.sub(rows.end, rows.begin), at.i64(l.plan.rows)), l.plan.rows));
    forOuter(l, rows, [&](Val outer) {
      at.forLoop(rows.begin, full, l.plan.rows, [&](Val row) { tile(outer, row, nullptr); });
      at.ifThen(at.compare(LoopOp::Lt, full, rows.end), [&] { tile(outer, full, rows.end); });
    });
  }

  size_t height() const { return static_cast<size_t>(l.plan.rows); }
  size_t vectors() const { return static_cast<size_t>(l.plan.vectors); }
  std::vector<const Register *> zeros() {
    std::vector<const Register *> sums(height() * vectors());
    for (auto &sum : sums) sum = at.reg("acc", type, at.zero(type));
    return sums;
  }

  /// The terms of a chunk (null: all).
  void addTerms(const std::vector<const Register *> &sums, Val outer, Val row, Val end, Val chunk) {
    // Rows that do not exist repeat the last one; their results are not stored.
    std::vector<Val> rowOffset(height());
    int64_t rowStride = l.stride(l.plan.a, l.plan.rowName);
    for (size_t r = 0; r < height(); ++r) {
      Val ahead = at.i64(static_cast<int64_t>(r));
      if (end) ahead = at.smin(ahead, at.sub(at.sub(end, row), 1));
      rowOffset[r] = at.mul(ahead, rowStride);
    }
    Val packedTile = nullptr;
    if (l.plan.packA) packedTile = at.add(at.mul(outer, packedA.outerStride), at.mul(at.sub(row, rows.begin), depthBound(l)));
    Val panel = l.plan.packB ? at.mul(at.sub(value(l.plan.vectorName), groupBegin), panelDepth(l)) : nullptr;
    l.forTerms(chunk, [&] {
      std::vector<Val> b(vectors());
      Val k = l.plan.packA || l.plan.packB ? l.termNumber(chunk) : nullptr;
      Val base = l.plan.packB ? at.add(panel, at.mul(k, width)) : l.offsetIn(l.plan.b);
      for (size_t v = 0; v < vectors(); ++v) {
        int64_t ahead = static_cast<int64_t>(v) * l.plan.lanes;
        Val mask = l.plan.packB ? nullptr : at.logicalAnd(masks[v], l.guardMask(l.plan.b, ahead, l.plan.lanes));
        b[v] = at.load(l.plan.packB ? packedB : factor(l.plan.b).buffer, at.add(base, ahead), l.plan.lanes, mask);
      }
      Val from = l.plan.packA ? at.add(packedTile, at.mul(k, l.plan.rows)) : l.offsetIn(l.plan.a);
      for (size_t r = 0; r < height(); ++r) {
        Val index = at.add(from, l.plan.packA ? at.i64(static_cast<int64_t>(r)) : rowOffset[r]);
        Val a = at.splat(at.load(l.plan.packA ? packedA.buffer : factor(l.plan.a).buffer, index), l.plan.lanes);
        for (size_t v = 0; v < vectors(); ++v) at.set(sums[r * vectors() + v], at.fma(a, b[v], at.get(sums[r * vectors() + v])));
      }
    });
  }

  Val slot(Val place, size_t i) { return at.add(place, static_cast<int64_t>(i) * l.plan.lanes); }
  /// Into memory from `place` on: the first chunk as it is, others added.
  void keep(const std::vector<const Register *> &sums, Val place, Val chunk) {
    auto all = [&](bool add) {
      for (size_t i = 0; i < sums.size(); ++i) {
        Val index = slot(place, i), sum = at.get(sums[i]);
        at.store(part, index, add ? at.add(at.load(part, index, l.plan.lanes), sum) : sum);
      }
    };
    at.ifElse(at.compare(LoopOp::Eq, chunk, at.i64(0)), [&] { all(false); }, [&] { all(true); });
  }

  /// Sums in memory from `place` on that are NaN, once more without the absent terms.
  void repair(Val row, const Buffer *sums, Val place) {
    at.forLoop(at.i64(0), at.i64(l.plan.rows * width), 1, [&](Val i) {
      Val r = at.floorDiv(i, at.i64(width));
      std::vector<Val> index(l.value.begin(), l.value.begin() + l.spec.outCount);
      index[static_cast<size_t>(l.plan.rowName)] = at.add(row, r);
      index.back() = at.add(index.back(), at.sub(i, at.mul(r, width)));
      Val exists = at.logicalAnd(at.compare(LoopOp::Lt, index[static_cast<size_t>(l.plan.rowName)], l.extent(l.plan.rowName)),
                                 at.compare(LoopOp::Lt, index.back(), l.extent(l.plan.vectorName)));
      Val sum = at.load(sums, at.add(place, i));
      at.ifThen(at.logicalAnd(exists, at.compare(LoopOp::Ne, sum, sum)), [&] { at.store(sums, at.add(place, i), l.spec.exactly(index)); });
    });
  }
  /// The same for sums in registers: one test for all of them, then by way of memory.
  void repair(Val row, const std::vector<const Register *> &sums) {
    Val some = at.zero(type); // becomes NaN where a sum is not finite
    for (auto *sum : sums) some = at.fma(at.get(sum), at.zero(type), some);
    for (int n = l.plan.lanes / 2; n >= 1; n /= 2) {
      std::vector<int> low, high;
      for (int i = 0; i < n; ++i) low.push_back(i), high.push_back(i + n);
      some = at.add(at.shuffle(some, nullptr, low), at.shuffle(some, nullptr, high));
    }
    at.ifThen(at.compare(LoopOp::Ne, some, some), [&] {
      const Buffer *memory = at.scratch("sums", l.spec.elem, static_cast<int64_t>(sums.size()) * l.plan.lanes);
      for (size_t i = 0; i < sums.size(); ++i) at.store(memory, slot(at.i64(0), i), at.get(sums[i]));
      repair(row, memory, at.i64(0));
      for (size_t i = 0; i < sums.size(); ++i) at.set(sums[i], at.load(memory, slot(at.i64(0), i), l.plan.lanes));
    });
  }

  void emitResults(Val row, Val end, const std::function<Val(size_t)> &sum) {
    for (size_t r = 0; r < height(); ++r) {
      auto one = [&] {
        for (size_t v = 0; v < vectors(); ++v) emitResult(row, r, v, sum(r * vectors() + v));
      };
      if (end && r > 0) at.ifThen(at.compare(LoopOp::Lt, at.add(row, static_cast<int64_t>(r)), end), one);
      else one();
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
  const Buffer *part = nullptr, *packedB = nullptr;
  PackedRows packedA;
  RowBlock rows;
  Val columnBegin = nullptr, columnEnd = nullptr, groupBegin = nullptr;
  std::vector<Val> masks;
};

} // namespace

void emitPanelBlock(GemmLoops &loops, const ContractSink &sink) { PanelGemm(loops, sink).block(); }

} // namespace dl::codegen

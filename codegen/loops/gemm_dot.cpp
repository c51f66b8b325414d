/// Contractions whose lanes run along the last summed name: a tile of rows times columns of sums, folded at the end of
/// every chunk. Gradients of convolution weights, matrix times vector, dot products.
#include "codegen/loops/gemm_panel.h"
#include <algorithm>

namespace dl::codegen {

namespace {

class DotGemm {
public:
  DotGemm(GemmLoops &loops, const ContractSink &sink) : l(loops), at(loops.at), sink(sink) {
    type = {l.spec.elem, l.plan.lanes};
    parts = static_cast<size_t>(std::max<int64_t>(l.spec.order.lanes / l.plan.lanes, 1));
    rows = static_cast<size_t>(l.plan.rows), columns = static_cast<size_t>(l.plan.vectors);
    total = at.scratch("total", l.spec.elem, static_cast<int64_t>(rows * columns));
  }

  void block() {
    rowLeft = left(l.plan.rowName), columnLeft = left(l.plan.columnName);
    std::vector<const Register *> sums(rows * columns * parts);
    for (auto &sum : sums) sum = at.reg("acc", type, at.zero(type));
    Val chunks = l.manyChunks() ? l.chunkCount() : at.i64(1);
    at.forLoop(at.i64(0), chunks, 1, [&](Val chunk) {
      for (auto *sum : sums) at.set(sum, at.zero(type));
      l.forRows(l.manyChunks() ? chunk : nullptr, [&](Val low, Val high) { row(sums, low, high); });
      fold(sums, chunk);
    });
    emitResults();
  }

private:
  /// How many rows or columns of the tile exist.
  Val left(int name) {
    if (name < 0) return at.i64(1);
    return at.sub(l.extent(name), l.value[static_cast<size_t>(name)]);
  }
  /// The terms low..high of the last summed name at the present outer terms.
  void row(const std::vector<const Register *> &sums, Val low, Val high) {
    int64_t step = l.spec.order.lanes;
    int64_t begin = 0;
    bool fromZero = LoopBuilder::isConst(low, &begin) && begin == 0;
    bool aligned = fromZero || (l.spec.outCount + 1 == static_cast<int>(l.spec.names.size()) && l.spec.order.chunk % step == 0);
    Val first = aligned ? low : at.mul(at.floorDiv(low, at.i64(step)), step);
    Val full = aligned ? at.add(first, at.mul(at.floorDiv(at.smax(at.sub(high, first), at.i64(0)), at.i64(step)), step)) : first;
    if (aligned) at.forLoop(first, full, step, [&](Val s) { terms(sums, s, nullptr, nullptr); });
    at.forLoop(full, high, step, [&](Val s) { terms(sums, s, aligned ? nullptr : low, high); });
  }
  void terms(const std::vector<const Register *> &sums, Val s, Val low, Val high) {
    l.value.back() = s;
    Val a0 = l.offsetIn(l.plan.a);
    for (size_t w = 0; w < parts; ++w) {
      int64_t ahead = static_cast<int64_t>(w) * l.plan.lanes;
      Val mask = nullptr;
      if (high) mask = at.maskFirst(at.sub(at.sub(high, s), ahead), l.plan.lanes);
      if (low) mask = at.logicalAnd(mask, at.logicalNot(at.maskFirst(at.sub(at.sub(low, s), ahead), l.plan.lanes)));
      std::vector<Val> a(rows);
      Val guardA = at.logicalAnd(mask, l.guardMask(l.plan.a, ahead, l.plan.lanes));
      for (size_t r = 0; r < rows; ++r) {
        Val to = at.smin(at.i64(static_cast<int64_t>(r)), at.sub(rowLeft, 1));
        int64_t stride = l.plan.rowName < 0 ? 0 : l.stride(l.plan.a, l.plan.rowName);
        a[r] = at.load(buffer(l.plan.a), at.add(at.add(a0, at.mul(to, stride)), ahead), l.plan.lanes, guardA);
      }
      for (size_t c = 0; c < columns; ++c) {
        Val old = nullptr;
        if (l.plan.columnName >= 0) {
          Val &column = l.value[static_cast<size_t>(l.plan.columnName)];
          old = column;
          column = at.add(column, at.smin(at.i64(static_cast<int64_t>(c)), at.sub(columnLeft, 1)));
        }
        Val guardB = at.logicalAnd(mask, l.guardMask(l.plan.b, ahead, l.plan.lanes));
        Val b = at.load(buffer(l.plan.b), at.add(l.offsetIn(l.plan.b), ahead), l.plan.lanes, guardB);
        if (old) l.value[static_cast<size_t>(l.plan.columnName)] = old;
        for (size_t r = 0; r < rows; ++r) {
          const Register *sum = sums[(r * columns + c) * parts + w];
          at.set(sum, at.fma(a[r], b, at.get(sum)));
        }
      }
    }
  }

  /// Lanes by halves, then into the total of the chunks so far.
  void fold(const std::vector<const Register *> &sums, Val chunk) {
    for (size_t i = 0; i < rows * columns; ++i) {
      std::vector<Val> v;
      for (size_t w = 0; w < parts; ++w) v.push_back(at.get(sums[i * parts + w]));
      while (v.size() > 1) {
        for (size_t w = 0; w < v.size() / 2; ++w) v[w] = at.add(v[w], v[w + v.size() / 2]);
        v.resize(v.size() / 2);
      }
      Val x = v[0];
      for (int half = l.plan.lanes / 2; half >= 1; half /= 2) {
        std::vector<int> high;
        for (int j = 0; j < l.plan.lanes; ++j) high.push_back(j < half ? j + half : j);
        x = at.add(x, at.shuffle(x, x, high));
      }
      Val sum = at.extract(x, 0), index = at.i64(static_cast<int64_t>(i));
      at.ifElse(at.compare(LoopOp::Eq, chunk, at.i64(0)), [&] { at.store(total, index, sum); },
                [&] { at.store(total, index, at.add(at.load(total, index), sum)); });
    }
  }
  std::vector<Val> indexOf(Val row, Val column) {
    std::vector<Val> index(l.value.begin(), l.value.begin() + l.spec.outCount);
    if (l.plan.rowName >= 0) index[static_cast<size_t>(l.plan.rowName)] = at.add(index[static_cast<size_t>(l.plan.rowName)], row);
    if (l.plan.columnName >= 0) index[static_cast<size_t>(l.plan.columnName)] = at.add(index[static_cast<size_t>(l.plan.columnName)], column);
    return index;
  }
  void repair() {
    at.forLoop(at.i64(0), at.i64(static_cast<int64_t>(rows * columns)), 1, [&](Val i) {
      Val sum = at.load(total, i), row = at.floorDiv(i, at.i64(static_cast<int64_t>(columns)));
      Val column = at.sub(i, at.mul(row, static_cast<int64_t>(columns)));
      Val exists = at.logicalAnd(at.compare(LoopOp::Lt, row, rowLeft), at.compare(LoopOp::Lt, column, columnLeft));
      at.ifThen(at.logicalAnd(exists, at.compare(LoopOp::Ne, sum, sum)), [&] { at.store(total, i, l.spec.exactly(indexOf(row, column))); });
    });
  }
  void emitResults() {
    if (l.addsAbsentTerms()) repair();
    for (size_t i = 0; i < rows * columns; ++i) {
      int64_t r = static_cast<int64_t>(i / columns), c = static_cast<int64_t>(i % columns);
      Val exists = at.logicalAnd(at.compare(LoopOp::Lt, at.i64(r), rowLeft), at.compare(LoopOp::Lt, at.i64(c), columnLeft));
      at.ifThen(exists, [&] { sink(indexOf(at.i64(r), at.i64(c)), at.load(total, at.i64(static_cast<int64_t>(i))), nullptr); });
    }
  }
  const Buffer *buffer(int i) const { return l.spec.factors[static_cast<size_t>(i)].buffer; }

  GemmLoops &l;
  LoopBuilder &at;
  const ContractSink &sink;
  VecType type;
  size_t parts, rows, columns;
  const Buffer *total;
  Val rowLeft = nullptr, columnLeft = nullptr;
};

} // namespace

void emitDotBlock(GemmLoops &loops, const ContractSink &sink) { DotGemm(loops, sink).block(); }

void emitGemm(LoopBuilder &at, const ContractSpec &spec, const GemmPlan &plan, Val begin, Val end, const ContractSink &sink) {
  GemmLoops loops(at, spec, plan);
  at.forLoop(begin, end, 1, [&](Val item) {
    loops.decodeItem(item);
    if (plan.kind == GemmPlan::Kind::Panel) emitPanelBlock(loops, sink);
    else emitDotBlock(loops, sink);
  });
}

} // namespace dl::codegen

#include "codegen/loops/gemm_loops.h"
#include <algorithm>

namespace dl::codegen {

int64_t GemmLoops::coefficient(int factor, size_t dim, int name) const {
  for (auto [n, c] : spec.factors[static_cast<size_t>(factor)].index[dim].terms)
    if (n == name) return c;
  return 0;
}

int64_t GemmLoops::stride(int factor, int name) const {
  const ContractFactor &f = spec.factors[static_cast<size_t>(factor)];
  int64_t result = 0;
  for (size_t d = 0; d < f.index.size(); ++d) result += coefficient(factor, d, name) * f.strides[d];
  return result;
}

Val GemmLoops::indexValue(const ContractIndex &index) const {
  Val result = index.offset;
  for (auto [n, c] : index.terms) result = at.add(result, at.mul(value[static_cast<size_t>(n)], c));
  return result;
}

Val GemmLoops::offsetIn(int factor) const {
  const ContractFactor &f = spec.factors[static_cast<size_t>(factor)];
  Val result = at.i64(0);
  for (size_t d = 0; d < f.index.size(); ++d) result = at.add(result, at.mul(indexValue(f.index[d]), f.strides[d]));
  return result;
}

void GemmLoops::decodeItem(Val item) {
  for (size_t i = plan.axes.size(); i-- > 0;) {
    const ItemAxis &axis = plan.axes[i];
    Val here = item;
    if (i > 0) {
      Val count = at.ceilDiv(extent(axis.name), axis.block);
      here = at.floorRem(item, count);
      item = at.floorDiv(item, count);
    }
    value[static_cast<size_t>(axis.name)] = at.mul(here, axis.block);
  }
}

bool GemmLoops::manyChunks() const {
  int64_t terms = 1;
  for (size_t n = static_cast<size_t>(spec.outCount); n < spec.names.size(); ++n) terms *= std::max<int64_t>(spec.names[n].bound, 1);
  return terms > spec.order.chunk;
}

Val GemmLoops::chunkCount() const {
  Val terms = at.i64(1);
  for (size_t n = static_cast<size_t>(spec.outCount); n < spec.names.size(); ++n) terms = at.mul(terms, spec.names[n].extent);
  return at.smax(at.ceilDiv(terms, spec.order.chunk), at.i64(1));
}

/// All names of the index have values once the summed names up to `lastSummed` have.
bool GemmLoops::known(const ContractIndex &index, int lastSummed) const {
  for (auto [n, c] : index.terms)
    if (isSummed(n) && n > lastSummed) return false;
  return true;
}

/// Lanes or columns of a tile have different values of the index.
bool GemmLoops::moved(const ContractIndex &index) const {
  return std::any_of(index.terms.begin(), index.terms.end(), [&](auto t) { return t.first == plan.vectorName || t.first == plan.columnName; });
}

bool GemmLoops::addsAbsentTerms() const {
  for (const ContractFactor &factor : spec.factors)
    if (std::any_of(factor.index.begin(), factor.index.end(), [&](const ContractIndex &i) { return i.guarded && moved(i); })) return true;
  return false;
}

/// The guards that this summed name settles and that no vector lane moves, the first one also those of the result's names.
Val GemmLoops::guardsSettledBy(int name) const {
  Val inside = nullptr;
  for (const ContractFactor &factor : spec.factors)
    for (const ContractIndex &index : factor.index) {
      if (!index.guarded || moved(index) || !known(index, name)) continue;
      bool settledEarlier = name > spec.outCount && known(index, name - 1);
      if (settledEarlier) continue;
      Val test = at.compare(LoopOp::ULt, indexValue(index), index.extent);
      inside = inside ? at.logicalAnd(inside, test) : test;
    }
  return inside;
}

void GemmLoops::nest(int name, Val chunk, Val before, bool rows, const std::function<void(Val, Val)> &body) {
  int last = static_cast<int>(spec.names.size()) - 1;
  Val low = at.i64(0), high = extent(name), inner = at.i64(1);
  for (int n = name + 1; n <= last; ++n) inner = at.mul(inner, extent(n));
  if (chunk) {
    Val first = at.sub(at.mul(chunk, spec.order.chunk), before);
    Val row = at.smax(inner, at.i64(1)); // empty sums have no terms to number
    low = at.smax(low, at.floorDiv(first, row));
    high = at.smin(high, at.floorDiv(at.sub(at.add(at.add(first, spec.order.chunk), row), 1), row));
  }
  if (rows && name == last) { // what no loop around it tests, it tests
    Val inside = name == spec.outCount ? guardsSettledBy(name) : nullptr;
    if (inside) at.ifThen(inside, [&] { body(low, high); });
    else body(low, high);
    return;
  }
  at.forLoop(low, high, 1, [&](Val turn) {
    value[static_cast<size_t>(name)] = turn;
    Val inside = guardsSettledBy(name);
    auto rest = [&] {
      if (name == last) return body(nullptr, nullptr);
      nest(name + 1, chunk, at.add(before, at.mul(turn, inner)), rows, body);
    };
    if (inside) at.ifThen(inside, rest);
    else rest();
  });
}

void GemmLoops::forTerms(Val chunk, const std::function<void()> &body) {
  nest(spec.outCount, chunk, at.i64(0), false, [&](Val, Val) { body(); });
}

void GemmLoops::forRows(Val chunk, const std::function<void(Val, Val)> &body) {
  nest(spec.outCount, chunk, at.i64(0), true, body);
}

Val GemmLoops::termNumber(Val chunk) const {
  Val number = at.i64(0);
  for (size_t n = static_cast<size_t>(spec.outCount); n < spec.names.size(); ++n) number = at.add(at.mul(number, spec.names[n].extent), value[n]);
  return chunk ? at.sub(number, at.mul(chunk, spec.order.chunk)) : number;
}

Val GemmLoops::guardMask(int factor, int64_t ahead, int lanes) const {
  Val mask = nullptr;
  const ContractFactor &f = spec.factors[static_cast<size_t>(factor)];
  for (size_t d = 0; d < f.index.size(); ++d) {
    if (!f.index[d].guarded) continue;
    int64_t step = coefficient(factor, d, plan.vectorName);
    bool byColumn = plan.columnName >= 0 && coefficient(factor, d, plan.columnName) != 0;
    if (step == 0 && !byColumn) continue; // tested by the loops
    Val here = at.add(indexValue(f.index[d]), ahead);
    Val low = at.maskFirst(at.sub(at.i64(0), here), lanes), high = at.maskFirst(at.sub(f.index[d].extent, here), lanes);
    if (step == 0) {
      Val test = at.compare(LoopOp::ULt, at.sub(here, ahead), f.index[d].extent);
      high = at.maskFirst(at.select(test, at.i64(lanes), at.i64(0)), lanes);
      low = nullptr;
    }
    mask = at.logicalAnd(mask, high);
    if (low) mask = at.logicalAnd(mask, at.logicalNot(low));
  }
  return mask;
}

} // namespace dl::codegen

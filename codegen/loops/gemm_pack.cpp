#include "codegen/loops/gemm_pack.h"
#include <algorithm>

namespace dl::codegen {

int64_t depthBound(const GemmLoops &loops) {
  int64_t depth = 1;
  for (size_t n = static_cast<size_t>(loops.spec.outCount); n < loops.spec.names.size(); ++n)
    depth *= std::max<int64_t>(loops.spec.names[n].bound, 1);
  return depth;
}

const Buffer *packRows(GemmLoops &l, Val begin, Val end, int64_t block) {
  LoopBuilder &at = l.at;
  const GemmPlan &plan = l.plan;
  int64_t rows = plan.rows, depth = depthBound(l);
  const Buffer *packed = at.scratch("rows", l.spec.elem, (block + rows - 1) / rows * rows * depth);
  const Buffer *from = l.spec.factors[static_cast<size_t>(plan.a)].buffer;
  int summed = l.spec.outCount;
  int64_t rowStride = l.stride(plan.a, plan.rowName), depthStride = l.stride(plan.a, summed);
  auto &k = l.value[static_cast<size_t>(summed)];
  auto &row = l.value[static_cast<size_t>(plan.rowName)];
  Val last = at.sub(end, 1);
  at.forLoop(begin, end, rows, [&](Val first) {
    Val tile = at.mul(at.sub(first, begin), depth);
    k = at.i64(0), row = first;
    Val base = l.offsetIn(plan.a);
    std::vector<Val> offset;
    for (int64_t r = 0; r < rows; ++r)
      offset.push_back(at.add(base, at.mul(at.sub(at.smin(at.add(first, r), last), first), rowStride)));
    at.forLoop(at.i64(0), l.extent(summed), 1, [&](Val turn) {
      Val to = at.add(tile, at.mul(turn, rows)), ahead = at.mul(turn, depthStride);
      for (int64_t r = 0; r < rows; ++r) at.store(packed, at.add(to, r), at.load(from, at.add(offset[static_cast<size_t>(r)], ahead)));
    });
  });
  row = begin;
  return packed;
}

namespace {

/// v[i] lane j becomes v[j] lane i.
std::vector<Val> transpose(LoopBuilder &at, std::vector<Val> v) {
  int n = static_cast<int>(v.size());
  for (int s = 1; s < n; s *= 2)
    for (int i = 0; i < n; ++i) {
      if (i & s) continue;
      std::vector<int> low, high;
      for (int j = 0; j < n; ++j) {
        low.push_back((j & s) == 0 ? j : n + j - s);
        high.push_back((j & s) == 0 ? j + s : n + j);
      }
      Val a = v[static_cast<size_t>(i)], b = v[static_cast<size_t>(i + s)];
      v[static_cast<size_t>(i)] = at.shuffle(a, b, low);
      v[static_cast<size_t>(i + s)] = at.shuffle(a, b, high);
    }
  return v;
}

} // namespace

void packPanel(GemmLoops &l, const Buffer *panel, Val column, Val left) {
  LoopBuilder &at = l.at;
  const GemmPlan &plan = l.plan;
  int summed = l.spec.outCount, lanes = plan.lanes;
  int64_t width = static_cast<int64_t>(plan.vectors) * lanes;
  int64_t columnStride = l.stride(plan.b, plan.vectorName), depthStride = l.stride(plan.b, summed);
  const Buffer *from = l.spec.factors[static_cast<size_t>(plan.b)].buffer;
  l.value[static_cast<size_t>(summed)] = at.i64(0);
  l.value[static_cast<size_t>(plan.vectorName)] = column;
  Val base = l.offsetIn(plan.b), depth = l.extent(summed);
  if (columnStride == 1) {
    at.forLoop(at.i64(0), depth, 1, [&](Val k) {
      for (int v = 0; v < plan.vectors; ++v) {
        Val mask = left ? at.maskFirst(at.sub(left, v * lanes), lanes) : nullptr;
        Val x = at.load(from, at.add(at.add(base, at.mul(k, depthStride)), v * lanes), lanes, mask);
        at.store(panel, at.add(at.mul(k, width), v * lanes), x);
      }
    });
    return;
  }
  // Column c lies `columnStride` further; columns that do not exist repeat the last one.
  std::vector<Val> columns;
  for (int64_t c = 0; c < width; ++c) {
    Val ahead = at.i64(c);
    if (left) ahead = at.smin(ahead, at.sub(left, 1));
    columns.push_back(at.add(base, at.mul(ahead, columnStride)));
  }
  Val blocks = at.i64(0);
  if (depthStride == 1) {
    blocks = at.mul(at.floorDiv(depth, at.i64(lanes)), lanes);
    for (int v = 0; v < plan.vectors; ++v)
      at.forLoop(at.i64(0), blocks, lanes, [&](Val k) {
        std::vector<Val> rows;
        for (int c = 0; c < lanes; ++c) rows.push_back(at.load(from, at.add(columns[static_cast<size_t>(v * lanes + c)], k), lanes));
        rows = transpose(at, std::move(rows));
        for (int i = 0; i < lanes; ++i) at.store(panel, at.add(at.mul(at.add(k, i), width), v * lanes), rows[static_cast<size_t>(i)]);
      });
  }
  at.forLoop(blocks, depth, 1, [&](Val k) {
    for (int64_t c = 0; c < width; ++c)
      at.store(panel, at.add(at.mul(k, width), c), at.load(from, at.add(columns[static_cast<size_t>(c)], at.mul(k, depthStride))));
  });
}

} // namespace dl::codegen

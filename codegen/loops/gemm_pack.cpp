#include "codegen/loops/gemm_pack.h"
#include <algorithm>

namespace dl::codegen {

int64_t depthBound(const GemmLoops &loops) {
  int64_t depth = 1;
  for (size_t n = static_cast<size_t>(loops.spec.outCount); n < loops.spec.names.size(); ++n)
    depth *= std::max<int64_t>(loops.spec.names[n].bound, 1);
  return std::min(depth, loops.spec.order.chunk);
}

PackedRows roomForRows(GemmLoops &l, const RowBlock &block) {
  int64_t rows = l.plan.rows;
  PackedRows packed{nullptr, (block.bound + rows - 1) / rows * rows * depthBound(l)};
  packed.buffer = l.at.scratch("rows", l.spec.elem, packed.outerStride * block.outerBound);
  return packed;
}

void packRows(GemmLoops &l, const PackedRows &packed, const RowBlock &block, Val chunk) {
  LoopBuilder &at = l.at;
  const GemmPlan &plan = l.plan;
  int64_t rows = plan.rows, depth = depthBound(l);
  const Buffer *from = l.spec.factors[static_cast<size_t>(plan.a)].buffer;
  int64_t rowStride = l.stride(plan.a, plan.rowName);
  Val &k = l.value.back(), &row = l.value[static_cast<size_t>(plan.rowName)];
  Val lastRow = at.sub(block.end, 1);
  forOuter(l, block, [&](Val outer) {
    at.forLoop(block.begin, block.end, rows, [&](Val first) {
      Val tile = at.add(at.mul(outer, packed.outerStride), at.mul(at.sub(first, block.begin), depth));
      row = first;
      std::vector<Val> offset;
      for (int64_t r = 0; r < rows; ++r) offset.push_back(at.mul(at.sub(at.smin(at.add(first, r), lastRow), first), rowStride));
      l.forRows(chunk, [&](Val low, Val high) {
        at.forLoop(low, high, 1, [&](Val turn) {
          k = turn;
          Val to = at.add(tile, at.mul(l.termNumber(chunk), rows)), base = l.offsetIn(plan.a);
          for (int64_t r = 0; r < rows; ++r) at.store(packed.buffer, at.add(to, r), at.load(from, at.add(base, offset[static_cast<size_t>(r)])));
        });
      });
    });
  });
  row = block.begin;
}

void forOuter(GemmLoops &l, const RowBlock &block, const std::function<void(Val number)> &body) {
  if (l.plan.outerName < 0) return body(l.at.i64(0));
  Val &outer = l.value[static_cast<size_t>(l.plan.outerName)];
  l.at.forLoop(block.outerBegin, block.outerEnd, 1, [&](Val turn) {
    outer = turn;
    body(l.at.sub(turn, block.outerBegin));
  });
  outer = block.outerBegin;
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

void packPanel(GemmLoops &l, const Buffer *panel, Val column, Val left, Val chunk) {
  LoopBuilder &at = l.at;
  const GemmPlan &plan = l.plan;
  int lanes = plan.lanes;
  int64_t width = static_cast<int64_t>(plan.vectors) * lanes, columnStride = l.stride(plan.b, plan.vectorName);
  const Buffer *from = l.spec.factors[static_cast<size_t>(plan.b)].buffer;
  Val &k = l.value.back();
  l.value[static_cast<size_t>(plan.vectorName)] = column;
  auto place = [&] { return at.mul(l.termNumber(chunk), width); };
  if (columnStride == 1) {
    l.forRows(chunk, [&](Val low, Val high) {
      at.forLoop(low, high, 1, [&](Val turn) {
        k = turn;
        for (int v = 0; v < plan.vectors; ++v) {
          Val mask = left ? at.maskFirst(at.sub(left, v * lanes), lanes) : nullptr;
          at.store(panel, at.add(place(), v * lanes), at.load(from, at.add(l.offsetIn(plan.b), v * lanes), lanes, mask));
        }
      });
    });
    return;
  }
  // Column c lies `columnStride` further; columns that do not exist repeat the last one.
  std::vector<Val> columns;
  for (int64_t c = 0; c < width; ++c) {
    Val ahead = at.i64(c);
    if (left) ahead = at.smin(ahead, at.sub(left, 1));
    columns.push_back(at.mul(ahead, columnStride));
  }
  bool turns = l.stride(plan.b, static_cast<int>(l.value.size()) - 1) == 1;
  l.forRows(chunk, [&](Val low, Val high) {
    Val blocks = low;
    if (turns) {
      blocks = at.add(low, at.mul(at.floorDiv(at.smax(at.sub(high, low), at.i64(0)), at.i64(lanes)), lanes));
      for (int v = 0; v < plan.vectors; ++v)
        at.forLoop(low, blocks, lanes, [&](Val turn) {
          k = turn;
          std::vector<Val> rows;
          for (int c = 0; c < lanes; ++c) rows.push_back(at.load(from, at.add(l.offsetIn(plan.b), columns[static_cast<size_t>(v * lanes + c)]), lanes));
          rows = transpose(at, std::move(rows));
          for (int i = 0; i < lanes; ++i) at.store(panel, at.add(place(), i * width + v * lanes), rows[static_cast<size_t>(i)]);
        });
    }
    at.forLoop(blocks, high, 1, [&](Val turn) {
      k = turn;
      for (int64_t c = 0; c < width; ++c)
        at.store(panel, at.add(place(), c), at.load(from, at.add(l.offsetIn(plan.b), columns[static_cast<size_t>(c)])));
    });
  });
}

} // namespace dl::codegen

#include "codegen/loops/gemm_pack.h"
#include <algorithm>

namespace dl::codegen {

int64_t depthBound(const GemmLoops &loops) {
  int64_t depth = 1;
  for (size_t n = static_cast<size_t>(loops.spec.outCount); n < loops.spec.names.size(); ++n)
    depth *= std::max<int64_t>(loops.spec.names[n].bound, 1);
  return std::min(depth, loops.spec.order.chunk);
}

int64_t panelDepth(const GemmLoops &loops) { return depthBound(loops) + 1; }

PackedRows roomForRows(GemmLoops &l, const RowBlock &block) {
  int64_t rows = l.plan.rows;
  PackedRows packed{nullptr, (block.bound + rows - 1) / rows * rows * depthBound(l)};
  int64_t vectors = (rows + l.plan.lanes - 1) / l.plan.lanes; // the last rows are written by whole vectors
  packed.buffer = l.at.scratch("rows", l.spec.elem, packed.outerStride * block.outerBound + vectors * l.plan.lanes - rows);
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

/// Copies the rows of one tile. Where whole vectors can be read they are: the lanes too many of a store are those that
/// the store for the next term overwrites.
class TilePacker {
public:
  TilePacker(GemmLoops &loops, const PackedRows &packed, Val tile, Val present, Val chunk)
      : l(loops), at(loops.at), to(packed.buffer), tile(tile), chunk(chunk), rows(loops.plan.rows), lanes(loops.plan.lanes),
        from(loops.spec.factors[static_cast<size_t>(loops.plan.a)].buffer), rowStride(loops.stride(loops.plan.a, loops.plan.rowName)) {
    for (int64_t r = 0; r < rows; ++r) offset.push_back(at.mul(at.smin(at.i64(r), at.sub(present, 1)), rowStride));
  }

  void pack() {
    bool turns = l.stride(l.plan.a, static_cast<int>(l.value.size()) - 1) == 1;
    l.forRows(chunk, [&](Val low, Val high) {
      Val rest = low;
      if (turns) {
        rest = at.add(low, at.mul(at.floorDiv(at.smax(at.sub(high, low), at.i64(0)), at.i64(lanes)), lanes));
        at.forLoop(low, rest, lanes, [&](Val term) { packTerms(term); });
      }
      at.forLoop(rest, high, 1, [&](Val term) { packTerm(term); });
    });
  }

private:
  /// Rows one by one.
  void packTerm(Val term) {
    l.value.back() = term;
    Val place = at.add(tile, at.mul(l.termNumber(chunk), rows)), base = l.offsetIn(l.plan.a);
    for (int64_t r = 0; r < rows; ++r) at.store(to, at.add(place, r), at.load(from, at.add(base, offset[static_cast<size_t>(r)])));
  }
  /// As many terms as a vector has lanes: read along the rows, turned, written across them.
  void packTerms(Val term) {
    l.value.back() = term;
    Val place = at.add(tile, at.mul(l.termNumber(chunk), rows)), base = l.offsetIn(l.plan.a);
    std::vector<std::vector<Val>> groups;
    for (int64_t first = 0; first < rows; first += lanes) {
      std::vector<Val> lines;
      for (int64_t r = 0; r < lanes; ++r) {
        if (first + r < rows) lines.push_back(at.load(from, at.add(base, offset[static_cast<size_t>(first + r)]), lanes));
        else lines.push_back(lines.back());
      }
      groups.push_back(transpose(at, std::move(lines)));
    }
    for (int64_t i = 0; i < lanes; ++i)
      for (size_t g = 0; g < groups.size(); ++g)
        at.store(to, at.add(place, i * rows + static_cast<int64_t>(g) * lanes), groups[g][static_cast<size_t>(i)]);
  }

  GemmLoops &l;
  LoopBuilder &at;
  const Buffer *to;
  Val tile, chunk;
  int64_t rows;
  int lanes;
  const Buffer *from;
  int64_t rowStride;
  std::vector<Val> offset; ///< of each row of the tile; rows that do not exist repeat the last
};

} // namespace

void packRows(GemmLoops &l, const PackedRows &packed, const RowBlock &block, Val chunk) {
  LoopBuilder &at = l.at;
  Val &row = l.value[static_cast<size_t>(l.plan.rowName)];
  forOuter(l, block, [&](Val outer) {
    at.forLoop(block.begin, block.end, l.plan.rows, [&](Val first) {
      Val tile = at.add(at.mul(outer, packed.outerStride), at.mul(at.sub(first, block.begin), depthBound(l)));
      row = first;
      TilePacker(l, packed, tile, at.sub(block.end, first), chunk).pack();
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

constexpr int64_t kLinesAhead = 6; ///< of the one that is copied

/// One panel at `start`; `left`: columns that exist (null: all).
void packPanel(GemmLoops &l, const Buffer *panels, Val start, Val column, Val left, Val chunk) {
  LoopBuilder &at = l.at;
  const GemmPlan &plan = l.plan;
  int lanes = plan.lanes;
  int64_t width = static_cast<int64_t>(plan.vectors) * lanes, columnStride = l.stride(plan.b, plan.vectorName);
  const Buffer *from = l.spec.factors[static_cast<size_t>(plan.b)].buffer;
  Val &k = l.value.back();
  l.value[static_cast<size_t>(plan.vectorName)] = column;
  auto place = [&] { return at.add(start, at.mul(l.termNumber(chunk), width)); };
  if (columnStride == 1) {
    l.forRows(chunk, [&](Val low, Val high) {
      at.forLoop(low, high, 1, [&](Val turn) {
        k = turn;
        for (int v = 0; v < plan.vectors; ++v) {
          Val mask = left ? at.maskFirst(at.sub(left, v * lanes), lanes) : nullptr;
          at.store(panels, at.add(place(), v * lanes), at.load(from, at.add(l.offsetIn(plan.b), v * lanes), lanes, mask));
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
          for (int i = 0; i < lanes; ++i) at.store(panels, at.add(place(), i * width + v * lanes), rows[static_cast<size_t>(i)]);
        });
    }
    at.forLoop(blocks, high, 1, [&](Val turn) {
      k = turn;
      for (int64_t c = 0; c < width; ++c)
        at.store(panels, at.add(place(), c), at.load(from, at.add(l.offsetIn(plan.b), columns[static_cast<size_t>(c)])));
    });
  });
}

/// Full panels side by side, line by line: neighbouring lines of memory are read together.
void packLines(GemmLoops &l, const Buffer *panels, Val column, Val count, Val chunk) {
  LoopBuilder &at = l.at;
  int lanes = l.plan.lanes;
  int64_t width = static_cast<int64_t>(l.plan.vectors) * lanes;
  const Buffer *from = l.spec.factors[static_cast<size_t>(l.plan.b)].buffer;
  int64_t ahead = kLinesAhead * l.stride(l.plan.b, static_cast<int>(l.value.size()) - 1);
  l.value[static_cast<size_t>(l.plan.vectorName)] = column;
  l.forRows(chunk, [&](Val low, Val high) {
    at.forLoop(low, high, 1, [&](Val turn) {
      l.value.back() = turn;
      Val line = l.offsetIn(l.plan.b), place = at.mul(l.termNumber(chunk), width);
      at.forLoop(at.i64(0), count, 1, [&](Val panel) {
        Val to = at.add(place, at.mul(panel, panelDepth(l) * width)), base = at.add(line, at.mul(panel, width));
        at.prefetch(from, at.add(base, ahead), 3);
        for (int v = 0; v < l.plan.vectors; ++v) at.store(panels, at.add(to, v * lanes), at.load(from, at.add(base, v * lanes), lanes));
      });
    });
  });
}

} // namespace

void packPanels(GemmLoops &l, const Buffer *panels, Val begin, Val end, Val chunk) {
  LoopBuilder &at = l.at;
  int64_t width = static_cast<int64_t>(l.plan.vectors) * l.plan.lanes;
  Val count = at.floorDiv(at.sub(end, begin), at.i64(width)), full = at.add(begin, at.mul(count, width));
  auto place = [&](Val column) { return at.mul(at.sub(column, begin), panelDepth(l)); };
  if (l.stride(l.plan.b, l.plan.vectorName) == 1) packLines(l, panels, begin, count, chunk);
  else at.forLoop(begin, full, width, [&](Val column) { packPanel(l, panels, place(column), column, nullptr, chunk); });
  at.ifThen(at.compare(LoopOp::Lt, full, end), [&] { packPanel(l, panels, place(full), full, at.sub(end, full), chunk); });
}

} // namespace dl::codegen

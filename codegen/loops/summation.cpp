#include "codegen/loops/summation.h"
#include "support/result.h"

namespace dl::codegen {

namespace {

class Emitter {
public:
  Emitter(RegionEmitter &e, const Summation &sum, const At &at) : e_(e), b_(e.builder()), s_(sum), at_(at), lanes_(e.target().lanes) {
    for (const dl::Dim &d : s_.extents) bound_ = saturate(bound_ * std::max<int64_t>(d.bound(), 0));
  }

  Val run() {
    if (s_.extents.empty()) return s_.step(b_.constant({s_.prim, at_.lanes}, s_.identity), {}, at_);
    if (s_.free) return at_.lanes == 1 ? freeAcross() : nested(at_.lanes, false);
    if (s_.order.lanes <= 1) return nested(at_.lanes, bound_ > s_.order.chunk && s_.order.chunk > 0);
    if (at_.lanes > 1) return lanesInMemory();
    if (s_.extents.size() == 1) return acrossOne();
    return wholeBlocks() ? acrossBlocks() : acrossMany();
  }

private:
  int64_t wide() const { return s_.order.lanes; }
  static int64_t saturate(int64_t n) { return std::min<int64_t>(n, int64_t{1} << 40); }
  Val identity(int lanes) { return b_.constant({s_.prim, lanes}, s_.identity); }
  const Register *accumulator(const char *name, int lanes) { return b_.reg(name, {s_.prim, lanes}, identity(lanes)); }

  /// Loops over names [0, count), then `body` with their indices.
  void loops(size_t count, std::vector<Idx> &r, const std::function<void()> &body) {
    if (r.size() == count) return body();
    b_.forLoop(b_.i64(0), e_.dim(s_.extents[r.size()]), 1, [&](Val i) {
      r.push_back({i});
      loops(count, r, body);
      r.pop_back();
    });
  }

  /// One term after the other, the lanes being different results.
  Val nested(int lanes, bool chunks) {
    const Register *acc = accumulator("acc", lanes);
    std::vector<Idx> r;
    if (!chunks) {
      loops(s_.extents.size(), r, [&] { b_.set(acc, s_.step(b_.get(acc), r, at_)); });
      return b_.get(acc);
    }
    const Register *total = accumulator("total", lanes);
    if (s_.extents.size() == 1) {
      Val n = e_.dim(s_.extents[0]);
      b_.forLoop(b_.i64(0), n, s_.order.chunk, [&](Val start) {
        b_.set(acc, identity(lanes));
        b_.forLoop(start, b_.smin(n, b_.add(start, s_.order.chunk)), 1, [&](Val i) { b_.set(acc, s_.step(b_.get(acc), {{i}}, at_)); });
        b_.set(total, s_.combine(b_.get(total), b_.get(acc)));
      });
      return b_.get(total);
    }
    const Register *left = b_.reg("left", {Prim::I64, 1}, b_.i64(s_.order.chunk));
    loops(s_.extents.size(), r, [&] {
      b_.set(acc, s_.step(b_.get(acc), r, at_));
      Val now = b_.sub(b_.get(left), 1);
      b_.set(left, now);
      b_.ifThen(b_.compare(LoopOp::Eq, now, b_.i64(0)), [&] {
        b_.set(total, s_.combine(b_.get(total), b_.get(acc)));
        b_.set(acc, identity(lanes));
        b_.set(left, b_.i64(s_.order.chunk));
      });
    });
    return s_.combine(b_.get(total), b_.get(acc));
  }

  /// Lanes by halves.
  Val foldVector(Val v) {
    for (int n = v->type.lanes; n > 1; n /= 2) {
      std::vector<int> low, high;
      for (int i = 0; i < n / 2; ++i) low.push_back(i), high.push_back(i + n / 2);
      v = s_.combine(b_.shuffle(v, nullptr, low), b_.shuffle(v, nullptr, high));
    }
    return v;
  }

  At vectorAt(Val mask) {
    At at;
    at.lanes = lanes_;
    at.smask = at_.smask;
    at.vmask = mask;
    return at;
  }

  /// The last summed name in lanes, any order.
  Val freeAcross() {
    const Register *acc = accumulator("acc", lanes_);
    std::vector<Idx> r;
    loops(s_.extents.size() - 1, r, [&] {
      Val n = e_.dim(s_.extents.back());
      Val whole = b_.binary(LoopOp::And, n, b_.i64(~static_cast<int64_t>(lanes_ - 1)));
      if (s_.extents.back().bound() >= lanes_)
        b_.forLoop(b_.i64(0), whole, lanes_, [&](Val i) {
          e_.knowMultiple(i, lanes_);
          r.push_back({i, 1});
          b_.set(acc, s_.step(b_.get(acc), r, vectorAt(nullptr)));
          r.pop_back();
        });
      if (s_.extents.back().isConstant() && s_.extents.back().value() % lanes_ == 0) return;
      b_.ifThen(b_.compare(LoopOp::Lt, whole, n), [&] {
        r.push_back({whole, 1});
        b_.set(acc, s_.step(b_.get(acc), r, vectorAt(b_.maskFirst(b_.sub(n, whole), lanes_))));
        r.pop_back();
      });
    });
    return foldVector(b_.get(acc));
  }

  /// The lanes of the order as several vectors; one summed name.
  Val acrossOne() {
    int64_t reach = std::min<int64_t>(bound_, wide());
    int vectors = static_cast<int>(std::max<int64_t>((reach + lanes_ - 1) / lanes_, 1));
    std::vector<const Register *> acc;
    for (int v = 0; v < vectors; ++v) acc.push_back(accumulator("acc", lanes_));
    Val n = e_.dim(s_.extents[0]);
    auto range = [&](Val begin, Val end) {
      Val whole = b_.add(begin, b_.binary(LoopOp::And, b_.sub(end, begin), b_.i64(~(wide() - 1))));
      if (bound_ >= wide())
        b_.forLoop(begin, whole, wide(), [&](Val i) {
          e_.knowMultiple(i, wide());
          for (int v = 0; v < vectors; ++v) b_.set(acc[v], s_.step(b_.get(acc[v]), {{b_.add(i, v * lanes_), 1}}, vectorAt(nullptr)));
        });
      if (s_.extents[0].isConstant() && s_.extents[0].value() % wide() == 0) return;
      for (int v = 0; v < vectors; ++v) {
        Val at = b_.add(whole, v * lanes_), left = b_.sub(end, at);
        b_.ifThen(b_.compare(LoopOp::Gt, left, b_.i64(0)), [&] {
          b_.set(acc[v], s_.step(b_.get(acc[v]), {{at, 1}}, vectorAt(b_.maskFirst(left, lanes_))));
        });
      }
    };
    auto fold = [&] { return foldRegisters(acc); };
    if (s_.order.chunk <= 0 || bound_ <= s_.order.chunk) {
      range(b_.i64(0), n);
      return fold();
    }
    const Register *total = accumulator("total", 1);
    b_.forLoop(b_.i64(0), n, s_.order.chunk, [&](Val start) {
      for (const Register *a : acc) b_.set(a, identity(lanes_));
      range(start, b_.smin(n, b_.add(start, s_.order.chunk)));
      b_.set(total, s_.combine(b_.get(total), fold()));
    });
    return b_.get(total);
  }

  Val foldRegisters(const std::vector<const Register *> &acc) {
    std::vector<Val> parts;
    for (const Register *a : acc) parts.push_back(b_.get(a));
    // Lanes that no term reaches hold the identity; folding them in changes nothing.
    int width = static_cast<int>(std::max<int64_t>(wide() / lanes_, 1));
    while (static_cast<int>(parts.size()) < width) parts.push_back(identity(lanes_));
    for (int w = width; w > 1; w /= 2)
      for (int i = 0; i < w / 2; ++i) parts[static_cast<size_t>(i)] = s_.combine(parts[static_cast<size_t>(i)], parts[static_cast<size_t>(i + w / 2)]);
    return foldVector(parts[0]);
  }

  /// The last name is whole blocks of the order's lanes, and so is every chunk.
  bool wholeBlocks() const {
    const dl::Dim &last = s_.extents.back();
    return wide() >= lanes_ && last.isConstant() && last.value() % wide() == 0 && s_.order.chunk % wide() == 0;
  }

  /// Such blocks of several summed names: the accumulators stay in registers.
  Val acrossBlocks() {
    std::vector<const Register *> acc;
    for (int64_t v = 0; v < wide(); v += lanes_) acc.push_back(accumulator("acc", lanes_));
    bool chunks = s_.order.chunk > 0 && bound_ > s_.order.chunk;
    const Register *total = chunks ? accumulator("total", 1) : nullptr;
    const Register *left = chunks ? b_.reg("left", {Prim::I64, 1}, b_.i64(s_.order.chunk)) : nullptr;
    std::vector<Idx> r;
    loops(s_.extents.size() - 1, r, [&] {
      b_.forLoop(b_.i64(0), e_.dim(s_.extents.back()), wide(), [&](Val i) {
        e_.knowMultiple(i, wide());
        for (size_t v = 0; v < acc.size(); ++v) {
          r.push_back({b_.add(i, static_cast<int64_t>(v) * lanes_), 1});
          b_.set(acc[v], s_.step(b_.get(acc[v]), r, vectorAt(nullptr)));
          r.pop_back();
        }
        if (!chunks) return;
        Val now = b_.sub(b_.get(left), wide());
        b_.set(left, now);
        b_.ifThen(b_.compare(LoopOp::Eq, now, b_.i64(0)), [&] {
          b_.set(total, s_.combine(b_.get(total), foldRegisters(acc)));
          for (const Register *a : acc) b_.set(a, identity(lanes_));
          b_.set(left, b_.i64(s_.order.chunk));
        });
      });
    });
    return chunks ? s_.combine(b_.get(total), foldRegisters(acc)) : foldRegisters(acc);
  }

  /// The accumulators in memory: runs of the last name that cross no multiple of the lanes and no end of a chunk.
  Val acrossMany() {
    const Buffer *acc = b_.scratch("lanes", s_.prim, wide());
    auto clear = [&] { for (int64_t v = 0; v < wide(); v += lanes_) b_.store(acc, b_.i64(v), identity(lanes_)); };
    auto fold = [&] {
      std::vector<Val> parts;
      for (int64_t v = 0; v < wide(); v += lanes_) parts.push_back(b_.load(acc, b_.i64(v), lanes_));
      for (size_t w = parts.size(); w > 1; w /= 2)
        for (size_t i = 0; i < w / 2; ++i) parts[i] = s_.combine(parts[i], parts[i + w / 2]);
      return foldVector(parts[0]);
    };
    const Register *total = accumulator("total", 1), *count = b_.reg("count", {Prim::I64, 1}, b_.i64(0));
    clear();
    bool chunks = s_.order.chunk > 0 && bound_ > s_.order.chunk;
    std::vector<Idx> r;
    loops(s_.extents.size() - 1, r, [&] {
      Val n = e_.dim(s_.extents.back());
      const Register *position = b_.reg("position", {Prim::I64, 1}, b_.i64(0));
      Val here = nullptr;
      b_.whileLoop(
          [&] {
            here = b_.get(position);
            return b_.compare(LoopOp::Lt, here, n);
          },
          [&] {
            Val done = b_.get(count);
            Val lane = b_.binary(LoopOp::And, here, b_.i64(wide() - 1));
            Val run = b_.smin(b_.smin(b_.sub(n, here), b_.sub(b_.i64(wide()), lane)), b_.i64(lanes_));
            if (chunks) run = b_.smin(run, b_.sub(b_.i64(s_.order.chunk), done));
            Val mask = b_.maskFirst(run, lanes_);
            Val before = b_.load(acc, lane, lanes_, mask);
            r.push_back({here, 1});
            b_.store(acc, lane, s_.step(before, r, vectorAt(mask)), mask);
            r.pop_back();
            b_.set(position, b_.add(here, run));
            Val now = b_.add(done, run);
            b_.set(count, now);
            if (chunks)
              b_.ifThen(b_.compare(LoopOp::Eq, now, b_.i64(s_.order.chunk)), [&] {
                b_.set(total, s_.combine(b_.get(total), fold()));
                clear();
                b_.set(count, b_.i64(0));
              });
          });
    });
    return s_.combine(b_.get(total), fold());
  }

  /// The accumulators for each lane of the result, in memory.
  Val lanesInMemory() {
    int lanes = at_.lanes;
    const Buffer *acc = b_.scratch("lanes", s_.prim, wide() * lanes);
    auto clear = [&] { b_.forLoop(b_.i64(0), b_.i64(wide() * lanes), lanes, [&](Val i) { b_.store(acc, i, identity(lanes)); }); };
    auto fold = [&] {
      for (int64_t half = wide() / 2; half >= 1; half /= 2)
        b_.forLoop(b_.i64(0), b_.i64(half * lanes), lanes, [&](Val i) {
          b_.store(acc, i, s_.combine(b_.load(acc, i, lanes), b_.load(acc, b_.add(i, half * lanes), lanes)));
        });
      return b_.load(acc, b_.i64(0), lanes);
    };
    const Register *total = accumulator("total", lanes), *count = b_.reg("count", {Prim::I64, 1}, b_.i64(0));
    clear();
    bool chunks = s_.order.chunk > 0 && bound_ > s_.order.chunk;
    std::vector<Idx> r;
    loops(s_.extents.size(), r, [&] {
      Val done = b_.get(count);
      Val at = b_.mul(b_.binary(LoopOp::And, r.back().v, b_.i64(wide() - 1)), lanes);
      b_.store(acc, at, s_.step(b_.load(acc, at, lanes), r, at_));
      Val now = b_.add(done, 1);
      b_.set(count, now);
      if (chunks)
        b_.ifThen(b_.compare(LoopOp::Eq, now, b_.i64(s_.order.chunk)), [&] {
          b_.set(total, s_.combine(b_.get(total), fold()));
          clear();
          b_.set(count, b_.i64(0));
        });
    });
    return s_.combine(b_.get(total), fold());
  }

  RegionEmitter &e_;
  LoopBuilder &b_;
  const Summation &s_;
  const At &at_;
  int lanes_;
  int64_t bound_ = 1;
};

} // namespace

Val emitSummation(RegionEmitter &e, const Summation &sum, const At &at) { return Emitter(e, sum, at).run(); }

} // namespace dl::codegen

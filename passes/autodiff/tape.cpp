#include "passes/autodiff/tape.h"
#include "passes/autodiff/activity.h"
#include <algorithm>
#include <deque>

namespace dl::passes {

using namespace ir;

namespace {

constexpr int64_t kEndless = int64_t{1} << 60;

/// Maximum flow by shortest augmenting paths; bodies have hundreds of values, not millions.
class Network {
public:
  int node() {
    out_.emplace_back();
    return static_cast<int>(out_.size()) - 1;
  }
  void edge(int from, int to, int64_t capacity) {
    out_[static_cast<size_t>(from)].push_back(static_cast<int>(edges_.size()));
    edges_.push_back({to, capacity});
    out_[static_cast<size_t>(to)].push_back(static_cast<int>(edges_.size()));
    edges_.push_back({from, 0});
  }
  void saturate(int source, int sink) {
    while (augment(source, sink)) {}
  }
  /// The nodes from which the sink can still be reached.
  std::vector<bool> sinkSide(int sink) const {
    std::vector<bool> seen(out_.size());
    std::deque<int> work{sink};
    seen[static_cast<size_t>(sink)] = true;
    while (!work.empty()) {
      int at = work.front();
      work.pop_front();
      for (int e : out_[static_cast<size_t>(at)]) { // the partner of e leads here
        int from = edges_[static_cast<size_t>(e)].to;
        if (edges_[static_cast<size_t>(e ^ 1)].rest > 0 && !seen[static_cast<size_t>(from)]) {
          seen[static_cast<size_t>(from)] = true;
          work.push_back(from);
        }
      }
    }
    return seen;
  }

private:
  struct Edge {
    int to;
    int64_t rest;
  };
  bool augment(int source, int sink) {
    std::vector<int> by(out_.size(), -1);
    std::deque<int> work{source};
    while (!work.empty() && by[static_cast<size_t>(sink)] < 0) {
      int at = work.front();
      work.pop_front();
      for (int e : out_[static_cast<size_t>(at)]) {
        int to = edges_[static_cast<size_t>(e)].to;
        if (edges_[static_cast<size_t>(e)].rest <= 0 || by[static_cast<size_t>(to)] >= 0 || to == source) continue;
        by[static_cast<size_t>(to)] = e;
        work.push_back(to);
      }
    }
    if (by[static_cast<size_t>(sink)] < 0) return false;
    int64_t flow = kEndless;
    for (int at = sink; at != source; at = edges_[static_cast<size_t>(by[static_cast<size_t>(at)] ^ 1)].to)
      flow = std::min(flow, edges_[static_cast<size_t>(by[static_cast<size_t>(at)])].rest);
    for (int at = sink; at != source; at = edges_[static_cast<size_t>(by[static_cast<size_t>(at)] ^ 1)].to) {
      edges_[static_cast<size_t>(by[static_cast<size_t>(at)])].rest -= flow;
      edges_[static_cast<size_t>(by[static_cast<size_t>(at)] ^ 1)].rest += flow;
    }
    return true;
  }

  std::vector<std::vector<int>> out_;
  std::vector<Edge> edges_;
};

/// To work it out again takes about as long as to store and read it.
bool isLong(OpKind kind) {
  for (OpKind k : {OpKind::Exp, OpKind::Expm1, OpKind::Log, OpKind::Log1p, OpKind::Sin, OpKind::Cos, OpKind::Tan, OpKind::Tanh, OpKind::Sigmoid,
                   OpKind::Erf, OpKind::ErfInv, OpKind::Lgamma, OpKind::Digamma, OpKind::Pow, OpKind::Atan2})
    if (kind == k) return true;
  return false;
}

bool mayStack(const Value &v, const Op &loop) {
  if (v.type.elem == Elem::Dim || (v.def && v.def->kind == OpKind::RandomBits)) return false;
  for (const Value *dim : dimValues(v.type))
    if (isDefinedInside(dim, loop)) return false;
  return true;
}

} // namespace

bool isRecomputable(const Op &op, const Op &loop) {
  if (!op.regions.empty() || op.results.size() != 1) return false;
  for (const DimAtom *atom : atomsOf(op.attrs))
    if (atom->owner && isDefinedInside(static_cast<const Value *>(atom->owner), loop)) return false;
  for (const Value *dim : dimValues(op.result()->type))
    if (isDefinedInside(dim, loop)) return false;
  switch (info(op.kind).family) {
  case Family::Elementwise:
  case Family::Random: return true;
  case Family::Constant: return op.kind != OpKind::ToDim;
  case Family::Shape: return op.kind != OpKind::Copy;
  case Family::Indexing: return op.kind == OpKind::Gather || op.kind == OpKind::SliceAt;
  case Family::Differentiation: return op.kind != OpKind::Grad;
  case Family::Reduction:
  case Family::Contraction:
  case Family::LinearAlgebra:
  case Family::Control:
  case Family::Effect:
  case Family::Data: return false;
  }
  DL_UNREACHABLE();
}

std::vector<Value *> cheapestTape(const Op &loop, const std::vector<Value *> &needed,
                                  const std::function<bool(const Value *)> &isFree) {
  Network net;
  int source = net.node(), sink = net.node();
  std::unordered_map<const Value *, int> entry; // the exit of a value is the node behind it
  std::vector<Value *> order, work = needed;
  auto visit = [&](Value *v) {
    auto [at, first] = entry.try_emplace(v, 0);
    if (!first) return at->second;
    at->second = net.node();
    int exit = net.node();
    net.edge(at->second, exit, mayStack(*v, loop) ? v->type.boundBytes() + 1 : kEndless);
    order.push_back(v);
    work.push_back(v);
    return at->second;
  };
  work.clear();
  for (Value *v : needed)
    if (!isFree(v)) net.edge(visit(v) + 1, sink, kEndless);
  while (!work.empty()) {
    Value *v = work.back();
    work.pop_back();
    int in = entry.at(v);
    if (!v->def || !isRecomputable(*v->def, loop)) {
      net.edge(source, in, kEndless);
      continue;
    }
    if (isLong(v->def->kind)) net.edge(source, in, v->type.boundBytes());
    for (Value *operand : v->def->operands)
      if (!isFree(operand)) net.edge(visit(operand) + 1, in, kEndless);
  }
  net.saturate(source, sink);
  std::vector<bool> behind = net.sinkSide(sink);
  std::vector<Value *> stored;
  for (Value *v : order) {
    auto in = static_cast<size_t>(entry.at(v));
    if (!behind[in] && behind[in + 1]) stored.push_back(v);
  }
  std::sort(stored.begin(), stored.end(), [](const Value *a, const Value *b) { return a->id < b->id; });
  return stored;
}

Value *Remaking::operator()(Value *v) {
  if (auto found = made_.find(v); found != made_.end()) return found->second;
  if (Value *here = atHand_(v)) return made_[v] = here;
  DL_CHECK(v->def != nullptr && isRecomputable(*v->def, loop_));
  ValueMap map;
  for (Value *operand : v->def->operands) map.values[operand] = (*this)(operand);
  return made_[v] = cloneOp(*v->def, map, b_)->result();
}

} // namespace dl::passes

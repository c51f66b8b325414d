#include "passes/fusion/rows_domain.h"
#include <algorithm>
#include <numeric>
#include <unordered_set>

namespace dl::passes {

using ir::Op;
using ir::OpKind;
using ir::Value;

bool isFree(const Op &op) {
  if (op.kind == OpKind::Const) return op.as<ir::ConstAttr>().bits.size() == 1;
  return op.kind == OpKind::Iota || op.kind == OpKind::Broadcast;
}

bool isRead(const Op &op) {
  ir::Family family = ir::info(op.kind).family;
  if (op.kind == OpKind::Broadcast || op.kind == OpKind::Copy) return false;
  return family == ir::Family::Shape || op.kind == OpKind::Gather || op.kind == OpKind::SliceAt;
}

bool isReduction(const Op &op) { return op.kind == OpKind::Reduce || op.kind == OpKind::ArgReduce; }

namespace {

std::vector<int> reducedDims(const Op &op) {
  if (op.kind == OpKind::Reduce) return op.as<ir::ReduceAttr>().dims;
  return {op.as<ir::ArgReduceAttr>().dim};
}

/// Union-find over (value, dimension) pairs; a set is a name.
class Names {
public:
  int node(const Value *value, size_t dim) {
    auto [it, made] = first_.try_emplace(value, static_cast<int>(parent_.size()));
    if (made)
      for (size_t d = 0; d < value->type.rank(); ++d) {
        parent_.push_back(static_cast<int>(parent_.size()));
        extent_.push_back(value->type.dims[d]);
      }
    return it->second + static_cast<int>(dim);
  }
  int find(int n) {
    while (parent_[static_cast<size_t>(n)] != n) n = parent_[static_cast<size_t>(n)] = parent_[static_cast<size_t>(parent_[static_cast<size_t>(n)])];
    return n;
  }
  void unite(const Value *a, size_t i, const Value *b, size_t j) {
    int x = find(node(a, i)), y = find(node(b, j));
    if (x != y) parent_[static_cast<size_t>(std::max(x, y))] = std::min(x, y);
  }
  const Dim &extent(int n) const { return extent_[static_cast<size_t>(n)]; }

private:
  std::vector<int> parent_;
  std::vector<Dim> extent_;
  std::unordered_map<const Value *, int> first_;
};

struct Analysis {
  const std::vector<Op *> &ops;
  std::string *why;
  Names sets;
  std::unordered_set<const Value *> inside; ///< results of the ops that are not free
  std::unordered_set<const Value *> known;  ///< all results
  std::vector<const Value *> order;         ///< every value whose dimensions are names, first seen first

  bool refuse(const char *reason) const {
    if (why) *why = reason;
    return false;
  }
  void note(const Value *v) {
    if (std::find(order.begin(), order.end(), v) == order.end()) order.push_back(v);
  }

  void uniteOp(const Op &op) {
    const Value *result = op.result();
    note(result);
    sets.node(result, 0);
    if (op.kind == OpKind::Broadcast) {
      const auto &to = op.as<ir::BroadcastAttr>().to;
      for (size_t d = 0; d < to.size(); ++d) sets.unite(op.operand(0), d, result, static_cast<size_t>(to[d]));
      note(op.operand(0));
    } else if (isReduction(op)) {
      std::vector<int> gone = reducedDims(op);
      note(op.operand(0));
      sets.node(op.operand(0), 0);
      for (size_t d = 0, kept = 0; d < op.operand(0)->type.rank(); ++d)
        if (std::find(gone.begin(), gone.end(), static_cast<int>(d)) == gone.end()) sets.unite(op.operand(0), d, result, kept++);
    } else if (op.kind == OpKind::RandomBits) { // a tensor of keys: the first dimensions choose one
      const Value *keys = op.operand(0);
      note(keys);
      for (size_t d = 0; d < keys->type.rank(); ++d) sets.unite(keys, d, result, d);
    } else if (ir::isElementwise(op.kind) || op.kind == OpKind::Copy || op.kind == OpKind::KeyFold) {
      for (const Value *operand : op.operands) {
        note(operand);
        for (size_t d = 0; d < operand->type.rank(); ++d) sets.unite(operand, d, result, d);
      }
    }
  }

  bool collect() {
    int contractions = 0;
    for (const Op *op : ops) {
      if (op->results.size() != 1) return refuse("an operation with several results");
      ir::Family family = ir::info(op->kind).family;
      bool fits = isFree(*op) || isRead(*op) || isReduction(*op) || ir::isElementwise(op->kind) || op->kind == OpKind::Copy ||
                  op->kind == OpKind::Contract || family == ir::Family::Random;
      if (!fits || family == ir::Family::Effect) return refuse("an operation that is a kernel of its own");
      if (op->kind == OpKind::Contract && ++contractions > 1) return refuse("two contractions");
      if (isRead(*op) || op->kind == OpKind::Contract)
        for (const Value *operand : op->operands)
          if (operand->type.rank() != 0 && known.count(operand) != 0) return refuse("reads a value of the group at other indices");
      known.insert(op->result());
      if (!isFree(*op)) inside.insert(op->result());
      uniteOp(*op);
    }
    return true;
  }
};

bool holdsAll(const std::vector<int> &names, const std::vector<int> &wanted) {
  return std::all_of(wanted.begin(), wanted.end(), [&](int n) { return std::find(names.begin(), names.end(), n) != names.end(); });
}

/// Splits the names into parallel and inner ones and checks that every value suits the split.
bool split(Analysis &a, RowsDomain &domain) {
  std::unordered_set<const Value *> usedInside;
  for (const Op *op : a.ops)
    for (const Value *operand : op->operands) usedInside.insert(operand);
  std::vector<int> inner, outer;
  bool sawOuter = false;
  for (const Op *op : a.ops) {
    if (!isReduction(*op)) continue;
    std::vector<int> gone;
    for (int d : reducedDims(*op)) gone.push_back(domain.names.at(op->operand(0))[static_cast<size_t>(d)]);
    if (usedInside.count(op->result()) != 0 || op->kind == OpKind::ArgReduce) {
      domain.hasInnerReduction = true;
      for (int n : gone)
        if (std::find(inner.begin(), inner.end(), n) == inner.end()) inner.push_back(n);
    }
  }
  // A reduction whose result leaves the group and whose operand keeps no inner name is over the parallel names.
  for (const Op *op : a.ops) {
    if (!isReduction(*op) || usedInside.count(op->result()) != 0 || op->kind == OpKind::ArgReduce) continue;
    std::vector<int> gone;
    for (int d : reducedDims(*op)) gone.push_back(domain.names.at(op->operand(0))[static_cast<size_t>(d)]);
    bool anyInner = std::any_of(gone.begin(), gone.end(), [&](int n) { return std::find(inner.begin(), inner.end(), n) != inner.end(); });
    // A row reduction sums what is contiguous in memory and keeps something; a sum of everything is parallel.
    const auto &all = domain.names.at(op->operand(0));
    bool rowLike = !domain.names.at(op->result()).empty() && !gone.empty() && all.back() == gone.back();
    if (anyInner || (rowLike && !sawOuter)) {
      domain.hasInnerReduction = true;
      for (int n : gone)
        if (std::find(inner.begin(), inner.end(), n) == inner.end()) inner.push_back(n);
    } else {
      if (sawOuter && outer != gone) return a.refuse("two sums over different parallel dimensions");
      sawOuter = true;
      outer = gone;
    }
  }
  domain.hasOuterReduction = sawOuter;
  // Order of the names: as in the first value that holds the most of them.
  const std::vector<int> *widest = nullptr;
  for (const Value *v : a.order) {
    const auto &names = domain.names.at(v);
    if (!widest || names.size() > widest->size()) widest = &names;
  }
  if (!widest || !holdsAll(*widest, inner)) return a.refuse("no value holds every dimension");
  if (sawOuter && std::any_of(outer.begin(), outer.end(), [&](int n) { return std::find(inner.begin(), inner.end(), n) != inner.end(); }))
    return a.refuse("a dimension is both parallel and summed within rows");
  for (int n : *widest) {
    bool isInner = std::find(inner.begin(), inner.end(), n) != inner.end();
    if (sawOuter) isInner = std::find(outer.begin(), outer.end(), n) == outer.end();
    (isInner ? domain.inner : domain.parallel).push_back(n);
  }
  if (sawOuter && domain.parallel != outer) return a.refuse("a sum in another order than the rows");
  if (sawOuter && domain.hasInnerReduction && !holdsAll(domain.inner, inner)) return a.refuse("inner sums do not fit the outer sum");
  for (const Op *op : a.ops) {
    const auto &names = domain.names.at(op->result());
    for (int n : names)
      if (std::find(widest->begin(), widest->end(), n) == widest->end()) return a.refuse("dimensions of two domains");
    if (isFree(*op)) continue;
    bool outerSum = isReduction(*op) && op->kind == OpKind::Reduce && sawOuter && usedInside.count(op->result()) == 0 &&
                    !holdsAll(names, domain.parallel);
    if (outerSum) continue;
    if (!holdsAll(names, domain.parallel)) return a.refuse("a value lacks a parallel dimension");
  }
  return true;
}

} // namespace

std::optional<RowsDomain> analyseRows(const std::vector<Op *> &ops, std::string *why) {
  Analysis a{ops, why, {}, {}, {}, {}};
  if (!a.collect()) return std::nullopt;
  RowsDomain domain;
  std::unordered_map<int, int> number;
  // Values that only a broadcast of a free chain mentions carry no names of their own beyond their users'.
  for (const Value *v : a.order) {
    std::vector<int> names;
    for (size_t d = 0; d < v->type.rank(); ++d) {
      int root = a.sets.find(a.sets.node(v, d));
      auto [it, made] = number.try_emplace(root, static_cast<int>(domain.extents.size()));
      if (made) domain.extents.push_back(a.sets.extent(root));
      if (std::find(names.begin(), names.end(), it->second) != names.end()) {
        a.refuse("a value would hold one dimension twice");
        return std::nullopt;
      }
      names.push_back(it->second);
    }
    domain.names.emplace(v, std::move(names));
  }
  if (!split(a, domain)) return std::nullopt;
  return domain;
}

} // namespace dl::passes

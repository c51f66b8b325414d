#include "frontend/build/schedule.h"
#include <algorithm>
#include <functional>
#include <unordered_map>
#include <unordered_set>

namespace dl::frontend {
using namespace ir;

/// Everything an op uses from outside itself.
static std::vector<Value *> uses(const Op &op) {
  std::vector<Value *> out = op.operands;
  for (Value *v : freeValues(op)) out.push_back(v);
  for (const Value *r : op.results)
    for (Value *dim : dimValues(r->type)) out.push_back(dim);
  for (DimAtom *atom : atomsOf(op.attrs))
    if (atom->owner) out.push_back(static_cast<Value *>(atom->owner));
  return out;
}

void orderByUse(std::vector<Op *> &ops) {
  std::unordered_map<const Op *, int> state; // 1: in this list, 2: entered, 3: placed
  for (Op *op : ops) state[op] = 1;
  std::vector<Op *> out;
  std::function<void(Op *)> place = [&](Op *op) {
    int &s = state[op];
    if (s != 1) return;
    s = 2;
    for (Value *v : uses(*op))
      if (v->def && state.count(v->def)) place(v->def);
    state[op] = 3;
    out.push_back(op);
  };
  for (Op *op : ops) place(op);
  ops = std::move(out);
}

void sinkIntoBranches(Region &region) {
  // From the end: when an op is looked at, all its users have found their place.
  std::unordered_map<const Op *, std::unordered_set<Region *>> users; // regions of an `if`, or null for any other user
  auto note = [&](const Op &user, Region *where) {
    for (Value *v : uses(user))
      if (v->def && v->def->parent == &region) users[v->def].insert(where);
  };
  for (size_t i = region.ops.size(); i-- > 0;) {
    Op *op = region.ops[i];
    bool movable = !op->results.empty() && !info(op->kind).effect && op->kind != OpKind::While && !hasEffect(*op) && op->kind != OpKind::Leaf;
    auto found = users.find(op);
    if (movable && found == users.end()) { // nobody wants it: what it uses may still sink
      region.ops.erase(region.ops.begin() + static_cast<ptrdiff_t>(i));
      continue;
    }
    if (movable && found != users.end() && found->second.size() == 1 && *found->second.begin()) {
      Region *into = *found->second.begin();
      region.ops.erase(region.ops.begin() + static_cast<ptrdiff_t>(i));
      into->ops.insert(into->ops.begin(), op);
      op->parent = into;
      for (Region *inner : op->regions) inner->parent = op;
      for (Value *v : uses(*op))
        if (v->def && v->def->parent == &region) users[v->def].insert(into);
      continue;
    }
    if (op->kind == OpKind::If) {
      for (Value *v : op->operands)
        if (v->def && v->def->parent == &region) users[v->def].insert(nullptr);
      for (const Value *r : op->results)
        for (Value *dim : dimValues(r->type))
          if (dim->def && dim->def->parent == &region) users[dim->def].insert(nullptr);
      for (Region *branch : op->regions)
        for (Op *inner : branch->ops) note(*inner, branch);
    } else {
      note(*op, nullptr);
    }
  }
}

} // namespace dl::frontend

/// The second half of Grouping: from groups to `fused` ops in execution order.
#include "ir/clone.h"
#include "passes/fusion/grouping.h"
#include "passes/fusion/rows_domain.h"
#include <algorithm>
#include <set>
#include <unordered_set>

namespace dl::passes {

using ir::Op;
using ir::OpKind;
using ir::Value;

/// A free op whose value must exist in memory (a loop carries it, an effect prints it) becomes a kernel of its own.
void Grouping::materialiseFree() {
  std::unordered_set<const Value *> wanted;
  for (size_t i = 0; i < region_.ops.size(); ++i) {
    const Op *op = region_.ops[i];
    bool inKernel = group_[i] >= 0 || placement_[i] == Placement::Free;
    if (!inKernel) wanted.insert(op->operands.begin(), op->operands.end());
    if (op->regions.empty() || op->kind == OpKind::Fused) continue;
    for (const Value *v : ir::freeValues(*op)) wanted.insert(v);
  }
  for (size_t i = 0; i < region_.ops.size(); ++i) {
    const Op *op = region_.ops[i];
    if (placement_[i] != Placement::Free || wanted.count(op->result()) == 0 || op->result()->type.isScalar()) continue;
    group_[i] = static_cast<int>(groups_.size());
    groups_.push_back({{static_cast<int>(i)}, false});
  }
}

Grouping::Units Grouping::formUnits() const {
  Units units;
  units.of.assign(region_.ops.size(), -1);
  std::vector<int> unitOfGroup(groups_.size(), -1);
  for (size_t i = 0; i < region_.ops.size(); ++i) {
    if (group_[i] >= 0) {
      int &unit = unitOfGroup[static_cast<size_t>(group_[i])];
      if (unit < 0) {
        unit = static_cast<int>(units.ops.size());
        units.ops.push_back(groups_[static_cast<size_t>(group_[i])].ops);
      }
      units.of[i] = unit;
    } else if (placement_[i] != Placement::Free) {
      units.of[i] = static_cast<int>(units.ops.size());
      units.ops.push_back({static_cast<int>(i)});
    }
  }
  units.after.resize(units.ops.size());
  for (size_t u = 0; u < units.ops.size(); ++u) {
    std::set<int> before;
    std::vector<int> work = units.ops[u];
    std::unordered_set<int> seen(work.begin(), work.end());
    bool isKernel = group_[static_cast<size_t>(work.front())] >= 0; // and repeats what is free, in memory or not
    while (!work.empty()) {
      int i = work.back();
      work.pop_back();
      for (int p : producers_[static_cast<size_t>(i)]) {
        bool isFree = placement_[static_cast<size_t>(p)] == Placement::Free;
        int unit = units.of[static_cast<size_t>(p)];
        if (unit >= 0 && unit != static_cast<int>(u) && !(isFree && isKernel)) before.insert(unit);
        if (isFree && seen.insert(p).second) work.push_back(p);
      }
    }
    units.after[u].assign(before.begin(), before.end());
  }
  // Effects keep their order, and the terminator is last.
  int lastEffect = -1;
  for (size_t i = 0; i < region_.ops.size(); ++i) {
    if (!ir::hasEffect(*region_.ops[i])) continue;
    int unit = units.of[i];
    if (lastEffect >= 0) units.after[static_cast<size_t>(unit)].push_back(lastEffect);
    lastEffect = unit;
  }
  int end = units.of.back();
  for (int u = 0; u < static_cast<int>(units.ops.size()); ++u)
    if (u != end) units.after[static_cast<size_t>(end)].push_back(u);
  return units;
}

/// A unit that makes the next value of a carried or inout buffer comes after the readers of the present value, so that
/// it can write in place.
void Grouping::updateAfterReads(Units &units) const {
  std::vector<std::pair<const Value *, const Value *>> buffers; // present value, next value
  const Op *end = region_.terminator();
  const Op *parent = region_.parent;
  if (parent && (parent->kind == OpKind::For || parent->kind == OpKind::While)) {
    size_t carries = static_cast<size_t>(parent->kind == OpKind::For ? parent->as<ir::ForAttr>().carries : parent->as<ir::WhileAttr>().carries);
    size_t first = region_.args.size() - carries;
    for (size_t k = 0; k < carries && k < end->operands.size(); ++k) buffers.push_back({region_.args[first + k], end->operands[k]});
    if (parent->kind == OpKind::For) // a slice of a stack may lie over the slice that was scanned
      for (size_t k = carries; k < end->operands.size(); ++k)
        for (size_t s = 1; s < first; ++s)
          if (region_.args[s]->type == end->operands[k]->type) buffers.push_back({region_.args[s], end->operands[k]});
  } else if (!parent) {
    const auto &params = region_.function->params;
    size_t next = region_.function->results.size();
    for (size_t k = 0; k < params.size(); ++k)
      if (params[k].inout && next < end->operands.size()) buffers.push_back({region_.args[k], end->operands[next++]});
  }
  auto reaches = [&](int from, int to) { // `to` must come after `from`
    std::vector<int> work{to};
    std::unordered_set<int> seen{to};
    while (!work.empty()) {
      int u = work.back();
      work.pop_back();
      if (u == from) return true;
      for (int p : units.after[static_cast<size_t>(u)])
        if (seen.insert(p).second) work.push_back(p);
    }
    return false;
  };
  for (auto [present, next] : buffers) {
    if (present->type.isScalar() || !next->def || next->def->parent != &region_) continue;
    int writer = units.of[static_cast<size_t>(number_.at(next->def))];
    if (writer < 0) continue;
    const std::vector<int> &direct = readersOf(present);
    std::set<int> reading(direct.begin(), direct.end()); // in list order, aliases included
    for (auto at = reading.begin(); at != reading.end(); ++at) {
      auto i = static_cast<size_t>(*at);
      const Op *op = region_.ops[i];
      if (placement_[i] == Placement::View || placement_[i] == Placement::Free) {
        const std::vector<int> &more = readersOf(op->result());
        reading.insert(more.begin(), more.end());
      }
      int reader = units.of[i];
      if (reader < 0 || reader == writer || ir::isTerminator(op->kind) || reaches(writer, reader)) continue;
      units.after[static_cast<size_t>(writer)].push_back(reader);
    }
  }
}

void Grouping::findReaders() {
  for (size_t i = 0; i < region_.ops.size(); ++i) {
    const Op *op = region_.ops[i];
    std::unordered_set<const Value *> read(op->operands.begin(), op->operands.end());
    if (!op->regions.empty())
      for (const Value *v : ir::freeValues(*op)) read.insert(v);
    for (const Value *v : read) readers_[v].push_back(static_cast<int>(i));
  }
}

const std::vector<int> &Grouping::readersOf(const Value *v) const {
  static const std::vector<int> none;
  auto found = readers_.find(v);
  return found == readers_.end() ? none : found->second;
}

/// Whether others than the ops `own` read it, also through a free op that they repeat; `known` is for one `own`.
bool Grouping::isReadOutside(const Value *v, const std::unordered_set<int> &own, std::unordered_map<const Value *, bool> &known) const {
  auto [it, isNew] = known.try_emplace(v, false);
  if (!isNew) return it->second;
  const std::vector<int> &readers = readersOf(v);
  bool isRead = std::any_of(readers.begin(), readers.end(), [&](int i) {
    auto at = static_cast<size_t>(i);
    if (own.count(i) != 0) return false;
    return placement_[at] != Placement::Free || group_[at] >= 0 || isReadOutside(region_.ops[at]->result(), own, known);
  });
  return known[v] = isRead;
}

/// One `fused` op for the ops of a group and the free ops they read.
Op *Grouping::emit(const std::vector<int> &ops, ir::Module &module, std::unordered_map<const Value *, Value *> &replaced) {
  std::vector<Op *> list = withFree(ops);
  std::unordered_set<const Value *> inside;
  for (const Op *op : list) inside.insert(op->results.begin(), op->results.end());
  std::vector<Value *> inputs;
  for (const Op *op : list)
    for (Value *v : op->operands)
      if (inside.count(v) == 0 && std::find(inputs.begin(), inputs.end(), v) == inputs.end()) inputs.push_back(v);
  std::unordered_set<int> own(ops.begin(), ops.end());
  std::unordered_map<const Value *, bool> known;
  std::vector<Value *> outputs;
  for (int i : ops)
    for (Value *v : region_.ops[static_cast<size_t>(i)]->results)
      if (isReadOutside(v, own, known)) outputs.push_back(v);

  ir::FusedAttr attr;
  for (int i : ops) {
    const Op *op = region_.ops[static_cast<size_t>(i)];
    if (placement_[static_cast<size_t>(i)] == Placement::Opaque) attr.kind = ir::FusedKind::Opaque;
    if (op->kind == OpKind::Contract) attr.kind = ir::FusedKind::Gemm;
  }
  const Op *last = region_.ops[static_cast<size_t>(ops.back())];
  attr.name = last->results.empty() || last->result()->name.empty() ? ir::info(last->kind).mnemonic : last->result()->name;

  std::vector<Op *> kept = std::move(region_.ops);
  region_.ops.clear();
  ir::Builder builder(module, &region_);
  builder.where = last->where;
  std::vector<ir::Type> types;
  for (const Value *v : inputs) types.push_back(v->type);
  ir::Region *body = builder.newRegion(types);
  ir::ValueMap map;
  for (size_t k = 0; k < inputs.size(); ++k) {
    body->args[k]->name = inputs[k]->name;
    map.values[inputs[k]] = body->args[k];
  }
  builder.setRegion(body);
  for (const Op *op : list) ir::cloneOp(*op, map, builder);
  std::vector<Value *> yielded;
  for (Value *v : outputs) yielded.push_back(map(v));
  builder.yield(yielded);
  builder.setRegion(&region_);
  Op *fused = builder.create(OpKind::Fused, inputs, attr, {body});
  for (size_t k = 0; k < outputs.size(); ++k) {
    fused->results[k]->name = outputs[k]->name;
    replaced[outputs[k]] = fused->results[k];
  }
  region_.ops = std::move(kept);
  return fused;
}

void Grouping::rewrite(ir::Module &module) {
  findReaders();
  materialiseFree();
  Units units = formUnits();
  updateAfterReads(units);
  // List scheduling: the earliest written of the units whose predecessors are done.
  std::vector<int> waiting(units.ops.size());
  std::vector<std::vector<int>> next(units.ops.size());
  for (size_t u = 0; u < units.ops.size(); ++u) {
    std::set<int> unique(units.after[u].begin(), units.after[u].end());
    waiting[u] = static_cast<int>(unique.size());
    for (int p : unique) next[static_cast<size_t>(p)].push_back(static_cast<int>(u));
  }
  std::set<std::pair<int, int>> ready; // first op, unit
  for (size_t u = 0; u < units.ops.size(); ++u)
    if (waiting[u] == 0) ready.insert({units.ops[u].front(), static_cast<int>(u)});
  std::vector<Op *> order;
  std::unordered_map<const Value *, Value *> replaced;
  while (!ready.empty()) {
    auto [first, u] = *ready.begin();
    ready.erase(ready.begin());
    const auto &ops = units.ops[static_cast<size_t>(u)];
    order.push_back(group_[static_cast<size_t>(first)] >= 0 ? emit(ops, module, replaced) : region_.ops[static_cast<size_t>(first)]);
    for (int v : next[static_cast<size_t>(u)])
      if (--waiting[static_cast<size_t>(v)] == 0) ready.insert({units.ops[static_cast<size_t>(v)].front(), v});
  }
  DL_CHECK(order.size() == units.ops.size());
  region_.ops = std::move(order);
  ir::replaceUses(region_, replaced);
}

} // namespace dl::passes

/// Regions, forwards: an op that computes tangents beside values. Carried values become pairs, both branches give both.
#include "passes/autodiff/forward.h"
#include <optional>

namespace dl::passes {

using namespace ir;

void Forward::step(const Op &op) {
  if (!op.regions.empty() && op.kind != OpKind::CustomGrad && wantsAny(op)) {
    pairs(op);
    return;
  }
  Op *copy = cloneOp(op, map, b);
  differentiate(op, *copy);
}

void Forward::body(const Region &from, Region &into) {
  b.setRegion(&into);
  for (const Op *op : from.ops)
    if (!isTerminator(op->kind)) step(*op);
}

Value *Forward::newArgument(Region &region, const Value *like) {
  Value *arg = b.function().newValue(map(like->type), like->name);
  arg->region = &region;
  arg->index = static_cast<uint32_t>(region.args.size());
  region.args.push_back(arg);
  map.map(const_cast<Value *>(like), arg);
  return arg;
}

Value *Forward::newTangentArgument(Region &region, const Value *arg) {
  Value *t = b.function().newValue(arg->type);
  t->region = &region;
  t->index = static_cast<uint32_t>(region.args.size());
  region.args.push_back(t);
  tangents_[arg] = t;
  return t;
}

/// Result i of `from` is result position[i] of `to`; those without a position stay.
void Forward::mapResults(const Op &from, const Op &to, const std::vector<std::optional<size_t>> &position) {
  for (size_t i = 0; i < from.results.size(); ++i) {
    if (!position[i]) continue;
    to.result(*position[i])->name = from.result(i)->name;
    map.map(from.result(i), to.result(*position[i]));
  }
}

Op *Forward::pairs(const Op &op, bool again) {
  Region *at = b.region();
  const ir::Origin before = b.where;
  b.where = op.where;
  Op *made = op.kind == OpKind::For || op.kind == OpKind::While ? pairLoop(op, again) : pairOnce(op);
  b.where = before;
  DL_CHECK(b.region() == at);
  return made;
}

/// `if` and `checkpoint`.
Op *Forward::pairOnce(const Op &op) {
  Region *at = b.region();
  std::vector<Value *> operands;
  for (Value *operand : op.operands) operands.push_back(map(operand));
  std::vector<size_t> wanted;
  for (size_t i = 0; i < op.results.size(); ++i)
    if (wants(op.result(i))) wanted.push_back(i);
  std::vector<Region *> regions;
  for (const Region *from : op.regions) {
    Region *into = b.newRegion({});
    for (size_t i = 0; i < from->args.size(); ++i) {
      Value *arg = newArgument(*into, from->args[i]);
      if (Value *t = tangent(operands[i]); t && wants(from->args[i])) tangents_[arg] = t; // captured
    }
    body(*from, *into);
    std::vector<Value *> yields;
    for (Value *v : from->terminator()->operands) yields.push_back(map(v));
    for (size_t i : wanted) yields.push_back(tangentOrZero(yields[i]));
    b.yield(yields);
    b.setRegion(at);
    regions.push_back(into);
  }
  Op *made = b.create(op.kind, operands, op.attrs, regions);
  std::vector<std::optional<size_t>> position;
  for (size_t i = 0; i < op.results.size(); ++i) position.emplace_back(i);
  mapResults(op, *made, position);
  for (size_t i = 0; i < wanted.size(); ++i) tangents_[made->result(wanted[i])] = made->result(op.results.size() + i);
  return made;
}

/// The tangents of carried values are carried behind them, those of scanned operands scanned, those of stacks stacked. Of a
/// `while` that runs again the turns are known: as a `for` of as many what it stacks has the sizes of before.
Op *Forward::pairLoop(const Op &op, bool again) {
  Region *at = b.region();
  CarryLayout carry = carriesOf(op);
  const Region &last = bodyOf(op);
  const bool counted = again && op.kind == OpKind::While && carry.result > 0;
  std::vector<Value *> operands;
  for (Value *operand : op.operands) operands.push_back(map(operand));
  const std::vector<Value *> &yielded = last.terminator()->operands;
  size_t stacks = yielded.size() - carry.count, scans = carry.argument - (op.kind == OpKind::For ? 1 : 0);
  std::vector<size_t> wantedScans, wantedCarries, wantedStacks;
  for (size_t i = 0; i < scans; ++i)
    if (wants(last.args[1 + i]) && tangent(operands[carry.operand - scans + i])) wantedScans.push_back(i);
  for (size_t i = 0; i < carry.count; ++i)
    if (wants(last.args[carry.argument + i])) wantedCarries.push_back(i);
  for (size_t i = 0; i < stacks; ++i)
    if (wants(op.result(carry.result + carry.count + i))) wantedStacks.push_back(i);

  std::vector<Value *> all(operands.begin(), operands.begin() + static_cast<ptrdiff_t>(carry.operand));
  for (size_t i : wantedScans) all.push_back(tangent(operands[carry.operand - scans + i]));
  all.insert(all.end(), operands.begin() + static_cast<ptrdiff_t>(carry.operand), operands.end());
  for (size_t i : wantedCarries) all.push_back(tangentOrZero(operands[carry.operand + i]));

  std::vector<Region *> regions;
  for (const Region *from : op.regions) {
    if (counted && from != &last) continue;
    Region *into = b.newRegion(counted ? std::vector<Type>{Type(Elem::I64)} : std::vector<Type>{});
    for (size_t i = 0; i < carry.argument; ++i) newArgument(*into, from->args[i]);
    for (size_t i : wantedScans) newTangentArgument(*into, map(from->args[1 + i]));
    for (size_t i = 0; i < carry.count; ++i) newArgument(*into, from->args[carry.argument + i]);
    for (size_t i : wantedCarries) newTangentArgument(*into, map(from->args[carry.argument + i]));
    body(*from, *into);
    std::vector<Value *> yields, given = from->terminator()->operands;
    for (Value *&v : given) v = map(v);
    bool isBody = from == &last; // else the condition, which yields its verdict
    yields.assign(given.begin(), isBody ? given.begin() + static_cast<ptrdiff_t>(carry.count) : given.end());
    if (isBody) {
      for (size_t i : wantedCarries) yields.push_back(tangentOrZero(given[i]));
      yields.insert(yields.end(), given.begin() + static_cast<ptrdiff_t>(carry.count), given.end());
      for (size_t i : wantedStacks) yields.push_back(tangentOrZero(given[carry.count + i]));
    }
    b.yield(yields);
    b.setRegion(at);
    regions.push_back(into);
  }
  Attrs attrs = op.attrs;
  if (counted) {
    ForAttr attr;
    attr.trip = map(op.result(0)->dim), attr.carries = static_cast<int>(carry.count + wantedCarries.size());
    attrs = attr;
  } else if (op.kind == OpKind::For) {
    auto &attr = std::get<ForAttr>(attrs);
    attr.trip = map(attr.trip);
    for (size_t i : wantedScans) attr.scanDims.push_back(op.as<ForAttr>().scanDims[i]);
    attr.carries += static_cast<int>(wantedCarries.size());
  } else {
    std::get<WhileAttr>(attrs).carries += static_cast<int>(wantedCarries.size());
  }
  Op *made = b.create(counted ? OpKind::For : op.kind, all, attrs, regions);
  const size_t first = counted ? 0 : carry.result; // carried value among the results
  std::vector<std::optional<size_t>> position;
  if (carry.result > 0) position.push_back(counted ? std::nullopt : std::optional<size_t>(0));
  for (size_t i = carry.result; i < op.results.size(); ++i) {
    size_t at = i - carry.result + first;
    position.emplace_back(i < carry.result + carry.count ? at : at + wantedCarries.size());
  }
  mapResults(op, *made, position);
  size_t next = first + carry.count;
  for (size_t i : wantedCarries) tangents_[made->result(first + i)] = made->result(next++);
  next += stacks;
  for (size_t i : wantedStacks) tangents_[map(op.result(carry.result + carry.count + i))] = made->result(next++);
  return made;
}

} // namespace dl::passes

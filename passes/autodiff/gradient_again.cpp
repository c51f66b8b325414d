/// Regions that are computed again where their derivative is: `checkpoint`, and bodies and branches with sizes of their own,
/// of which nothing can be stacked. The copy is differentiated, so what its loops stack stays inside of it.
#include "passes/autodiff/scopes.h"
#include <algorithm>

namespace dl::passes {

using namespace ir;

namespace {

template <class Visit> void sizesOf(const Op &op, Visit visit) {
  for (const DimAtom *atom : atomsOf(op.attrs))
    if (atom->owner) visit(static_cast<const Value *>(atom->owner));
  for (const auto *list : {&op.results, &op.operands})
    for (const Value *v : *list) {
      if (v->type.elem == Elem::Dim) visit(v);
      for (const Value *size : dimValues(v->type)) visit(size);
    }
}

/// A derivative flows through an op with a size that each run of the region computes anew.
bool hasOwnSizes(Region &region, const Reverse &r) {
  std::unordered_set<const Value *> own;
  for (const Op *op : region.ops)
    for (const Value *result : op->results)
      if (result->type.elem == Elem::Dim) own.insert(result);
  bool found = false;
  if (!own.empty())
    walk(region, [&](Op *op) {
      auto wanted = [&](const Value *v) { return r.wants(v); };
      if (std::any_of(op->results.begin(), op->results.end(), wanted))
        sizesOf(*op, [&](const Value *size) { found |= own.count(size) != 0; });
    });
  return found;
}

bool seesOuterSizes(const Op &op, Region &region, const Reverse &r) {
  bool sees = true;
  walk(region, [&](Op *inside) {
    sizesOf(*inside, [&](const Value *size) { sees &= isDefinedInside(size, op) || r.scope().sees(size); });
  });
  return sees;
}

void dropEffects(Region &region, size_t first) {
  auto isMereEffect = [](const Op *op) { return info(op->kind).effect && op->results.empty(); };
  region.ops.erase(std::remove_if(region.ops.begin() + static_cast<ptrdiff_t>(first), region.ops.end(), isMereEffect), region.ops.end());
  for (size_t i = first; i < region.ops.size(); ++i)
    for (Region *inner : region.ops[i]->regions) dropEffects(*inner, 0);
}

/// Arguments that something in the region reads.
std::vector<Value *> readArguments(Region &region) {
  std::unordered_set<const Value *> read;
  walk(region, [&](Op *op) { read.insert(op->operands.begin(), op->operands.end()); });
  std::vector<Value *> args;
  for (Value *arg : region.args)
    if (read.count(arg)) args.push_back(arg);
  return args;
}

} // namespace

void gradientAgain(Op &op, Region &region, ValueMap &map, const std::vector<Value *> &adjoints, Reverse &r) {
  if (!seesOuterSizes(op, region, r)) return r.refuse(op, Diag::GradientOfVaryingShape, info(op.kind).mnemonic);
  std::vector<Value *> inputs = readArguments(region), leaves;
  for (Value *v : freeValues(region)) inputs.push_back(v);
  std::unordered_map<const Value *, Value *> originals; // of leaves; look-ups only
  for (Value *v : inputs) {
    if (!map.values.count(v)) map.map(v, r.primal(v));
    if (!r.wants(v)) continue;
    Value *leaf = r.b.value(OpKind::Leaf, {map(v)});
    leaf->name = v->name;
    map.map(v, leaf);
    leaves.push_back(leaf);
    originals[leaf] = op.kind == OpKind::Checkpoint && !v->def && v->region == &region ? op.operand(v->index) : v;
  }
  size_t first = r.b.region()->ops.size();
  std::vector<Value *> yields = cloneBody(region, map, r.b);
  dropEffects(*r.b.region(), first); // they have happened
  std::vector<Op *> ops(r.b.region()->ops.begin() + static_cast<ptrdiff_t>(first), r.b.region()->ops.end());
  Activity activity(*region.function, std::vector<const Op *>(ops.begin(), ops.end()), leaves);
  Differentiation shared{r.shared().module, r.shared().diags, activity, r.shared().where};
  OpenScope scope;
  Reverse inner(shared, scope, r.b);
  inner.sumsOutside = [&](Value *v) {
    auto found = originals.find(v);
    return found == originals.end() ? nullptr : r.takeRunning(found->second);
  };
  for (size_t i = 0; i < yields.size() && i < adjoints.size(); ++i)
    if (adjoints[i]) inner.contribute(yields[i], adjoints[i]);
  inner.run(ops, ops.size());
  for (Value *v : inner.order())
    if (auto found = originals.find(v); found != originals.end())
      r.contribute(found->second, inner.take(v, inner.hasBegun(v) ? nullptr : inner.sumsOutside(v)));
}

void differentiate(Op &op, Region &region, ValueMap &map, const std::vector<Value *> &adjoints, Reverse &r) {
  if (hasOwnSizes(region, r)) return gradientAgain(op, region, map, adjoints, r);
  const Op &last = *region.terminator();
  for (size_t i = 0; i < last.operands.size() && i < adjoints.size(); ++i)
    if (adjoints[i]) r.contribute(last.operand(i), adjoints[i]);
  r.run(region.ops, region.ops.size());
}

} // namespace dl::passes

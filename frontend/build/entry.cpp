/// Entries: their parameters, and the closing of a finished body.
#include "frontend/build/elaborator.h"
#include "frontend/build/schedule.h"

namespace dl::frontend {
using ir::Elem;
using ir::OpKind;

Elaborator::Elaborator(Context &context, ir::Function *function)
    : c_(context), function_(function), prologue_(nullptr), main_(nullptr), builder_(context.module, nullptr) {
  if (!function_->body) function_->body = function_->newRegion(nullptr);
  main_ = function_->body;
  prologue_ = function_->newRegion(nullptr);
  regionParents_[prologue_] = main_;
  builder_.setRegion(main_);
  top_.name = function->name, top_.scope = fileScope(context.own()), top_.makesNew = true, top_.site = function->name;
  frame_ = &top_;
}

ir::Value *Elaborator::parameter(ir::Param description, const ir::Type &type) {
  for (size_t i = 0; i < function_->params.size(); ++i) {
    const ir::Param &p = function_->params[i];
    bool one = p.role == ir::ParamRole::Seed || p.name == description.name;
    if (p.role == description.role && one) return main_->args[i];
  }
  ir::Value *v = type.elem == Elem::Dim ? function_->newDim(type.bound, description.name) : function_->newValue(type, description.name);
  v->region = main_, v->index = static_cast<uint32_t>(main_->args.size());
  main_->args.push_back(v);
  function_->params.push_back(std::move(description));
  return v;
}

ir::Value *Elaborator::seed() {
  if (!seed_) {
    ir::Param description;
    description.role = ir::ParamRole::Seed, description.name = "seed";
    seed_ = parameter(description, ir::Type(Elem::Key));
  }
  return seed_;
}

void Elaborator::finishEntry(std::vector<ir::Value *> results) {
  // Top-level instances: their initial values under `if fresh`.
  for (auto &segment : segments_)
    if (segment->fresh && !segment->results.empty()) {
      ir::Region *otherwise = newRegion({});
      {
        RegionGuard guard(*this, segment->region, nullptr);
        builder_.yield(segment->initials);
      }
      {
        RegionGuard guard(*this, otherwise, nullptr);
        builder_.yield(segment->arguments);
      }
      ir::Op *op = function_->newOp(OpKind::If, {});
      op->operands = {segment->fresh}, op->regions = {segment->region, otherwise};
      for (ir::Region *r : op->regions) r->parent = op;
      op->results = segment->results;
      for (size_t i = 0; i < op->results.size(); ++i) op->results[i]->def = op, op->results[i]->index = static_cast<uint32_t>(i);
      segment->region = newRegion({});
      segment->region->ops.push_back(op);
    }
  // Into place, the last one first: a later anchor may lie in an earlier segment.
  for (size_t i = segments_.size(); i-- > 0;) {
    Segment &s = *segments_[i];
    std::vector<ir::Op *> &ops = s.home->ops;
    auto at = s.after ? std::find(ops.begin(), ops.end(), s.after) : ops.begin();
    if (s.after && at != ops.end()) ++at;
    std::vector<ir::Op *> added = s.region->ops;
    added.insert(added.end(), s.post->ops.begin(), s.post->ops.end());
    for (ir::Op *op : added) op->parent = s.home;
    ops.insert(at, added.begin(), added.end());
  }
  for (ir::Op *op : prologue_->ops) op->parent = main_;
  orderByUse(prologue_->ops);
  main_->ops.insert(main_->ops.begin(), prologue_->ops.begin(), prologue_->ops.end());
  // Slots that changed.
  std::vector<ir::Value *> finals = std::move(results);
  function_->results.clear();
  for (ir::Value *v : finals) function_->results.push_back(v->type);
  std::map<std::string, ir::Value *> now;
  for (const Place &p : places_) {
    if (!p.slot) continue;
    std::vector<Val> flat;
    leaves(p.value, flat);
    std::vector<std::string> paths;
    leafPaths(p.value, p.path, paths);
    for (size_t i = 0; i < flat.size(); ++i) now[paths[i]] = flat[i].value;
  }
  // An instance of which anything changes is stored whole: its other slots may have been made in this run.
  auto endOf = [&](const ir::Param &p) -> ir::Value * {
    auto end = p.role == ir::ParamRole::Slot ? now.find(p.name) : now.end();
    return end == now.end() ? nullptr : end->second;
  };
  auto rootOf = [&](const std::string &path) { return c_.findSlot(path)->root; };
  std::set<std::string> changed, trained;
  for (const ir::Param &p : function_->params)
    for (auto &[path, start] : slotResults_)
      if (ir::Value *end = endOf(p); end && path == p.name && !same(Val::tensor(start), Val::tensor(end))) {
        changed.insert(rootOf(path));
        if (c_.findSlot(path)->param) trained.insert(rootOf(path));
      }
  for (ir::Param &p : function_->params) {
    p.trains = p.role == ir::ParamRole::Fresh && trained.count(p.name);
    ir::Value *end = endOf(p);
    if (!end || !changed.count(rootOf(p.name))) continue;
    p.inout = true;
    finals.push_back(end);
  }
  builder_.setRegion(main_);
  builder_.ret(finals);
  recordLayers();
  sinkIntoBranches(*main_);
}

} // namespace dl::frontend

#include "passes/loops/side_loop.h"

namespace dl::passes {

using namespace ir;

SideLoop::SideLoop(Module &module, Op &loop)
    : module_(module), loop_(loop), region_(Builder(module, loop.parent).newRegion({Type(Elem::I64)})), inside_(module, region_) {
  inside_.where = loop.where;
  region_->args[0]->name = loop.regions[0]->args[0]->name;
}

Value *SideLoop::scan(Value *operand, int dim) {
  for (const Scan &scan : scans_)
    if (scan.operand == operand && scan.dim == dim) return scan.arg;
  Type type = operand->type;
  type.dims.erase(type.dims.begin() + dim);
  Value *arg = inside_.function().newValue(type, operand->name);
  arg->region = region_;
  scans_.push_back({operand, dim, arg});
  return arg;
}

Value *SideLoop::carry(Value *initial) {
  Value *arg = inside_.function().newValue(initial->type, initial->name);
  arg->region = region_;
  carries_.push_back(arg);
  initial_.push_back(initial);
  return arg;
}

Value *SideLoop::make(Value *v) {
  if (!isDefinedInside(v, loop_)) return v;
  if (auto found = made_.find(v); found != made_.end()) return found->second;
  if (atHand)
    if (Value *here = atHand(v)) return made_[v] = here;
  const Region &body = *loop_.regions[0];
  if (!v->def && v->region == &body) {
    const auto &attr = loop_.as<ForAttr>();
    if (v->index == 0) return made_[v] = region_->args[0];
    DL_CHECK(v->index <= attr.scanDims.size());
    return made_[v] = scan(loop_.operand(v->index - 1), attr.scanDims[v->index - 1]);
  }
  DL_CHECK(v->def && v->def->parent == &body);
  Op *made = copy(*v->def);
  for (size_t i = 0; i < made->results.size(); ++i) made_[v->def->results[i]] = made->results[i];
  return made_.at(v);
}

Op *SideLoop::copy(Op &op) {
  ValueMap map;
  for (Value *operand : op.operands) map.map(operand, make(operand));
  if (!op.regions.empty())
    for (Value *free : freeValues(op)) map.map(free, make(free));
  Builder at = inside_;
  at.where = op.where;
  return cloneOp(op, map, at);
}

Op *SideLoop::finish(Region &region, const std::vector<Value *> &carried, const std::vector<Value *> &stacked) {
  std::vector<Value *> yields = carried, operands;
  yields.insert(yields.end(), stacked.begin(), stacked.end());
  inside_.yield(yields);
  ForAttr attr;
  attr.trip = loop_.as<ForAttr>().trip, attr.reverse = loop_.as<ForAttr>().reverse, attr.carries = static_cast<int>(carries_.size());
  for (const Scan &scan : scans_) {
    attr.scanDims.push_back(scan.dim);
    operands.push_back(scan.operand);
    region_->args.push_back(scan.arg);
  }
  operands.insert(operands.end(), initial_.begin(), initial_.end());
  region_->args.insert(region_->args.end(), carries_.begin(), carries_.end());
  renumber(region_->args);
  Builder outside(module_, &region);
  outside.where = loop_.where;
  Op *made = outside.create(OpKind::For, operands, attr, {region_});
  for (size_t i = 0; i < yields.size(); ++i) made->results[i]->name = yields[i]->name;
  return made;
}

Value *stackOf(const Op &loop, const Value *v) {
  const auto &yielded = loop.regions[0]->terminator()->operands;
  for (size_t i = static_cast<size_t>(loop.as<ForAttr>().carries); i < yielded.size(); ++i)
    if (yielded[i] == v) return loop.results[i];
  return nullptr;
}

Value *stackInLoop(Op &loop, Value *v) {
  if (Value *stack = stackOf(loop, v)) return stack;
  Type type = v->type;
  type.dims.insert(type.dims.begin(), loop.as<ForAttr>().trip);
  Value *stack = loop.parent->function->newValue(type, v->name);
  stack->def = &loop;
  stack->index = static_cast<uint32_t>(loop.results.size());
  loop.results.push_back(stack);
  loop.regions[0]->terminator()->operands.push_back(v);
  return stack;
}

Value *scanInLoop(Op &loop, Value *operand) {
  auto &attr = loop.as<ForAttr>();
  Region &body = *loop.regions[0];
  size_t scans = attr.scanDims.size();
  for (size_t i = 0; i < scans; ++i)
    if (loop.operand(i) == operand && attr.scanDims[i] == 0) return body.args[1 + i];
  Type type = operand->type;
  type.dims.erase(type.dims.begin());
  Value *arg = body.function->newValue(type, operand->name);
  arg->region = &body;
  loop.operands.insert(loop.operands.begin() + static_cast<long>(scans), operand);
  body.args.insert(body.args.begin() + 1 + static_cast<long>(scans), arg);
  attr.scanDims.push_back(0);
  renumber(body.args);
  return arg;
}

} // namespace dl::passes

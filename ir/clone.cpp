#include "ir/clone.h"

namespace dl::ir {

void ValueMap::map(Value *from, Value *to) {
  values[from] = to;
  if (from->type.elem == Elem::Dim)
    if (DimAtom *atom = from->dim.asAtom()) dims[atom] = to->dim;
}

static std::function<std::optional<dl::Dim>(DimAtom *)> lookup(const ValueMap &map) {
  return [&map](DimAtom *atom) -> std::optional<dl::Dim> {
    auto found = map.dims.find(atom);
    if (found == map.dims.end()) return std::nullopt;
    return found->second;
  };
}

dl::Dim ValueMap::operator()(const dl::Dim &d) const {
  if (d.isConstant() || dims.empty()) return d;
  return d.substitute(lookup(*this));
}

Type ValueMap::operator()(const Type &t) const {
  Type mapped = t;
  for (dl::Dim &d : mapped.dims) d = (*this)(d);
  return mapped;
}

Op *cloneOp(const Op &op, ValueMap &map, Builder &at) {
  std::vector<Region *> regions;
  for (const Region *region : op.regions) regions.push_back(cloneRegion(*region, map, at));
  std::vector<Value *> operands;
  for (Value *operand : op.operands) operands.push_back(map(operand));
  const Origin before = at.where;
  at.where = op.where;
  Op *copy = at.create(op.kind, std::move(operands), map.dims.empty() ? op.attrs : substitute(op.attrs, lookup(map)),
                       std::move(regions));
  at.where = before;
  for (size_t i = 0; i < op.results.size(); ++i) {
    copy->results[i]->name = op.results[i]->name;
    map.map(op.results[i], copy->results[i]);
  }
  return copy;
}

std::vector<Value *> cloneBody(const Region &from, ValueMap &map, Builder &at) {
  std::vector<Value *> images;
  for (const Op *op : from.ops) {
    if (!isTerminator(op->kind)) {
      cloneOp(*op, map, at);
      continue;
    }
    for (Value *operand : op->operands) images.push_back(map(operand));
  }
  return images;
}

/// Arguments first one by one: a later argument's type may mention an earlier one.
static void cloneArgs(const Region &from, Region &to, ValueMap &map) {
  for (Value *arg : from.args) {
    Value *copy = to.function->newValue(map(arg->type), arg->name);
    copy->region = &to;
    copy->index = static_cast<uint32_t>(to.args.size());
    to.args.push_back(copy);
    map.map(arg, copy);
  }
}

Region *cloneRegion(const Region &from, ValueMap &map, Builder &at) {
  Region *copy = at.function().newRegion(nullptr);
  cloneArgs(from, *copy, map);
  Region *before = at.region();
  at.setRegion(copy);
  for (const Op *op : from.ops) cloneOp(*op, map, at);
  at.setRegion(before);
  return copy;
}

std::unique_ptr<Module> cloneModule(const Module &module) {
  auto copy = std::make_unique<Module>();
  copy->flushDenormals = module.flushDenormals;
  copy->slots = module.slots;
  copy->tables = module.tables;
  copy->layers = module.layers;
  copy->sites = module.sites;
  for (const auto &function : module.functions) {
    Function *made = copy->addFunction(function->name);
    made->isEntry = function->isEntry;
    made->help = function->help;
    made->isTest = function->isTest;
    made->params = function->params;
    ValueMap map;
    cloneArgs(*function->body, *made->body, map);
    Builder builder(*copy, made->body);
    for (const Op *op : function->body->ops) cloneOp(*op, map, builder);
    for (const Type &type : function->results) made->results.push_back(map(type));
  }
  return copy;
}

void replaceUses(Region &region, const std::unordered_map<const Value *, Value *> &map) {
  walk(region, [&](Op *op) {
    for (Value *&operand : op->operands)
      if (auto found = map.find(operand); found != map.end()) operand = found->second;
  });
}

} // namespace dl::ir

#include "ir/module.h"
#include "support/result.h"
#include <algorithm>
#include <unordered_set>

namespace dl::ir {

Value *Function::newValue(Type type, std::string name) {
  Value &value = values_.emplace_back();
  value.id = static_cast<uint32_t>(values_.size() - 1);
  if (type.elem == Elem::Dim) {
    value.dim = dl::Dim::variable(name.empty() ? "n" : name, type.bound);
    value.dim.asAtom()->owner = &value;
  }
  value.type = std::move(type);
  value.name = std::move(name);
  return &value;
}

Value *Function::newDim(int64_t bound, std::string name) { return newValue(Type::dimension(bound), std::move(name)); }

Op *Function::newOp(OpKind kind, Origin where) {
  Op &op = ops_.emplace_back();
  op.kind = kind;
  op.where = where;
  op.id = static_cast<uint32_t>(ops_.size() - 1);
  return &op;
}

Region *Function::newRegion(Op *parent) {
  Region &region = regions_.emplace_back();
  region.parent = parent;
  region.function = this;
  return &region;
}

Function *Module::addFunction(std::string name) {
  auto function = std::make_unique<Function>();
  function->name = std::move(name);
  function->body = function->newRegion(nullptr);
  functions.push_back(std::move(function));
  return functions.back().get();
}

Function *Module::find(const std::string &name) const {
  for (const auto &function : functions)
    if (function->name == name) return function.get();
  return nullptr;
}

const Slot *Module::findSlot(const std::string &path) const {
  auto found = std::find_if(slots.begin(), slots.end(), [&](const Slot &slot) { return slot.path == path; });
  return found == slots.end() ? nullptr : &*found;
}

const TableSource *Module::findTable(const std::string &name) const {
  auto found = std::find_if(tables.begin(), tables.end(), [&](const TableSource &table) { return table.name == name; });
  return found == tables.end() ? nullptr : &*found;
}

std::vector<std::string> sourcesOf(const TableSource &table, const TableColumn &column) {
  if (table.kind == TableKind::Npy || table.kind == TableKind::Range) return {};
  std::vector<std::string> names(1);
  for (char c : column.name) {
    if (c == '\t') names.emplace_back();
    else names.back() += c;
  }
  return names;
}

bool hasEffect(const Op &op) {
  if (info(op.kind).effect) return true;
  for (const Region *region : op.regions)
    for (const Op *inner : region->ops)
      if (hasEffect(*inner)) return true;
  return false;
}

namespace {

struct FreeValues {
  std::unordered_set<const Value *> known; ///< defined inside or already listed; only looked up
  std::vector<Value *> found;

  void use(Value *value) {
    if (known.insert(value).second) found.push_back(value);
  }
  void useAtoms(const std::vector<DimAtom *> &atoms) {
    for (DimAtom *atom : atoms)
      if (atom->owner) use(static_cast<Value *>(atom->owner));
  }
  void useType(const Type &type) {
    for (const dl::Dim &dim : type.dims) useAtoms(dim.atoms());
  }
  void define(Value *value) { known.insert(value); }

  void region(const Region &region) {
    for (Value *arg : region.args) define(arg);
    for (Value *arg : region.args) useType(arg->type);
    for (const Op *op : region.ops) {
      for (Value *operand : op->operands) use(operand), useType(operand->type);
      useAtoms(atomsOf(op->attrs));
      for (const Region *inner : op->regions) this->region(*inner);
      for (Value *result : op->results) define(result);
      for (Value *result : op->results) useType(result->type);
    }
  }
};

} // namespace

std::vector<Value *> freeValues(const Op &op) {
  FreeValues walker;
  for (const Region *region : op.regions) walker.region(*region);
  return walker.found;
}

std::vector<Value *> freeValues(const Region &region) {
  FreeValues walker;
  walker.region(region);
  return walker.found;
}

std::vector<Value *> dimValues(const Type &type) {
  std::vector<Value *> values;
  for (const dl::Dim &dim : type.dims)
    for (DimAtom *atom : dim.atoms()) {
      auto *owner = static_cast<Value *>(atom->owner);
      if (owner && std::find(values.begin(), values.end(), owner) == values.end()) values.push_back(owner);
    }
  return values;
}

} // namespace dl::ir

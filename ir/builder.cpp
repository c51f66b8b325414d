#include "ir/builder.h"
#include <algorithm>

namespace dl::ir {

std::variant<Op *, TypeError> Builder::tryCreate(OpKind kind, std::vector<Value *> operands, Attrs attrs,
                                                 std::vector<Region *> regions) {
  InferResult inferred = inferTypes(kind, operands, attrs, regions, module_);
  if (auto *error = std::get_if<TypeError>(&inferred)) return std::move(*error);
  auto &[types, fresh] = std::get<Inferred>(inferred);
  Function &owner = function();
  Op *op = owner.newOp(kind, where);
  op->operands = std::move(operands);
  op->attrs = std::move(attrs);
  op->regions = std::move(regions);
  op->parent = region_;
  for (Region *inner : op->regions) inner->parent = op;
  for (size_t i = 0; i < types.size(); ++i) {
    Value *result = owner.newValue(types[i]);
    result->def = op;
    result->index = static_cast<uint32_t>(i);
    if (types[i].elem == Elem::Dim) {
      result->dim = fresh[i];
      result->dim.asAtom()->owner = result;
    }
    op->results.push_back(result);
  }
  region_->ops.push_back(op);
  if (listener) listener->push_back(op);
  return op;
}

Op *Builder::create(OpKind kind, std::vector<Value *> operands, Attrs attrs, std::vector<Region *> regions) {
  auto made = tryCreate(kind, std::move(operands), std::move(attrs), std::move(regions));
  if (auto *error = std::get_if<TypeError>(&made)) {
    std::fprintf(stderr, "internal error: %s: `%s` %s\n", error->constraint.c_str(), info(kind).mnemonic,
                 error->message.c_str());
    DL_UNREACHABLE();
  }
  return std::get<Op *>(made);
}

Value *Builder::constant(const Type &type, double number) {
  return constantBits(type, {encodeNumber(type.elem, number)});
}

Value *Builder::constantInt(const Type &type, int64_t number) {
  if (isFloat(type.elem) || type.elem == Elem::Bool) return constant(type, static_cast<double>(number));
  uint64_t bits = static_cast<uint64_t>(number);
  if (type.elem == Elem::I32) bits = static_cast<uint32_t>(std::clamp<int64_t>(number, INT32_MIN, INT32_MAX));
  if (type.elem == Elem::U8) bits = static_cast<uint64_t>(std::clamp<int64_t>(number, 0, UINT8_MAX));
  return constantBits(type, {bits});
}

Value *Builder::constantBits(const Type &type, std::vector<uint64_t> bits) {
  return value(OpKind::Const, {}, ConstAttr{type, std::move(bits)});
}

Value *Builder::extent(const dl::Dim &d) {
  if (d.isConstant()) return i64(d.value());
  return value(OpKind::Extent, {}, ExtentAttr{d});
}

Value *Builder::toDim(Value *number, int64_t bound, std::string name) {
  Value *made = value(OpKind::ToDim, {number}, ToDimAttr{bound, name});
  made->name = std::move(name);
  return made;
}

Value *Builder::iota(const Type &type, int dim) { return value(OpKind::Iota, {}, IotaAttr{type, dim}); }

Value *Builder::convert(Value *x, Elem to) {
  return x->type.elem == to ? x : value(OpKind::Convert, {x}, ConvertAttr{to});
}

Value *Builder::broadcast(Value *x, std::vector<dl::Dim> dims, std::vector<int> to) {
  if (x->type.dims == dims && std::is_sorted(to.begin(), to.end()) && to.size() == dims.size()) return x;
  return value(OpKind::Broadcast, {x}, BroadcastAttr{std::move(dims), std::move(to)});
}

Value *Builder::reshape(Value *x, std::vector<dl::Dim> dims) {
  if (x->type.dims == dims) return x;
  return value(OpKind::Reshape, {x}, ShapeAttr{std::move(dims)});
}

Value *Builder::transpose(Value *x, std::vector<int> perm) {
  if (perm.size() == x->type.rank() && std::is_sorted(perm.begin(), perm.end())) return x;
  return value(OpKind::Transpose, {x}, DimsAttr{std::move(perm)});
}

Value *Builder::reduce(ReduceKind kind, Value *x, std::vector<int> dims) {
  if (dims.empty()) return x;
  std::sort(dims.begin(), dims.end());
  return value(OpKind::Reduce, {x}, ReduceAttr{kind, std::move(dims), {}});
}

Region *Builder::newRegion(const std::vector<Type> &args) {
  Region *made = function().newRegion(nullptr);
  for (const Type &type : args) {
    Value *arg = function().newValue(type);
    arg->region = made;
    arg->index = static_cast<uint32_t>(made->args.size());
    made->args.push_back(arg);
  }
  return made;
}

} // namespace dl::ir

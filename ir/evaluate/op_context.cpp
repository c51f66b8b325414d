#include "ir/evaluate/op_context.h"

namespace dl::ir::eval {

constexpr int64_t kMostBytes = int64_t{1} << 32;

std::vector<int64_t> OpContext::extents(const std::vector<dl::Dim> &list) const {
  std::vector<int64_t> numbers;
  for (const dl::Dim &d : list) numbers.push_back(extent(d));
  return numbers;
}

Result<Tensor *> OpContext::result() {
  const Type &type = op.results[out.size()]->type;
  return result(type.elem == Elem::Dim ? Elem::I64 : type.elem, extents(type.dims));
}

Result<Tensor *> OpContext::result(Elem elem, std::vector<int64_t> shape) {
  int64_t size = byteSize(elem);
  bool empty = false;
  for (int64_t d : shape) empty = empty || d == 0;
  for (int64_t d : shape)
    if (!empty && (__builtin_mul_overflow(size, d, &size) || size > kMostBytes))
      return failure(std::string("a result of `") + info(op.kind).mnemonic + "` does not fit into memory");
  out.reserve(op.results.size());
  out.emplace_back(elem, std::move(shape));
  return &out.back();
}

std::vector<int64_t> stridesOf(const std::vector<int64_t> &shape) {
  std::vector<int64_t> strides(shape.size(), 1);
  for (size_t d = shape.size(); d-- > 1;) strides[d - 1] = strides[d] * std::max<int64_t>(shape[d], 1);
  return strides;
}

Status pureOp(OpContext &context) {
  const Op &op = context.op;
  if (op.kind == OpKind::Convert || op.kind == OpKind::Bitcast) return convert(context);
  if (op.kind == OpKind::Accumulate) return elementwise(context);
  if (op.kind == OpKind::Leaf || op.kind == OpKind::StopGradient) {
    context.out.push_back(*context.in[0]);
    return Done{};
  }
  switch (info(op.kind).family) {
  case Family::Elementwise: return elementwise(context);
  case Family::Constant: return constant(context);
  case Family::Reduction: return reduction(context);
  case Family::Contraction: return contract(context);
  case Family::Shape: return op.kind == OpKind::Remap ? indexed(context) : shape(context);
  case Family::Indexing:
    return op.kind == OpKind::Gather || op.kind == OpKind::Scatter ? indexed(context) : indexing(context);
  case Family::LinearAlgebra: return linearAlgebra(context);
  case Family::Random: return random(context);
  case Family::Control:
  case Family::Differentiation:
  case Family::Effect: break;
  case Family::Data:
    if (op.kind == OpKind::Encode) return encode(context);
    break;
  }
  if (op.kind == OpKind::Grad || op.kind == OpKind::Jvp)
    return failure(std::string("`") + info(op.kind).mnemonic + "` cannot be evaluated: run expand_grad first");
  return failure(std::string("`") + info(op.kind).mnemonic + "` cannot be evaluated alone");
}

} // namespace dl::ir::eval

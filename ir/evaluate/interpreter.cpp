#include "ir/evaluate/interpreter.h"
#include "support/numerics/denormals.h"

namespace dl::ir::eval {

Result<std::vector<Shared>> Interpreter::call(const Function &function, std::vector<Shared> args) {
  const Region &body = *function.body;
  if (args.size() != body.args.size())
    return failure("@" + function.name + " takes " + std::to_string(body.args.size()) + " arguments, got " + std::to_string(args.size()));
  if (++depth_ > 100) return failure("calls are nested too deep");
  Frame frame;
  frame.values.resize(function.valueCount());
  frame.dims = [&frame](DimAtom *atom) -> int64_t {
    auto *owner = static_cast<const Value *>(atom->owner);
    const Shared &value = frame.values[owner->id];
    return value ? *value->data<int64_t>() : 0;
  };
  for (size_t i = 0; i < args.size(); ++i) {
    const Type &type = body.args[i]->type;
    frame.set(body.args[i], args[i]);
    std::vector<int64_t> shape;
    for (const dl::Dim &d : type.dims) shape.push_back(std::max<int64_t>(d.evaluate(frame.dims), 0));
    Elem elem = type.elem == Elem::Dim ? Elem::I64 : type.elem;
    if (args[i]->elem != elem || args[i]->shape != shape)
      return failure("argument " + std::to_string(i) + " of @" + function.name + " does not have type " + type.str());
    if (type.elem == Elem::Dim && (*args[i]->data<int64_t>() < 0 || *args[i]->data<int64_t>() > type.bound))
      return failure("argument " + std::to_string(i) + " of @" + function.name + " is not in 0.." + std::to_string(type.bound));
  }
  auto results = region(body, args, frame);
  --depth_;
  return results;
}

Interpreter::Values Interpreter::operandsOf(const Op &op, const Frame &frame, size_t first) const {
  Values values;
  for (size_t i = first; i < op.operands.size(); ++i) values.push_back(frame[op.operands[i]]);
  return values;
}

Status Interpreter::bindResults(const Op &op, const Values &values, Frame &frame, size_t first) {
  DL_CHECK(first + values.size() == op.results.size());
  for (size_t i = 0; i < values.size(); ++i) frame.set(op.results[first + i], values[i]);
  return Done{};
}

Result<Interpreter::Values> Interpreter::region(const Region &region, const Values &args, Frame &frame) {
  for (size_t i = 0; i < region.args.size(); ++i) frame.set(region.args[i], args[i]);
  for (const Op *op : region.ops) {
    if (isTerminator(op->kind)) return operandsOf(*op, frame);
    Status done = this->op(*op, frame);
    if (!done) return done.takeError();
  }
  return failure("a region has no end");
}

Status Interpreter::op(const Op &op, Frame &frame) {
  if (options_.maxOps && ++executed_ > options_.maxOps) return failure("the limit of executed operations is reached");
  if (worker_) worker_->executed(op);
  for (const Value *operand : op.operands)
    if (!frame[operand]) return failure(std::string("an operand of `") + info(op.kind).mnemonic + "` has no value");
  if (op.kind == OpKind::If) return branch(op, frame);
  if (op.kind == OpKind::For) return forLoop(op, frame);
  if (op.kind == OpKind::While) return whileLoop(op, frame);
  if (op.kind == OpKind::Call) return callOp(op, frame);
  if (info(op.kind).family == Family::Control) return once(op, frame);
  if (op.kind == OpKind::LoadTable) return table(op, frame);
  if (info(op.kind).effect) return effect(op, frame);
  return plainOp(op, frame);
}

Status Interpreter::plainOp(const Op &op, Frame &frame) {
  std::vector<const Tensor *> in;
  for (const Value *operand : op.operands) in.push_back(frame[operand].get());
  OpContext context{op, in, frame.dims};
  DL_CHECK_OK(pureOp(context));
  if (worker_) worker_->add(context);
  for (size_t i = 0; i < op.results.size(); ++i) frame.set(op.results[i], std::make_shared<const Tensor>(std::move(context.out[i])));
  return Done{};
}

Status Interpreter::branch(const Op &op, Frame &frame) {
  bool taken = *frame[op.operands[0]]->data<uint8_t>();
  DL_TRY(values, region(*op.regions[taken ? 0 : 1], {}, frame));
  return bindResults(op, values, frame);
}

Status Interpreter::once(const Op &op, Frame &frame) {
  DL_TRY(values, region(*op.regions[0], operandsOf(op, frame), frame));
  return bindResults(op, values, frame);
}

Status Interpreter::callOp(const Op &op, Frame &frame) {
  const Function *callee = module_.find(op.as<CallAttr>().callee);
  if (!callee) return failure("there is no function @" + op.as<CallAttr>().callee);
  DL_TRY(values, call(*callee, operandsOf(op, frame)));
  return bindResults(op, values, frame);
}

} // namespace dl::ir::eval

namespace dl::ir {

Result<std::vector<Tensor>> evaluate(const Module &module, const Function &function, const std::vector<Tensor> &args,
                                     const EvaluateOptions &options) {
  num::DenormalScope mode(module.flushDenormals ? num::Denormals::Flush : num::Denormals::Keep);
  std::vector<eval::Shared> shared;
  for (const Tensor &arg : args) shared.push_back(std::make_shared<const Tensor>(arg));
  DL_TRY(results, eval::Interpreter(module, options).call(function, std::move(shared)));
  std::vector<Tensor> tensors;
  for (const eval::Shared &result : results) tensors.push_back(*result);
  return tensors;
}

Result<std::vector<Tensor>> evaluateOp(const Op &op, const std::vector<const Tensor *> &operands, bool flushDenormals,
                                       const std::function<int64_t(DimAtom *)> &dims) {
  num::DenormalScope mode(flushDenormals ? num::Denormals::Flush : num::Denormals::Keep);
  eval::OpContext context{op, operands, dims};
  DL_CHECK_OK(eval::pureOp(context));
  return std::move(context.out);
}

} // namespace dl::ir

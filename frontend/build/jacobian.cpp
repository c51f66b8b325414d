/// `jacobian` and `hessian`: one derivative for each basis vector, as a loop whose turns are independent.
#include "frontend/build/elaborator.h"

namespace dl::frontend {
using ir::OpKind;

static Dim countOf(const ir::Type &type) {
  Dim n(1);
  for (const Dim &d : type.dims) n = n * d;
  return n;
}

static std::vector<Dim> joined(const ir::Type &a, const ir::Type &b) {
  std::vector<Dim> dims = a.dims;
  dims.insert(dims.end(), b.dims.begin(), b.dims.end());
  return dims;
}

/// f of every tensor of the type that is 1 in one place and 0 elsewhere, in row-major order, stacked.
std::vector<ir::Value *> Elaborator::alongBasis(const ir::Type &of, SourceRange where, const std::function<std::vector<ir::Value *>(ir::Value *basis)> &f) {
  LoopSpec spec;
  spec.where = where, spec.trip = countOf(of), spec.foldsKey = false;
  spec.body = [&](ir::Value *index, const std::vector<ir::Value *> &) {
    builder_.where = where;
    ir::Value *places = builder_.iota(ir::Type(ir::Elem::I64, {spec.trip}), 0);
    ir::Value *here = builder_.binary(OpKind::Eq, places, builder_.splat(index, {spec.trip}));
    std::vector<Val> items;
    for (ir::Value *v : f(builder_.reshape(builder_.convert(here, of.elem), of.dims))) items.push_back(Val::tensor(v));
    if (frame_->yields) frame_->yields->push_back(Val::tuple(std::move(items)));
  };
  Val stacks = loop(spec);
  std::vector<ir::Value *> out;
  if (stacks.is(ValKind::Tuple))
    for (const Val &stack : stacks.bundle().items) out.push_back(stack.value);
  return out;
}

/// d y[i...] / d x[j...] as [i..., j...]: by rows (reverse) or by columns (forward), whichever are fewer.
Val Elaborator::evalJacobian(const Arg &y, const Arg &x, SourceRange where) {
  std::optional<Inputs> inputs = inputsOf(x, "jacobian");
  if (!inputs) return Val::error();
  Val value = differentiated(y);
  if (value.isError()) return value;
  if (!value.isTensor() || !ir::isFloat(value.type().elem)) {
    Diagnostic &d = report(y.where, Diag::NotOneTensor, {"jacobian", describe(value)});
    if (value.isBundle()) d.help("differentiate its parts one by one");
    return Val::error();
  }
  std::vector<Val> flat;
  auto values = floatsOf(value, flat, *inputs, y.where);
  if (!values) return Val::error();
  ir::Value *of = (*values)[0];
  int64_t columns = 0;
  for (const ir::Value *input : inputs->floats) columns = std::min(kUnbounded, columns + std::min(kUnbounded / 2, countOf(input->type).bound()));
  std::vector<ir::Value *> parts;
  if (columns < countOf(of->type).bound()) {
    for (size_t k = 0; k < inputs->floats.size(); ++k) {
      ir::Value *input = inputs->floats[k];
      std::vector<ir::Value *> stack = alongBasis(input->type, where, [&](ir::Value *basis) {
        std::vector<ir::Value *> along;
        for (size_t i = 0; i < inputs->floats.size(); ++i) along.push_back(i == k ? basis : zeros(inputs->floats[i]->type));
        return tangents({of}, *inputs, along);
      });
      if (stack.empty()) return Val::error();
      std::vector<int> perm; // the column goes behind the axes of y
      for (size_t d = 0; d < of->type.rank(); ++d) perm.push_back(static_cast<int>(d) + 1);
      perm.push_back(0);
      parts.push_back(builder_.reshape(builder_.transpose(stack[0], perm), joined(of->type, input->type)));
    }
  } else {
    std::vector<ir::Value *> stacks = alongBasis(of->type, where, [&](ir::Value *basis) { return cotangents({of}, {basis}, *inputs); });
    if (stacks.size() != inputs->floats.size()) return Val::error();
    for (size_t k = 0; k < stacks.size(); ++k) parts.push_back(builder_.reshape(stacks[k], joined(of->type, inputs->floats[k]->type)));
  }
  return likeInputs(*inputs, parts);
}

/// The derivative of the gradient, forward over reverse: for a tuple of inputs a tuple (of x) of tuples (of x).
Val Elaborator::evalHessian(const Arg &y, const Arg &x, SourceRange where) {
  std::optional<Inputs> inputs = inputsOf(x, "hessian");
  if (!inputs) return Val::error();
  std::optional<std::vector<ir::Value *>> g = gradientOf(y.value, *inputs, where);
  if (!g) return Val::error();
  const std::vector<ir::Value *> &floats = inputs->floats;
  std::vector<Val> rows;
  size_t at = 0;
  for (const Val &leaf : inputs->flat) {
    if (!leaf.isTensor() || leaf.weak || !ir::isFloat(leaf.type().elem)) {
      rows.push_back(Val::number(Dim(0)));
      continue;
    }
    size_t k = at++;
    std::vector<ir::Value *> stacks = alongBasis(floats[k]->type, where, [&](ir::Value *basis) {
      std::vector<ir::Value *> along;
      for (size_t i = 0; i < floats.size(); ++i) along.push_back(i == k ? basis : zeros(floats[i]->type));
      return tangents(*g, *inputs, along);
    });
    if (stacks.size() != floats.size()) return Val::error();
    for (size_t i = 0; i < stacks.size(); ++i) stacks[i] = builder_.reshape(stacks[i], joined(floats[k]->type, floats[i]->type)); // symmetric
    rows.push_back(likeInputs(*inputs, stacks));
  }
  std::vector<Val> out;
  size_t next = 0;
  for (const Val &tree : inputs->trees) out.push_back(rebuild(tree, rows, next));
  return inputs->tuple ? Val::tuple(std::move(out)) : out[0];
}

} // namespace dl::frontend

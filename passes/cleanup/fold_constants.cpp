/// fold_constants. Before: any module. After: pure ops on constants are constants (small ones; splats stay splats), an
/// `if` on a constant is its branch, a `for` of no iterations its initial values, the extent of a constant dimension a
/// constant, `to_dim` of a known number that number in every type. Exact: values come from the evaluator. Needs and
/// gives nothing. Test: test/passes/cleanup/fold_constants.dlir.
#include "ir/evaluate/evaluate.h"
#include "passes/pass.h"
#include "passes/rewriting.h"
#include <unordered_set>

namespace dl::passes {

namespace {

using namespace ir;

/// Larger results are computed by the program: they would only make the executable larger.
constexpr int64_t kLargestFolded = 64;

bool isStatic(const Type &type) {
  for (const Dim &dim : type.dims)
    if (!dim.isConstant()) return false;
  return true;
}

int64_t noDimensions(DimAtom *) { DL_UNREACHABLE(); }

class Folder {
public:
  /// `known` holds the dimensions that earlier rounds replaced.
  Folder(Module &module, Function &function, std::unordered_set<const DimAtom *> &known)
      : module_(module), function_(function), known_(known) {
    walk(*function.body, [&](const Op *op) {
      for (const Value *operand : op->operands)
        if (operand->type.elem == Elem::Dim) carried_.insert(operand);
    });
  }

  void region(Region &at) {
    std::vector<Op *> old = std::move(at.ops);
    at.ops.clear();
    splice(old, at);
  }
  void finish() {
    // Later ones may mention earlier ones, so backwards.
    for (size_t i = dims_.size(); i-- > 0;) replaceDimension(function_, dims_[i].first, dims_[i].second);
  }
  bool changedDimensions() const { return !dims_.empty(); }

private:
  void splice(const std::vector<Op *> &list, Region &at) {
    for (Op *op : list) {
      rewriter_.operands(*op);
      Builder builder(module_, &at);
      builder.where = op->where;
      if (fold(*op, builder)) continue;
      if (op->kind == OpKind::ToDim) noteDimension(*op);
      Rewriter::keep(op, at);
      for (Region *inner : op->regions) region(*inner);
    }
  }

  bool fold(Op &op, Builder &at) {
    if (op.kind == OpKind::If) return foldIf(op, at);
    if (op.kind == OpKind::For) return foldFor(op, at);
    if (op.kind == OpKind::Extent && op.as<ExtentAttr>().extent.isConstant()) {
      rewriter_.replace(op.result(), at.i64(op.as<ExtentAttr>().extent.value()));
      return true;
    }
    if (op.operands.empty() || !op.regions.empty() || op.results.size() != 1 || info(op.kind).effect) return false;
    if (isTerminator(op.kind) || op.kind == OpKind::Leaf || op.kind == OpKind::Call || op.kind == OpKind::Grad ||
        op.kind == OpKind::Jvp || op.kind == OpKind::Copy || op.kind == OpKind::Sort || op.kind == OpKind::ToDim)
      return false;
    for (const Value *operand : op.operands)
      if (!constantOf(operand)) return false;
    // A dimension may be in the attributes alone, `one(%n)`.
    return foldSplat(op, at) || (atomsOf(op.attrs).empty() && foldWhole(op, at));
  }

  /// Element-wise on splats: once, on scalars. Movement of a splat: the same splat.
  bool foldSplat(Op &op, Builder &at) {
    for (const Value *operand : op.operands)
      if (!splatBits(operand)) return false;
    const Type &type = op.result()->type;
    bool elementwise = isElementwise(op.kind) || op.kind == OpKind::Accumulate;
    bool moves = op.kind == OpKind::Broadcast || op.kind == OpKind::Reshape || op.kind == OpKind::Transpose ||
                 op.kind == OpKind::Reverse || op.kind == OpKind::Slice || op.kind == OpKind::StopGradient;
    if (moves) {
      rewriter_.replace(op.result(), at.constantBits(type, {*splatBits(op.operand(0))}));
      return true;
    }
    if (!elementwise) return false;
    Region *scratch = function_.newRegion(nullptr);
    Builder scalars(module_, scratch);
    std::vector<Value *> inputs;
    std::vector<Tensor> tensors;
    for (const Value *operand : op.operands) {
      inputs.push_back(scalars.constantBits(Type(operand->type.elem), {*splatBits(operand)}));
      tensors.push_back(Tensor::scalar(operand->type.elem, *splatBits(operand)));
    }
    Op *scalar = scalars.create(op.kind, inputs, op.attrs);
    auto result = evaluate(*scalar, tensors);
    if (!result) return false;
    rewriter_.replace(op.result(), at.constantBits(type, {result->bits(0)}));
    return true;
  }

  bool foldWhole(Op &op, Builder &at) {
    const Type &type = op.result()->type;
    if (!isStatic(type) || type.boundCount() > kLargestFolded || type.elem == Elem::Dim) return false;
    std::vector<Tensor> tensors;
    for (const Value *operand : op.operands) {
      if (!isStatic(operand->type) || operand->type.boundCount() > 16 * kLargestFolded) return false;
      std::vector<int64_t> shape;
      for (const Dim &dim : operand->type.dims) shape.push_back(dim.value());
      Tensor tensor(operand->type.elem, shape);
      const auto &bits = constantOf(operand)->bits;
      for (int64_t i = 0; i < tensor.count(); ++i) tensor.setBits(i, bits[bits.size() == 1 ? 0 : static_cast<size_t>(i)]);
      tensors.push_back(std::move(tensor));
    }
    auto result = evaluate(op, tensors);
    if (!result) return false;
    std::vector<uint64_t> bits;
    for (int64_t i = 0; i < result->count(); ++i) bits.push_back(result->bits(i));
    if (bits.empty()) bits.push_back(0);
    rewriter_.replace(op.result(), at.constantBits(type, bits));
    return true;
  }

  std::optional<Tensor> evaluate(const Op &op, const std::vector<Tensor> &tensors) const {
    std::vector<const Tensor *> pointers;
    for (const Tensor &tensor : tensors) pointers.push_back(&tensor);
    auto result = evaluateOp(op, pointers, module_.flushDenormals, noDimensions);
    if (!result) return std::nullopt;
    return (*result)[0];
  }

  bool foldIf(Op &op, Builder &at) {
    auto condition = splatBits(op.operand(0));
    if (!condition) return false;
    Region &taken = *op.regions[*condition ? 0 : 1];
    std::vector<Op *> inside = std::move(taken.ops);
    Op *last = inside.back();
    inside.pop_back();
    splice(inside, *at.region());
    rewriter_.operands(*last);
    for (size_t i = 0; i < op.results.size(); ++i) rewriter_.replace(op.result(i), last->operand(i));
    return true;
  }

  bool foldFor(Op &op, Builder &at) {
    const auto &attr = op.as<ForAttr>();
    if (!attr.tripIsDim || !attr.trip.isConstant(0)) return false;
    size_t carries = static_cast<size_t>(attr.carries), first = op.operands.size() - carries;
    for (size_t i = 0; i < op.results.size(); ++i) {
      Value *result = op.result(i), *by = i < carries ? op.operand(first + i) : at.constantBits(result->type, {0});
      rewriter_.replace(result, by);
      if (result->type.elem == Elem::Dim) dims_.emplace_back(result->dim.asAtom(), by->dim);
    }
    return true;
  }

  /// The types keep mentioning the variable until finish() writes what it is. One that a loop carries stays a variable:
  /// the types of values beside it follow it around.
  void noteDimension(const Op &op) {
    if (carried_.count(op.result())) return;
    const Value *from = op.operand(0);
    int64_t bound = op.as<ToDimAttr>().bound;
    std::optional<Dim> known;
    if (auto bits = splatBits(from)) known = Dim(std::clamp<int64_t>(static_cast<int64_t>(*bits), 0, bound));
    if (from->def && from->def->kind == OpKind::Extent) {
      const Dim &extent = from->def->as<ExtentAttr>().extent;
      if (extent.lowest() >= 0 && extent.highest() <= bound) known = extent;
    }
    DimAtom *atom = op.result()->dim.asAtom();
    if (known && known_.insert(atom).second) dims_.emplace_back(atom, *known);
  }

  Module &module_;
  Function &function_;
  Rewriter rewriter_;
  std::vector<std::pair<DimAtom *, Dim>> dims_;
  std::unordered_set<const DimAtom *> &known_;
  std::unordered_set<const Value *> carried_; ///< dimensions that are operands
};

} // namespace

Status fold_constants(Module &module, PassContext &) {
  for (const auto &function : module.functions) {
    std::unordered_set<const DimAtom *> known;
    for (bool again = true; again;) {
      Folder folder(module, *function, known);
      folder.region(*function->body);
      folder.finish();
      again = folder.changedDimensions();
    }
  }
  return Done{};
}

} // namespace dl::passes

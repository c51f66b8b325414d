/// Evaluates values of an IR region at index vectors, as loop IR: the one place where an operation becomes arithmetic.
/// Serves map and row kernels, prologues and epilogues of contractions, and rank-0 values of entries.
///
/// A value is either *bound* (a tensor in memory, a known scalar) or computed from its op's operands at the indices that
/// the op reads. Reductions, contractions and the opaque operations must be bound when something reads them; their own
/// loops are in summation.h.
#pragma once
#include "codegen/loops/loop_builder.h"
#include "ir/module.h"
#include <functional>
#include <unordered_map>

namespace dl::codegen {

/// One index of every lane: lane k reads v + k * stride, or v[k] when v is a vector.
struct Idx {
  Val v = nullptr;
  int64_t stride = 0;
  bool uniform() const { return stride == 0 && v->type.lanes == 1; }
};

/// Where a value is wanted. Lanes that are off may read anything harmless; their result is unspecified.
struct At {
  std::vector<Idx> idx;     ///< one per dimension; or, when `linear`, one index of the row-major buffer
  bool linear = false;
  int lanes = 1;
  Val smask = nullptr;      ///< scalar condition of all lanes (null: true)
  Val vmask = nullptr;      ///< mask of the lanes (null: all)
};

/// A tensor in memory: strides in elements.
struct TensorRef {
  const Buffer *buffer = nullptr;
  std::vector<int64_t> strides;
};

Prim primOf(ir::Elem e);
/// Row-major strides over bounds.
std::vector<int64_t> boundStrides(const ir::Type &type);
/// All dimensions but the first have the extents they have memory for: elements lie without gaps.
bool isDense(const ir::Type &type);

class RegionEmitter {
public:
  RegionEmitter(LoopBuilder &builder, const TargetInfo &target) : b_(builder), target_(target) {}
  LoopBuilder &builder() { return b_; }
  const TargetInfo &target() const { return target_; }

  void bindTensor(const ir::Value *v, TensorRef ref) { tensors_[v] = std::move(ref); }
  /// A scalar; or, with as many lanes as are asked for, the element wanted next (a product handed to its epilogue).
  void bindScalar(const ir::Value *v, Val x) { scalars_[v] = x; }
  /// Gives scalars that are not bound (frame words, words of a kernel's arguments) on demand.
  std::function<Val(const ir::Value *)> findScalar;
  bool isBound(const ir::Value *v) const { return tensors_.count(v) || scalars_.count(v); }
  const TensorRef &tensor(const ir::Value *v) const { return tensors_.at(v); }

  /// The number of a dimension expression (i64).
  Val dim(const dl::Dim &d);
  /// The value's element at the indices; one lane when all lanes agree.
  Val eval(const ir::Value *v, const At &at);
  Val scalar(const ir::Value *v) { return eval(v, At{}); }

  // Memory.
  Val load(const TensorRef &from, const At &at);
  void store(const TensorRef &to, const At &at, Val value);
  /// With `scalarPart` (of lanes that are spread out) what all lanes share is handed back apart.
  Idx linearIndex(const TensorRef &ref, const std::vector<Idx> &idx, int lanes, Val *scalarPart = nullptr);

  /// Lanes that run over several dimensions at once: `parts` are the indices of those dimensions, `strides` what each
  /// counts in the one index `flat`. Memory that keeps the proportions is addressed by `flat`.
  struct FlatLanes {
    std::vector<Val> parts;
    std::vector<int64_t> strides;
    Idx flat;
  };
  void setFlat(FlatLanes flat) { flat_ = std::move(flat); }

  /// States that the loop variable is a multiple of `n` (vector loops that start at 0).
  void knowMultiple(Val induction, int64_t n) { alignment_[induction] = n; }

  // Index arithmetic.
  Idx constantIdx(int64_t n) { return {b_.i64(n)}; }
  Idx add(const Idx &a, const Idx &b, int lanes);
  Idx sub(const Idx &a, const Idx &b, int lanes) { return add(a, mul(b, b_.i64(-1), lanes), lanes); }
  Idx mul(const Idx &a, Val n, int lanes);
  Idx floorDiv(const Idx &a, Val n, int lanes);
  Idx floorRem(const Idx &a, Val n, int lanes);
  Idx select(Val condition, const Idx &a, const Idx &b, int lanes);
  Val lanesOf(const Idx &a, int lanes); ///< as a vector (or scalar when uniform)
  /// 0 <= i < n.
  Val inRange(const Idx &i, Val n, int lanes);
  /// `at` with one more condition, scalar or per lane.
  static At restricted(RegionEmitter &e, At at, Val condition);
  /// The indices (and conditions) at which factor `f` of an indexed op reads, names having the values `names`.
  /// Returns false in `present` style: a null condition means always present.
  struct Read {
    std::vector<Idx> idx;
    Val sCondition = nullptr, vCondition = nullptr;
  };
  Read readOf(const ir::Op &op, const ir::IndexedAttr &attr, const ir::Factor &factor, const std::vector<Idx> &names, const At &at);
  Val conditionOf(const Read &r) { return r.vCondition ? b_.logicalAnd(r.vCondition, r.sCondition ? b_.splat(r.sCondition, r.vCondition->type.lanes) : nullptr) : r.sCondition; }

  /// Element-wise arithmetic on values of the element type `elem` (of the operands; select: of the last one).
  Val elementwise(const ir::Op &op, const std::vector<Val> &operands);
  Val elementwise(ir::OpKind kind, ir::Elem from, ir::Elem to, const std::vector<Val> &operands);
  Val convert(Val v, ir::Elem from, ir::Elem to);
  /// A maximum or minimum that may keep the bits of a subnormal number; `flush` at the end of many makes it arithmetic.
  Val choose(ir::OpKind kind, ir::Elem elem, Val x, Val y);
  Val flush(ir::Elem elem, Val x);

private:
  Val compute(const ir::Op &op, const At &at);
  Val evalConstant(const ir::Op &op, const At &at);
  Val evalShape(const ir::Op &op, const At &at);
  Val evalReshape(const ir::Op &op, const At &at);
  Val evalSlice(const ir::Op &op, const At &at);
  Val evalPad(const ir::Op &op, const At &at);
  Val evalConcat(const ir::Op &op, const At &at);
  Val evalInterleave(const ir::Op &op, const At &at);
  Val evalIndexed(const ir::Op &op, const At &at);
  Val evalSliceAt(const ir::Op &op, const At &at);
  Val evalRandomBits(const ir::Op &op, const At &at);
  Idx affine(const ir::Affine &a, const std::vector<Idx> &names, int lanes);
  bool isMultipleOf(Val v, int64_t n) const;
  Val zeroWhereAbsent(Val v, Val condition);
  std::vector<uint64_t> keyOf(const ir::Value *v, const At &at) const;

  LoopBuilder &b_;
  TargetInfo target_;
  std::unordered_map<const ir::Value *, TensorRef> tensors_;
  std::unordered_map<const ir::Value *, Val> scalars_;
  FlatLanes flat_;
  std::unordered_map<Val, int64_t> alignment_; ///< of loop variables
  std::map<std::vector<uint64_t>, Val> cache_; ///< look-ups only
};

} // namespace dl::codegen

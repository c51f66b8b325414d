/// The forward walk: tangents of values along with the ops that compute them.
#pragma once
#include "passes/autodiff/reverse.h"

namespace dl::passes {

/// Values that lead to the ones asked about, seen backwards from the place of a `jvp`.
class Reach {
public:
  explicit Reach(const ir::Function &function) : marks_(function.valueCount()) {}
  bool operator()(const ir::Value *v) const { return v->id < marks_.size() && marks_[v->id]; }
  void mark(const ir::Value *v);
  /// The first `count` ops of a region, last to first.
  void through(const ir::Region &region, size_t count);
  /// From the arguments of the region to what they stand for outside.
  void leave(const ir::Region &region);

private:
  void through(const ir::Op &op);
  void throughLoop(const ir::Op &op);

  std::vector<bool> marks_;
  bool grew_ = false;
};

/// The regions around `op`, outermost first, each with the number of its ops that come before.
std::vector<std::pair<ir::Region *, size_t>> regionsAround(const ir::Op &op);

class Forward {
public:
  Forward(Differentiation &shared, const Reach &reach, ir::Builder &builder) : b(builder), shared_(shared), reach_(reach) {}

  ir::Builder &b;
  ir::ValueMap map; ///< values of a body to those of the body that takes its place

  /// Whether the tangent of a value of the function is needed and can be other than zero.
  bool wants(const ir::Value *v) const { return shared_.activity.varied(v) && reach_(v); }
  bool wantsAny(const ir::Op &op) const;
  /// Of a visible value; nullptr if it is zero.
  ir::Value *tangent(const ir::Value *v) const;
  ir::Value *tangentOrZero(ir::Value *v);
  void add(const ir::Value *v, ir::Value *tangent);
  void share(const ir::Value *with, const ir::Value *of) { if (ir::Value *t = tangent(of)) tangents_[with] = t; }

  /// Emits the tangents of the results of `visible`, an op without regions of its own (or `custom_grad`).
  void differentiate(const ir::Op &original, ir::Op &visible);
  /// An op with regions, as one that computes values and tangents; its results take the place of the original's.
  /// `again`: the original stays and has run.
  ir::Op *pairs(const ir::Op &op, bool again = false);

private:
  void step(const ir::Op &op);
  void body(const ir::Region &from, ir::Region &into);
  void linear(ir::Op &op);
  void elementwise(ir::Op &op);
  void contraction(ir::Op &op);
  void sort(ir::Op &op);
  void transposed(ir::Op &op);
  ir::Op *pairOnce(const ir::Op &op);
  ir::Op *pairLoop(const ir::Op &op, bool again);
  ir::Value *newArgument(ir::Region &region, const ir::Value *like);
  ir::Value *newTangentArgument(ir::Region &region, const ir::Value *arg);
  void mapResults(const ir::Op &from, const ir::Op &to, const std::vector<std::optional<size_t>> &position);

  Differentiation &shared_;
  const Reach &reach_;
  std::unordered_map<const ir::Value *, ir::Value *> tangents_;
};

/// What each operand of an element-wise op contributes, for both modes: the partial derivative times `g`, or nullptr
/// where it is zero everywhere. `g` is a cotangent of the result, or a tangent of the operand.
ir::Value *partialAlong(const ir::Op &op, size_t operand, ir::Value *g, ir::Builder &b, const std::function<ir::Value *(ir::Value *)> &primal);

/// Replaces a `jvp` by the ops that compute its tangents: beside the ops of the forward pass where the directions are
/// known by then, else at its place.
void expandForward(ir::Op &jvp, ir::Module &module, Diagnostics &diags, Rewriter &rewriter);
/// The same for `grad`, at its place.
void expandReverse(ir::Op &grad, ir::Module &module, Diagnostics &diags, Rewriter &rewriter);

} // namespace dl::passes

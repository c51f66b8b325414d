/// The reverse walk: adjoints of values as lists of contributions, and where the values of the forward pass come from.
#pragma once
#include "passes/autodiff/activity.h"
#include "passes/rewriting.h"
#include "support/diagnostics.h"
#include <functional>
#include <unordered_set>

namespace dl::passes {

/// What one differentiation has in common.
struct Differentiation {
  ir::Module &module;
  Diagnostics &diags;
  const Activity &activity;
  SourceRange where; ///< of the grad

  /// Reports that `op` has no derivative.
  void refuse(const ir::Op &op, Diag kind, std::string argument) const;
};

/// Gives the value of the forward pass at the place where reverse ops are emitted.
class Scope {
public:
  virtual ~Scope() = default;
  virtual ir::Value *primal(ir::Value *v) = 0;
  /// Whether a dimension that `v` holds may be mentioned there.
  virtual bool sees(const ir::Value *dim) const = 0;
};

class Reverse {
public:
  /// Makes a contribution: onto the running sum, or alone when `base` is null.
  using Onto = std::function<ir::Value *(ir::Value *base)>;

  Reverse(Differentiation &shared, Scope &scope, ir::Builder &builder) : b(builder), shared_(shared), scope_(scope) {}

  ir::Builder &b;
  Differentiation &shared() const { return shared_; }
  Scope &scope() const { return scope_; }

  /// Differentiates the ops from the last to the first.
  void run(const std::vector<ir::Op *> &ops, size_t count);

  /// The value of the forward pass.
  ir::Value *primal(ir::Value *v) { return scope_.primal(v); }
  /// Whether an adjoint of `v` leads anywhere.
  bool wants(const ir::Value *v) const { return shared_.activity.varied(v); }
  /// Adds to the adjoint of `v` (nothing if nobody wants it).
  void contribute(ir::Value *v, ir::Value *cotangent);
  void contributeOnto(ir::Value *v, Onto onto);
  bool has(const ir::Value *v) const { return adjoints_.count(v) != 0; }
  /// The adjoint of `v`, all contributions joined on top of `base`; nullptr if there are none and no base.
  ir::Value *take(ir::Value *v, ir::Value *base = nullptr);
  /// The same, zeros if there are none.
  ir::Value *takeOrZero(ir::Value *v);
  /// The sum so far, for an op that goes on adding to it and contributes the new sum (nullptr: nothing so far). So a
  /// part of a large value is added in place however many regions lie between.
  ir::Value *takeRunning(ir::Value *v);
  /// Where the sums of values from outside of this region begin; nullptr for others.
  std::function<ir::Value *(ir::Value *)> sumsOutside;
  /// Whether the sum of `v` began with `sumsOutside` already.
  bool hasBegun(const ir::Value *v) const { return begun_.count(v) != 0; }
  ir::Value *zeros(const ir::Type &type) { return b.constant(type, 0); }
  /// Values with contributions in order of their first one.
  const std::vector<ir::Value *> &order() const { return order_; }

  void refuse(const ir::Op &op, Diag kind, std::string argument) { shared_.refuse(op, kind, std::move(argument)); }

private:
  struct Contribution {
    ir::Value *dense;
    Onto onto;
  };
  void step(ir::Op &op);
  bool seesDimensions(const ir::Op &op);

  Differentiation &shared_;
  Scope &scope_;
  std::unordered_map<const ir::Value *, std::vector<Contribution>> adjoints_;
  std::vector<ir::Value *> order_;
  std::unordered_set<const ir::Value *> begun_;
};

// One rule for each op, by family (gradient_<family>.cpp). The adjoint of a result is in r.take(result).
void gradientElementwise(ir::Op &op, Reverse &r);
void gradientReduction(ir::Op &op, Reverse &r);
void gradientContraction(ir::Op &op, Reverse &r);
void gradientShape(ir::Op &op, Reverse &r);
void gradientIndexing(ir::Op &op, Reverse &r);
void gradientLinearAlgebra(ir::Op &op, Reverse &r);
void gradientControl(ir::Op &op, Reverse &r);
void gradientLoop(ir::Op &op, Reverse &r);
/// The transpose of reading `operand` at the index of factor `factor` of an op in index notation, as a contraction of
/// the cotangent with the other factors: what `contract` and `remap` need.
ir::Value *transposeFactor(const ir::Op &op, size_t factor, ir::Value *cotangent, Reverse &r);

} // namespace dl::passes

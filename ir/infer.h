/// Result types of operations: the only place where a shape rule is written. The builder, the verifier and (through
/// the builder) the front end call it; a failure names the constraint ("contract.C2") and the operand.
#pragma once
#include "ir/module.h"
#include "support/result.h"

namespace dl::ir {

struct TypeError {
  std::string constraint; ///< "add.C1"
  int operand = -1;       ///< the operand at fault, or -1
  std::string message;    ///< "operands have types f32[3] and f32[4]"
};
/// Types of the results. A result of type dim comes with its fresh variable in `fresh` (same position), which types of
/// later results may mention.
struct Inferred {
  std::vector<Type> types;
  std::vector<Dim> fresh;
};
using InferResult = std::variant<Inferred, TypeError>;

/// `regions` must already be filled for region ops. `module` resolves @names (call, load_table); may be null otherwise.
InferResult inferTypes(OpKind kind, std::span<Value *const> operands, const Attrs &attrs,
                       std::span<Region *const> regions, const Module *module);

// One per family (infer_<family>.cpp).
InferResult inferElementwise(OpKind, std::span<Value *const>, const Attrs &);
InferResult inferConstant(OpKind, std::span<Value *const>, const Attrs &);
InferResult inferReduction(OpKind, std::span<Value *const>, const Attrs &);
InferResult inferContraction(OpKind, std::span<Value *const>, const Attrs &);
InferResult inferShape(OpKind, std::span<Value *const>, const Attrs &);
InferResult inferIndexing(OpKind, std::span<Value *const>, const Attrs &);
InferResult inferLinearAlgebra(OpKind, std::span<Value *const>, const Attrs &);
InferResult inferRandom(OpKind, std::span<Value *const>, const Attrs &);
InferResult inferControl(OpKind, std::span<Value *const>, const Attrs &, std::span<Region *const>, const Module *);
InferResult inferDifferentiation(OpKind, std::span<Value *const>, const Attrs &);
InferResult inferEffect(OpKind, std::span<Value *const>, const Attrs &);
InferResult inferData(OpKind, std::span<Value *const>, const Attrs &, const Module *);

} // namespace dl::ir

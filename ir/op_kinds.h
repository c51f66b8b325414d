/// The kinds of operations and their static facts, from op_table.def.
#pragma once
#include <cstdint>
#include <optional>
#include <string_view>

namespace dl::ir {

enum class OpKind : uint8_t {
#define DL_OP(Name, mnemonic, family, operands, results, effect, derivative, domain, help) Name,
#include "ir/op_table.def"
};
enum class Family : uint8_t {
  Elementwise, Constant, Reduction, Contraction, Shape, Indexing, LinearAlgebra, Random, Control, Differentiation, Effect, Data
};
enum class Derivative : uint8_t { E, L, S, R, Zero, C };
enum class Domain : uint8_t { Any, Positive, Unit, NonZero, Int, Bool, Shape, None };

struct OpInfo {
  const char *name, *mnemonic;
  Family family;
  int operands, results; ///< -1: any number
  bool effect;
  Derivative derivative;
  Domain domain;
  const char *help;
};
const OpInfo &info(OpKind kind);
int opKindCount();
std::optional<OpKind> opKindOf(std::string_view mnemonic);

inline bool isTerminator(OpKind k) { return k == OpKind::Yield || k == OpKind::Return; }
inline bool isElementwise(OpKind k) { return info(k).family == Family::Elementwise; }

} // namespace dl::ir

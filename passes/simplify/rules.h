/// The table of rewrite rules: each looks at one op and gives the value that replaces its result, or nothing.
#pragma once
#include "passes/rewriting.h"

namespace dl::passes {

enum class RuleClass : uint8_t {
  Exact,   ///< the same bits, always
  Numeric, ///< may round differently or change the sign of a zero or flush a subnormal; NaN and infinity stay what they are
};

struct Rule {
  const char *name;
  RuleClass kind;
  /// `at` adds ops in front of `op`; nothing may be added when there is no match.
  ir::Value *(*apply)(ir::Op &op, ir::Builder &at);
};

// One list for each file of rules.
std::vector<Rule> arithmeticRules();
std::vector<Rule> selectionRules();
std::vector<Rule> shapeRules();
std::vector<Rule> broadcastRules();
std::vector<Rule> indexingRules();
/// All of them, in the order in which they are tried.
const std::vector<Rule> &allRules();

/// The op that defines `v` if it is of the kind.
inline ir::Op *definedBy(const ir::Value *v, ir::OpKind kind) { return v->def && v->def->kind == kind ? v->def : nullptr; }
/// A constant with this number in every element; 0.0 and -0.0 differ.
bool isNumber(const ir::Value *v, double number);

} // namespace dl::passes

/// Primitives of the language: one row each in a table per group (builtin_*.cpp).
#pragma once
#include "frontend/build/elaborator.h"

namespace dl::frontend {

/// A call of a primitive: arguments in the order of its parameters.
struct BuiltinCall {
  const struct Builtin *builtin;
  std::vector<std::optional<Arg>> args; ///< absent where an optional one was left out
  std::vector<Arg> rest;                ///< of a parameter `xs*`
  CallSite site;
  bool has(size_t i) const { return args[i].has_value(); }
  const Val &operator[](size_t i) const { return args[i]->value; }
  SourceRange where(size_t i) const { return args[i] ? args[i]->where : site.where; }
};

/// Below it a number of the text that has no fraction is surely a whole one.
inline constexpr double kExactWhole = 9e15;

/// Whether a machine can hold that (2^47 elements of constant sizes), else an error.
bool fitsMemory(Elaborator &e, const ir::Type &type);
/// Whether an int or u8 can be that number known when built, else an error.
bool fitsElem(Elaborator &e, const Val &v, ir::Elem elem, SourceRange where);
/// A mask of several axes as the only subscript: those of the tensor become one, in row-major order.
bool mergeMasked(Elaborator &e, Val &base, std::vector<Item> &items);
/// The `compress` of a mask; of an equal one, if the present region has it.
ir::Op *compress(Elaborator &e, ir::Value *mask);

/// f64 if a distribution, by the scope of its members, has a parameter of it: its draws are made in it, unless a written type says otherwise.
std::optional<ir::Elem> elemOfDraws(Elaborator &e, const Scope &distribution);

struct Builtin {
  const char *name;
  const char *params;  ///< "x axis?": `?` may be left out, `*` takes all remaining (named ones too)
  Val (*run)(Elaborator &e, BuiltinCall &call);
  const char *help;
  ir::OpKind op = ir::OpKind::Yield;      ///< element-wise primitives: the operation
  double (*fold)(double) = nullptr;       ///< and its value for a number known when built
  bool takesName = false;                 ///< what its value is bound to names a flag
};

const Builtin *findBuiltin(const std::string &name);
std::vector<std::string> builtinNames();

// One table per file; findBuiltin looks through them in this order.
std::span<const Builtin> mathBuiltins();
std::span<const Builtin> reductionBuiltins();
std::span<const Builtin> orderBuiltins();
std::span<const Builtin> linearBuiltins();
std::span<const Builtin> shapeBuiltins();
std::span<const Builtin> randomBuiltins();
std::span<const Builtin> bundleBuiltins();
std::span<const Builtin> controlBuiltins();
std::span<const Builtin> dataBuiltins();   ///< table.cpp
std::span<const Builtin> trainingBuiltins(); ///< train_metrics.cpp
std::span<const Builtin> outputBuiltins(); ///< print.cpp
std::span<const Builtin> textBuiltins();   ///< vocabulary.cpp
std::span<const Builtin> fileBuiltins();   ///< builtin_files.cpp

} // namespace dl::frontend

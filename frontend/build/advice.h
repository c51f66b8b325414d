/// Messages whose repair depends on more than one value.
#pragma once
#include "frontend/build/elaborator.h"

namespace dl::frontend {

/// The value of an argument or result gives `...` other axes than it stands for already.
void reportAxes(Elaborator &e, const Val &value, const ast::Type &type, SourceRange where, const std::string &what);
/// One axis at the end more than is wanted: what takes it away.
void adviseColumn(Elaborator &e, Diagnostic &d, const Val &v, SourceRange where);
/// One axis more than the ints that are declared: the one-hot of class numbers. False: it has not.
bool adviseClasses(Elaborator &e, Diagnostic &d, const Val &given, const ast::Type &type, SourceRange where);
/// What no tensor can be made of: a part of it, or something made of it, that was meant.
void adviseParts(Elaborator &e, Diagnostic &d, const Val &v, SourceRange where);
/// A parameter was called, and what was given for it cannot be: a function was meant. False: `callee` is no parameter.
bool adviseFunction(Elaborator &e, Diagnostic &d, SourceRange callee);
/// "adam(0.1)": its documentation's own example, else what it needs.
std::string configuredLike(const ast::Model &model);
/// A model that is called without being configured.
void reportUnconfigured(Elaborator &e, SourceRange where, const Val &model);
/// A model given for a parameter, which is called: configured, or, where values of the program do not fit that, a message.
Val configureGiven(Elaborator &e, const Val &model, std::vector<Arg> args, const CallSite &site);
/// `minimize` over a value that is computed in the step where what it is computed by was meant.
void adviseTrained(Elaborator &e, const ast::Minimize &s, const Val &over);
/// A model where one of its instances was meant.
void adviseInstance(Elaborator &e, Diagnostic &d, const Val &model);
/// "`a`, `b`, ...", twelve at most.
std::string listed(const std::vector<std::string> &names);
/// "it has `x`, `y`", of a record or table.
void adviseNames(Diagnostic &d, const std::vector<std::string> &labels);
/// The function of the frame calls itself.
void reportRecursion(Elaborator &e, const Frame &frame);
/// A model that `~` draws from.
bool isDistribution(const Val &v);
/// Reports why a body or loop has no value, if that is known.
bool reportNoValue(Elaborator &e, const Val &none);

} // namespace dl::frontend

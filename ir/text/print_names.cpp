#include "ir/text/lexer.h"
#include "ir/text/printer.h"
#include "support/result.h"
#include <algorithm>

namespace dl::ir::text {

void NameTable::enter(bool closed) {
  Scope scope;
  scope.closed = closed;
  if (!closed && !scopes_.empty()) scope.unnamed = scopes_.back().unnamed;
  scopes_.push_back(std::move(scope));
}

void NameTable::leave() {
  for (const Value *value : scopes_.back().defined) names_.erase(value);
  scopes_.pop_back();
}

/// Beyond a closed scope only dimensions are visible.
bool NameTable::isTaken(const std::string &name) const {
  bool dimensionsOnly = false;
  for (size_t i = scopes_.size(); i-- > 0;) {
    const Scope &scope = scopes_[i];
    if (scope.used.contains(name)) {
      if (!dimensionsOnly) return true;
      for (const Value *value : scope.defined)
        if (value->type.elem == Elem::Dim && names_.at(value) == name) return true;
    }
    dimensionsOnly = dimensionsOnly || scope.closed;
  }
  return false;
}

void NameTable::defineAs(const Value *value, const std::string &name) {
  scopes_.back().used.insert(name);
  scopes_.back().defined.push_back(value);
  names_[value] = name;
}

const std::string &NameTable::define(const Value *value) {
  std::string base;
  for (char c : value->name) base += isPlainName(std::string(1, c)) && c != '.' ? c : (c == '.' ? '.' : '_');
  while (!base.empty() && base.back() == '.') base.pop_back();
  bool digits = base.find_first_not_of("0123456789") == std::string::npos;
  std::string name = base;
  if (digits) { // no hint, or one that would read as none
    do name = std::to_string(scopes_.back().unnamed++);
    while (isTaken(name));
  } else
    for (int suffix = 1; isTaken(name); ++suffix) name = base + "_" + std::to_string(suffix);
  defineAs(value, name);
  return names_[value];
}

std::string NameTable::of(const Value *value) const {
  auto found = names_.find(value);
  if (found != names_.end()) return "%" + found->second;
  return "%undefined." + std::to_string(value ? value->id : 0);
}

std::string atName(const std::string &name) { return "@" + (isPlainName(name) ? name : quoted(name)); }

const char *name(ReduceKind kind) {
  constexpr const char *kNames[] = {"sum", "prod", "max", "min", "and", "or"};
  return kNames[static_cast<size_t>(kind)];
}
const char *name(ScatterMode mode) {
  constexpr const char *kNames[] = {"set", "add", "max", "min"};
  return kNames[static_cast<size_t>(mode)];
}
const char *name(FusedKind kind) {
  constexpr const char *kNames[] = {"rows", "gemm", "opaque"};
  return kNames[static_cast<size_t>(kind)];
}
const char *name(TableKind kind) {
  constexpr const char *kNames[] = {"csv", "idx", "npy", "npz", "images", "lines", "range", "text"};
  return kNames[static_cast<size_t>(kind)];
}
const char *name(TextUnit unit) {
  constexpr const char *kNames[] = {"whole", "characters", "words", "pieces"};
  return kNames[static_cast<size_t>(unit)];
}
const char *name(TextFit fit) {
  constexpr const char *kNames[] = {"pad", "cut", "exact"};
  return kNames[static_cast<size_t>(fit)];
}
const char *name(ParamRole role) {
  constexpr const char *kNames[] = {"plain", "seed", "option", "argument", "slot", "fresh"};
  return kNames[static_cast<size_t>(role)];
}

} // namespace dl::ir::text

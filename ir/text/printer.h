/// Writes functions and operations. Names are unique where they are visible; what a finished region used is free again.
#pragma once
#include "ir/text.h"
#include <unordered_map>
#include <unordered_set>

namespace dl::ir::text {

/// Names of values, by scope.
class NameTable {
public:
  /// Opens a scope; in a closed one only dimensions of the outer scopes keep their names.
  void enter(bool closed);
  void leave();
  const std::string &define(const Value *value);
  void defineAs(const Value *value, const std::string &name);
  std::string of(const Value *value) const; ///< with its %

private:
  struct Scope {
    std::vector<const Value *> defined;
    std::unordered_set<std::string> used;
    bool closed = false;
    uint32_t unnamed = 0;
  };
  bool isTaken(const std::string &name) const;
  std::vector<Scope> scopes_;
  std::unordered_map<const Value *, std::string> names_;
};

class Printer {
public:
  explicit Printer(const PrintOptions &options) : options_(options) { names_.enter(false); }
  void function(const Function &function);
  /// One op at the current indentation.
  void op(const Op &op);
  /// The op on one line, regions abridged.
  void line(const Op &op);
  std::string take() { return std::move(out_); }

private:
  // print_payload.cpp, print_index.cpp, print_control.cpp: what stands behind the name of the operation.
  void payload(const Op &op);
  void shapePayload(const Op &op);
  void indexingPayload(const Op &op);
  void linearPayload(const Op &op);
  void effectPayload(const Op &op);
  void encodePayload(const Op &op);
  void indexedPayload(const Op &op);
  void controlPayload(const Op &op);
  void yieldPayload(const Op &op);
  void fusedPayload(const Op &op, const FusedAttr &attr);
  void loopPayload(const Op &op, const ForAttr &attr);
  void whilePayload(const Op &op, const WhileAttr &attr);

  void operands(const Op &op, size_t first = 0, size_t last = SIZE_MAX);
  void pieces(const Op &op, const std::vector<PrintPiece> &pieces);
  void order(const Order &order);
  void factor(const Op &op, const Factor &factor, const std::vector<IndexName> &names);
  void region(const Region &region);
  void defineResults(const Op &op);
  std::string type(const Type &type) const;
  std::string dim(const dl::Dim &dim) const;
  std::string dims(const std::vector<dl::Dim> &dims) const;
  std::string value(const Value *value) const { return names_.of(value); }
  void param(const Param &param, const Value *arg);

  const PrintOptions &options_;
  NameTable names_;
  std::string out_;
  int depth_ = 0;
  bool abridged_ = false;
};

/// `@name` or `@"any name"`.
std::string atName(const std::string &name);
/// One element of a constant: "0.5", "-3", "true", "0x2a" for keys and unusual NaNs.
std::string literal(Elem elem, uint64_t bits);
const char *name(ReduceKind kind);
const char *name(ScatterMode mode);
const char *name(FusedKind kind);
const char *name(TableKind kind);
const char *name(TextUnit unit);
const char *name(TextFit fit);
const char *name(ParamRole role);

} // namespace dl::ir::text

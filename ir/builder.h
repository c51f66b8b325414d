/// Creates operations at the end of a region; result types are always inferred. Used by the front end and by passes.
#pragma once
#include "ir/infer.h"

namespace dl::ir {

class Builder {
public:
  Builder(Module &module, Region *at) : module_(&module), region_(at) {}
  Module &module() const { return *module_; }
  Function &function() const { return *region_->function; }
  Region *region() const { return region_; }
  void setRegion(Region *at) { region_ = at; }
  Origin where;                     ///< given to every op made
  std::vector<Op *> *listener = nullptr; ///< if set, also receives every op made (in any region)

  /// The op, or why its operands do not fit. Nothing is added on failure.
  std::variant<Op *, TypeError> tryCreate(OpKind kind, std::vector<Value *> operands, Attrs attrs = NoAttr{},
                                          std::vector<Region *> regions = {});
  /// The same for operands known to fit (a failure is an internal error that prints the type error).
  Op *create(OpKind kind, std::vector<Value *> operands, Attrs attrs = NoAttr{}, std::vector<Region *> regions = {});
  Value *value(OpKind kind, std::vector<Value *> operands, Attrs attrs = NoAttr{}) {
    return create(kind, std::move(operands), std::move(attrs))->result();
  }

  // Constants.
  Value *constant(const Type &type, double number);      ///< splat of a number, converted to the element type
  Value *constantInt(const Type &type, int64_t number);  ///< splat of an integer
  Value *constantBits(const Type &type, std::vector<uint64_t> bits);
  Value *i64(int64_t n) { return constantInt(Type(Elem::I64), n); }
  Value *extent(const Dim &d);   ///< as i64; a constant when it is one
  Value *toDim(Value *i64, int64_t bound, std::string name = "n");
  Value *iota(const Type &type, int dim);
  // Element-wise shorthands (identical types).
  Value *unary(OpKind k, Value *x) { return value(k, {x}); }
  Value *binary(OpKind k, Value *a, Value *b) { return value(k, {a, b}); }
  Value *add(Value *a, Value *b) { return binary(OpKind::Add, a, b); }
  Value *sub(Value *a, Value *b) { return binary(OpKind::Sub, a, b); }
  Value *mul(Value *a, Value *b) { return binary(OpKind::Mul, a, b); }
  Value *div(Value *a, Value *b) { return binary(OpKind::Div, a, b); }
  Value *select(Value *c, Value *a, Value *b) { return value(OpKind::Select, {c, a, b}); }
  Value *convert(Value *x, Elem to); ///< x itself if it has that type
  // Shape.
  Value *broadcast(Value *x, std::vector<Dim> dims, std::vector<int> to);
  Value *splat(Value *scalar, const std::vector<Dim> &dims) { return broadcast(scalar, dims, {}); }
  Value *reshape(Value *x, std::vector<Dim> dims);
  Value *transpose(Value *x, std::vector<int> perm);
  Value *reduce(ReduceKind kind, Value *x, std::vector<int> dims);
  // Control.
  void yield(std::vector<Value *> values) { create(OpKind::Yield, std::move(values)); }
  void ret(std::vector<Value *> values) { create(OpKind::Return, std::move(values)); }
  /// A new region with arguments of the given types, not yet attached (attached when passed to create).
  Region *newRegion(const std::vector<Type> &args);

private:
  Module *module_;
  Region *region_;
};

/// Raw bits of a number in an element type (round to nearest even, saturating for integers).
uint64_t encodeNumber(Elem elem, double number);
double decodeNumber(Elem elem, uint64_t bits);

} // namespace dl::ir

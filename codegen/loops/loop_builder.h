/// Appends statements to a loop function. Pure operations are folded, merged with equal ones in scope and, in kernels,
/// placed in the outermost block where their operands are known: callers may ask for the same index arithmetic again
/// and again, inside any loop.
#pragma once
#include "codegen/loops/loop_ir.h"
#include <map>

namespace dl::codegen {

class LoopBuilder {
public:
  LoopBuilder(Program &program, LoopFunction &function);
  Program &program() { return *program_; }
  LoopFunction &function() { return *function_; }
  const LoopFunction &function() const { return *function_; }

  // Constants.
  Val constant(VecType type, uint64_t bits);
  Val i64(int64_t n) { return constant({Prim::I64, 1}, static_cast<uint64_t>(n)); }
  Val i32(int64_t n) { return constant({Prim::I32, 1}, static_cast<uint32_t>(n)); }
  Val real(VecType type, double value); ///< rounded to the element (f32 or f64)
  Val zero(VecType type) { return constant(type, 0); }
  Val param(int i) { return function_->params[i]; }
  /// The constant's value, if `v` is an integer constant (sign-extended).
  static bool isConst(Val v, int64_t *value = nullptr);

  // Pure operations. Scalars beside vectors are splat.
  Val binary(LoopOp op, Val a, Val b);
  Val add(Val a, Val b) { return binary(LoopOp::Add, a, b); }
  Val sub(Val a, Val b) { return binary(LoopOp::Sub, a, b); }
  Val mul(Val a, Val b) { return binary(LoopOp::Mul, a, b); }
  Val add(Val a, int64_t n) { return add(a, constant(a->type, static_cast<uint64_t>(n))); }
  Val mul(Val a, int64_t n) { return mul(a, constant(a->type, static_cast<uint64_t>(n))); }
  Val sub(Val a, int64_t n) { return sub(a, constant(a->type, static_cast<uint64_t>(n))); }
  Val smin(Val a, Val b) { return binary(LoopOp::SMin, a, b); }
  Val smax(Val a, Val b) { return binary(LoopOp::SMax, a, b); }
  Val logicalAnd(Val a, Val b); ///< masks; null is "all lanes"
  Val logicalNot(Val a);
  Val compare(LoopOp op, Val a, Val b) { return binary(op, a, b); }
  Val unary(LoopOp op, Val a);
  Val fma(Val a, Val b, Val c);
  Val select(Val mask, Val a, Val b);
  Val cast(LoopOp op, Val a, Prim to);
  Val splat(Val a, int lanes); ///< `a` itself when it has that many lanes
  Val ramp(Val base, int64_t stride, int lanes);
  Val extract(Val a, int lane);
  Val shuffle(Val a, Val b, std::vector<int> pattern);
  /// Lanes whose number is below `count` (i64).
  Val maskFirst(Val count, int lanes);
  /// floor(a / b), a - floor(a / b) * b for b > 0 (index arithmetic).
  Val floorDiv(Val a, Val b);
  Val floorRem(Val a, Val b);
  Val ceilDiv(Val a, int64_t b) { return floorDiv(add(a, b - 1), i64(b)); }

  /// True if a value may be used here.
  bool inScope(Val v) const;

  // Memory.
  const Buffer *buffer(std::string name, Prim elem, Val base, int64_t align = 0, bool constant = false);
  Val load(const Buffer *from, Val index, int lanes = 1, Val mask = nullptr);
  Val gather(const Buffer *from, Val indices, Val mask = nullptr);
  void store(const Buffer *to, Val index, Val value, Val mask = nullptr);
  void scatter(const Buffer *to, Val indices, Val value, Val mask = nullptr);
  void prefetch(const Buffer *at, Val index, int locality);
  /// Reserves bytes of the thread's scratch block (kernels), 64-byte aligned.
  const Buffer *scratch(std::string name, Prim elem, int64_t count);
  Val stackBlock(int64_t bytes); ///< its address
  Val globalAddress(int constant);
  Val functionAddress(const std::string &name);

  // Registers.
  const Register *reg(std::string name, VecType type, Val init);
  Val get(const Register *r);
  void set(const Register *r, Val v);

  // Structure. The callbacks fill the body.
  template <class F> void forLoop(Val begin, Val end, int64_t step, F &&body, int unroll = 1) {
    Stmt *s = openFor(begin, end, step, unroll);
    body(s->value);
    close();
  }
  template <class F> void ifThen(Val condition, F &&body) {
    Stmt *s = openIf(condition);
    body();
    close();
    (void)s;
  }
  template <class F, class G> void ifElse(Val condition, F &&body, G &&otherwise) {
    Stmt *s = openIf(condition);
    body();
    close();
    openElse(s);
    otherwise();
    close();
  }
  /// `header` returns the condition.
  template <class F, class G> void whileLoop(F &&header, G &&body) {
    Stmt *s = openWhile();
    s->condition = header();
    openWhileBody(s);
    body();
    close();
    close();
  }
  Val call(std::string callee, std::vector<Val> args, CallReturn returns = CallReturn::Nothing);
  void returnUnless(Val status);
  void ret(Val status);
  void resumeSwitch(Val label);
  void resumeLabel(int64_t number);

private:
  using Key = std::vector<uint64_t>;
  struct Scope {
    Block *block;
    uint32_t id;
    std::map<Key, Val> values;
  };
  Val bind(Node node);                 ///< always emits
  Val pure(Node node);                 ///< merges with an equal one in scope
  size_t homeOf(const Node &node) const; ///< number of the scope it may stand in
  void push(Block *block) { scopes_.push_back({block, ++lastScope_, {}}); }
  Val fold(const Node &node);          ///< constant folding and identities, or null
  Stmt *append(StmtKind kind);
  Stmt *openFor(Val begin, Val end, int64_t step, int unroll);
  Stmt *openIf(Val condition);
  void openElse(Stmt *s);
  Stmt *openWhile();
  void openWhileBody(Stmt *s);
  void close() { scopes_.pop_back(); }

  Program *program_;
  LoopFunction *function_;
  std::vector<Scope> scopes_;
  uint32_t lastScope_ = 0;
};

} // namespace dl::codegen

#include "codegen/loops/loop_ir.h"
#include <set>

// The rules below concern a part of the operations only; the others have nothing to check.
#pragma clang diagnostic ignored "-Wswitch-enum"

namespace dl::codegen {

namespace {

class Verifier {
public:
  Verifier(const LoopFunction &f, std::vector<std::string> &problems) : f_(f), problems_(problems) {}
  void run() {
    for (Val p : f_.params) known_.insert(p->id);
    block(f_.body);
  }

private:
  void problem(const std::string &what) { problems_.push_back("@" + f_.name + ": " + what); }
  void use(Val v) {
    if (v && v->op != LoopOp::Const && v->op != LoopOp::Param && !known_.count(v->id))
      problem("%" + std::to_string(v->id) + " is used outside the scope of its binding");
  }
  void scalar(Val v, Prim p, const char *what) {
    use(v);
    if (v && v->type != VecType{p, 1}) problem(std::string(what) + " has type " + str(v->type));
  }
  void mask(Val m, int lanes) {
    use(m);
    if (m && m->type != VecType{Prim::I1, lanes}) problem("a mask of type " + str(m->type) + " for " + std::to_string(lanes) + " lanes");
  }
  void value(Val v) {
    for (Val a : v->args) use(a);
    auto expect = [&](bool good, const char *what) { if (!good) problem("%" + std::to_string(v->id) + ": " + what); };
    const auto &a = v->args;
    switch (v->op) {
    case LoopOp::Load:
      scalar(a[0], Prim::I64, "an index");
      expect(v->buffer && v->buffer->elem == v->type.prim, "element differs from the buffer's");
      if (v->buffer) use(v->buffer->base);
      if (a.size() > 1) mask(a[1], v->type.lanes);
      break;
    case LoopOp::Gather:
      expect(a[0]->type == VecType{Prim::I64, v->type.lanes}, "indices must be i64 of as many lanes");
      if (v->buffer) use(v->buffer->base);
      if (a.size() > 1) mask(a[1], v->type.lanes);
      break;
    case LoopOp::Add: case LoopOp::Sub: case LoopOp::Mul: case LoopOp::Div: case LoopOp::SDiv: case LoopOp::SRem:
    case LoopOp::And: case LoopOp::Or: case LoopOp::Xor: case LoopOp::Shl: case LoopOp::LShr: case LoopOp::AShr:
    case LoopOp::SMin: case LoopOp::SMax: case LoopOp::UMin: case LoopOp::UMax:
      expect(a.size() == 2 && a[0]->type == v->type && a[1]->type == v->type, "operand types differ from the result's");
      expect(v->op != LoopOp::Div || isFloatPrim(v->type.prim), "div is for floats");
      break;
    case LoopOp::Eq: case LoopOp::Ne: case LoopOp::Lt: case LoopOp::Le: case LoopOp::Gt: case LoopOp::Ge: case LoopOp::ULt:
      expect(a.size() == 2 && a[0]->type == a[1]->type && v->type == VecType{Prim::I1, a[0]->type.lanes}, "a comparison gives a mask");
      break;
    case LoopOp::Fma:
      expect(a.size() == 3 && a[0]->type == v->type && a[1]->type == v->type && a[2]->type == v->type && isFloatPrim(v->type.prim), "operands of fma");
      break;
    case LoopOp::Select:
      expect(a.size() == 3 && a[1]->type == v->type && a[2]->type == v->type && a[0]->type == VecType{Prim::I1, v->type.lanes}, "operands of select");
      break;
    case LoopOp::Splat: case LoopOp::Ramp: expect(a.size() == 1 && a[0]->type == v->type.withLanes(1), "needs a scalar of the element"); break;
    case LoopOp::Extract: expect(a.size() == 1 && static_cast<int>(v->imm) < a[0]->type.lanes, "no such lane"); break;
    case LoopOp::Shuffle:
      for (int p : v->pattern) expect(p >= 0 && p < static_cast<int>(a.size()) * a[0]->type.lanes, "pattern outside its operands");
      break;
    case LoopOp::GetReg: expect(v->reg && v->reg->type == v->type, "the register's type"); break;
    default: break;
    }
  }
  void block(const Block &b) {
    std::vector<uint32_t> bound;
    auto define = [&](Val v) {
      if (!known_.insert(v->id).second) problem("%" + std::to_string(v->id) + " is bound twice");
      bound.push_back(v->id);
    };
    for (const Stmt *s : b) {
      switch (s->kind) {
      case StmtKind::Bind: value(s->value), define(s->value); break;
      case StmtKind::Store:
        use(s->value), use(s->buffer->base), scalar(s->index, Prim::I64, "an index"), mask(s->mask, s->value->type.lanes);
        if (s->buffer->elem != s->value->type.prim) problem("a store of " + str(s->value->type) + " to " + s->buffer->name);
        break;
      case StmtKind::Scatter: use(s->value), use(s->index), use(s->buffer->base), mask(s->mask, s->value->type.lanes); break;
      case StmtKind::SetReg:
        use(s->value);
        if (s->reg->type != s->value->type) problem("register " + s->reg->name + " is set to a " + str(s->value->type));
        break;
      case StmtKind::For:
        scalar(s->begin, Prim::I64, "a loop bound"), scalar(s->end, Prim::I64, "a loop bound");
        if (s->step <= 0) problem("a loop's step must be positive");
        known_.insert(s->value->id);
        block(s->body);
        known_.erase(s->value->id);
        break;
      case StmtKind::While: {
        // The body sees what the header binds; the condition stands at the header's end.
        block(s->header);
        std::vector<uint32_t> header;
        for (const Stmt *h : s->header) if (h->kind == StmtKind::Bind && known_.insert(h->value->id).second) header.push_back(h->value->id);
        scalar(s->condition, Prim::I1, "a condition");
        block(s->body);
        for (uint32_t id : header) known_.erase(id);
        break;
      }
      case StmtKind::If: scalar(s->condition, Prim::I1, "a condition"), block(s->body), block(s->otherwise); break;
      case StmtKind::Prefetch: scalar(s->index, Prim::I64, "an index"); break;
      case StmtKind::Call: for (Val a : s->args) use(a); break;
      case StmtKind::ReturnUnless: scalar(s->value, Prim::I32, "a status"); break;
      case StmtKind::Return: use(s->value); break;
      case StmtKind::ResumeSwitch: scalar(s->value, Prim::I64, "a label"); break;
      case StmtKind::ResumeLabel: break;
      }
    }
    for (uint32_t id : bound) known_.erase(id);
  }

  const LoopFunction &f_;
  std::vector<std::string> &problems_;
  std::set<uint32_t> known_;
};

} // namespace

bool verifyFunction(const LoopFunction &function, std::vector<std::string> &problems) {
  size_t before = problems.size();
  Verifier(function, problems).run();
  return problems.size() == before;
}

} // namespace dl::codegen

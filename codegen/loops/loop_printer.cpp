#include "codegen/loops/loop_ir.h"
#include "support/result.h"
#include <bit>
#include <cinttypes>
#include <cstdio>

namespace dl::codegen {

static const char *primName(Prim p) {
  switch (p) {
  case Prim::I1: return "i1";
  case Prim::I8: return "i8";
  case Prim::I16: return "i16";
  case Prim::I32: return "i32";
  case Prim::I64: return "i64";
  case Prim::F16: return "f16";
  case Prim::BF16: return "bf16";
  case Prim::F32: return "f32";
  case Prim::F64: return "f64";
  }
  DL_UNREACHABLE();
}

std::string str(VecType t) { return primName(t.prim) + (t.lanes == 1 ? std::string() : "x" + std::to_string(t.lanes)); }

static const char *opName(LoopOp op) {
  static const char *const names[] = {
      "const", "param", "induction", "reg", "load", "gather", "address", "constant", "function", "stack",
      "add", "sub", "mul", "div", "sdiv", "srem", "and", "or", "xor", "shl", "lshr", "ashr",
      "smin", "smax", "umin", "umax", "neg", "abs", "sqrt", "floor", "ceil", "round", "fma",
      "eq", "ne", "lt", "le", "gt", "ge", "ult", "select", "sext", "zext", "trunc", "int_to_float", "uint_to_float",
      "float_to_int", "float_to_uint", "float_cast", "bitcast", "splat", "ramp", "extract", "shuffle"};
  static_assert(sizeof(names) / sizeof(*names) == static_cast<size_t>(LoopOp::Shuffle) + 1);
  return names[static_cast<size_t>(op)];
}

namespace {

/// Values used once, behind pure operations only, are printed inside their user.
class Printer {
public:
  explicit Printer(const LoopFunction &f) : f_(f), uses_(f.nodes.size() + 1, 0) {
    count(f.body);
    for (const Buffer &x : f.buffers)
      if (x.base) uses_[x.base->id] = 2;
  }

  std::string run() {
    static const char *const kernelParams = "frame, args, begin, end, scratch";
    out_ += f_.kind == FunctionKind::Kernel ? "kernel @" : "host @";
    out_ += f_.name + "(" + (f_.kind == FunctionKind::Kernel ? kernelParams : "frame") + ")";
    if (f_.scratchBytes) out_ += " scratch " + std::to_string(f_.scratchBytes);
    out_ += " {";
    if (!f_.comment.empty()) out_ += "  # " + f_.comment;
    out_ += "\n";
    block(f_.body, 1);
    return out_ + "}\n";
  }

private:
  void use(Val v) { if (v) ++uses_[v->id]; }
  void count(const Block &b) {
    for (const Stmt *s : b) {
      if (s->kind == StmtKind::Bind) for (Val a : s->value->args) use(a);
      else if (s->kind != StmtKind::For) use(s->value);
      use(s->index), use(s->mask), use(s->begin), use(s->end), use(s->condition);
      for (Val a : s->args) use(a);
      count(s->header), count(s->body), count(s->otherwise);
    }
  }
  bool inlined(Val v) const {
    if (v->op == LoopOp::GetReg || v->op == LoopOp::Load || v->op == LoopOp::Gather || v->op == LoopOp::Induction) return false;
    return uses_[v->id] == 1;
  }

  std::string text(Val v) {
    static const char *const params[] = {"frame", "args", "begin", "end", "scratch"};
    if (v->op == LoopOp::Const) return constant(v);
    if (v->op == LoopOp::Param) return params[v->imm];
    if (v->op == LoopOp::Induction) return "i" + std::to_string(v->id);
    return inlined(v) ? expression(v) : "%" + std::to_string(v->id);
  }
  static std::string constant(Val v) {
    char s[64];
    if (v->type.prim == Prim::F32) std::snprintf(s, sizeof s, "%.9g", static_cast<double>(std::bit_cast<float>(static_cast<uint32_t>(v->imm))));
    else if (v->type.prim == Prim::F64) std::snprintf(s, sizeof s, "%.17g", std::bit_cast<double>(v->imm));
    else if (v->type.prim == Prim::I1) std::snprintf(s, sizeof s, "%s", v->imm ? "true" : "false");
    else if (v->type.prim == Prim::I64) std::snprintf(s, sizeof s, "%" PRId64, static_cast<int64_t>(v->imm));
    else if (v->type.prim == Prim::I32) std::snprintf(s, sizeof s, "%d", static_cast<int32_t>(v->imm));
    else std::snprintf(s, sizeof s, "%" PRIu64, v->imm);
    return s;
  }
  std::string list(const std::vector<Val> &args) {
    std::string s;
    for (Val a : args) s += (s.empty() ? "" : ", ") + text(a);
    return s;
  }
  std::string expression(Val v) {
    std::string s = opName(v->op);
    if (v->op == LoopOp::GetReg) return v->reg->name + std::to_string(v->reg->id);
    if (v->op == LoopOp::Load || v->op == LoopOp::Gather) {
      s += " " + v->buffer->name + "[" + text(v->args[0]) + "]";
      if (v->args.size() > 1) s += " mask " + text(v->args[1]);
      return s;
    }
    if (v->op == LoopOp::Address) return "address " + v->buffer->name;
    if (v->op == LoopOp::FunctionAddress) return "@" + v->text;
    if (v->op == LoopOp::GlobalAddress) return "constant " + std::to_string(v->imm);
    if (v->op == LoopOp::StackAddress) return "stack " + std::to_string(v->imm);
    s += "(" + list(v->args);
    if (v->op == LoopOp::Ramp || v->op == LoopOp::Extract) s += ", " + std::to_string(static_cast<int64_t>(v->imm));
    if (v->op == LoopOp::Shuffle) {
      s += "; ";
      for (size_t i = 0; i < v->pattern.size(); ++i) s += (i ? " " : "") + std::to_string(v->pattern[i]);
    }
    if (v->op >= LoopOp::SExt && v->op <= LoopOp::Bitcast) s += std::string(", ") + primName(v->type.prim);
    return s + ")";
  }
  void line(int depth, const std::string &s) { out_.append(static_cast<size_t>(depth) * 2, ' ').append(s).append("\n"); }
  void block(const Block &b, int depth) { for (const Stmt *s : b) statement(*s, depth); }
  void statement(const Stmt &s, int depth) {
    std::string mask = s.mask ? " mask " + text(s.mask) : "";
    switch (s.kind) {
    case StmtKind::Bind:
      if (inlined(s.value)) return;
      return line(depth, "%" + std::to_string(s.value->id) + ": " + str(s.value->type) + " = " + expression(s.value));
    case StmtKind::Store: case StmtKind::Scatter:
      return line(depth, (s.kind == StmtKind::Store ? "store " : "scatter ") + s.buffer->name + "[" + text(s.index) + "] = " + text(s.value) + mask);
    case StmtKind::SetReg: return line(depth, s.reg->name + std::to_string(s.reg->id) + ": " + str(s.reg->type) + " = " + text(s.value));
    case StmtKind::For:
      line(depth, "for i" + std::to_string(s.value->id) + " in " + text(s.begin) + " .. " + text(s.end) +
                      (s.step != 1 ? " step " + std::to_string(s.step) : "") + (s.unroll > 1 ? " unroll " + std::to_string(s.unroll) : "") + " {");
      block(s.body, depth + 1);
      return line(depth, "}");
    case StmtKind::While:
      line(depth, "while {");
      block(s.header, depth + 1);
      line(depth + 1, "test " + text(s.condition));
      line(depth, "} do {");
      block(s.body, depth + 1);
      return line(depth, "}");
    case StmtKind::If:
      line(depth, "if " + text(s.condition) + " {");
      block(s.body, depth + 1);
      if (!s.otherwise.empty()) {
        line(depth, "} else {");
        block(s.otherwise, depth + 1);
      }
      return line(depth, "}");
    case StmtKind::Prefetch: return line(depth, "prefetch " + s.buffer->name + "[" + text(s.index) + "]");
    case StmtKind::Call:
      return line(depth, (s.result ? s.result->name + std::to_string(s.result->id) + " = " : "") + "call " + s.callee + "(" + list(s.args) + ")");
    case StmtKind::ReturnUnless: return line(depth, "return unless ok " + text(s.value));
    case StmtKind::Return: return line(depth, s.value ? "return " + text(s.value) : "return");
    case StmtKind::ResumeSwitch: return line(depth, "resume at " + text(s.value));
    case StmtKind::ResumeLabel: return line(depth, "point " + std::to_string(s.step) + ":");
    }
  }

  const LoopFunction &f_;
  std::vector<int> uses_; ///< by the value's number
  std::string out_;
};

} // namespace

std::string printFunction(const LoopFunction &function) { return Printer(function).run(); }

std::string printProgram(const Program &program) {
  std::string s;
  for (const auto &f : program.functions) s += (s.empty() ? "" : "\n") + printFunction(*f);
  return s;
}

} // namespace dl::codegen

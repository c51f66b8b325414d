#include "codegen/loops/loop_builder.h"
#include "support/result.h"
#include <algorithm>
#include <bit>

namespace dl::codegen {

int primBytes(Prim p) {
  switch (p) {
  case Prim::I1: case Prim::I8: return 1;
  case Prim::I16: case Prim::F16: case Prim::BF16: return 2;
  case Prim::I32: case Prim::F32: return 4;
  case Prim::I64: case Prim::F64: return 8;
  }
  DL_UNREACHABLE();
}

bool isFloatPrim(Prim p) { return p == Prim::F16 || p == Prim::BF16 || p == Prim::F32 || p == Prim::F64; }

LoopBuilder::LoopBuilder(Program &program, LoopFunction &function) : program_(&program), function_(&function) {
  scopes_.push_back({&function.body, 0, {}});
  if (function.params.empty()) {
    int count = function.kind == FunctionKind::Kernel ? 5 : 1;
    for (int i = 0; i < count; ++i) {
      Node &n = function.nodes.emplace_back(Node{LoopOp::Param, {Prim::I64, 1}, {}, static_cast<uint64_t>(i)});
      n.id = static_cast<uint32_t>(function.nodes.size());
      function.params.push_back(&n);
    }
  }
}

Val LoopBuilder::constant(VecType type, uint64_t bits) {
  int width = primBytes(type.prim) * 8;
  if (type.prim == Prim::I1) bits &= 1;
  else if (width < 64) bits &= (uint64_t{1} << width) - 1;
  Key key{static_cast<uint64_t>(LoopOp::Const), static_cast<uint64_t>(type.prim), static_cast<uint64_t>(type.lanes), bits};
  Val &known = scopes_.front().values[key];
  if (!known) {
    Node &n = function_->nodes.emplace_back(Node{LoopOp::Const, type, {}, bits});
    n.id = static_cast<uint32_t>(function_->nodes.size());
    known = &n;
  }
  return known;
}

Val LoopBuilder::real(VecType type, double value) {
  if (type.prim == Prim::F32) return constant(type, std::bit_cast<uint32_t>(static_cast<float>(value)));
  DL_CHECK(type.prim == Prim::F64);
  return constant(type, std::bit_cast<uint64_t>(value));
}

bool LoopBuilder::isConst(Val v, int64_t *value) {
  if (v->op != LoopOp::Const || isFloatPrim(v->type.prim)) return false;
  int shift = v->type.prim == Prim::I1 ? 0 : 64 - primBytes(v->type.prim) * 8;
  if (value) *value = static_cast<int64_t>(v->imm << shift) >> shift;
  return true;
}

Stmt *LoopBuilder::append(StmtKind kind) {
  Stmt &s = function_->stmts.emplace_back();
  s.kind = kind;
  scopes_.back().block->push_back(&s);
  return &s;
}

Val LoopBuilder::bind(Node node) {
  Node &n = function_->nodes.emplace_back(std::move(node));
  n.id = static_cast<uint32_t>(function_->nodes.size());
  n.scope = scopes_.back().id;
  append(StmtKind::Bind)->value = &n;
  return &n;
}

bool LoopBuilder::inScope(Val v) const {
  return std::any_of(scopes_.begin(), scopes_.end(), [&](const Scope &s) { return s.id == v->scope; });
}

size_t LoopBuilder::homeOf(const Node &node) const {
  // Entries may be left and entered again at resume points: there everything stays where it is asked for.
  if (function_->kind == FunctionKind::Host) return scopes_.size() - 1;
  size_t home = 0;
  auto include = [&](Val v) {
    for (size_t i = scopes_.size(); i-- > home + 1;)
      if (scopes_[i].id == v->scope) home = i;
  };
  for (Val a : node.args) include(a);
  if (node.buffer) include(node.buffer->base);
  return home;
}

Val LoopBuilder::pure(Node node) {
  if (Val folded = fold(node)) return folded;
  Key key{static_cast<uint64_t>(node.op), static_cast<uint64_t>(node.type.prim), static_cast<uint64_t>(node.type.lanes), node.imm};
  for (Val a : node.args) key.push_back(a->id);
  for (int p : node.pattern) key.push_back(static_cast<uint64_t>(p));
  if (node.buffer) key.push_back(node.buffer->id + (uint64_t{1} << 40));
  for (char c : node.text) key.push_back(static_cast<uint64_t>(c));
  for (auto scope = scopes_.rbegin(); scope != scopes_.rend(); ++scope) {
    auto known = scope->values.find(key);
    if (known != scope->values.end()) return known->second;
  }
  size_t home = homeOf(node);
  if (home + 1 == scopes_.size()) {
    Val v = bind(std::move(node));
    scopes_.back().values.emplace(std::move(key), v);
    return v;
  }
  Node &n = function_->nodes.emplace_back(std::move(node));
  n.id = static_cast<uint32_t>(function_->nodes.size());
  n.scope = scopes_[home].id;
  Stmt &s = function_->stmts.emplace_back();
  s.kind = StmtKind::Bind, s.value = &n;
  // In front of the statement that is open there; the header of a while has none.
  Block &block = *scopes_[home].block;
  bool openHere = !block.empty() && (&block.back()->body == scopes_[home + 1].block || &block.back()->otherwise == scopes_[home + 1].block ||
                                     &block.back()->header == scopes_[home + 1].block);
  block.insert(openHere ? block.end() - 1 : block.end(), &s);
  scopes_[home].values.emplace(std::move(key), &n);
  return &n;
}

Val LoopBuilder::fold(const Node &n) {
  if (n.args.size() == 2 && !isFloatPrim(n.args[0]->type.prim)) {
    Val a = n.args[0], b = n.args[1];
    int64_t x = 0, y = 0;
    bool ca = isConst(a, &x), cb = isConst(b, &y);
    auto make = [&](int64_t r) { return constant(n.type, static_cast<uint64_t>(r)); };
    auto wrap = [](uint64_t r) { return static_cast<int64_t>(r); };
    if (ca && cb && a->type.prim == Prim::I64) {
      auto ux = static_cast<uint64_t>(x), uy = static_cast<uint64_t>(y);
      if (n.op == LoopOp::Add) return make(wrap(ux + uy));
      if (n.op == LoopOp::Sub) return make(wrap(ux - uy));
      if (n.op == LoopOp::Mul) return make(wrap(ux * uy));
      if (n.op == LoopOp::SDiv && y > 0) return make(x / y);
      if (n.op == LoopOp::SRem && y > 0) return make(x % y);
      if (n.op == LoopOp::SMin) return make(x < y ? x : y);
      if (n.op == LoopOp::SMax) return make(x > y ? x : y);
      if (n.op == LoopOp::Eq) return make(x == y);
      if (n.op == LoopOp::Ne) return make(x != y);
      if (n.op == LoopOp::Lt) return make(x < y);
      if (n.op == LoopOp::Le) return make(x <= y);
      if (n.op == LoopOp::Gt) return make(x > y);
      if (n.op == LoopOp::Ge) return make(x >= y);
    }
    if (n.op == LoopOp::Add && cb && y == 0) return a;
    if (n.op == LoopOp::Add && ca && x == 0) return b;
    if (n.op == LoopOp::Sub && cb && y == 0) return a;
    if (n.op == LoopOp::Sub && a == b) return make(0);
    if (n.op == LoopOp::Mul && ((ca && x == 0) || (cb && y == 0))) return make(0);
    if (n.op == LoopOp::Mul && cb && y == 1) return a;
    if (n.op == LoopOp::Mul && ca && x == 1) return b;
    if (n.op == LoopOp::SDiv && cb && y == 1) return a;
    if (n.op == LoopOp::SRem && cb && y == 1) return make(0);
    if ((n.op == LoopOp::SMin || n.op == LoopOp::SMax) && a == b) return a;
    // (v + c) + d
    if (n.op == LoopOp::Add && cb && a->op == LoopOp::Add && a->type.prim == Prim::I64 && isConst(a->args[1], &x))
      return add(a->args[0], constant(a->type, static_cast<uint64_t>(x) + static_cast<uint64_t>(y)));
    if (n.type.prim == Prim::I1 && a->type.prim == Prim::I1) {
      if (n.op == LoopOp::And && ca) return x ? b : a;
      if (n.op == LoopOp::And && cb) return y ? a : b;
      if (n.op == LoopOp::And && a == b) return a;
      if (n.op == LoopOp::Or && ca) return x ? a : b;
      if (n.op == LoopOp::Or && cb) return y ? b : a;
    }
  }
  if (n.op == LoopOp::Select) {
    int64_t c = 0;
    if (isConst(n.args[0], &c)) return c ? n.args[1] : n.args[2];
    if (n.args[1] == n.args[2]) return n.args[1];
  }
  if (n.op == LoopOp::Splat && n.args[0]->op == LoopOp::Const) return constant(n.type, n.args[0]->imm);
  if (n.op == LoopOp::Extract) {
    Val v = n.args[0];
    if (v->op == LoopOp::Splat) return v->args[0];
    if (v->op == LoopOp::Const) return constant(n.type, v->imm);
    if (v->op == LoopOp::Ramp) return add(v->args[0], static_cast<int64_t>(n.imm * v->imm));
  }
  return nullptr;
}

Val LoopBuilder::binary(LoopOp op, Val a, Val b) {
  int lanes = std::max(a->type.lanes, b->type.lanes);
  a = splat(a, lanes);
  b = splat(b, lanes);
  DL_CHECK(a->type == b->type);
  bool comparison = (op >= LoopOp::Eq && op <= LoopOp::ULt);
  // Constants of commutative integer operations go right.
  if (!isFloatPrim(a->type.prim) && (op == LoopOp::Add || op == LoopOp::Mul) && isConst(a) && !isConst(b)) std::swap(a, b);
  return pure(Node{op, comparison ? VecType{Prim::I1, lanes} : a->type, {a, b}});
}

Val LoopBuilder::logicalAnd(Val a, Val b) {
  if (!a) return b;
  if (!b) return a;
  return binary(LoopOp::And, a, b);
}
Val LoopBuilder::logicalNot(Val a) { return binary(LoopOp::Xor, a, constant(a->type, 1)); }
Val LoopBuilder::unary(LoopOp op, Val a) { return pure(Node{op, a->type, {a}}); }

Val LoopBuilder::fma(Val a, Val b, Val c) {
  int lanes = std::max({a->type.lanes, b->type.lanes, c->type.lanes});
  a = splat(a, lanes), b = splat(b, lanes), c = splat(c, lanes);
  DL_CHECK(a->type == b->type && b->type == c->type);
  return pure(Node{LoopOp::Fma, a->type, {a, b, c}});
}

Val LoopBuilder::select(Val mask, Val a, Val b) {
  int lanes = std::max({mask->type.lanes, a->type.lanes, b->type.lanes});
  mask = splat(mask, lanes), a = splat(a, lanes), b = splat(b, lanes);
  DL_CHECK(a->type == b->type && mask->type.prim == Prim::I1);
  return pure(Node{LoopOp::Select, a->type, {mask, a, b}});
}

Val LoopBuilder::cast(LoopOp op, Val a, Prim to) {
  if (a->type.prim == to && op != LoopOp::Bitcast) return a;
  if (a->type.prim == to) return a;
  return pure(Node{op, a->type.withPrim(to), {a}});
}

Val LoopBuilder::splat(Val a, int lanes) {
  if (a->type.lanes == lanes) return a;
  DL_CHECK(a->type.lanes == 1);
  return pure(Node{LoopOp::Splat, a->type.withLanes(lanes), {a}});
}

Val LoopBuilder::ramp(Val base, int64_t stride, int lanes) {
  if (lanes == 1) return base;
  if (stride == 0) return splat(base, lanes);
  return pure(Node{LoopOp::Ramp, base->type.withLanes(lanes), {base}, static_cast<uint64_t>(stride)});
}

Val LoopBuilder::extract(Val a, int lane) {
  if (a->type.lanes == 1) return a;
  return pure(Node{LoopOp::Extract, a->type.withLanes(1), {a}, static_cast<uint64_t>(lane)});
}

Val LoopBuilder::shuffle(Val a, Val b, std::vector<int> pattern) {
  Node n{LoopOp::Shuffle, a->type.withLanes(static_cast<int>(pattern.size())), {a}};
  if (b) n.args.push_back(b);
  n.pattern = std::move(pattern);
  return pure(std::move(n));
}

Val LoopBuilder::maskFirst(Val count, int lanes) {
  if (lanes == 1) return compare(LoopOp::Gt, count, i64(0));
  Val clamped = cast(LoopOp::Trunc, smin(count, i64(lanes)), Prim::I32);
  return compare(LoopOp::Lt, ramp(i32(0), 1, lanes), splat(clamped, lanes));
}

Val LoopBuilder::floorDiv(Val a, Val b) {
  int lanes = std::max(a->type.lanes, b->type.lanes);
  a = splat(a, lanes), b = splat(b, lanes);
  int64_t d = 0;
  if (isConst(b, &d) && d > 0 && (d & (d - 1)) == 0 && !isConst(a))
    return d == 1 ? a : binary(LoopOp::AShr, a, constant(a->type, static_cast<uint64_t>(std::countr_zero(static_cast<uint64_t>(d)))));
  int64_t x = 0;
  if (isConst(a, &x) && isConst(b, &d) && d > 0)
    return constant(a->type, static_cast<uint64_t>(x >= 0 ? x / d : -((-x + d - 1) / d)));
  Val q = binary(LoopOp::SDiv, a, b), r = binary(LoopOp::SRem, a, b);
  return select(compare(LoopOp::Lt, r, zero(r->type)), sub(q, 1), q);
}

Val LoopBuilder::floorRem(Val a, Val b) {
  int lanes = std::max(a->type.lanes, b->type.lanes);
  a = splat(a, lanes), b = splat(b, lanes);
  int64_t d = 0;
  if (isConst(b, &d) && d > 0 && (d & (d - 1)) == 0) return binary(LoopOp::And, a, constant(a->type, static_cast<uint64_t>(d - 1)));
  Val r = binary(LoopOp::SRem, a, b);
  return select(compare(LoopOp::Lt, r, zero(r->type)), add(r, b), r);
}

const Buffer *LoopBuilder::buffer(std::string name, Prim elem, Val base, int64_t align, bool constant) {
  Buffer &b = function_->buffers.emplace_back(Buffer{std::move(name), elem, base, align, constant});
  b.id = static_cast<uint32_t>(function_->buffers.size());
  return &b;
}

Val LoopBuilder::load(const Buffer *from, Val index, int lanes, Val mask) {
  Node n{LoopOp::Load, {from->elem, lanes}, {index}};
  if (mask) n.args.push_back(splat(mask, lanes));
  n.buffer = from;
  return from->constant ? pure(std::move(n)) : bind(std::move(n));
}

Val LoopBuilder::gather(const Buffer *from, Val indices, Val mask) {
  Node n{LoopOp::Gather, {from->elem, indices->type.lanes}, {indices}};
  if (mask) n.args.push_back(splat(mask, indices->type.lanes));
  n.buffer = from;
  return bind(std::move(n));
}

void LoopBuilder::store(const Buffer *to, Val index, Val value, Val mask) {
  DL_CHECK(value->type.prim == to->elem);
  Stmt *s = append(StmtKind::Store);
  s->buffer = to, s->index = index, s->value = value;
  s->mask = mask ? splat(mask, value->type.lanes) : nullptr;
}

void LoopBuilder::scatter(const Buffer *to, Val indices, Val value, Val mask) {
  Val v = splat(value, indices->type.lanes), m = mask ? splat(mask, indices->type.lanes) : nullptr;
  Stmt *s = append(StmtKind::Scatter);
  s->buffer = to, s->index = indices, s->value = v, s->mask = m;
}

void LoopBuilder::prefetch(const Buffer *at, Val index, int locality) {
  Stmt *s = append(StmtKind::Prefetch);
  s->buffer = at, s->index = index, s->step = locality;
}

const Buffer *LoopBuilder::scratch(std::string name, Prim elem, int64_t count) {
  int64_t at = (function_->scratchBytes + 63) / 64 * 64;
  function_->scratchBytes = at + count * primBytes(elem);
  return buffer(std::move(name), elem, add(param(4), at), 64);
}

Val LoopBuilder::stackBlock(int64_t bytes) {
  function_->stackBytes.push_back(bytes);
  return pure(Node{LoopOp::StackAddress, {Prim::I64, 1}, {}, function_->stackBytes.size() - 1});
}

Val LoopBuilder::globalAddress(int constant) {
  return pure(Node{LoopOp::GlobalAddress, {Prim::I64, 1}, {}, static_cast<uint64_t>(constant)});
}

Val LoopBuilder::functionAddress(const std::string &name) {
  Node n{LoopOp::FunctionAddress, {Prim::I64, 1}, {}};
  n.text = name;
  return pure(std::move(n));
}

const Register *LoopBuilder::reg(std::string name, VecType type, Val init) {
  Register &r = function_->registers.emplace_back(Register{std::move(name), type});
  r.id = static_cast<uint32_t>(function_->registers.size());
  set(&r, init);
  return &r;
}

Val LoopBuilder::get(const Register *r) {
  Node n{LoopOp::GetReg, r->type, {}};
  n.reg = r;
  return bind(std::move(n));
}

void LoopBuilder::set(const Register *r, Val v) {
  v = splat(v, r->type.lanes);
  DL_CHECK(v->type == r->type);
  Stmt *s = append(StmtKind::SetReg);
  s->reg = r, s->value = v;
}

Stmt *LoopBuilder::openFor(Val begin, Val end, int64_t step, int unroll) {
  Stmt *s = append(StmtKind::For);
  Node &n = function_->nodes.emplace_back(Node{LoopOp::Induction, {Prim::I64, 1}, {}});
  n.id = static_cast<uint32_t>(function_->nodes.size());
  s->value = &n, s->begin = begin, s->end = end, s->step = step, s->unroll = unroll;
  push(&s->body);
  n.scope = scopes_.back().id;
  return s;
}

Stmt *LoopBuilder::openIf(Val condition) {
  Stmt *s = append(StmtKind::If);
  s->condition = condition;
  push(&s->body);
  return s;
}
void LoopBuilder::openElse(Stmt *s) { push(&s->otherwise); }

Stmt *LoopBuilder::openWhile() {
  Stmt *s = append(StmtKind::While);
  push(&s->header);
  return s;
}
void LoopBuilder::openWhileBody(Stmt *s) { push(&s->body); }

Val LoopBuilder::call(std::string callee, std::vector<Val> args, CallReturn returns) {
  const Register *result = nullptr;
  if (returns != CallReturn::Nothing) {
    VecType type{returns == CallReturn::I64 ? Prim::I64 : Prim::I32, 1};
    Register &r = function_->registers.emplace_back(Register{"status", type});
    r.id = static_cast<uint32_t>(function_->registers.size());
    result = &r;
  }
  Stmt *s = append(StmtKind::Call);
  s->callee = std::move(callee), s->args = std::move(args), s->returns = returns, s->result = result;
  return result ? get(result) : nullptr;
}

void LoopBuilder::returnUnless(Val status) { append(StmtKind::ReturnUnless)->value = status; }
void LoopBuilder::ret(Val status) { append(StmtKind::Return)->value = status; }
void LoopBuilder::resumeSwitch(Val label) { append(StmtKind::ResumeSwitch)->value = label; }

void LoopBuilder::resumeLabel(int64_t number) {
  append(StmtKind::ResumeLabel)->step = number;
  // What was computed before is not there when the label is jumped to; constants always are.
  for (Scope &scope : scopes_)
    std::erase_if(scope.values, [](const auto &entry) { return entry.second->op != LoopOp::Const; });
}

} // namespace dl::codegen

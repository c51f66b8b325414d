#include "ir/text/parser.h"
#include "ir/text/printer.h"

namespace dl::ir::text {

Value *Parser::argument(Region *region, const std::string &name, Type type) {
  Value *arg = region->function->newValue(std::move(type), name);
  arg->name.clear(); // `define` decides whether the name is one
  arg->region = region;
  arg->index = static_cast<uint32_t>(region->args.size());
  region->args.push_back(arg);
  return arg;
}

void Parser::body(Region *region) {
  if (tooDeep()) return;
  ++depth_;
  Region *outer = builder_->region();
  builder_->setRegion(region);
  expect("{");
  while (!failed_ && !at("}")) op();
  expect("}");
  builder_->setRegion(outer);
  --depth_;
}

void Parser::controlPayload(Draft &draft) {
  if (isTerminator(draft.kind)) return yieldPayload(draft);
  if (draft.kind == OpKind::If) return ifPayload(draft);
  if (draft.kind == OpKind::For) return forPayload(draft);
  if (draft.kind == OpKind::While) return whilePayload(draft);
  if (draft.kind == OpKind::Fused) return fusedPayload(draft);
  if (draft.kind == OpKind::Call) return callPayload(draft);
  regionsPayload(draft);
}

void Parser::yieldPayload(Draft &draft) {
  operands(draft);
  if (draft.kind != OpKind::Yield || !accept("stack")) return;
  do draft.operands.push_back(use());
  while (!failed_ && accept(","));
}

void Parser::callPayload(Draft &draft) {
  draft.attrs = CallAttr{name()};
  operands(draft);
}

void Parser::ifPayload(Draft &draft) {
  draft.operands.push_back(use());
  for (int branch = 0; branch < 2 && !failed_; ++branch) {
    if (branch) expect("else");
    Region *region = newRegion();
    enter();
    body(region);
    leave();
    draft.regions.push_back(region);
  }
}

void Parser::forPayload(Draft &draft) {
  ForAttr attr;
  Region *region = newRegion();
  enter();
  Token induction = next();
  if (induction.kind != TokenKind::Value) return fail(induction.where, Diag::IrUnexpected, {"a loop variable", describe(induction)});
  expect("in");
  Token zero = peek();
  if (integer() != 0) fail(zero.where, Diag::IrUnexpected, {"`0`", describe(zero)});
  expect("..");
  bool plain = peek().kind == TokenKind::Value;
  Value *count = plain ? find(peek().text, true) : nullptr;
  if (count && count->type.elem != Elem::Dim) {
    attr.tripIsDim = false;
    draft.operands.push_back(use());
  } else attr.trip = dim();
  attr.reverse = accept("reverse");
  if (failed_) return;
  define(induction, argument(region, induction.text, Type(Elem::I64)));
  auto bind = [&](bool scan) {
    Token token = next();
    if (token.kind != TokenKind::Value) return fail(token.where, Diag::IrUnexpected, {"a loop argument", describe(token)});
    expect(":");
    Type written = type();
    expect("=");
    draft.operands.push_back(use());
    if (scan) {
      expect("dim");
      attr.scanDims.push_back(smallInteger());
    } else ++attr.carries;
    if (!failed_) define(token, argument(region, token.text, std::move(written)));
  };
  if (accept("scan")) list("(", ")", [&] { bind(true); });
  if (accept("carry")) list("(", ")", [&] { bind(false); });
  body(region);
  leave();
  draft.regions.push_back(region);
  draft.attrs = std::move(attr);
}

/// Both regions take the same argument list, so it is read once for each.
void Parser::whilePayload(Draft &draft) {
  WhileAttr attr;
  if (accept("bound")) attr.bound = integer();
  size_t begin = position_, behind = 0;
  for (int part = 0; part < 2 && !failed_; ++part) {
    Region *region = newRegion();
    enter();
    if (part) behind = position_, position_ = begin;
    std::vector<Value *> initial;
    expect("carry");
    list("(", ")", [&] {
      Token token = next();
      if (token.kind != TokenKind::Value) return fail(token.where, Diag::IrUnexpected, {"a loop argument", describe(token)});
      expect(":");
      Type written = type();
      expect("=");
      initial.push_back(use());
      if (!failed_) define(token, argument(region, token.text, std::move(written)));
    });
    if (part) position_ = behind, expect("do");
    else draft.operands = initial, attr.carries = static_cast<int>(initial.size());
    body(region);
    leave();
    draft.regions.push_back(region);
  }
  draft.attrs = attr;
}

void Parser::fusedPayload(Draft &draft) {
  FusedAttr attr;
  bool known = false;
  for (FusedKind kind : {FusedKind::Rows, FusedKind::Gemm, FusedKind::Opaque})
    if (!known && accept(text::name(kind))) attr.kind = kind, known = true;
  if (!known) unexpected("`rows`, `gemm` or `opaque`");
  attr.name = name();
  Region *region = newRegion();
  enter(true);
  auto outside = [&](auto look) { // an operand is looked up without the scope that is being opened
    Scope inner = std::move(scopes_.back());
    scopes_.pop_back();
    Value *found = look();
    scopes_.push_back(std::move(inner));
    return found;
  };
  list("(", ")", [&] {
    Token token = next();
    if (token.kind != TokenKind::Value) return fail(token.where, Diag::IrUnexpected, {"an operand", describe(token)});
    bool explicitType = accept(":");
    Type type = explicitType ? this->type() : Type();
    if (explicitType) expect("=");
    Value *operand = outside([&] { return explicitType ? use() : find(token.text, false); });
    if (!operand) return fail(token.where, Diag::IrUndefined, {"%" + token.text});
    if (!explicitType) type = operand->type;
    if (failed_) return;
    draft.operands.push_back(operand);
    define(token, argument(region, token.text, std::move(type)));
  });
  body(region);
  leave();
  draft.regions.push_back(region);
  if (accept("{")) {
    while (!failed_ && !at("}")) {
      std::string key = word("a schedule parameter");
      attr.schedule.emplace_back(std::move(key), integer());
      if (!accept(",")) break;
    }
    expect("}");
  }
  draft.attrs = std::move(attr);
}

/// checkpoint (...) {...} and custom_grad (...) {...} vjp (...) {...}
void Parser::regionsPayload(Draft &draft) {
  int count = draft.kind == OpKind::CustomGrad ? 2 : 1;
  for (int part = 0; part < count && !failed_; ++part) {
    if (part) expect("vjp");
    Region *region = newRegion();
    enter();
    list("(", ")", [&] {
      Token token = next();
      if (token.kind != TokenKind::Value) return fail(token.where, Diag::IrUnexpected, {"a region argument", describe(token)});
      expect(":");
      Type written = type();
      if (part == 0) {
        expect("=");
        draft.operands.push_back(use());
      }
      if (!failed_) define(token, argument(region, token.text, std::move(written)));
    });
    body(region);
    leave();
    draft.regions.push_back(region);
  }
}

} // namespace dl::ir::text

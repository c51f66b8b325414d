#include "ir/text/parser.h"
#include "ir/text/printer.h"

namespace dl::ir::text {

void Parser::op() {
  Draft draft;
  SourceRange begin = peek().where;
  if (peek().kind == TokenKind::Value) results(draft);
  Token mnemonic = peek();
  auto kind = opKindOf(word("an operation"));
  if (failed_) return;
  if (!kind) return fail(mnemonic.where, Diag::IrUnknownOp, {mnemonic.text});
  draft.kind = *kind;
  payload(draft);
  if (failed_) return;
  draft.where = join(begin, tokens_[position_ ? position_ - 1 : 0].where);
  location();
  finish(draft);
}

/// `%a: type, %n: dim<=4, %b: f32[%n] =`
void Parser::results(Draft &draft) {
  do {
    Token token = next();
    if (token.kind != TokenKind::Value) return fail(token.where, Diag::IrUnexpected, {"a result", describe(token)});
    expect(":");
    Type written = type();
    dl::Dim standIn;
    if (written.elem == Elem::Dim) {
      standIn = dl::Dim::variable(token.text, written.bound);
      if (!standIns_.emplace(token.text, standIn).second) return fail(token.where, Diag::IrDefinedTwice, {"%" + token.text});
    }
    draft.names.push_back(token.text);
    draft.types.push_back(std::move(written));
    draft.standIns.push_back(std::move(standIn));
  } while (!failed_ && accept(","));
  standIns_.clear();
  expect("=");
}

void Parser::location() {
  if (!at("loc")) return;
  next();
  string();
  for (int i = 0; i < 2; ++i) {
    expect(":");
    integer();
  }
}

void Parser::finish(Draft &draft) {
  if (failed_) return;
  builder_->where = draft.where;
  auto made = builder_->tryCreate(draft.kind, std::move(draft.operands), std::move(draft.attrs), std::move(draft.regions));
  if (auto *error = std::get_if<TypeError>(&made)) {
    diags_.report(draft.where, Diag::IrTypeError, {info(draft.kind).mnemonic, error->message}).fact("rule " + error->constraint);
    failed_ = true;
    return;
  }
  Op *op = std::get<Op *>(made);
  if (op->results.size() != draft.names.size())
    return fail(draft.where, Diag::IrResultCount,
                {info(draft.kind).mnemonic, std::to_string(op->results.size()), std::to_string(draft.names.size())});
  auto actual = [&](DimAtom *atom) -> std::optional<dl::Dim> {
    for (size_t i = 0; i < draft.standIns.size(); ++i)
      if (draft.types[i].elem == Elem::Dim && draft.standIns[i].asAtom() == atom) return op->results[i]->dim;
    return std::nullopt;
  };
  for (size_t i = 0; i < draft.names.size(); ++i) {
    Type written = draft.types[i];
    for (dl::Dim &d : written.dims) d = d.substitute(actual);
    if (written != op->results[i]->type)
      return fail(draft.where, Diag::IrWrongResult, {"%" + draft.names[i], op->results[i]->type.str(), written.str()});
    define({TokenKind::Value, draft.where, draft.names[i]}, op->results[i]);
  }
}

const Type &Parser::resultType(Draft &draft) {
  static const Type kNone;
  if (!draft.types.empty()) return draft.types[0];
  unexpected("an operation whose result is named");
  return kNone;
}

/// A list of values that ends where the next op begins.
void Parser::operands(Draft &draft) {
  if (peek().kind != TokenKind::Value || atOpStart()) return;
  do draft.operands.push_back(use());
  while (!failed_ && accept(","));
}

Order Parser::order() {
  Order order;
  if (!at("{")) return order;
  next();
  expect("order");
  if (accept("chunk")) order.chunk = integer();
  if (accept("lanes")) order.lanes = integer();
  expect("}");
  return order;
}

ReduceKind Parser::reduceKind() {
  for (ReduceKind kind : {ReduceKind::Sum, ReduceKind::Prod, ReduceKind::Max, ReduceKind::Min, ReduceKind::And, ReduceKind::Or})
    if (accept(text::name(kind))) return kind;
  unexpected("a kind of reduction");
  return ReduceKind::Sum;
}

ScatterMode Parser::scatterMode() {
  for (ScatterMode mode : {ScatterMode::Set, ScatterMode::Add, ScatterMode::Max, ScatterMode::Min})
    if (accept(text::name(mode))) return mode;
  unexpected("`set`, `add`, `max` or `min`");
  return ScatterMode::Set;
}

void Parser::payload(Draft &draft) {
  switch (info(draft.kind).family) {
  case Family::Elementwise:
  case Family::Random:
    operands(draft);
    if (draft.kind == OpKind::Convert || draft.kind == OpKind::Bitcast) draft.attrs = ConvertAttr{resultType(draft).elem};
    if (draft.kind == OpKind::RandomBits) draft.attrs = RandomAttr{resultType(draft)};
    return;
  case Family::Constant: return constantPayload(draft);
  case Family::Reduction: return reductionPayload(draft);
  case Family::Contraction: return indexedPayload(draft);
  case Family::Shape: return draft.kind == OpKind::Remap ? indexedPayload(draft) : shapePayload(draft);
  case Family::Indexing: return indexingPayload(draft);
  case Family::LinearAlgebra: return linearPayload(draft);
  case Family::Control: return controlPayload(draft);
  case Family::Differentiation: return draft.kind == OpKind::Grad || draft.kind == OpKind::Jvp ? differentiationPayload(draft) : operands(draft);
  case Family::Effect: return effectPayload(draft);
  case Family::Data:
    if (draft.kind == OpKind::LoadTable) draft.attrs = TableAttr{name()};
    else encodePayload(draft);
    return;
  }
}

} // namespace dl::ir::text

#include "frontend/ast/printer.h"

namespace dl::ast {

void Printer::quoted(std::string_view text) {
  for (char c : text) {
    switch (c) {
    case '\n': out_ += "\\n"; break;
    case '\t': out_ += "\\t"; break;
    case '"': out_ += "\\\""; break;
    case '\\': out_ += "\\\\"; break;
    case '{': out_ += "{{"; break;
    case '}': out_ += "}}"; break;
    default:
      if (static_cast<unsigned char>(c) < 0x20)
        out_ += ' '; // control characters would change the terminal
      else
        out_ += c;
    }
  }
}

void Printer::text(const Text &t) {
  out_ += '"';
  for (const TextPiece &piece : t.pieces) {
    if (!piece.value) {
      quoted(piece.text);
      continue;
    }
    put("{"), expr(*piece.value);
    if (!piece.format.empty()) put(":"), put(piece.format);
    put("}");
  }
  out_ += '"';
}

void Printer::type(const Type &t) {
  if (t.tuple) {
    put("(");
    for (size_t i = 0; i < t.fields.size(); ++i) {
      if (i) put(", ");
      if (!t.fields[i].name.empty()) put(t.fields[i].name), put(": ");
      type(*t.fields[i].type);
    }
    put(")");
    return;
  }
  put(t.name);
  if (t.hasShape) {
    put("[");
    for (size_t i = 0; i < t.dims.size(); ++i) {
      if (i) put(", ");
      if (t.dims[i].ellipsis)
        put("...");
      else
        expr(*t.dims[i].extent);
      if (t.dims[i].bound) put(" <= "), expr(*t.dims[i].bound);
    }
    put("]");
  }
  if (t.hasCategories) {
    put("(");
    for (size_t i = 0; i < t.categories.size(); ++i) put(i ? ", \"" : "\""), quoted(t.categories[i]), put("\"");
    put(")");
  }
  if (t.range) put(" in "), expr(*t.range);
}

void Printer::pattern(const Pattern &p) {
  if (p.tuple) {
    put("(");
    for (size_t i = 0; i < p.elements.size(); ++i) {
      if (i) put(", ");
      pattern(p.elements[i]);
    }
    put(")");
    return;
  }
  put(p.name);
  if (p.type) put(": "), type(*p.type);
}

void Printer::indices(const std::vector<Index> &list) {
  for (size_t i = 0; i < list.size(); ++i) {
    if (i) put(", ");
    if (list[i].ellipsis) put("...");
    put(list[i].name);
    if (list[i].range) put(" in "), expr(*list[i].range);
  }
}

void Printer::arguments(const std::vector<Argument> &list) {
  for (const Argument &each : list) {
    put(" ");
    if (!each.name.empty()) put(each.name), put(": ");
    expr(*each.value);
  }
}

void Printer::items(const std::vector<SubscriptItem> &list) {
  for (const SubscriptItem &each : list) {
    put(" ");
    switch (each.kind) {
    case ItemKind::Ellipsis: put("..."); break;
    case ItemKind::Value: expr(*each.value); break;
    case ItemKind::Slice:
      put("(slice");
      for (const ExprPtr *part : {&each.begin, &each.end, &each.step}) {
        put(" ");
        if (*part)
          expr(**part);
        else
          put("_");
      }
      put(")");
    }
  }
}

void Printer::expr(const Expr &e) {
  std::vector<const Expr *> chain; // as long as the source: no recursion along it
  const Expr *at = &e;
  for (; leftOf(*at); at = leftOf(*at)) {
    openLink(*at);
    chain.push_back(at);
  }
  leaf(*at);
  for (size_t i = chain.size(); i-- > 0;) closeLink(*chain[i]);
}

void Printer::openLink(const Expr &e) {
  if (const auto *n = tryAs<Binary>(&e))
    put("("), put(spelling(n->op)), put(" ");
  else if (e.kind == ExprKind::Pipe)
    put("(pipe ");
  else if (e.kind == ExprKind::Call)
    put("(call ");
  else if (e.kind == ExprKind::Member)
    put("(member ");
  else
    put("(subscript ");
}

void Printer::closeLink(const Expr &e) {
  if (const auto *n = tryAs<Binary>(&e))
    put(" "), expr(*n->right);
  else if (const auto *p = tryAs<Pipe>(&e))
    put(" "), expr(*p->right);
  else if (const auto *c = tryAs<Call>(&e))
    arguments(c->arguments);
  else if (const auto *m = tryAs<Member>(&e))
    put(" "), put(m->name);
  else if (const auto *s = tryAs<Subscript>(&e))
    items(s->items);
  put(")");
}

void Printer::lambda(const Lambda &l) {
  put("(lambda (");
  for (size_t i = 0; i < l.params.size(); ++i) {
    const Param &p = l.params[i];
    if (i) put(", ");
    put(p.name);
    if (p.type) put(": "), type(*p.type);
    if (p.initial) put(" = "), expr(*p.initial);
  }
  put(")");
  if (l.body)
    put(" "), expr(*l.body);
  else
    block(*l.block);
  put(")");
}

void Printer::conditional(const If &i) {
  put("(if");
  for (size_t arm = 0; arm < i.arms.size(); ++arm) {
    if (arm) line(i.arms[arm].condition->where), put("else if");
    put(" "), expr(*i.arms[arm].condition);
    block(i.arms[arm].body);
  }
  if (i.otherwise) {
    line(i.otherwise->where), put("else");
    block(*i.otherwise);
  }
  put(")");
}

void Printer::leaf(const Expr &e) {
  switch (e.kind) {
  case ExprKind::Number: put(as<Number>(e).text); return;
  case ExprKind::Text: text(as<Text>(e)); return;
  case ExprKind::Bool: put(as<Bool>(e).value ? "true" : "false"); return;
  case ExprKind::None: put("none"); return;
  case ExprKind::Training: put("training"); return;
  case ExprKind::Name: put(as<Name>(e).text); return;
  case ExprKind::Tuple:
  case ExprKind::List: {
    bool tuple = e.kind == ExprKind::Tuple;
    put(tuple ? "(tuple" : "(list");
    for (const ExprPtr &each : tuple ? as<Tuple>(e).elements : as<List>(e).elements) put(" "), expr(*each);
    put(")");
    return;
  }
  case ExprKind::Record: put("(record"), arguments(as<Record>(e).fields), put(")"); return;
  case ExprKind::Unary:
    put("("), put(as<Unary>(e).op == UnaryOp::Not ? "not " : "neg "), expr(*as<Unary>(e).operand), put(")");
    return;
  case ExprKind::Reduce: {
    const auto &n = as<Reduce>(e);
    put("("), put(spelling(n.op)), put("["), indices(n.indices);
    if (n.condition) put(" where "), expr(*n.condition);
    put("] "), expr(*n.body), put(")");
    return;
  }
  case ExprKind::Lambda: return lambda(as<Lambda>(e));
  case ExprKind::If: return conditional(as<If>(e));
  case ExprKind::For: {
    const auto &n = as<For>(e);
    put("(for "), pattern(n.pattern), put(" in "), expr(*n.over);
    if (n.condition) put(" while "), expr(*n.condition);
    block(n.body), put(")");
    return;
  }
  case ExprKind::While: put("(while "), expr(*as<While>(e).condition), block(as<While>(e).body), put(")"); return;
  case ExprKind::Checkpoint: put("(checkpoint"), block(as<Checkpoint>(e).body), put(")"); return;
  case ExprKind::Repeat: {
    const auto &n = as<Repeat>(e);
    put("(repeat ");
    if (n.pattern) pattern(*n.pattern), put(" in ");
    expr(*n.over), block(n.body), put(")");
    return;
  }
  case ExprKind::Binary:
  case ExprKind::Pipe:
  case ExprKind::Call:
  case ExprKind::Member:
  case ExprKind::Subscript: return; // links of a chain, printed by `expr`
  }
}

} // namespace dl::ast

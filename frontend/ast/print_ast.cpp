#include "frontend/ast/print_ast.h"
#include "frontend/ast/printer.h"

namespace dl::ast {

void Printer::line(SourceRange where) {
  if (!out_.empty()) out_ += '\n';
  if (sources_) {
    LineColumn at = sources_->start(where);
    std::string place = std::to_string(at.line) + ":" + std::to_string(at.column);
    out_ += place + std::string(place.size() < 8 ? 8 - place.size() : 1, ' ');
  }
  out_.append(2 * depth_, ' ');
}

void Printer::doc(const std::string &text) {
  for (size_t begin = 0; begin < text.size();) {
    size_t end = std::min(text.find('\n', begin), text.size());
    if (!out_.empty()) out_ += '\n';
    if (sources_) out_.append(8, ' ');
    out_.append(2 * depth_, ' ');
    out_ += "## " + text.substr(begin, end - begin);
    begin = end + 1;
  }
}

void Printer::program(const Program &p) {
  doc(p.doc);
  for (const DeclPtr &each : p.declarations) decl(*each);
  if (!out_.empty()) out_ += '\n';
}

void Printer::block(const Block &b) {
  ++depth_;
  for (const StmtPtr &each : b.statements) stmt(*each);
  --depth_;
}

void Printer::body(const Block &b) {
  ++depth_;
  line(b.where);
  put("body");
  block(b);
  --depth_;
}

void Printer::params(const std::vector<Param> &list, std::string_view kind) {
  ++depth_;
  for (const Param &p : list) {
    doc(p.doc);
    line(p.where);
    put(kind), put(" "), put(p.name);
    if (p.type) put(": "), type(*p.type);
    if (p.initial) put(" = "), expr(*p.initial);
  }
  --depth_;
}

void Printer::result(const TypePtr &t) {
  if (!t) return;
  ++depth_;
  line(t->where);
  put("result "), type(*t);
  --depth_;
}

void Printer::function(std::string_view kind, const Function &fn, SourceRange where) {
  line(where);
  put(kind), put(" "), put(fn.name);
  params(fn.params, "parameter");
  result(fn.result);
  body(fn.body);
  if (!fn.gradient) return;
  ++depth_;
  line(fn.gradient->where);
  put("gradient "), pattern(fn.gradient->cotangent);
  if (fn.gradient->value) put(", "), pattern(*fn.gradient->value);
  block(fn.gradient->body);
  --depth_;
}

void Printer::decl(const Decl &d) {
  if (d.kind != DeclKind::Binding) doc(d.doc); // the statement has it too
  switch (d.kind) {
  case DeclKind::Import: line(d.where), put("import "), put(as<Import>(d).name); return;
  case DeclKind::Option: {
    const auto &n = as<Option>(d);
    line(d.where), put("option "), put(n.name), put(": "), type(*n.type), put(" = "), expr(*n.value);
    return;
  }
  case DeclKind::Data: {
    const auto &n = as<Data>(d);
    line(d.where), put("data "), put(n.name), put(" = "), expr(*n.source);
    if (n.condition) put(" where "), expr(*n.condition);
    ++depth_;
    for (const StmtPtr &each : n.fields) stmt(*each);
    --depth_;
    return;
  }
  case DeclKind::Fn: return function("fn", as<FnDecl>(d).fn, d.where);
  case DeclKind::Program: return function("program", as<ProgramDecl>(d).fn, d.where);
  case DeclKind::Model: {
    const auto &n = as<Model>(d);
    line(d.where), put("model "), put(n.name);
    params(n.configuration, "configuration");
    if (n.hasInputs) params(n.inputs, "input");
    result(n.result);
    n.hasInputs ? body(n.body) : block(n.body);
    return;
  }
  case DeclKind::Train: {
    const auto &n = as<Train>(d);
    line(d.where), put("train");
    if (!n.name.empty()) put(" "), put(n.name);
    params(n.params, "parameter");
    ++depth_;
    for (const ClausePtr &each : n.clauses) clause(*each);
    --depth_;
    return;
  }
  case DeclKind::Test: {
    const auto &n = as<Test>(d);
    line(d.where), put("test "), put(n.name);
    block(n.body);
    return;
  }
  case DeclKind::Binding: return stmt(*as<Binding>(d).statement);
  }
}

void Printer::clause(const Clause &c) {
  switch (c.kind) {
  case ClauseKind::Length: {
    const auto &n = as<LengthClause>(c);
    line(c.where), put(n.epochs ? "epochs " : "steps "), expr(*n.count);
    return;
  }
  case ClauseKind::Step: {
    const auto &n = as<StepClause>(c);
    line(c.where), put("step");
    if (n.pattern) put(" "), pattern(*n.pattern), put(" in "), expr(*n.over);
    block(n.body);
    return;
  }
  case ClauseKind::Every: {
    const auto &n = as<EveryClause>(c);
    line(c.where), put("every ");
    if (n.count) expr(*n.count), put(" ");
    put(!n.count ? "epoch" : n.epochs ? "epochs" : "steps");
    block(n.body);
    return;
  }
  case ClauseKind::Keep: {
    const auto &n = as<KeepClause>(c);
    line(c.where), put(n.highest ? "keep highest " : "keep lowest "), put(n.metric);
    if (n.patience) put(" patience "), expr(*n.patience);
    return;
  }
  case ClauseKind::Statement: return stmt(*as<StatementClause>(c).statement);
  }
}

void Printer::stmt(const Stmt &s) {
  doc(s.doc);
  if (s.kind == StmtKind::Fn) return function("fn", as<FnStmt>(s).fn, s.where);
  line(s.where);
  switch (s.kind) {
  case StmtKind::Variable: {
    const auto &n = as<Variable>(s);
    put(n.param ? "param " : "state "), put(n.name);
    if (n.type) put(": "), type(*n.type);
    put(n.drawn ? " ~ " : " = "), expr(*n.value);
    return;
  }
  case StmtKind::Yield: put("yield "), expr(*as<Yield>(s).value); return;
  case StmtKind::Minimize: {
    const auto &n = as<Minimize>(s);
    put("minimize "), expr(*n.loss), put(" over "), expr(*n.place), put(" with "), expr(*n.optimiser);
    return;
  }
  case StmtKind::Bind: {
    const auto &n = as<Bind>(s);
    put(n.value ? "bind " : "field "), pattern(n.pattern);
    if (n.value) put(n.drawn ? " ~ " : " = "), expr(*n.value);
    return;
  }
  case StmtKind::Define: {
    const auto &n = as<Define>(s);
    put("define "), put(n.name), put("["), indices(n.indices), put("] = "), expr(*n.value);
    return;
  }
  case StmtKind::Update: put("update "), expr(*as<Update>(s).place), put(" <- "), expr(*as<Update>(s).value); return;
  case StmtKind::Expr: put("value "), expr(*as<ExprStmt>(s).value); return;
  case StmtKind::Fn: return;
  }
}

std::string printAst(const Program &program, const SourceManager *sources) {
  Printer printer(sources);
  printer.program(program);
  return printer.take();
}

std::string printExpr(const Expr &e) {
  Printer printer;
  printer.expr(e);
  return printer.take();
}

std::string printType(const Type &type) {
  Printer printer;
  printer.type(type);
  return printer.take();
}

} // namespace dl::ast

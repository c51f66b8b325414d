#include "frontend/ast/ast.h"
#include <algorithm>
#include <array>

namespace dl::ast {
namespace {

constexpr std::array<std::string_view, 2> kUnary = {"-", "not"};
constexpr std::array<std::string_view, 17> kBinary = {"^",  "*",  "/", "//", "%", "@",  "+",   "-", "..",
                                                      "==", "!=", "<", "<=", ">", ">=", "and", "or"};
constexpr std::array<std::string_view, 9> kReducers = {"sum", "mean", "prod",   "max",   "min",
                                                       "any", "all",  "argmax", "argmin"};

ExprPtr *leftSlot(Expr &e) {
  if (auto *n = tryAs<Binary>(&e)) return &n->left;
  if (auto *n = tryAs<Pipe>(&e)) return &n->left;
  if (auto *n = tryAs<Call>(&e)) return &n->callee;
  if (auto *n = tryAs<Member>(&e)) return &n->base;
  if (auto *n = tryAs<Subscript>(&e)) return &n->base;
  return nullptr;
}

/// Destroys a chain from its top without recursion along its spine.
void release(ExprPtr top) {
  while (top) {
    ExprPtr *slot = leftSlot(*top);
    top = slot ? std::move(*slot) : nullptr;
  }
}

} // namespace

Binary::~Binary() { release(std::move(left)); }
Pipe::~Pipe() { release(std::move(left)); }
Call::~Call() { release(std::move(callee)); }
Member::~Member() { release(std::move(base)); }
Subscript::~Subscript() { release(std::move(base)); }

std::string_view spelling(UnaryOp op) { return kUnary[static_cast<size_t>(op)]; }
std::string_view spelling(BinaryOp op) { return kBinary[static_cast<size_t>(op)]; }
std::string_view spelling(Reducer op) { return kReducers[static_cast<size_t>(op)]; }

std::optional<Reducer> reducerNamed(std::string_view name) {
  for (size_t i = 0; i < kReducers.size(); ++i)
    if (kReducers[i] == name) return static_cast<Reducer>(i);
  return std::nullopt;
}

const Expr *leftOf(const Expr &e) {
  ExprPtr *slot = leftSlot(const_cast<Expr &>(e));
  return slot ? slot->get() : nullptr;
}

std::string_view nameOf(const Decl &d) {
  switch (d.kind) {
  case DeclKind::Import: return as<Import>(d).name.text;
  case DeclKind::Option: return as<Option>(d).name.text;
  case DeclKind::Data: return as<Data>(d).name.text;
  case DeclKind::Fn: return as<FnDecl>(d).fn.name.text;
  case DeclKind::Program: return as<ProgramDecl>(d).fn.name.text;
  case DeclKind::Model: return as<Model>(d).name.text;
  case DeclKind::Train: return as<Train>(d).name.text;
  case DeclKind::Test: return as<Test>(d).name.text;
  case DeclKind::Binding: return {};
  }
  return {};
}

static void add(const ImportTarget *target, std::vector<const Program *> &files) {
  if (!target) return;
  if (target->program && std::find(files.begin(), files.end(), target->program.get()) == files.end()) files.push_back(target->program.get());
  for (const auto &[name, member] : target->members) add(member.get(), files);
}

std::vector<const Program *> filesOf(const Program &program) {
  std::vector<const Program *> files = {&program};
  for (size_t i = 0; i < files.size(); ++i)
    for (const DeclPtr &decl : files[i]->declarations)
      if (auto *import = tryAs<Import>(decl)) add(import->target.get(), files);
  return files;
}

} // namespace dl::ast

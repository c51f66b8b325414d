/// Visiting a syntax tree in the order of the text. Visitors answer whether to go inside.
#pragma once
#include "frontend/ast/ast.h"
#include <functional>

namespace dl::frontend {

struct Walker {
  std::function<bool(const ast::Expr &)> expr = [](const ast::Expr &) { return true; };
  std::function<bool(const ast::Stmt &)> stmt = [](const ast::Stmt &) { return true; };

  void walk(const ast::Expr *e) const;
  void walk(const ast::ExprPtr &e) const { walk(e.get()); }
  void walk(const ast::Stmt &s) const;
  void walk(const ast::Block &block) const;
  void walk(const ast::Function &fn) const;
  void walk(const ast::Clause &clause) const;
};

/// Parameters in the order in which they get their values: as written, but a size that the shape of an earlier one names comes
/// before it, as `heads` in `f(x: f32[b, heads * d], heads: int)`, and so does a shape that has a size of its own with which an earlier one computes,
/// as in `f(x: f32[n // 2], y: f32[n])`.
std::vector<const ast::Param *> bindingOrder(const std::vector<ast::Param> &params);

} // namespace dl::frontend

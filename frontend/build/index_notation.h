/// Index notation: every index is an axis. A subexpression is a tensor whose first axes belong to the indices it
/// mentions (in the order of their numbers), followed by the axes that are left over; sums of products become one
/// `contract`.
#pragma once
#include "frontend/build/elaborator.h"

namespace dl::frontend {

/// One index of the statement, of its left side or of a reducer.
struct IndexVar {
  std::string name;
  SourceRange where;
  bool known = false, stated = false;
  Dim low, extent;
};
/// A value per element of some indices.
struct Indexed {
  Val v;
  std::vector<int> names; ///< ascending
  bool error() const { return v.isError(); }
};
/// sum of coefficient * index + offset
struct AffineIndex {
  std::vector<std::pair<int, int64_t>> terms; ///< ascending
  Dim offset;
};

class IndexNotation {
public:
  explicit IndexNotation(Elaborator &e) : e_(e) {}
  Val define(const ast::Define &s);
  Val reduce(const ast::Reduce &r);

private:
  // index_ranges.cpp
  int declare(const ast::Index &index);
  void collect(const ast::Expr *e, bool guarded);
  void collectBlock(const ast::Block &block, bool guarded);
  bool solve();
  bool mentions(const ast::Expr &e);
  std::optional<int> indexNamed(const std::string &name) const;
  std::optional<AffineIndex> affineOf(const ast::Expr &e);
  const Val &plain(const ast::Expr &e); ///< value of an expression without indices, computed once
  // index_evaluate.cpp
  Indexed eval(const ast::Expr &e);
  Indexed evalBlock(const ast::Block &block);
  Indexed evalSubscript(const ast::Subscript &s);
  Indexed evalCall(const Val &callee, const ast::Call *call, std::vector<Indexed> args, std::vector<std::string> labels, SourceRange where);
  Indexed evalReduce(const ast::Reduce &r);
  bool align(std::vector<Indexed> &values, std::vector<int> &names, SourceRange where);
  ir::Value *spread(const Indexed &x, const std::vector<int> &names); ///< with an axis for each of the names
  // index_contract.cpp
  struct Read { ///< a tensor read at affine indices
    ir::Value *base = nullptr;
    std::vector<AffineIndex> at;         ///< for axes read by indices
    std::vector<int> rest;               ///< axes of the base left over, in order
    std::vector<int> axis;               ///< axis of the base of each `at`
  };
  std::optional<Read> affineRead(const ast::Subscript &s);
  void checkAt(const AffineIndex &a, const Dim &length, SourceRange where);
  bool inside(const AffineIndex &a, const Dim &length) const;
  Indexed readAt(const Read &read, const Val &like, SourceRange where);
  std::optional<Indexed> contraction(const ast::Reduce &r, const std::vector<int> &reduced);
  static void foldPad(ir::Value *&operand, ir::Factor &factor);
  bool factorsOf(const ast::Expr &e, bool divided, std::vector<const ast::Expr *> &times, std::vector<const ast::Expr *> &over);

  struct Constraint {
    AffineIndex at;
    Dim length;
    SourceRange where;
    bool guarded;
  };
  Elaborator &e_;
  std::vector<IndexVar> vars_;
  std::map<const ast::Index *, int> numbers_;
  std::map<const ast::Index *, const ast::Expr *> ranges_;
  std::vector<std::pair<std::string, int>> scope_;
  std::unordered_map<const ast::Expr *, Val> plain_;
  std::vector<Constraint> constraints_;
  bool guarded_ = false; ///< inside an `if` or `where`: what is not chosen is not read
  bool failed_ = false;
};

} // namespace dl::frontend

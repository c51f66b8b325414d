/// Index notation: every index is an axis. A subexpression is a tensor whose first axes belong to the indices it
/// mentions (in the order of their numbers), followed by the axes that are left over; sums of products become one
/// `contract`, conditions `key[e] == i` a `scatter`.
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
  int declare(const ast::Index &index, bool left);
  bool standsAlone(const ast::Index &index, bool left); ///< its range depends on no other index: a message
  void collect(const ast::Expr *e, bool guarded);
  void collectBlock(const ast::Block &block, bool guarded);
  void collectSubscript(const ast::Subscript &s, bool guarded);
  bool solve();
  bool isPossible(const IndexVar &v, SourceRange where); ///< its number of values is not negative: a message or a check
  bool solvePlain(bool guarded);
  bool solveLeft(bool guarded);
  bool mentions(const ast::Expr &e);
  bool mentions(const ast::Expr &e, int index);
  std::optional<int> indexNamed(const std::string &name) const;
  std::optional<AffineIndex> affineOf(const ast::Expr &e);
  const Val &plain(const ast::Expr &e); ///< value of an expression without indices, computed once
  std::pair<Dim, Dim> reach(const AffineIndex &a) const; ///< least and greatest value
  // index_access.cpp
  /// A tensor and what is asked of each of its axes: a subscript, or (null) the whole of it.
  struct Access {
    Val base;
    std::vector<const ast::SubscriptItem *> axes;
  };
  const Access *access(const ast::Subscript &s); ///< null after a report
  bool flatten(const ast::Subscript &s, std::vector<const ast::SubscriptItem *> &items, const ast::Expr *&base);
  bool takesPart(const ast::SubscriptItem &item, bool &ok);
  struct Read { ///< a tensor read at affine indices
    ir::Value *base = nullptr;
    std::vector<AffineIndex> at; ///< for axes read by indices
    std::vector<int> rest;       ///< axes of the base left over, in order
    std::vector<int> axis;       ///< axis of the base of each `at`
  };
  std::optional<Read> affineRead(const ast::Subscript &s);
  void requireInside(const AffineIndex &a, const Dim &length, const ast::SubscriptItem &item);
  void checkAt(const AffineIndex &a, const Dim &length, SourceRange where);
  bool inside(const AffineIndex &a, const Dim &length) const;
  Indexed readAt(const Read &read, const Val &like);
  Indexed evalSubscript(const ast::Subscript &s);
  // index_chosen.cpp
  struct Choice { ///< a condition under which an expression is read, or (not `holds`) is not
    const ast::Expr *condition; ///< null: `value` alone
    bool holds;
    size_t depth;               ///< of the scope it stands in
    std::optional<Indexed> value;
    std::vector<AffineIndex> atLeast; ///< none of them is negative
  };
  struct Difference { ///< of the sides of a comparison: not negative, or 0
    AffineIndex at;
    bool equal;
  };
  static void conjuncts(const ast::Expr *e, std::vector<const ast::Expr *> &out, bool holds = true);
  std::optional<Difference> differenceOf(const ast::Expr &condition, bool holds);
  void choose(const ast::Expr *condition, bool holds, std::optional<Indexed> value);
  bool neverNegative(const AffineIndex &a) const;
  void checkChosen(const Indexed &index, const Dim &length, SourceRange where);
  bool guarded() const { return !chosen_.empty(); }
  // index_evaluate.cpp
  Indexed refuse(SourceRange where, const std::string &what, const std::string &why, const std::string &instead);
  Indexed eval(const ast::Expr &e);
  Indexed evalBlock(const ast::Block &block);
  Indexed evalIf(const ast::If &e, size_t arm);
  Indexed evalCall(const Val &callee, const ast::Call *call, std::vector<Indexed> args, std::vector<std::string> labels, SourceRange where);
  Indexed callByElement(const Val &callee, const std::vector<Indexed> &args, const std::vector<std::string> &labels, const CallSite &site);
  Indexed combine(ast::BinaryOp op, const Indexed &a, const Indexed &b, SourceRange where);
  bool align(std::vector<Indexed> &values, std::vector<int> &names, SourceRange where);
  ir::Value *spread(const Indexed &x, const std::vector<int> &names); ///< with an axis for each of the names
  // index_reduce.cpp
  Indexed evalReduce(const ast::Reduce &r);
  Indexed reduceAll(const ast::Reduce &r, ast::Reducer op, const std::vector<int> &reduced, bool rest, Indexed body, const std::optional<Indexed> &condition);
  Indexed positions(bool max, const std::vector<int> &reduced, Indexed body, const std::vector<int> &names, const std::optional<Indexed> &condition, SourceRange where);
  Indexed meanOf(const Indexed &sum, const Indexed &count, SourceRange where);
  Val leastOf(ir::Elem elem, bool greatest);
  // index_segment.cpp
  struct Key { ///< a condition `key == i` that says what an index is
    int index = -1;
    Indexed value;
  };
  bool segments(const ast::Reduce &r, std::vector<int> &reduced, std::vector<Key> &keys, std::vector<const ast::Expr *> &others);
  std::optional<Indexed> segment(const ast::Reduce &r, const std::vector<int> &reduced);
  Indexed scatter(ir::ScatterMode mode, Val start, const Indexed &updates, const std::vector<int> &domain, const std::vector<Key> &keys,
                  const std::vector<int> &kept);
  // index_contract.cpp
  struct Operand { ///< a factor that depends on what is summed: a tensor read directly, or a computed one
    Indexed value;
    std::optional<Read> read;
  };
  std::optional<Indexed> contraction(const ast::Reduce &r, const std::vector<int> &reduced);
  static void foldPad(ir::Value *&operand, ir::Factor &factor);
  void factorsOf(const ast::Expr &e, bool divided, std::vector<const ast::Expr *> &times, std::vector<const ast::Expr *> &over);
  /// `j <= i` as "j - i + ... is not negative", with the extent of that difference.
  std::optional<std::pair<AffineIndex, Dim>> presence(const ast::Expr &condition);

  struct Constraint {
    AffineIndex at;
    Dim length;
    SourceRange where;
    bool guarded, derived; ///< derived: from `i // 2`, says less than a plain subscript
    const ir::Value *of = nullptr; ///< what is read, along `axis`
    size_t axis = 0;
  };
  Elaborator &e_;
  std::string changes_; ///< the name that is defined, where one of that name is there already
  std::vector<IndexVar> vars_;
  std::map<const ast::Index *, int> numbers_;
  std::vector<std::pair<std::string, int>> scope_;
  std::unordered_map<const ast::Expr *, Val> plain_;
  std::unordered_map<const ast::Expr *, Access> accesses_;
  std::vector<Constraint> constraints_;
  std::map<int, Indexed> known_; ///< indices that a condition has determined, with their values
  std::vector<Choice> chosen_; ///< inside an `if` or `where`: what is not chosen is not read
  std::set<const ast::SubscriptItem *> checked_; ///< at run time, once
  bool failed_ = false;
};

} // namespace dl::frontend

/// Names in scope, and what the text of a body says before it is run.
#pragma once
#include "frontend/build/unit.h"
#include "frontend/build/value.h"
#include <map>
#include <set>
#include <unordered_map>

namespace dl::frontend {

/// Entries that no program can name: the axes of `...` and the element type of `float`.
inline constexpr const char *kAxes = "...", *kFloat = "float ";

/// Syntactic facts of one body (of a fn, model, program, training, lambda, test).
struct BodyFacts {
  std::set<std::string> bound;   ///< names bound somewhere in it (nested functions excluded)
  std::set<std::string> reduced; ///< indices of its reducers
  std::set<std::string> wrt;     ///< names that a `grad` or `minimize` in it differentiates by
  /// Calls, applications and draws: their name in paths and keys, "dense_2", "draw_1".
  std::unordered_map<const void *, std::string> sites;
};

/// Every scope that lives, in a list. A function holds the scope it was made in, which holds the function: the names of
/// all scopes are dropped at the end of a building, or they would keep each other.
class LivingScope {
public:
  LivingScope() : next_(first_) { link(); }
  LivingScope(const LivingScope &) : next_(first_) { link(); }
  LivingScope &operator=(const LivingScope &) { return *this; }
  ~LivingScope() {
    (before_ ? before_->next_ : first_) = next_;
    if (next_) next_->before_ = before_;
  }

protected:
  static LivingScope *first() { return first_; }
  LivingScope *next() const { return next_; }

private:
  void link() {
    if (next_) next_->before_ = this;
    first_ = this;
  }
  LivingScope *next_, *before_ = nullptr;
  static thread_local LivingScope *first_;
};

/// One block's names; bodies begin with a scope that has `facts`.
struct Scope : LivingScope {
  std::shared_ptr<Scope> parent;
  std::vector<std::pair<std::string, Val>> names; ///< in the order they were bound
  const BodyFacts *facts = nullptr;               ///< of the body that begins here
  const Unit *unit = nullptr;                     ///< outermost scopes: the file whose top-level names are seen
  std::map<std::string, SourceRange> given;       ///< parameters and sizes: the argument that gave the value

  Val *own(const std::string &name) {
    if (names.size() <= kFew) {
      for (auto &entry : names)
        if (entry.first == name) return &entry.second;
      return nullptr;
    }
    for (size_t i = index_.size(); i < names.size(); ++i) index_.emplace(names[i].first, i);
    auto found = index_.find(name);
    return found == index_.end() ? nullptr : &names[found->second].second;
  }
  void set(const std::string &name, Val value) {
    if (Val *old = own(name)) *old = std::move(value);
    else names.emplace_back(name, std::move(value));
  }
  /// Of all that live.
  static void dropNames();
  /// Back to what `names` was at an earlier time.
  void restore(const std::vector<std::pair<std::string, Val>> &earlier) { names = earlier, index_.clear(); }

private:
  static constexpr size_t kFew = 32;
  std::unordered_map<std::string, size_t> index_; ///< of the first `index_.size()` names, once they are many
};

/// The file whose text sees the names of a scope.
inline const Unit &unitOf(const Scope &scope) {
  const Scope *top = &scope;
  while (top->parent) top = top->parent.get();
  return *top->unit;
}

/// The inlined call that is being built.
struct Frame {
  std::string name;                   ///< of the function or model, for traces
  std::shared_ptr<Scope> scope;       ///< the innermost block
  const BodyFacts *facts = nullptr;
  std::shared_ptr<Instance> owner;    ///< whose members applications here are; null where none may be made
  bool makesNew = false;              ///< a program or the top level: an application is a new instance each time
  bool makesSlots = false;            ///< the top level: they are slots of the module
  std::string group;                  ///< "encode.": the fn of a model, before member names
  std::string turns;                  ///< "[3]": `repeat` turns around this point; "[*]": of a rolled one
  std::vector<struct Roll *> rolls;   ///< the rolled ones, from outside
  std::string site;                   ///< path of this call from the entry, for keys of draws
  bool training = false;
  int runtimeDepth = 0;               ///< run-time loops and branches entered since the body began
  int branches = 0;                   ///< run-time `if`s among them
  SourceRange calledAt;
  const ast::GradientRule *rule = nullptr; ///< the one that is being built here
  Frame *caller = nullptr;
  std::vector<Val> *yields = nullptr; ///< of the innermost loop
};

} // namespace dl::frontend

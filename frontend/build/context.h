/// What the elaborators of one module share: the program, the prelude, facts of bodies, the module under construction.
#pragma once
#include "frontend/ast/ast.h"
#include "frontend/build/build.h"
#include "frontend/build/scope.h"
#include "ir/module.h"
#include "support/diagnostics.h"
#include <map>
#include <memory>
#include <unordered_map>

namespace dl::frontend {

/// The names a declaration binds at the top level.
std::vector<std::string> namesOf(const ast::Decl &decl);

struct Context {
  Context(const ast::Program &program, SourceManager &sources, const BuildOptions &options, Diagnostics &diags,
          ir::Module &module);

  ~Context();

  const ast::Program &program;
  SourceManager &sources;
  const BuildOptions &options;
  Diagnostics &diags;
  ir::Module &module;

  const Unit &own() const { return *units_.front(); } ///< the main file
  const Unit &preludeUnit() const { return preludeUnit_; }
  const std::vector<std::unique_ptr<Unit>> &units() const { return units_; } ///< the main file and all that is imported
  const Unit &unitAt(SourceRange where) const;
  /// A declaration of the file that binds `name`; null if there is none.
  const ast::Decl *find(const std::string &name, const Unit &unit);
  /// "shapes.width" of an imported file, "width" of the main one.
  const ast::Decl *findQualified(const std::string &name);
  /// All names a file can use at its top level: its own, the prelude's, the primitives' (for suggestions).
  std::vector<std::string> knownNames(const Unit &unit);
  bool inPrelude(SourceRange where) const { return where.valid() && preludeFiles_.count(where.file); }

  const BodyFacts &facts(const ast::Block &body);
  const BodyFacts &facts(const ast::Expr &body);
  const BodyFacts &facts(const ast::Train &training);
  /// Names of top-level values that something differentiates by: derivatives begin at them, so they are not folded away.
  const std::set<std::string> &differentiated();
  const BodyFacts &facts(const std::vector<ast::Param> &params); ///< sites in their defaults alone
  const BodyFacts &facts(const ast::Data &table); ///< sites alone: a field may have the name of its column
  /// True if the text of the model makes params (or, with `states`, params or states), itself or through members.
  bool hasPlaces(const ast::Model &model, bool states);
  const ast::Decl *imported(const ast::Member &e, const Unit &unit);
  std::pair<bool, bool> placesOf(const ast::Block &block, const Unit &unit);

  /// A slot found by an entry; an entry that only reads it takes shape and initial value from there.
  struct SlotOrigin {
    std::string root, path, name;      ///< "net", "net.dense_1.weight", "weight"
    struct Link { ///< from the root to the instance that holds it
      std::string name, site;
      const ast::Model *model;
      std::vector<Dim> stack;
      std::vector<const ast::Expr *> repeats;
    };
    std::vector<Link> links;
    ir::Function *entry = nullptr;
    ir::Value *initial = nullptr;
    bool param = false;
    SourceRange use;                   ///< the call of its root that had it made
  };
  std::vector<SlotOrigin> slots;
  const SlotOrigin *findSlot(const std::string &path) const;
  std::set<const ast::Decl *> reached; ///< top-level declarations that an entry has evaluated
  size_t calls = 0; ///< written out so far
  std::map<std::string, std::shared_ptr<Object>> vocabularies; ///< made so far, by text and kind
  /// An entry that misses a member, or takes the bundle of a model before all its members are known, is built again when
  /// the others are done; its first building stays, for its slots.
  bool mayRetry = false, retry = false;
  std::vector<std::unique_ptr<ir::Function>> drafts;
  /// How `repeat` runs. One that turns out not to have equal turns is noted, and the module is built again.
  struct Rolling {
    bool allowed = true;
    bool used = false;                 ///< one was rolled in this building
    std::set<std::pair<std::string, uint32_t>> refused; ///< by file and place
  };
  Rolling *rolling = nullptr;          ///< null: all are unrolled
  struct Findings *findings = nullptr; ///< what is noted for warnings; null: nothing
  std::pair<std::string, uint32_t> placeOf(const ast::Expr &repeat) const;

private:
  void addUnit(const ast::Program &file);
  std::vector<std::unique_ptr<Unit>> units_;
  std::unordered_map<uint32_t, const Unit *> unitOfFile_;
  Unit preludeUnit_;
  std::unordered_map<const void *, std::unique_ptr<BodyFacts>> facts_;
  std::optional<std::set<std::string>> differentiated_;
  std::map<const ast::Model *, std::pair<bool, bool>> hasPlaces_;
  std::vector<std::unique_ptr<ast::Program>> prelude_;
  std::set<uint32_t> preludeFiles_;
};

} // namespace dl::frontend

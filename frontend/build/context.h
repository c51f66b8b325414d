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

struct Context {
  Context(const ast::Program &program, SourceManager &sources, const BuildOptions &options, Diagnostics &diags,
          ir::Module &module);

  const ast::Program &program;
  SourceManager &sources;
  const BuildOptions &options;
  Diagnostics &diags;
  ir::Module &module;

  /// A declaration of the file (or, with `prelude`, of the library) that binds `name`; null if there is none.
  const ast::Decl *find(const std::string &name, bool prelude);
  /// All names a file can use at its top level: its own, the prelude's, the primitives' (for suggestions).
  std::vector<std::string> knownNames();
  bool inPrelude(SourceRange where) const { return where.valid() && preludeFiles_.count(where.file); }

  const BodyFacts &facts(const ast::Block &body);
  const BodyFacts &facts(const ast::Expr &body);
  const BodyFacts &facts(const ast::Train &training);
  /// True if the text of the model makes params (or, with `states`, params or states), itself or through members.
  bool hasPlaces(const ast::Model &model, bool states);

  /// A slot found by an entry; an entry that only reads it takes shape and initial value from there.
  struct SlotOrigin {
    std::string root, path, name;      ///< "net", "net.dense_1.weight", "weight"
    struct Link { ///< from the root to the instance that holds it
      std::string name, site;
      const ast::Model *model;
    };
    std::vector<Link> links;
    ir::Function *entry = nullptr;
    ir::Value *initial = nullptr;
    bool param = false;
  };
  std::vector<SlotOrigin> slots;
  const SlotOrigin *findSlot(const std::string &path) const;
  std::map<std::string, std::shared_ptr<Object>> vocabularies; ///< made so far, by text and kind
  /// An entry that misses a member, or takes the bundle of a model before all its members are known, is built again when
  /// the others are done; its first building stays, for its slots.
  bool mayRetry = false, retry = false;
  std::vector<std::unique_ptr<ir::Function>> drafts;

private:
  std::unordered_map<std::string, const ast::Decl *> own_, library_;
  std::unordered_map<const void *, std::unique_ptr<BodyFacts>> facts_;
  std::map<const ast::Model *, std::pair<bool, bool>> hasPlaces_;
  std::vector<std::unique_ptr<ast::Program>> prelude_;
  std::set<uint32_t> preludeFiles_;
};

} // namespace dl::frontend

/// The top-level names of one file, or those of the prelude together.
#pragma once
#include "frontend/ast/ast.h"
#include <string>
#include <unordered_map>

namespace dl::frontend {

struct Unit {
  const ast::Program *program = nullptr; ///< null: the prelude, whose files are read when a name of theirs is used
  std::unordered_map<std::string, const ast::Decl *> names;

  bool isPrelude() const { return program == nullptr; }
  /// "shapes.width": what a top-level name is called from outside, in flags, checkpoints and keys.
  std::string qualified(const std::string &name) const { return isPrelude() ? name : program->prefix + name; }
  /// A relative path in this file as one that is relative to the main file.
  std::string dataPath(const std::string &path) const {
    bool there = isPrelude() || program->dataFolder.empty() || path.starts_with('/');
    return there ? path : program->dataFolder + "/" + path;
  }
};

} // namespace dl::frontend

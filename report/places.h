/// Where ops come from in the words of the user: lines of files other than the library's, calls, instances.
#pragma once
#include "ir/module.h"
#include "support/source.h"

namespace dl::report {

class Places {
public:
  Places(const ir::Module &module, const SourceManager &sources) : module_(module), sources_(sources) {}

  const ir::Module &module() const { return module_; }
  const SourceManager &sources() const { return sources_; }

  /// The innermost place in a user's file; invalid if there is none.
  SourceRange inUserText(const ir::Origin &origin) const;
  /// The innermost call of an instance with a path of its own (params or states), 0: none.
  uint32_t instanceOf(const ir::Origin &origin) const;
  /// The outermost call of an instance that has its params in slots, 0: none.
  uint32_t rootOf(const ir::Origin &origin) const;
  /// The call from a user's text of something in the prelude that the op is a part of, 0: none.
  uint32_t preludeCallOf(const ir::Origin &origin) const;

  /// "line 12", with the file if it is not the main one.
  std::string lineName(SourceRange where) const;
  /// The text of a place on one line, cut to `most` characters.
  std::string text(SourceRange where, size_t most) const;
  /// The line that the place begins in, in the same way.
  std::string lineText(SourceRange where, size_t most) const;

private:
  bool inLibrary(SourceRange where) const;
  const ir::Module &module_;
  const SourceManager &sources_;
};

/// "f32[b, 64]": `rows` is called b.
std::string shapeText(const ir::Type &type, const Dim &rows);

} // namespace dl::report

/// Source texts and ranges in them. A range is three words, so every AST node and every op carries one.
#pragma once
#include <cstdint>
#include <deque>
#include <string>
#include <string_view>
#include <vector>

namespace dl {

/// Bytes [begin, end) of file `file` of a SourceManager; file 0 means "no place".
struct SourceRange {
  uint32_t file = 0, begin = 0, end = 0;
  bool valid() const { return file != 0; }
  bool operator==(const SourceRange &) const = default;
};

/// From the start of `a` to the end of `b`.
inline SourceRange join(SourceRange a, SourceRange b) {
  if (!a.valid()) return b;
  if (!b.valid() || b.file != a.file) return a;
  return {a.file, a.begin < b.begin ? a.begin : b.begin, a.end > b.end ? a.end : b.end};
}

/// 1-based line and column (columns count code points, tabs as one).
struct LineColumn {
  uint32_t line = 0, column = 0;
};

class SourceManager {
public:
  /// Registers a text under a name shown in messages; returns its file id (>= 1).
  uint32_t add(std::string name, std::string text);
  std::string_view name(uint32_t file) const { return files_[file - 1].name; }
  std::string_view text(uint32_t file) const { return files_[file - 1].text; }
  LineColumn start(SourceRange where) const;
  LineColumn end(SourceRange where) const;
  /// The whole line (without its newline) that holds `line` (1-based).
  std::string_view line(uint32_t file, uint32_t line) const;
  /// "digits.dl:15:31", or "" when there is no place.
  std::string describe(SourceRange where) const;
  uint32_t count() const { return static_cast<uint32_t>(files_.size()); }

private:
  struct File {
    std::string name, text;
    std::vector<uint32_t> lineStarts;
  };
  LineColumn locate(uint32_t file, uint32_t offset) const;
  std::deque<File> files_;
};

} // namespace dl

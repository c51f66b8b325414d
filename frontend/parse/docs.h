/// Finds the `##` comment of a declaration, statement or parameter.
#pragma once
#include "frontend/parse/lexeme.h"
#include <string>

namespace dl::frontend {

class Docs {
public:
  Docs(std::vector<DocLine> lines, std::string_view text);
  /// The comment lines right above `begin`, if it is the first word of its line.
  std::string above(uint32_t begin) const;
  /// The comment at the end of the line on which byte `end` is the end of a word, and its continuation lines.
  std::string behind(uint32_t end) const;
  /// `behind`, else `above`.
  std::string of(SourceRange where) const;
  /// The comment lines the file begins with.
  const std::string &file() const { return file_; }
  /// Whether those lines stand right above `begin`.
  bool fileDocAbove(uint32_t begin) const;

private:
  size_t lineOf(uint32_t at) const;
  bool firstWord(uint32_t begin) const;
  std::string_view content(const DocLine &line) const;
  std::vector<DocLine> lines_;
  std::vector<size_t> numbers_;      ///< line number of each
  std::vector<bool> continues_;      ///< an own line that goes on a trailing comment
  std::vector<uint32_t> lineStarts_; ///< of the file
  std::string_view text_;
  std::string file_;
  size_t fileLines_ = 0; ///< how many entries the file's comment takes
};

} // namespace dl::frontend

/// Text files and vocabularies.
#pragma once
#include "support/result.h"
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace dl::data {

/// A text file; refused when it is not UTF-8. A byte order mark is dropped.
Result<std::string> readText(const std::string &path);
/// Its lines without their ends; a last empty line is not one.
std::vector<std::string> splitLines(std::string_view text);
/// The characters (code points, as UTF-8). The text must be valid.
std::vector<std::string_view> splitCharacters(std::string_view text);
/// Words (letters, digits, `_`, `'` and everything beyond ASCII) and single other characters; white space separates.
std::vector<std::string_view> splitWords(std::string_view text);
/// The offset of the first byte that is not UTF-8.
std::optional<size_t> findInvalidUtf8(std::string_view text);

/// Names and their numbers.
class Vocabulary {
public:
  enum class Unit : uint8_t { Characters, Words };
  Vocabulary(Unit unit, std::vector<std::string> names);
  const std::vector<std::string> &names() const { return names_; }
  std::optional<int32_t> id(std::string_view name) const;
  /// A unit that is not in it becomes `<unk>` if that is one of the names, else it is an error.
  Result<std::vector<int32_t>> encode(std::string_view text) const;
  /// Characters one after the other, words with spaces between; a number outside the names is an error.
  Result<std::string> decode(const std::vector<int32_t> &ids) const;

private:
  Unit unit_;
  std::vector<std::string> names_;
  std::map<std::string, int32_t, std::less<>> ids_;
};

/// The characters of a text in the order of their code points, behind the special names.
Vocabulary charactersOf(std::string_view text, const std::vector<std::string> &special = {});
/// The words of a text, the most frequent first (equals in the order of their bytes), behind the special names;
/// at most `most` names in all (0: every word).
Vocabulary wordsOf(std::string_view text, size_t most = 0, const std::vector<std::string> &special = {});

} // namespace dl::data

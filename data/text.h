/// Text files and vocabularies.
#pragma once
#include "support/result.h"
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
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

/// Pieces of words for `bpe`: a word, number or run of signs, each with the space before it; other white space.
std::vector<std::string_view> splitPieces(std::string_view text);

/// Names and their numbers. The special names come first; in a text they are units wherever they stand.
class Vocabulary {
public:
  /// Numbered like ir::TextUnit. Whole: the text is one name.
  enum class Unit : uint8_t { Whole, Characters, Words, Pieces };
  Vocabulary(Unit unit, std::vector<std::string> names, size_t special = 0);
  Unit unit() const { return unit_; }
  const std::vector<std::string> &names() const { return names_; }
  size_t special() const { return special_; }
  std::optional<int32_t> id(std::string_view name) const;
  /// A unit that is not in it becomes `<unk>` if that is one of the names, else it is an error.
  Result<std::vector<int32_t>> encode(std::string_view text) const;
  /// Words with spaces between, all else one after the other. Special names are left out, except for `<unk>`; a
  /// number outside the names is an error.
  Result<std::string> decode(const std::vector<int32_t> &ids) const;

private:
  Status append(std::string_view part, std::vector<int32_t> &ids) const;
  Status appendPiece(std::string_view piece, std::vector<int32_t> &ids) const;
  Status appendUnit(std::string_view unit, std::vector<int32_t> &ids) const;
  Unit unit_;
  std::vector<std::string> names_;
  size_t special_;
  struct Hash {
    using is_transparent = void;
    size_t operator()(std::string_view text) const { return std::hash<std::string_view>{}(text); }
  };
  std::unordered_map<std::string, int32_t, Hash, std::equal_to<>> ids_;
  /// Pieces met so far: a text repeats the same ones. One thread encodes at a time.
  mutable std::unordered_map<std::string, std::vector<int32_t>, Hash, std::equal_to<>> known_;
};

/// The characters of the texts in the order of their code points, behind the special names.
Vocabulary charactersOf(const std::vector<std::string> &texts, const std::vector<std::string> &special = {});
/// The words of the texts, the most frequent first (equals in the order of their bytes), behind the special names;
/// at most `most` names in all (0: every word).
Vocabulary wordsOf(const std::vector<std::string> &texts, size_t most = 0, const std::vector<std::string> &special = {});
/// Byte pair encoding on characters: the special names, the characters, then the neighbours that stand together most
/// often within a piece, joined one pair after the other (of equally frequent ones the first by its bytes) until there
/// are `most` names or no pair occurs twice. A piece is encoded by joining the neighbours whose name comes first.
Result<Vocabulary> piecesOf(const std::vector<std::string> &texts, size_t most,
                            const std::vector<std::string> &special = {});

} // namespace dl::data

#include "data/text.h"
#include "data/file.h"

namespace dl::data {
namespace {

/// The bytes of the UTF-8 character at `at`; 0 when there is none.
size_t characterLength(std::string_view text, size_t at) {
  auto byte = [&](size_t i) { return static_cast<unsigned char>(text[i]); };
  unsigned char first = byte(at);
  if (first < 0x80) return 1;
  size_t length = first >= 0xC2 && first < 0xE0   ? 2
                  : first >= 0xE0 && first < 0xF0 ? 3
                  : first >= 0xF0 && first < 0xF5 ? 4
                                                  : 0;
  if (length == 0 || at + length > text.size()) return 0;
  for (size_t i = 1; i < length; ++i)
    if ((byte(at + i) & 0xC0) != 0x80) return 0;
  // No overlong forms, no surrogates, nothing above 0x10FFFF.
  unsigned char second = byte(at + 1);
  if ((first == 0xE0 && second < 0xA0) || (first == 0xED && second > 0x9F) || (first == 0xF0 && second < 0x90) ||
      (first == 0xF4 && second > 0x8F))
    return 0;
  return length;
}

} // namespace

std::optional<size_t> findInvalidUtf8(std::string_view text) {
  for (size_t at = 0; at < text.size();) {
    size_t length = characterLength(text, at);
    if (length == 0) return at;
    at += length;
  }
  return std::nullopt;
}

Result<std::string> readText(const std::string &path) {
  DL_TRY(bytes, readFile(path));
  std::string_view text = bytes.text();
  if (text.substr(0, 3) == "\xEF\xBB\xBF") text.remove_prefix(3);
  if (auto at = findInvalidUtf8(text))
    return failure("`" + path + "` is not UTF-8: the byte at offset " +
                   std::to_string(*at + bytes.size() - text.size()));
  return std::string(text);
}

std::vector<std::string> splitLines(std::string_view text) {
  std::vector<std::string> lines;
  while (!text.empty()) {
    size_t end = text.find('\n');
    std::string_view line = text.substr(0, end);
    if (!line.empty() && line.back() == '\r') line.remove_suffix(1);
    lines.emplace_back(line);
    if (end == text.npos) break;
    text.remove_prefix(end + 1);
  }
  return lines;
}

std::vector<std::string_view> splitCharacters(std::string_view text) {
  std::vector<std::string_view> characters;
  for (size_t at = 0; at < text.size();) {
    size_t length = characterLength(text, at);
    if (length == 0) length = 1;
    characters.push_back(text.substr(at, length));
    at += length;
  }
  return characters;
}

std::vector<std::string_view> splitWords(std::string_view text) {
  auto inWord = [](unsigned char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '\'' ||
           c >= 0x80;
  };
  std::vector<std::string_view> words;
  for (size_t at = 0; at < text.size();) {
    size_t from = at++;
    unsigned char first = text[from];
    if (first <= ' ') continue;
    while (inWord(first) && at < text.size() && inWord(text[at])) ++at;
    words.push_back(text.substr(from, at - from));
  }
  return words;
}

std::vector<std::string_view> splitPieces(std::string_view text) {
  enum class Kind : uint8_t { Letters, Digits, Space, Signs };
  auto kindOf = [](unsigned char c) {
    if ((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c >= 0x80 || c == '\'') return Kind::Letters;
    if (c >= '0' && c <= '9') return Kind::Digits;
    return c <= ' ' ? Kind::Space : Kind::Signs;
  };
  std::vector<std::string_view> pieces;
  for (size_t at = 0; at < text.size();) {
    size_t from = at;
    bool leads = text[at] == ' ' && at + 1 < text.size() && kindOf(text[at + 1]) != Kind::Space;
    if (leads) ++at;
    Kind kind = kindOf(text[at]);
    while (at < text.size() && kindOf(text[at]) == kind) {
      bool belongsToNext = kind == Kind::Space && at > from && text[at] == ' ' && at + 1 < text.size() && kindOf(text[at + 1]) != Kind::Space;
      if (belongsToNext) break;
      ++at;
    }
    pieces.push_back(text.substr(from, at - from));
  }
  return pieces;
}

} // namespace dl::data

/// Mutations of `.dl` text by token, bracket and line, so that most inputs still parse and the checker sees them; linked into
/// a target, libFuzzer uses them in place of its own, which work on bytes and stay one kind among them.
#include <algorithm>
#include <array>
#include <cctype>
#include <cstdint>
#include <cstring>
#include <optional>
#include <random>
#include <string>
#include <string_view>
#include <vector>

extern "C" size_t LLVMFuzzerMutate(uint8_t *data, size_t size, size_t maxSize);

namespace {

using Random = std::minstd_rand;
using Pieces = std::vector<std::string_view>;

constexpr std::array kNumbers = {"0", "1", "2", "3", "7", "-1", "0.5", "1e-9", "3e38", "1e400", "64", "2147483648", "9223372036854775807"};
constexpr std::array kWords = {"x", "n", "batch", "f32", "f64", "int", "bool", "grad", "sum", "mean", "zeros", "dense", "relu", "none",
                               "normal", "range", "len", "in", "where", "over", "true", "axis", "step", "rows", "softmax", "concat"};
constexpr std::array kSigns = {"+", "-", "*", "/", "//", "%", "@", "^", "==", "<", "and", "or", "|>", "->", "~", "=", "<-", ",", ":", "..", ".", "..."};

template <typename List> auto pick(const List &list, Random &random) { return list[random() % list.size()]; }

bool isWord(char c) { return std::isalnum(static_cast<unsigned char>(c)) || c == '_'; }

/// Words, numbers, single signs and runs of blanks, in order: together they are the text.
Pieces tokensOf(std::string_view text) {
  Pieces tokens;
  for (size_t begin = 0; begin < text.size();) {
    size_t end = begin + 1;
    auto alike = [&](auto same) {
      while (end < text.size() && same(text[end])) ++end;
    };
    if (isWord(text[begin])) alike(isWord);
    else if (text[begin] == ' ') alike([](char c) { return c == ' '; });
    tokens.push_back(text.substr(begin, end - begin));
    begin = end;
  }
  return tokens;
}

Pieces linesOf(std::string_view text) {
  Pieces lines;
  while (!text.empty()) {
    size_t end = std::min(text.find('\n'), text.size() - 1) + 1;
    lines.push_back(text.substr(0, end));
    text.remove_prefix(end);
  }
  return lines;
}

std::string joined(const Pieces &pieces) {
  std::string text;
  for (std::string_view piece : pieces) text += piece;
  return text;
}

/// A group in round, square or curly brackets, brackets included.
std::optional<std::string_view> someGroup(std::string_view text, Random &random) {
  std::vector<size_t> opening;
  for (size_t i = 0; i < text.size(); ++i)
    if (std::strchr("([{", text[i]) && text[i]) opening.push_back(i);
  if (opening.empty()) return std::nullopt;
  size_t begin = pick(opening, random), depth = 0;
  for (size_t i = begin; i < text.size(); ++i) {
    if (std::strchr("([{", text[i]) && text[i]) ++depth;
    if (std::strchr(")]}", text[i]) && text[i] && --depth == 0) return text.substr(begin, i + 1 - begin);
  }
  return std::nullopt;
}

/// A token of the text that is not blank, or nothing.
std::optional<size_t> somePlace(const Pieces &tokens, Random &random) {
  for (int tries = 0; tries < 16 && !tokens.empty(); ++tries)
    if (size_t at = random() % tokens.size(); tokens[at].front() != ' ') return at;
  return std::nullopt;
}

/// What may stand for a token: a number for a number, a word of the text or a known one for a word, a sign for a sign.
std::string_view replacement(const Pieces &tokens, std::string_view token, Random &random) {
  if (std::isdigit(static_cast<unsigned char>(token.front()))) return pick(kNumbers, random);
  if (!isWord(token.front())) return pick(kSigns, random);
  for (int tries = 0; tries < 8 && random() % 4 != 0; ++tries)
    if (std::string_view other = pick(tokens, random); std::isalpha(static_cast<unsigned char>(other.front()))) return other;
  return pick(kWords, random);
}

std::string changedTokens(std::string_view text, Random &random) {
  Pieces tokens = tokensOf(text);
  for (unsigned changes = 1 + random() % 3; changes > 0; --changes) {
    std::optional<size_t> at = somePlace(tokens, random), other = somePlace(tokens, random);
    if (!at || !other) break;
    auto place = tokens.begin() + static_cast<ptrdiff_t>(*at);
    switch (random() % 6) {
    case 0: tokens.erase(place); break;
    case 1: tokens.insert(place, tokens[*other]); break;
    case 2: std::swap(tokens[*at], tokens[*other]); break;
    default: tokens[*at] = replacement(tokens, tokens[*at], random);
    }
  }
  return joined(tokens);
}

/// Lines of the text left out, doubled or moved, or one of `other` put in.
std::string changedLines(std::string_view text, std::string_view other, Random &random) {
  Pieces lines = linesOf(text), others = linesOf(other);
  if (lines.empty() || others.empty()) return std::string(text);
  auto place = lines.begin() + static_cast<ptrdiff_t>(random() % lines.size());
  switch (random() % 3) {
  case 0: lines.erase(place); break;
  case 1: std::swap(*place, lines[random() % lines.size()]); break;
  default: lines.insert(place, pick(others, random));
  }
  return joined(lines);
}

/// A bracketed group of the text replaced by one of `other` that opens alike.
std::string changedGroups(std::string_view text, std::string_view other, Random &random) {
  std::optional<std::string_view> old = someGroup(text, random);
  std::string result(text);
  for (int tries = 0; old && tries < 16; ++tries) {
    std::optional<std::string_view> group = someGroup(other, random);
    if (!group || group->front() != old->front()) continue;
    result.replace(static_cast<size_t>(old->data() - text.data()), old->size(), *group);
    break;
  }
  return result;
}

/// An identifier's every occurrence takes another name: two things become one, or one becomes a keyword.
std::string renamed(std::string_view text, Random &random) {
  Pieces tokens = tokensOf(text);
  std::optional<size_t> at = somePlace(tokens, random);
  if (!at || !isWord(tokens[*at].front())) return std::string(text);
  std::string_view from = tokens[*at], to = replacement(tokens, from, random);
  std::replace(tokens.begin(), tokens.end(), from, to);
  return joined(tokens);
}

size_t store(const std::string &text, uint8_t *out, size_t maxSize) {
  size_t size = std::min(text.size(), maxSize);
  std::memcpy(out, text.data(), size);
  return size;
}

} // namespace

extern "C" size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t maxSize, unsigned seed) {
  Random random(seed + 1);
  std::string text(reinterpret_cast<char *>(data), size);
  switch (random() % 8) {
  case 0: return LLVMFuzzerMutate(data, size, maxSize);
  case 1: return store(changedLines(text, text, random), data, maxSize);
  case 2: return store(changedGroups(text, text, random), data, maxSize);
  case 3: return store(renamed(text, random), data, maxSize);
  default: return store(changedTokens(text, random), data, maxSize);
  }
}

extern "C" size_t LLVMFuzzerCustomCrossOver(const uint8_t *first, size_t firstSize, const uint8_t *second, size_t secondSize,
                                            uint8_t *out, size_t maxSize, unsigned seed) {
  Random random(seed + 1);
  std::string_view text(reinterpret_cast<const char *>(first), firstSize), other(reinterpret_cast<const char *>(second), secondSize);
  return store(random() % 2 ? changedLines(text, other, random) : changedGroups(text, other, random), out, maxSize);
}

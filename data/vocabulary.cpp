#include "data/text.h"
#include <algorithm>

namespace dl::data {

Vocabulary::Vocabulary(Unit unit, std::vector<std::string> names, size_t special)
    : unit_(unit), names_(std::move(names)), special_(std::min(special, names_.size())) {
  for (size_t i = 0; i < names_.size(); ++i) ids_.emplace(names_[i], static_cast<int32_t>(i));
}

std::optional<int32_t> Vocabulary::id(std::string_view name) const {
  auto found = ids_.find(name);
  if (found == ids_.end()) return std::nullopt;
  return found->second;
}

Status Vocabulary::appendUnit(std::string_view unit, std::vector<int32_t> &ids) const {
  std::optional<int32_t> found = id(unit);
  if (!found) found = id("<unk>");
  if (!found) return failure("`" + std::string(unit) + "` is not in the vocabulary");
  ids.push_back(*found);
  return Done{};
}

/// Joins the neighbours whose name comes first until none of them has a name.
Status Vocabulary::appendPiece(std::string_view piece, std::vector<int32_t> &ids) const {
  constexpr size_t kMostKnown = 1 << 16;
  if (auto known = known_.find(piece); known != known_.end()) {
    ids.insert(ids.end(), known->second.begin(), known->second.end());
    return Done{};
  }
  const size_t before = ids.size();
  std::vector<std::string_view> parts = splitCharacters(piece);
  while (parts.size() > 1) {
    size_t best = parts.size();
    int32_t first = 0;
    for (size_t i = 0; i + 1 < parts.size(); ++i) {
      auto joined = id({parts[i].data(), parts[i].size() + parts[i + 1].size()});
      if (joined && static_cast<size_t>(*joined) >= special_ && (best == parts.size() || *joined < first)) best = i, first = *joined;
    }
    if (best == parts.size()) break;
    parts[best] = {parts[best].data(), parts[best].size() + parts[best + 1].size()};
    parts.erase(parts.begin() + static_cast<std::ptrdiff_t>(best) + 1);
  }
  for (std::string_view part : parts) DL_CHECK_OK(appendUnit(part, ids));
  if (known_.size() < kMostKnown) known_.emplace(piece, std::vector<int32_t>(ids.begin() + static_cast<std::ptrdiff_t>(before), ids.end()));
  return Done{};
}

Status Vocabulary::append(std::string_view part, std::vector<int32_t> &ids) const {
  if (unit_ == Unit::Pieces) {
    for (std::string_view piece : splitPieces(part)) {
      // The work on a piece grows with the square of its length: a very long one is taken in parts.
      constexpr size_t kLongest = 256;
      while (piece.size() > kLongest) {
        size_t cut = kLongest;
        while (cut > 1 && (static_cast<unsigned char>(piece[cut]) & 0xC0) == 0x80) --cut;
        DL_CHECK_OK(appendPiece(piece.substr(0, cut), ids));
        piece.remove_prefix(cut);
      }
      DL_CHECK_OK(appendPiece(piece, ids));
    }
    return Done{};
  }
  for (std::string_view unit : unit_ == Unit::Characters ? splitCharacters(part) : splitWords(part))
    DL_CHECK_OK(appendUnit(unit, ids));
  return Done{};
}

Result<std::vector<int32_t>> Vocabulary::encode(std::string_view text) const {
  std::vector<int32_t> ids;
  if (unit_ == Unit::Whole) {
    DL_CHECK_OK(appendUnit(text, ids));
    return ids;
  }
  // Special names split the text; of two at one place the longer one counts.
  size_t from = 0;
  for (size_t at = 0; special_ > 0 && at < text.size();) {
    size_t length = 0;
    int32_t number = 0;
    for (size_t i = 0; i < special_; ++i)
      if (names_[i].size() > length && text.substr(at, names_[i].size()) == names_[i]) length = names_[i].size(), number = static_cast<int32_t>(i);
    if (length == 0) {
      ++at;
      continue;
    }
    DL_CHECK_OK(append(text.substr(from, at - from), ids));
    ids.push_back(number);
    from = at += length;
  }
  DL_CHECK_OK(append(text.substr(from), ids));
  return ids;
}

Result<std::string> Vocabulary::decode(const std::vector<int32_t> &ids) const {
  std::string text;
  for (int32_t id : ids) {
    if (id < 0 || static_cast<size_t>(id) >= names_.size())
      return failure(std::to_string(id) + " is not in the vocabulary of " + std::to_string(names_.size()) + " names");
    if (static_cast<size_t>(id) < special_ && names_[id] != "<unk>") continue;
    if (unit_ == Unit::Words && !text.empty()) text += ' ';
    text += names_[id];
  }
  return text;
}

namespace {

/// The special names, then those of `sorted` that are not among them, up to `most`.
std::vector<std::string> joined(const std::vector<std::string> &special, const std::vector<std::string_view> &sorted,
                                size_t most) {
  std::vector<std::string> names = special;
  for (std::string_view name : sorted) {
    if (most != 0 && names.size() >= most) break;
    if (std::find(special.begin(), special.end(), name) == special.end()) names.emplace_back(name);
  }
  return names;
}

} // namespace

Vocabulary charactersOf(const std::vector<std::string> &texts, const std::vector<std::string> &special) {
  std::vector<std::string_view> all;
  for (const std::string &text : texts) {
    std::vector<std::string_view> some = splitCharacters(text);
    // The order of the bytes of UTF-8 is that of the code points.
    std::sort(some.begin(), some.end());
    some.erase(std::unique(some.begin(), some.end()), some.end());
    all.insert(all.end(), some.begin(), some.end());
  }
  std::sort(all.begin(), all.end());
  all.erase(std::unique(all.begin(), all.end()), all.end());
  return {Vocabulary::Unit::Characters, joined(special, all, 0), special.size()};
}

Vocabulary wordsOf(const std::vector<std::string> &texts, size_t most, const std::vector<std::string> &special) {
  std::map<std::string_view, int64_t> counts;
  for (const std::string &text : texts)
    for (std::string_view word : splitWords(text)) ++counts[word];
  std::vector<std::string_view> all;
  for (const auto &[word, count] : counts) all.push_back(word);
  std::stable_sort(all.begin(), all.end(), [&](auto a, auto b) { return counts[a] > counts[b]; });
  return {Vocabulary::Unit::Words, joined(special, all, most), special.size()};
}

} // namespace dl::data

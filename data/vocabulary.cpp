#include "data/text.h"
#include <algorithm>

namespace dl::data {

Vocabulary::Vocabulary(Unit unit, std::vector<std::string> names) : unit_(unit), names_(std::move(names)) {
  for (size_t i = 0; i < names_.size(); ++i) ids_.emplace(names_[i], static_cast<int32_t>(i));
}

std::optional<int32_t> Vocabulary::id(std::string_view name) const {
  auto found = ids_.find(name);
  if (found == ids_.end()) return std::nullopt;
  return found->second;
}

Result<std::vector<int32_t>> Vocabulary::encode(std::string_view text) const {
  std::optional<int32_t> unknown = id("<unk>");
  std::vector<int32_t> ids;
  for (std::string_view unit : unit_ == Unit::Characters ? splitCharacters(text) : splitWords(text)) {
    std::optional<int32_t> found = id(unit);
    if (!found) found = unknown;
    if (!found) return failure("`" + std::string(unit) + "` is not in the vocabulary");
    ids.push_back(*found);
  }
  return ids;
}

Result<std::string> Vocabulary::decode(const std::vector<int32_t> &ids) const {
  std::string text;
  for (int32_t id : ids) {
    if (id < 0 || static_cast<size_t>(id) >= names_.size())
      return failure(std::to_string(id) + " is not in the vocabulary of " + std::to_string(names_.size()) + " names");
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

Vocabulary charactersOf(std::string_view text, const std::vector<std::string> &special) {
  // The order of the bytes of UTF-8 is that of the code points.
  std::vector<std::string_view> all = splitCharacters(text);
  std::sort(all.begin(), all.end());
  all.erase(std::unique(all.begin(), all.end()), all.end());
  return {Vocabulary::Unit::Characters, joined(special, all, 0)};
}

Vocabulary wordsOf(std::string_view text, size_t most, const std::vector<std::string> &special) {
  std::map<std::string_view, int64_t> counts;
  for (std::string_view word : splitWords(text)) ++counts[word];
  std::vector<std::string_view> all;
  for (const auto &[word, count] : counts) all.push_back(word);
  std::stable_sort(all.begin(), all.end(), [&](auto a, auto b) { return counts[a] > counts[b]; });
  return {Vocabulary::Unit::Words, joined(special, all, most)};
}

} // namespace dl::data

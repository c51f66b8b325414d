/// Byte pair encoding: which neighbours become a name.
#include "data/text.h"
#include <algorithm>
#include <queue>
#include <set>
#include <tuple>

namespace dl::data {
namespace {

/// A piece of the text, how often it occurs, and the names it consists of now.
struct Piece {
  std::vector<int32_t> parts;
  int64_t count = 0;
};
using Pair = std::pair<int32_t, int32_t>;

class Trainer {
public:
  Trainer(std::vector<std::string> names, size_t special, const std::map<std::string_view, int64_t> &counts)
      : names_(std::move(names)), special_(static_cast<int32_t>(special)) {
    for (size_t i = 0; i < names_.size(); ++i) ids_.emplace(names_[i], static_cast<int32_t>(i));
    for (const auto &[text, count] : counts) {
      Piece piece{{}, count};
      for (std::string_view c : splitCharacters(text)) piece.parts.push_back(ids_.find(c)->second);
      pieces_.push_back(std::move(piece));
    }
    for (size_t i = 0; i < pieces_.size(); ++i) count(i, 1);
    for (const auto &[pair, found] : found_) push(pair);
  }

  std::vector<std::string> train(size_t most) {
    while (names_.size() < most && !queue_.empty()) {
      Candidate best = queue_.top();
      queue_.pop();
      auto found = found_.find(best.pair);
      if (found == found_.end() || found->second.count != best.count) continue; // counted anew since
      if (best.count < 2) break;
      join(best.pair);
    }
    return std::move(names_);
  }

private:
  struct Found {
    int64_t count = 0;
    std::vector<size_t> pieces; ///< those that may hold it, in the order they were found
  };
  struct Candidate {
    int64_t count;
    Pair pair;
    std::string first, second;
    bool operator<(const Candidate &other) const {
      if (count != other.count) return count < other.count;
      return std::tie(first, second) > std::tie(other.first, other.second);
    }
  };
  void push(const Pair &pair) {
    queue_.push({found_[pair].count, pair, names_[static_cast<size_t>(pair.first)], names_[static_cast<size_t>(pair.second)]});
  }
  void count(size_t number, int64_t sign) {
    const Piece &piece = pieces_[number];
    for (size_t i = 0; i + 1 < piece.parts.size(); ++i) {
      Found &found = found_[{piece.parts[i], piece.parts[i + 1]}];
      found.count += sign * piece.count;
      if (sign > 0 && (found.pieces.empty() || found.pieces.back() != number)) found.pieces.push_back(number);
    }
  }
  void join(const Pair &pair) {
    std::string text = names_[static_cast<size_t>(pair.first)] + names_[static_cast<size_t>(pair.second)];
    auto [entry, fresh] = ids_.emplace(text, static_cast<int32_t>(names_.size()));
    const int32_t name = entry->second; // an old one when other pairs gave the same text
    if (fresh) names_.push_back(std::move(text));
    if (name < special_) {
      found_.erase(pair);
      return;
    }
    std::vector<size_t> touched = std::move(found_[pair].pieces);
    std::sort(touched.begin(), touched.end());
    touched.erase(std::unique(touched.begin(), touched.end()), touched.end());
    std::set<Pair> changed;
    for (size_t number : touched) {
      count(number, -1);
      std::vector<int32_t> &parts = pieces_[number].parts, next;
      auto note = [&] {
        for (size_t i = 0; i + 1 < parts.size(); ++i) changed.insert({parts[i], parts[i + 1]});
      };
      note();
      for (size_t i = 0; i < parts.size(); ++i) {
        bool here = i + 1 < parts.size() && parts[i] == pair.first && parts[i + 1] == pair.second;
        next.push_back(here ? name : parts[i]);
        i += here;
      }
      parts = std::move(next);
      note();
      count(number, 1);
    }
    found_.erase(pair);
    for (const Pair &one : changed)
      if (one != pair) push(one);
  }

  std::vector<std::string> names_;
  int32_t special_;
  std::map<std::string, int32_t, std::less<>> ids_;
  std::vector<Piece> pieces_;
  std::map<Pair, Found> found_;
  std::priority_queue<Candidate> queue_;
};

} // namespace

Result<Vocabulary> piecesOf(const std::vector<std::string> &texts, size_t most, const std::vector<std::string> &special) {
  std::vector<std::string> names = charactersOf(texts, special).names();
  if (names.size() > most)
    return failure("the special names and the characters of the text are " + std::to_string(names.size()) +
                   ", more than `most: " + std::to_string(most) + "`");
  std::map<std::string_view, int64_t> counts;
  for (const std::string &text : texts)
    for (std::string_view piece : splitPieces(text)) ++counts[piece];
  return Vocabulary(Vocabulary::Unit::Pieces, Trainer(std::move(names), special.size(), counts).train(most), special.size());
}

} // namespace dl::data

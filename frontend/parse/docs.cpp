#include "frontend/parse/docs.h"
#include <algorithm>

namespace dl::frontend {

Docs::Docs(std::vector<DocLine> lines, std::string_view text) : lines_(std::move(lines)), text_(text) {
  lineStarts_.push_back(0);
  for (uint32_t i = 0; i < text.size(); ++i)
    if (text[i] == '\n') lineStarts_.push_back(i + 1);
  for (const DocLine &line : lines_) numbers_.push_back(lineOf(line.begin));
  continues_.resize(lines_.size());
  for (size_t i = 1; i < lines_.size(); ++i) {
    bool trailing = !lines_[i - 1].ownLine || continues_[i - 1];
    bool aligned = lines_[i].begin - lineStarts_[numbers_[i]] == lines_[i - 1].begin - lineStarts_[numbers_[i - 1]];
    continues_[i] = lines_[i].ownLine && trailing && aligned && numbers_[i] == numbers_[i - 1] + 1;
  }
  while (fileLines_ < lines_.size() && lines_[fileLines_].ownLine && lines_[fileLines_].previous == 0 &&
         (fileLines_ == 0 || numbers_[fileLines_] == numbers_[fileLines_ - 1] + 1)) {
    if (fileLines_ > 0) file_ += "\n";
    file_ += content(lines_[fileLines_++]);
  }
}

size_t Docs::lineOf(uint32_t at) const {
  auto after = std::upper_bound(lineStarts_.begin(), lineStarts_.end(), at);
  return static_cast<size_t>(after - lineStarts_.begin()) - 1;
}

bool Docs::firstWord(uint32_t begin) const {
  uint32_t start = lineStarts_[lineOf(begin)];
  return text_.substr(start, begin - start).find_first_not_of(" \t") == std::string_view::npos;
}

std::string_view Docs::content(const DocLine &line) const {
  std::string_view text = text_.substr(line.begin + 2, line.end - line.begin - 2);
  size_t first = text.find_first_not_of(" \t"), last = text.find_last_not_of(" \t");
  return first == std::string_view::npos ? std::string_view() : text.substr(first, last - first + 1);
}

std::string Docs::above(uint32_t begin) const {
  if (lines_.empty() || !firstWord(begin)) return {};
  auto after =
      std::lower_bound(lines_.begin(), lines_.end(), begin, [](const DocLine &l, uint32_t at) { return l.begin < at; });
  auto last = static_cast<size_t>(after - lines_.begin());
  size_t line = lineOf(begin), first = last;
  while (first > 0 && lines_[first - 1].ownLine && !continues_[first - 1] && numbers_[first - 1] + 1 == line)
    --first, --line;
  std::string out;
  for (size_t i = first; i < last; ++i) out += (i > first ? "\n" : "") + std::string(content(lines_[i]));
  return out;
}

std::string Docs::behind(uint32_t end) const {
  auto at =
      std::lower_bound(lines_.begin(), lines_.end(), end, [](const DocLine &l, uint32_t e) { return l.begin < e; });
  if (at == lines_.end() || at->ownLine || at->previous != end) return {};
  auto i = static_cast<size_t>(at - lines_.begin());
  std::string out(content(lines_[i]));
  for (size_t next = i + 1; next < lines_.size() && continues_[next]; ++next)
    out += "\n" + std::string(content(lines_[next]));
  return out;
}

std::string Docs::of(SourceRange where) const {
  std::string doc = behind(where.end);
  return doc.empty() ? above(where.begin) : doc;
}

bool Docs::fileDocAbove(uint32_t begin) const {
  return fileLines_ > 0 && firstWord(begin) && numbers_[fileLines_ - 1] + 1 == lineOf(begin);
}

} // namespace dl::frontend

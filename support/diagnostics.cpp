#include "support/diagnostics.h"
#include "support/result.h"
#include <algorithm>
#include <cctype>
#include <cstdio>
#include <numeric>
#include <utility>

namespace dl {

const std::vector<DiagInfo> &allDiagnostics() {
  static const std::vector<DiagInfo> table = {
#define DL_DIAGNOSTIC(code, Name, severity, text) {#code, #Name, Severity::severity, text},
#include "support/diagnostic_kinds.def"
  };
  return table;
}

const DiagInfo &info(Diag kind) { return allDiagnostics()[static_cast<size_t>(kind)]; }

static std::string substitute(std::string_view text, const std::vector<std::string> &args) {
  std::string out;
  for (size_t i = 0; i < text.size(); ++i) {
    bool hole = text[i] == '{' && i + 2 < text.size() && text[i + 1] >= '0' && text[i + 1] <= '9' && text[i + 2] == '}';
    if (!hole) {
      out += text[i];
      continue;
    }
    size_t index = static_cast<size_t>(text[i + 1] - '0');
    DL_CHECK(index < args.size());
    out += args[index];
    i += 2;
  }
  return out;
}

Diagnostic &Diagnostics::report(SourceRange where, Diag kind, std::initializer_list<std::string> args) {
  static thread_local Diagnostic dropped; // what is added to it goes nowhere
  std::string message = substitute(info(kind).text, args);
  for (Diagnostic &old : list_)
    if (old.kind == kind && old.where == where && old.message == message) return dropped = old;
  if (errors_ >= kMostErrors) return dropped = {kind, where, std::move(message), {}, {}, {}, {}};
  if (info(kind).severity == Severity::Error) ++errors_;
  list_.push_back({kind, where, std::move(message), {}, {}, {}, {}});
  return list_.back();
}

void Diagnostics::truncate(size_t count) {
  while (list_.size() > count) {
    if (info(list_.back().kind).severity == Severity::Error) --errors_;
    list_.pop_back();
  }
}

void Diagnostics::dropRepeated(size_t count) {
  for (size_t i = list_.size(); i-- > count;) {
    auto earlier = list_.begin() + static_cast<ptrdiff_t>(count);
    auto told = [&](const Diagnostic &d) { return d.where == list_[i].where && info(d.kind).severity == Severity::Error; };
    if (std::none_of(list_.begin(), earlier, told)) continue;
    if (info(list_[i].kind).severity == Severity::Error) --errors_;
    list_.erase(list_.begin() + static_cast<ptrdiff_t>(i));
  }
}

void Diagnostics::dropWarnings() {
  std::erase_if(list_, [](const Diagnostic &d) { return info(d.kind).severity == Severity::Warning; });
}

/// The length of the printable character that `text` begins with; 0 if it begins with a control character or a byte that is no UTF-8:
/// those would change the terminal.
static size_t printable(std::string_view text) {
  const auto byte = [&](size_t i) { return i < text.size() ? static_cast<unsigned char>(text[i]) : 0u; };
  if (byte(0) < 0x80) return byte(0) >= 0x20 && byte(0) != 0x7f;
  const size_t length = byte(0) < 0xc2 ? 0 : byte(0) < 0xe0 ? 2 : byte(0) < 0xf0 ? 3 : byte(0) < 0xf5 ? 4 : 0;
  for (size_t i = 1; i < length; ++i)
    if ((byte(i) & 0xc0) != 0x80) return 0;
  return byte(0) == 0xc2 && byte(1) < 0xa0 ? 0 : length;
}

/// What is not printable, as `\xNN`, or as one sign of a quoted line, whose columns stay.
static std::string shownText(std::string_view text, char sign = 0) {
  std::string out;
  for (size_t i = 0; i < text.size();) {
    const size_t length = text[i] == '\t' || text[i] == '\n' ? 1 : printable(text.substr(i));
    char hex[8];
    std::snprintf(hex, sizeof hex, "\\x%02x", static_cast<unsigned char>(text[i]));
    if (length > 0) out += text.substr(i, length);
    else if (sign) out += sign;
    else out += hex;
    i += std::max<size_t>(length, 1);
  }
  return out;
}

/// The line with a mark below the range, of a long line the part around it.
static void quote(std::string &out, const SourceManager &sources, SourceRange where) {
  constexpr size_t kWidest = 200; // bytes of a line that say enough of it
  const LineColumn from = sources.start(where), to = sources.end(where);
  const std::string number = std::to_string(from.line);
  std::string_view line = sources.line(where.file, from.line);
  const auto first = static_cast<size_t>(line.data() - sources.text(where.file).data());
  size_t begin = std::min<size_t>(where.begin - first, line.size());
  size_t end = to.line == from.line ? std::min<size_t>(where.end - first, line.size()) : begin;
  auto continues = [&](size_t i) { return i < line.size() && (static_cast<unsigned char>(line[i]) & 0xc0) == 0x80; }; // a character
  std::string lead;
  if (end > kWidest) {
    size_t left = begin > kWidest / 4 ? begin - kWidest / 4 : 0;
    while (left > 0 && continues(left)) --left;
    if (left > 0) lead = "... ";
    line.remove_prefix(left);
    begin -= left, end -= left;
  }
  line = line.substr(0, kWidest);
  end = std::min(end, line.size());
  out += "  " + number + " | " + lead + shownText(line, ' ') + "\n" + std::string(number.size() + 2, ' ') + " | " + std::string(lead.size(), ' ');
  for (size_t i = 0; i < begin; ++i)
    if (!continues(i)) out += line[i] == '\t' ? '\t' : ' ';
  out += '^';
  for (size_t i = begin + 1; i < end; ++i)
    if (!continues(i)) out += '~';
  out += '\n';
}

std::string Diagnostics::render(bool colour) const {
  std::vector<size_t> order(list_.size());
  std::iota(order.begin(), order.end(), size_t{0});
  std::stable_sort(order.begin(), order.end(), [&](size_t a, size_t b) {
    const SourceRange &x = list_[a].where, &y = list_[b].where;
    return x.file != y.file ? x.file < y.file : x.begin < y.begin;
  });
  const char *bold = colour ? "\033[1m" : "", *red = colour ? "\033[1;31m" : "", *yellow = colour ? "\033[1;33m" : "", *off = colour ? "\033[0m" : "";
  std::string out;
  for (size_t i : order) {
    const Diagnostic &d = list_[i];
    const DiagInfo &kind = info(d.kind);
    if (d.where.valid()) out += bold + sources_.describe(d.where) + ": " + off;
    out += kind.severity == Severity::Error ? std::string(red) + "error: " + off : std::string(yellow) + "warning: " + off;
    out += shownText(d.message) + " [" + kind.code + "]\n";
    if (d.where.valid()) quote(out, sources_, d.where);
    for (const std::string &fact : d.facts) out += "   = " + shownText(fact) + "\n";
    for (const auto &note : d.notes) {
      out += "   = note: " + (note.where.valid() ? sources_.describe(note.where) + ": " : std::string()) + shownText(note.message) + "\n";
    }
    for (const std::string &help : d.helps) out += "   = help: " + shownText(help) + "\n";
  }
  if (errors_ >= kMostErrors) out += "these are the first " + std::to_string(kMostErrors) + " errors; there may be more\n";
  return out;
}

std::string countOf(size_t n, const char *one, const char *many) { return std::to_string(n) + " " + (n == 1 ? one : many); }

Diagnostic &Diagnostic::meant(const Near &near, SourceRange at) {
  help("did you mean `" + near.name + "`?");
  return near.sure && at.valid() ? fix(at, near.name) : *this;
}

/// Edits that turn one name into the other: a letter more, less or another, two neighbours exchanged. Of many names some are
/// near to any short one: there another letter counts as two edits, for a shorter one a letter more or less, too.
static size_t editsBetween(const std::string &name, const std::string &other, bool ofMany) {
  const size_t more = ofMany && name.size() < 4 ? 2 : 1, another = ofMany && name.size() < 5 ? 2 : 1, width = other.size() + 1;
  std::vector<size_t> row(width), above, twoAbove;
  for (size_t j = 0; j < width; ++j) row[j] = j * more;
  for (size_t i = 1; i <= name.size(); ++i) {
    twoAbove = std::exchange(above, row);
    row[0] = i * more;
    for (size_t j = 1; j < width; ++j) {
      row[j] = std::min({above[j] + more, row[j - 1] + more, above[j - 1] + (name[i - 1] == other[j - 1] ? 0 : another)});
      bool exchanged = i > 1 && j > 1 && name[i - 1] == other[j - 2] && name[i - 2] == other[j - 1];
      if (exchanged) row[j] = std::min(row[j], twoAbove[j - 2] + 1);
    }
  }
  return row.back();
}

std::optional<Near> nearest(const std::string &name, const std::vector<std::string> &candidates) {
  auto small = [](std::string text) {
    for (char &c : text) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
    return text;
  };
  auto digits = [](std::string text) { // `conv4d` may be any of its family
    std::erase_if(text, [](char c) { return !std::isdigit(static_cast<unsigned char>(c)); });
    return text;
  };
  for (const std::string &candidate : candidates)
    if (candidate != name && small(candidate) == small(name)) return Near{candidate, true};
  if (name.size() < 3) return std::nullopt; // any other short name is as near
  auto exchanged = [&](const std::string &candidate) { return std::is_permutation(name.begin(), name.end(), candidate.begin(), candidate.end()); };
  const bool many = candidates.size() > 30;
  size_t best = 2 * std::max<size_t>(1, name.size() / (many ? 4 : 3)) + 1;
  std::optional<Near> found;
  for (const std::string &candidate : candidates) {
    if (candidate == name || (found && candidate == found->name)) continue;
    const size_t edits = editsBetween(name, candidate, many), distance = 2 * edits - exchanged(candidate); // of equally many, all letters kept
    if (distance < best) best = distance, found = Near{candidate, edits == 1 && name.size() >= 5 && digits(name) == digits(candidate)};
    else if (found && distance == best) found->sure = false;
  }
  return found;
}

} // namespace dl

#include "support/verify_diagnostics.h"
#include "support/result.h"
#include <algorithm>
#include <cctype>

namespace dl {

namespace {

enum class Expected { Error, Warning, Note };

/// One comment; line 0 stands for "any place" (@*).
struct Expectation {
  Expected kind;
  uint32_t file, line, ownLine;
  bool anywhere;
  std::string text;
  bool met = false;
};

const char *nameOf(Expected kind) {
  switch (kind) {
  case Expected::Error: return "error";
  case Expected::Warning: return "warning";
  case Expected::Note: return "note";
  }
  DL_UNREACHABLE();
}

bool take(std::string_view &rest, std::string_view word) {
  if (!rest.starts_with(word)) return false;
  rest.remove_prefix(word.size());
  return true;
}

/// Reads what follows "expected-"; answers false for something else that begins so.
bool readExpectation(std::string_view rest, uint32_t line, Expectation &out) {
  if (take(rest, "error")) out.kind = Expected::Error;
  else if (take(rest, "warning")) out.kind = Expected::Warning;
  else if (take(rest, "note")) out.kind = Expected::Note;
  else return false;
  out.line = out.ownLine = line;
  out.anywhere = false;
  if (take(rest, "@")) {
    if (take(rest, "*")) out.anywhere = true;
    else {
      int sign = take(rest, "+") ? 1 : take(rest, "-") ? -1 : 0;
      uint32_t n = 0;
      while (!rest.empty() && std::isdigit(static_cast<unsigned char>(rest.front()))) {
        n = n * 10 + static_cast<uint32_t>(rest.front() - '0');
        rest.remove_prefix(1);
      }
      out.line = sign > 0 ? line + n : sign < 0 ? line - n : n;
    }
  }
  size_t open = rest.find("{{");
  size_t close = rest.find("}}");
  if (open == std::string_view::npos || close == std::string_view::npos || close < open) return false;
  // A text may itself end in braces: the closing pair is the last of a run.
  while (close + 2 < rest.size() && rest[close + 2] == '}') ++close;
  out.text = std::string(rest.substr(open + 2, close - open - 2));
  return true;
}

std::vector<Expectation> readExpectations(const SourceManager &sources) {
  std::vector<Expectation> found;
  for (uint32_t file = 1; file <= sources.count(); ++file) {
    std::string_view text = sources.text(file);
    uint32_t line = 1;
    for (size_t at = 0; at < text.size(); ++line) {
      size_t end = std::min(text.find('\n', at), text.size());
      std::string_view row = text.substr(at, end - at);
      size_t comment = row.find('#');
      for (size_t p = comment; p != std::string_view::npos && (p = row.find("expected-", p)) != std::string_view::npos;) {
        p += 9;
        Expectation one{};
        one.file = file;
        if (readExpectation(row.substr(p), line, one)) found.push_back(std::move(one));
      }
      at = end + 1;
    }
  }
  return found;
}

bool isAt(const Expectation &expected, const SourceManager &sources, SourceRange where) {
  if (expected.anywhere) return true;
  return where.valid() && where.file == expected.file && sources.start(where).line == expected.line;
}

bool remarkMatches(const Diagnostic &d, const std::string &text) {
  for (const auto &note : d.notes)
    if (note.message.find(text) != std::string::npos) return true;
  for (const auto *list : {&d.facts, &d.helps})
    for (const std::string &entry : *list)
      if (entry.find(text) != std::string::npos) return true;
  return false;
}

} // namespace

std::string verifyDiagnostics(const Diagnostics &diags) {
  const SourceManager &sources = diags.sources();
  std::vector<Expectation> expectations = readExpectations(sources);
  std::string out;
  for (const Diagnostic &d : diags.all()) {
    Expected kind = info(d.kind).severity == Severity::Error ? Expected::Error : Expected::Warning;
    std::string text = d.message + " [" + info(d.kind).code + "]";
    bool met = false;
    for (Expectation &e : expectations) {
      if (!isAt(e, sources, d.where)) continue;
      if (e.kind == Expected::Note && remarkMatches(d, e.text)) e.met = true;
      if (!met && !e.met && e.kind == kind && text.find(e.text) != std::string::npos) met = e.met = true;
    }
    if (!met) {
      std::string place = sources.describe(d.where);
      out += (place.empty() ? "" : place + ": ") + "unexpected " + nameOf(kind) + ": " + text + "\n";
    }
  }
  for (const Expectation &e : expectations)
    if (!e.met)
      out += std::string(sources.name(e.file)) + ":" + std::to_string(e.ownLine) + ": expected " + nameOf(e.kind) +
             " did not come: " + e.text + "\n";
  return out;
}

} // namespace dl

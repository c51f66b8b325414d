/// User-facing messages: a registry of kinds (diagnostic_kinds.def), one collected list, one renderer.
///
///   diags.report(where, Diag::InnerSizesDiffer, {"matmul", a, b}).note(wherePlace, "64 comes from here").help("...");
#pragma once
#include "support/source.h"
#include <initializer_list>
#include <optional>
#include <string>
#include <vector>

namespace dl {

enum class Severity : uint8_t { Error, Warning };

enum class Diag : uint16_t {
#define DL_DIAGNOSTIC(code, Name, severity, text) Name,
#include "support/diagnostic_kinds.def"
};

/// Static facts of a kind: "DL0301", its severity, its text with {0}, {1}, ... still in it.
struct DiagInfo {
  const char *code;
  const char *name;
  Severity severity;
  const char *text;
};
const DiagInfo &info(Diag kind);
/// All kinds in table order (for `dlc explain` and the coverage script).
const std::vector<DiagInfo> &allDiagnostics();

/// Replace `where` by `text`: a machine-applicable suggestion.
struct FixIt {
  SourceRange where;
  std::string text;
};

/// A known name that is near to an unknown one.
struct Near {
  std::string name;
  bool sure = false; ///< nothing else can be meant: it may be put in the other's place unasked
};

struct Diagnostic {
  Diag kind;
  SourceRange where;
  std::string message;
  struct Note {
    SourceRange where;
    std::string message;
  };
  std::vector<Note> notes; ///< "= note": further places (where a size was fixed, how a body was reached)
  std::vector<std::string> facts; ///< "= ...": facts such as both shapes
  std::vector<std::string> helps; ///< "= help: ...": how to repair it
  std::vector<FixIt> fixes;

  Diagnostic &note(SourceRange at, std::string text) { return notes.push_back({at, std::move(text)}), *this; }
  Diagnostic &fact(std::string text) { return facts.push_back(std::move(text)), *this; }
  Diagnostic &help(std::string text) { return helps.push_back(std::move(text)), *this; }
  Diagnostic &fix(SourceRange at, std::string text) { return fixes.push_back({at, std::move(text)}), *this; }
  /// "did you mean ...?"; with the place of the unknown name, a fix where that is sure.
  Diagnostic &meant(const Near &near, SourceRange at = {});
};

class Diagnostics {
public:
  static constexpr size_t kMostErrors = 1000; ///< further ones are counted as none and not kept
  explicit Diagnostics(const SourceManager &sources) : sources_(sources) {}
  /// Adds a message; arguments replace {0}, {1}, ... An equal message at an equal place is kept once.
  /// The reference is valid until the next call.
  Diagnostic &report(SourceRange where, Diag kind, std::initializer_list<std::string> args = {});
  bool hasErrors() const { return errors_ != 0; }
  size_t errorCount() const { return errors_; }
  const std::vector<Diagnostic> &all() const { return list_; }
  Diagnostic &last() { return list_.back(); }
  const SourceManager &sources() const { return sources_; }
  /// Everything so far in the form of section 14 of the language reference, sorted by place.
  std::string render(bool colour = false) const;
  /// Forgets messages beyond `count` (speculative checking).
  void truncate(size_t count);
  /// Forgets messages beyond `count` at the places of earlier ones (a body that is wrong in itself, and in its uses).
  void dropRepeated(size_t count);
  bool hasWarnings() const { return list_.size() > errors_; }
  /// Forgets the warnings: where there are errors they speak of a program that is not finished.
  void dropWarnings();

private:
  const SourceManager &sources_;
  std::vector<Diagnostic> list_;
  size_t errors_ = 0;
};

/// "1 axis", "2 axes".
std::string countOf(size_t n, const char *one, const char *many);

/// The candidate nearest to `name` by edit distance, if near enough to be a likely misspelling.
std::optional<Near> nearest(const std::string &name, const std::vector<std::string> &candidates);

} // namespace dl

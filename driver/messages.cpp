#include "driver/messages.h"
#include "driver/files.h"
#include <algorithm>
#include <map>
#include <nlohmann/json.hpp>
#include <numeric>

namespace dl::driver {

namespace {

using Json = nlohmann::ordered_json;

bool before(const SourceRange &a, const SourceRange &b) { return a.file != b.file ? a.file < b.file : a.begin < b.begin; }

/// Adds where something stands; nothing if it has no place.
void addPlace(Json &object, const SourceManager &sources, SourceRange where) {
  if (!where.valid()) return;
  LineColumn from = sources.start(where), to = sources.end(where);
  object["file"] = sources.name(where.file);
  object["line"] = from.line, object["column"] = from.column;
  object["end_line"] = to.line, object["end_column"] = to.column;
}

Json describe(const Diagnostic &d, const SourceManager &sources) {
  Json out;
  out["code"] = info(d.kind).code;
  out["severity"] = info(d.kind).severity == Severity::Error ? "error" : "warning";
  addPlace(out, sources, d.where);
  out["message"] = d.message;
  out["facts"] = d.facts;
  out["notes"] = Json::array();
  for (const Diagnostic::Note &note : d.notes) {
    Json one;
    addPlace(one, sources, note.where);
    one["message"] = note.message;
    out["notes"].push_back(std::move(one));
  }
  out["help"] = d.helps;
  out["fixes"] = Json::array();
  for (const FixIt &fix : d.fixes) {
    Json one;
    addPlace(one, sources, fix.where);
    one["text"] = fix.text;
    out["fixes"].push_back(std::move(one));
  }
  return out;
}

} // namespace

std::string renderJson(const Diagnostics &diagnostics) {
  std::vector<const Diagnostic *> sorted;
  for (const Diagnostic &d : diagnostics.all()) sorted.push_back(&d);
  std::stable_sort(sorted.begin(), sorted.end(), [](const Diagnostic *a, const Diagnostic *b) { return before(a->where, b->where); });
  std::string out;
  for (const Diagnostic *d : sorted) // bytes that are no UTF-8 are shown as U+FFFD
    out += describe(*d, diagnostics.sources()).dump(-1, ' ', false, Json::error_handler_t::replace) + "\n";
  return out;
}

Result<size_t> applyFixes(const Diagnostics &diagnostics) {
  std::vector<FixIt> fixes;
  for (const Diagnostic &d : diagnostics.all()) fixes.insert(fixes.end(), d.fixes.begin(), d.fixes.end());
  std::stable_sort(fixes.begin(), fixes.end(), [](const FixIt &a, const FixIt &b) { return before(a.where, b.where); });
  std::map<uint32_t, std::string> texts;
  std::map<uint32_t, uint32_t> copied; ///< how far each file's text is in `texts`
  size_t count = 0;
  for (const FixIt &fix : fixes) {
    uint32_t &from = copied[fix.where.file];
    if (fix.where.begin < from) continue;
    texts[fix.where.file] += std::string(diagnostics.sources().text(fix.where.file).substr(from, fix.where.begin - from)) + fix.text;
    from = fix.where.end, ++count;
  }
  for (auto &[file, text] : texts) {
    const std::string path(diagnostics.sources().name(file));
    text += diagnostics.sources().text(file).substr(copied[file]);
    if (auto written = writeText(path, text); !written) return failure("cannot write `" + path + "`: " + written.message());
  }
  return count;
}

} // namespace dl::driver

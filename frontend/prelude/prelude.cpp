#include "frontend/prelude/prelude.h"
#include <map>

namespace dl::frontend {

/// Written by embed.cmake: name and text of each file, ended by nulls.
extern const char *const kPreludeFiles[];

namespace {
struct Index {
  std::vector<std::string> names;
  std::map<std::string, PreludeFile> files;
  std::vector<PreludeFile> all;
  Index() {
    for (size_t i = 0; kPreludeFiles[i]; i += 2) {
      PreludeFile file{kPreludeFiles[i], kPreludeFiles[i + 1]};
      all.push_back(file);
      // Declarations begin a line: `fn NAME`, `model NAME`, `NAME = ...`.
      for (size_t at = 0; at < file.text.size();) {
        size_t end = std::min(file.text.find('\n', at), file.text.size());
        std::string_view line = file.text.substr(at, end - at);
        at = end + 1;
        size_t from = line.starts_with("fn ") ? 3 : line.starts_with("model ") ? 6 : 0, to = from;
        auto letter = [](char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_'; };
        while (to < line.size() && letter(line[to])) ++to;
        if (to == from || (from == 0 && line.substr(to, 3) != " = ")) continue;
        std::string name(line.substr(from, to - from));
        names.push_back(name);
        files.emplace(name, file);
      }
    }
  }
};
const Index &index() {
  static const Index built;
  return built;
}
} // namespace

std::optional<PreludeFile> preludeFileOf(const std::string &name) {
  auto found = index().files.find(name);
  if (found == index().files.end()) return std::nullopt;
  return found->second;
}

const std::vector<PreludeFile> &preludeFiles() { return index().all; }

const std::vector<std::string> &preludeNames() { return index().names; }

} // namespace dl::frontend

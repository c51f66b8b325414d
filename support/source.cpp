#include "support/source.h"
#include <algorithm>

namespace dl {

uint32_t SourceManager::add(std::string name, std::string text) {
  File file{std::move(name), std::move(text), {0}};
  for (size_t i = 0; i < file.text.size(); ++i)
    if (file.text[i] == '\n') file.lineStarts.push_back(static_cast<uint32_t>(i + 1));
  files_.push_back(std::move(file));
  return count();
}

LineColumn SourceManager::locate(uint32_t id, uint32_t offset) const {
  const File &file = files_[id - 1];
  auto next = std::upper_bound(file.lineStarts.begin(), file.lineStarts.end(), offset);
  uint32_t line = static_cast<uint32_t>(next - file.lineStarts.begin());
  uint32_t column = 1;
  for (uint32_t i = file.lineStarts[line - 1]; i < offset && i < file.text.size(); ++i)
    if ((static_cast<unsigned char>(file.text[i]) & 0xC0) != 0x80) ++column; // not a UTF-8 continuation byte
  return {line, column};
}

LineColumn SourceManager::start(SourceRange where) const { return locate(where.file, where.begin); }
LineColumn SourceManager::end(SourceRange where) const { return locate(where.file, where.end); }

std::string_view SourceManager::line(uint32_t id, uint32_t line) const {
  const File &file = files_[id - 1];
  if (line == 0 || line > file.lineStarts.size()) return {};
  uint32_t begin = file.lineStarts[line - 1];
  size_t end = file.text.find('\n', begin);
  if (end == std::string::npos) end = file.text.size();
  if (end > begin && file.text[end - 1] == '\r') --end;
  return std::string_view(file.text).substr(begin, end - begin);
}

std::string SourceManager::describe(SourceRange where) const {
  if (!where.valid()) return "";
  LineColumn at = start(where);
  return std::string(name(where.file)) + ":" + std::to_string(at.line) + ":" + std::to_string(at.column);
}

} // namespace dl

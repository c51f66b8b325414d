#include "runtime/tables.h"
#include "data/file.h"
#include "runtime/run_folder.h"
#include "runtime/table_readers.h"
#include <cinttypes>
#include <cstdio>

namespace dl::rt {

namespace {

std::vector<std::string> splitPaths(const std::string &text, uint64_t count) {
  std::vector<std::string> paths;
  size_t start = 0;
  while (paths.size() + 1 < count) { // a single path may contain commas
    size_t comma = text.find(',', start);
    if (comma == std::string::npos) break;
    paths.push_back(text.substr(start, comma - start));
    start = comma + 1;
  }
  paths.push_back(text.substr(start));
  return paths;
}

/// Names and sizes of everything below a folder.
std::string folderHash(const std::string &path) {
  std::string text;
  for (const std::string &file : filesBelow(path))
    text += file + " " + std::to_string(fileLength(path + "/" + file)) + "\n";
  char hash[20];
  std::snprintf(hash, sizeof hash, "%016" PRIx64,
                data::contentHash({reinterpret_cast<const uint8_t *>(text.data()), text.size()}));
  return hash;
}

std::string inside(const std::string &folder, const std::string &path) {
  if (folder.empty() || path.empty() || path[0] == '/') return path;
  return folder.back() == '/' ? folder + path : folder + "/" + path;
}

data::Encoding encodingOf(const dl_column &column) {
  data::Encoding encoding;
  encoding.vocabulary = std::make_shared<data::Vocabulary>(data::Vocabulary::Unit(column.unit - 1),
                                                           std::vector<std::string>(column.names, column.names + column.n_names),
                                                           size_t(column.n_special));
  encoding.literals.assign(column.literals, column.literals + column.n_literals);
  encoding.fit = data::Encoding::Fit(column.fit);
  encoding.most = column.most;
  encoding.lengths = column.lengths != 0;
  return encoding;
}

} // namespace

std::vector<std::string> Tables::paths(uint32_t number) const {
  const dl_table &table = program_.tables[number];
  const std::optional<std::string> &given = settings_.tables[number], &folder = settings_.dataDir;
  if (given) {
    std::vector<std::string> paths = splitPaths(*given, table.n_paths);
    for (std::string &path : paths) // what the shell completes first, then the data folder
      if (folder && !fileExists(path) && !folderExists(path)) path = inside(*folder, path);
    return paths;
  }
  std::vector<std::string> paths;
  std::string base = folder ? *folder : table.directory ? table.directory : "";
  for (uint64_t i = 0; i < table.n_paths; ++i) paths.push_back(inside(base, table.paths[i]));
  return paths;
}

Result<int64_t> Tables::rows(uint32_t number) {
  const dl_table &table = program_.tables[number];
  if (!open_[number]) {
    OpenTable open = tableOpener(table.kind);
    if (!open) return failure("`" + std::string(table.name) + "`: this kind of table is not part of this executable");
    std::vector<std::string> files = paths(number);
    if (table.kind != DL_TABLE_RANGE && files.size() != table.n_paths)
      return failure("--" + std::string(table.name) + ": " + std::to_string(table.n_paths) +
                     " files are wanted, separated by a comma");
    DL_TRY(reader, open(table, files));
    open_[number] = std::move(reader);
  }
  int64_t rows = open_[number]->rows();
  if (rows > table.bound)
    return failure("`" + std::string(table.name) + "` has " + std::to_string(rows) + " rows, more than the " +
                   std::to_string(table.bound) +
                   " this program was built for; build it again with this file, or with `most: " +
                   std::to_string(rows) + "` on the source");
  return rows;
}

Result<std::string> Tables::hash(uint32_t number) const {
  std::string text;
  for (const std::string &path : paths(number)) {
    if (folderExists(path)) { // images: names and sizes, a folder is not read twice
      text += (text.empty() ? "" : "+") + folderHash(path);
      continue;
    }
    DL_TRY(hash, data::contentHash(path));
    text += (text.empty() ? "" : "+") + hash;
  }
  return text;
}

Status Tables::column(uint32_t number, uint32_t column, void *into) {
  if (!open_[number]) return failure("the table is not open");
  const dl_column &wanted = program_.tables[number].columns[column];
  data::Column request;
  request.name = wanted.name;
  request.sources.assign(wanted.sources, wanted.sources + wanted.n_sources);
  request.element = data::Element(wanted.elem);
  request.rowShape.assign(wanted.extent, wanted.extent + wanted.rank);
  if (wanted.unit == DL_UNIT_NONE) request.categories.assign(wanted.names, wanted.names + wanted.n_names);
  request.low = wanted.low;
  request.high = wanted.high;
  if (wanted.unit != DL_UNIT_NONE) request.encoding = encodingOf(wanted);
  return open_[number]->read(request, into);
}

} // namespace dl::rt

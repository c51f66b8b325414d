#include "data/table.h"
#include "data/near.h"
#include <algorithm>
#include <charconv>
#include <cstring>
#include <map>

namespace dl::data {
namespace {

std::string shapeText(const std::vector<int64_t> &shape) {
  std::string text = "[";
  for (size_t i = 0; i < shape.size(); ++i) text += (i ? ", " : "") + std::to_string(shape[i]);
  return text + "]";
}

/// The extents other than 1: [1, 28, 28] and [28, 28] hold the same rows.
std::vector<int64_t> withoutOnes(std::vector<int64_t> shape) {
  std::erase(shape, 1);
  return shape;
}

} // namespace

const ColumnInfo *Table::find(const std::string &name) const {
  for (const ColumnInfo &info : columns_)
    if (info.name == name) return &info;
  return nullptr;
}

Error Table::noColumn(const std::string &name) const {
  std::string message = "`" + file_ + "` has no column `" + name + "`";
  std::vector<std::string> names;
  for (const ColumnInfo &info : columns_) names.push_back(info.name);
  if (std::string near = nearest(name, names); !near.empty())
    return failure(message + "; did you mean `" + near + "`?");
  message += "; it has ";
  for (size_t i = 0; i < names.size() && i < 8; ++i) message += (i ? ", `" : "`") + names[i] + "`";
  if (names.size() > 8) message += " and " + std::to_string(names.size() - 8) + " more";
  return failure(message);
}

Result<ColumnInfo> Table::describe(const std::string &column) const {
  if (const ColumnInfo *info = find(column)) return *info;
  return noColumn(column);
}

Result<size_t> Table::resolve(const Column &column) const {
  if (column.sources.size() > 1) return failure("`" + file_ + "`: `" + column.name + "` names several columns");
  const std::string &name = column.sources.empty() ? column.name : column.sources[0];
  if (const ColumnInfo *info = find(name)) return static_cast<size_t>(info - columns_.data());
  if (column.sources.empty() && columns_.size() == 1) return size_t{0};
  return noColumn(name);
}

Status Table::readArray(const Column &column, const ColumnInfo &info, const std::string &file, const uint8_t *from,
                        void *into) const {
  if (withoutOnes(column.rowShape) != withoutOnes(info.rowShape))
    return failure("`" + file + "`: a row of `" + info.name + "` is " + shapeText(info.rowShape) + ", expected " +
                   shapeText(column.rowShape));
  if (!column.categories.empty()) return failure("`" + file + "`: `" + info.name + "` holds numbers, not names");
  const int64_t width = countOf(info.rowShape), size = elementBytes(info.element), step = elementBytes(column.element);
  const bool ranged = column.low < column.high;
  uint8_t *to = static_cast<uint8_t *>(into);
  if (info.element == column.element && !ranged) {
    if (rows_ * width > 0) std::memcpy(to, from, rows_ * width * size);
    return Done{};
  }
  for (int64_t i = 0; i < rows_ * width; ++i) {
    Number number = loadNumber(info.element, from + i * size);
    auto problem = [&](const std::string &what) {
      return failure(file + ", row " + std::to_string(i / width) + ", `" + info.name + "`: " + numberText(number) +
                     what);
    };
    if (ranged && !(number.value() >= column.low && number.value() < column.high))
      return problem(" is not in " + numberText({false, 0, column.low}) + ".." + numberText({false, 0, column.high}));
    if (!storeNumber(column.element, to + i * step, number))
      return problem(std::string(" does not fit ") + elementName(column.element));
  }
  return Done{};
}

Status Table::readCategories(const Column &column, const std::vector<std::string> &cells, void *into) const {
  std::map<std::string_view, int64_t> index;
  for (size_t i = 0; i < column.categories.size(); ++i) index.emplace(column.categories[i], i);
  uint8_t *to = static_cast<uint8_t *>(into);
  for (size_t row = 0; row < cells.size(); ++row) {
    auto found = index.find(cells[row]);
    if (found == index.end())
      return failure(file_ + ", row " + std::to_string(row) + ", `" + column.name +
                     "`: " + unknownName(cells[row], column.categories));
    if (!storeNumber(column.element, to + row * elementBytes(column.element), {true, found->second, 0}))
      return failure("`" + column.name + "` has too many names for " + elementName(column.element));
  }
  return Done{};
}

Result<std::vector<std::string>> Table::texts(const std::string &column) const {
  if (!find(column)) return noColumn(column);
  return failure("`" + file_ + "`: `" + column + "` holds numbers, not names");
}

Result<std::vector<std::string>> Table::distinct(const std::string &column, size_t most) const {
  DL_TRY(names, texts(column));
  std::sort(names.begin(), names.end());
  names.erase(std::unique(names.begin(), names.end()), names.end());
  if (names.size() > most)
    return failure("`" + file_ + "`: `" + column + "` has " + std::to_string(names.size()) +
                   " different names, more than " + std::to_string(most));
  // Numbers in the order of their values: "10" comes after "9".
  std::vector<std::pair<int64_t, std::string>> numbers;
  for (const std::string &name : names) {
    int64_t value;
    auto [end, error] = std::from_chars(name.data(), name.data() + name.size(), value);
    if (error != std::errc{} || end != name.data() + name.size()) return std::move(names);
    numbers.emplace_back(value, name);
  }
  std::sort(numbers.begin(), numbers.end());
  for (size_t i = 0; i < numbers.size(); ++i) names[i] = numbers[i].second;
  return std::move(names);
}

Result<std::vector<std::string>> columnsBetween(const Table &table, const std::string &first, const std::string &last) {
  std::vector<std::string> names;
  bool inside = false;
  for (const ColumnInfo &info : table.columns()) {
    inside = inside || info.name == first;
    if (inside) names.push_back(info.name);
    if (inside && info.name == last) return names;
  }
  DL_TRY(from, table.describe(first));
  DL_TRY(to, table.describe(last));
  return failure("column `" + to.name + "` comes before `" + from.name + "`");
}

bool matchesGlob(const std::string &pattern, const std::string &name) {
  size_t p = 0, n = 0, star = std::string::npos, resume = 0;
  while (n < name.size()) {
    if (p < pattern.size() && pattern[p] == '*')
      star = p++, resume = n;
    else if (p < pattern.size() && (pattern[p] == '?' || pattern[p] == name[n]))
      ++p, ++n;
    else if (star != std::string::npos)
      p = star + 1, n = ++resume;
    else
      return false;
  }
  while (p < pattern.size() && pattern[p] == '*') ++p;
  return p == pattern.size();
}

} // namespace dl::data

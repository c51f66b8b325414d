#include "data/file.h"
#include "data/near.h"
#include "data/table.h"
#include <algorithm>
#include <charconv>
#include <cmath>
#include <limits>
#include <set>
#include <unordered_map>

namespace dl::data {
namespace {

std::string_view trim(std::string_view text) {
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
  while (!text.empty() && (text.back() == ' ' || text.back() == '\t' || text.back() == '\r')) text.remove_suffix(1);
  return text;
}

std::string cellCount(size_t cells) { return std::to_string(cells) + (cells == 1 ? " cell" : " cells"); }

bool isMissing(std::string_view text) { return text.empty() || text == "NA" || text == "N/A" || text == "null"; }

enum class Parsed : uint8_t { Number, Missing, Other };

Parsed parseNumber(std::string_view text, Number &number) {
  if (isMissing(text)) return Parsed::Missing;
  const char *from = text.data(), *end = from + text.size();
  if (*from == '+' && text.size() > 1 && from[1] != '-') ++from;
  if (auto [stop, error] = std::from_chars(from, end, number.integer); error == std::errc{} && stop == end) {
    number.isInteger = true;
    return Parsed::Number;
  }
  number.isInteger = false;
  auto [stop, error] = std::from_chars(from, end, number.real);
  if (stop != end) return Parsed::Other;
  // Beyond the range of a double: 0 or infinity, as a division would give.
  if (error == std::errc::result_out_of_range)
    number.real = std::strtod(std::string(from, end).c_str(), nullptr);
  else if (error != std::errc{})
    return Parsed::Other;
  return Parsed::Number;
}

/// Numbers, `true` and `false`.
Parsed parseCell(std::string_view text, Element element, Number &number) {
  Parsed parsed = parseNumber(text, number);
  if (parsed != Parsed::Other || element != Element::Bool) return parsed;
  bool yes = text == "true" || text == "True" || text == "TRUE",
       no = text == "false" || text == "False" || text == "FALSE";
  number = {true, yes, 0};
  return yes || no ? Parsed::Number : Parsed::Other;
}

/// A cell as it stands in the file: without its quotes, with doubled quotes inside when `doubled`.
struct Cell {
  std::string_view text;
  bool doubled = false;
};

class CsvTable final : public Table {
public:
  static OpenTable open(const std::string &path, const Layout &layout);
  Result<ColumnInfo> describe(const std::string &column) const override;
  Status readValues(const Column &column, void *into) const override;
  Result<std::vector<std::string>> texts(const std::string &column) const override;

private:
  /// Names the columns; `at` moves to the first row.
  Status nameColumns(const Layout &layout, size_t &at);
  Status index(const Layout &layout);
  /// The cell at `at`, which moves behind its separator; `last`: it was the last of its line. False: a bad quote.
  bool nextCell(size_t &at, Cell &cell, bool &last) const;
  std::string cellText(const Cell &cell) const;
  Error cellError(int64_t row, const std::string &column, const std::string &what) const override {
    return problem(starts_[static_cast<size_t>(row)], column, what);
  }
  Error problem(size_t at, const std::string &column, const std::string &what) const;
  Result<std::vector<size_t>> chosen(const Column &column) const;
  /// Calls visit(row, index in `wanted` sorted by column, cell) for the wanted columns of all rows until it says no.
  template <class Visit> void walk(const std::vector<std::pair<size_t, size_t>> &wanted, Visit visit) const;

  Bytes bytes_;
  std::string_view text_;
  char separator_ = ',';
  std::vector<size_t> starts_; ///< of the rows
};

bool CsvTable::nextCell(size_t &at, Cell &cell, bool &last) const {
  const char *text = text_.data();
  size_t end = text_.size(), from = at;
  cell.doubled = false;
  if (from < end && text[from] == '"') {
    for (at = from + 1;; ++at) {
      if (at >= end) return false;
      if (text[at] != '"') continue;
      if (at + 1 >= end || text[at + 1] != '"') break;
      cell.doubled = true;
      ++at;
    }
    cell.text = text_.substr(from + 1, at - from - 1);
    ++at;
    while (at < end && (text[at] == ' ' || text[at] == '\r')) ++at;
    if (at < end && text[at] != separator_ && text[at] != '\n') return false;
  } else {
    while (at < end && text[at] != separator_ && text[at] != '\n') ++at;
    cell.text = trim(text_.substr(from, at - from));
  }
  last = at >= end || text[at] == '\n';
  ++at;
  return true;
}

std::string CsvTable::cellText(const Cell &cell) const {
  std::string text;
  for (size_t i = 0; i < cell.text.size(); ++i) {
    text += cell.text[i];
    if (cell.doubled && cell.text[i] == '"') ++i;
  }
  return text;
}

Error CsvTable::problem(size_t at, const std::string &column, const std::string &what) const {
  auto line = 1 + std::count(text_.begin(), text_.begin() + std::min(at, text_.size()), '\n');
  return failure(file_ + ":" + std::to_string(line) + (column.empty() ? "" : ":" + column) + ": " + what);
}

Status CsvTable::nameColumns(const Layout &layout, size_t &at) {
  std::string_view header = text_.substr(0, text_.find('\n'));
  if (!layout.separator.empty())
    separator_ = layout.separator[0];
  else if (header.find(',') == header.npos)
    separator_ = header.find(';') != header.npos ? ';' : header.find('\t') != header.npos ? '\t' : ',';
  if (trim(header).empty())
    return failure("`" + file_ + "`: the first line must " + (layout.header ? "name the columns" : "not be empty"));
  std::vector<std::string> names;
  Cell cell;
  for (bool last = false; !last;) {
    if (!nextCell(at, cell, last)) return problem(0, "", "a quoted cell does not end properly");
    names.push_back(layout.header ? std::string(trim(cellText(cell))) : "c" + std::to_string(names.size()));
  }
  if (!layout.names.empty() && layout.names.size() != names.size())
    return problem(0, "", cellCount(names.size()) + ", but " + std::to_string(layout.names.size()) + " names are given");
  if (!layout.names.empty()) names = layout.names;
  if (!layout.header) at = 0;
  std::set<std::string> different;
  for (std::string &name : names) {
    if (!different.insert(name).second) return failure("`" + file_ + "` has two columns named `" + name + "`");
    ColumnInfo info;
    info.name = std::move(name);
    columns_.push_back(std::move(info));
  }
  return Done{};
}

/// Finds the rows, each with as many cells as there are columns.
Status CsvTable::index(const Layout &layout) {
  if (text_.substr(0, 3) == "\xEF\xBB\xBF") text_.remove_prefix(3);
  size_t at = 0;
  DL_CHECK_OK(nameColumns(layout, at));
  Cell cell;
  while (at < text_.size()) {
    size_t start = at, cells = 0;
    size_t stop = std::min(text_.find('\n', start), text_.size());
    if (trim(text_.substr(start, stop - start)).empty()) {
      at = stop + 1;
      continue;
    }
    for (bool last = false; !last; ++cells)
      if (!nextCell(at, cell, last)) return problem(start, "", "a quoted cell does not end properly");
    if (cells != columns_.size())
      return problem(start, "",
                     cellCount(cells) + (layout.header ? ", but the header names " : ", but the first line has ") +
                         std::to_string(columns_.size()) + (layout.header ? " columns" : ""));
    starts_.push_back(start);
  }
  rows_ = static_cast<int64_t>(starts_.size());
  return Done{};
}

OpenTable CsvTable::open(const std::string &path, const Layout &layout) {
  auto table = std::make_unique<CsvTable>();
  table->file_ = path;
  DL_TRY(bytes, readFile(path));
  table->bytes_ = std::move(bytes);
  table->text_ = table->bytes_.text();
  DL_CHECK_OK(table->index(layout));
  return OpenTable(std::move(table));
}

template <class Visit> void CsvTable::walk(const std::vector<std::pair<size_t, size_t>> &wanted, Visit visit) const {
  for (size_t row = 0; row < starts_.size(); ++row) {
    size_t at = starts_[row], next = 0;
    Cell cell;
    bool last = false;
    for (size_t column = 0; next < wanted.size() && !last; ++column) {
      size_t from = at;
      nextCell(at, cell, last);
      for (; next < wanted.size() && wanted[next].first == column; ++next)
        if (!visit(row, wanted[next].second, cell, from)) return;
    }
  }
}

Result<std::vector<size_t>> CsvTable::chosen(const Column &column) const {
  std::vector<size_t> all;
  std::vector<std::string> sources = column.sources.empty() ? std::vector{column.name} : column.sources;
  for (const std::string &source : sources) {
    if (const ColumnInfo *info = find(source)) {
      all.push_back(info - columns_.data());
      continue;
    }
    size_t before = all.size();
    if (source.find_first_of("*?") != std::string::npos)
      for (size_t i = 0; i < columns_.size(); ++i)
        if (matchesGlob(source, columns_[i].name)) all.push_back(i);
    if (all.size() == before) return noColumn(source);
  }
  int64_t width = countOf(column.rowShape);
  if (width != static_cast<int64_t>(all.size()))
    return failure("`" + file_ + "`: `" + sources[0] + "` names " + std::to_string(all.size()) +
                   " columns, but a row of `" + column.name + "` holds " + std::to_string(width));
  return all;
}

Status CsvTable::readValues(const Column &column, void *into) const {
  DL_TRY(columns, chosen(column));
  std::vector<std::pair<size_t, size_t>> wanted;
  for (size_t i = 0; i < columns.size(); ++i) wanted.emplace_back(columns[i], i);
  std::sort(wanted.begin(), wanted.end());
  std::unordered_map<std::string, int64_t> index;
  for (size_t i = 0; i < column.categories.size(); ++i) index.emplace(column.categories[i], i);

  const int64_t size = elementBytes(column.element);
  const bool ranged = column.low < column.high;
  uint8_t *to = static_cast<uint8_t *>(into);
  Status status = Done{};
  walk(wanted, [&](size_t row, size_t slot, const Cell &cell, size_t at) {
    auto wrong = [&](const std::string &what) {
      status = problem(at, columns_[columns[slot]].name, what);
      return false;
    };
    Number number;
    if (!index.empty()) {
      auto found = index.find(cellText(cell));
      if (found == index.end()) return wrong(unknownName(cellText(cell), column.categories));
      number = {true, found->second, 0};
    } else {
      Parsed parsed = parseCell(trim(cell.text), column.element, number);
      const char *expected = isFloat(column.element)           ? "a number"
                             : column.element == Element::Bool ? "true or false"
                                                               : "an integer";
      if (parsed == Parsed::Other)
        return wrong(std::string("expected ") + expected + ", got `" + cellText(cell).substr(0, 40) + "`");
      if (parsed == Parsed::Missing && !isFloat(column.element))
        return wrong(std::string("expected ") + expected + ", the cell is empty");
      if (parsed == Parsed::Missing)
        number = {false, 0, std::numeric_limits<double>::quiet_NaN()};
      else if (ranged && !(number.value() >= column.low && number.value() < column.high))
        return wrong(numberText(number) + " is not in " + numberText({false, 0, column.low}) + ".." +
                     numberText({false, 0, column.high}));
    }
    if (storeNumber(column.element, to + (row * columns.size() + slot) * size, number)) return true;
    if (!isFloat(column.element) && column.element != Element::Bool && number.value() != std::floor(number.value()))
      return wrong("expected an integer, got `" + cellText(cell).substr(0, 40) + "`");
    return wrong("`" + numberText(number) + "` does not fit " + elementName(column.element));
  });
  return status;
}

Result<std::vector<std::string>> CsvTable::texts(const std::string &column) const {
  const ColumnInfo *info = find(column);
  if (!info) return noColumn(column);
  std::vector<std::string> all;
  all.reserve(starts_.size());
  walk({{static_cast<size_t>(info - columns_.data()), 0}}, [&](size_t, size_t, const Cell &cell, size_t) {
    all.push_back(cellText(cell));
    return true;
  });
  return all;
}

Result<ColumnInfo> CsvTable::describe(const std::string &column) const {
  const ColumnInfo *known = find(column);
  if (!known) return noColumn(column);
  ColumnInfo info = *known;
  bool whole = true;
  walk({{static_cast<size_t>(known - columns_.data()), 0}}, [&](size_t, size_t, const Cell &cell, size_t) {
    Number number;
    Parsed parsed = parseNumber(trim(cell.text), number);
    whole = whole && parsed == Parsed::Number && number.isInteger;
    info.isText = parsed == Parsed::Other;
    return !info.isText;
  });
  info.element = whole && !info.isText && rows_ > 0 ? Element::I64 : Element::F32;
  return info;
}

} // namespace

OpenTable openCsv(const std::string &path, const Layout &layout) { return CsvTable::open(path, layout); }

} // namespace dl::data

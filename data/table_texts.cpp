/// Columns of texts that become ints.
#include "data/table.h"
#include <algorithm>
#include <cstring>

namespace dl::data {

Status Table::read(const Column &column, void *into) const {
  return column.encoding ? readEncoded(column, into) : readValues(column, into);
}

Error Table::cellError(int64_t row, const std::string &column, const std::string &what) const {
  return failure(file_ + ", row " + std::to_string(row) + ", `" + column + "`: " + what);
}

Status Table::readEncoded(const Column &column, void *into) const {
  const Encoding &encoding = *column.encoding;
  const std::string name = column.sources.empty() ? column.name : column.sources[0];
  std::vector<std::vector<std::string>> cells;
  for (const std::string &source : column.sources) {
    DL_TRY(some, texts(source));
    cells.push_back(std::move(some));
  }
  if (column.element != Element::I32 || encoding.literals.size() != cells.size() + 1)
    return failure("`" + file_ + "`: the encoding of `" + name + "` does not fit its column");
  int32_t *to = static_cast<int32_t *>(into);
  for (int64_t row = 0; row < rows_; ++row) {
    std::string text = encoding.literals[0];
    for (size_t i = 0; i < cells.size(); ++i) text += cells[i][static_cast<size_t>(row)] + encoding.literals[i + 1];
    auto ids = encoding.vocabulary->encode(text);
    if (!ids) return cellError(row, name, ids.message());
    int64_t count = static_cast<int64_t>(ids->size());
    if (count > encoding.most && encoding.fit == Encoding::Fit::Cut) count = encoding.most;
    if (encoding.fit == Encoding::Fit::Exact && count != encoding.most)
      return cellError(row, name, "the text has " + std::to_string(count) + " units, this program was built for one of " +
                                      std::to_string(encoding.most) + "; build it again with this file");
    if (count > encoding.most)
      return cellError(row, name, "the text has " + std::to_string(count) + " units, more than " + std::to_string(encoding.most) +
                                      "; `encode(..., most: " + std::to_string(encoding.most) + ")` cuts it off");
    if (encoding.lengths) {
      *to++ = static_cast<int32_t>(count);
      continue;
    }
    if (count > 0) std::memcpy(to, ids->data(), static_cast<size_t>(count) * sizeof *to);
    std::fill(to + count, to + encoding.most, 0);
    to += encoding.most;
  }
  return Done{};
}

} // namespace dl::data

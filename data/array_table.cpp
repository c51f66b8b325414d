#include "data/array_table.h"

namespace dl::data {

Status ArrayTable::add(std::string name, Array array) {
  if (array.shape.empty()) return failure("`" + file_ + "`: `" + name + "` is a single number, not a column");
  if (arrays_.empty()) rows_ = array.shape[0];
  columns_.push_back({std::move(name), false, array.element, {array.shape.begin() + 1, array.shape.end()}});
  arrays_.push_back(std::move(array));
  return Done{};
}

Status ArrayTable::readValues(const Column &column, void *into) const {
  DL_TRY(index, resolve(column));
  if (arrays_[index].shape[0] != rows_)
    return failure("`" + file_ + "`: `" + columns_[index].name + "` has " + std::to_string(arrays_[index].shape[0]) +
                   " rows, `" + columns_[0].name + "` has " + std::to_string(rows_));
  return readArray(column, columns_[index], file_, arrays_[index].bytes.data(), into);
}

OpenTable openNpy(const std::string &path) {
  DL_TRY(array, readNpy(path));
  auto table = std::make_unique<ArrayTable>(path);
  DL_CHECK_OK(table->add("value", std::move(array)));
  return OpenTable(std::move(table));
}

} // namespace dl::data

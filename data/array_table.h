/// A table whose columns are arrays in memory: npy and npz.
#pragma once
#include "data/npy.h"
#include "data/table.h"

namespace dl::data {

class ArrayTable final : public Table {
public:
  /// Takes the file's name for messages; the first array gives the number of rows.
  explicit ArrayTable(std::string file) { file_ = std::move(file); }
  Status add(std::string name, Array array);
  Status readValues(const Column &column, void *into) const override;

private:
  std::vector<Array> arrays_;
};

} // namespace dl::data

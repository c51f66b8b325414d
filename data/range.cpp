#include "data/table.h"

namespace dl::data {
namespace {

class RangeTable final : public Table {
public:
  explicit RangeTable(int64_t count) {
    file_ = "range(" + std::to_string(count) + ")";
    rows_ = count;
    columns_.push_back({"row", false, Element::I64, {}});
  }
  Status readValues(const Column &column, void *into) const override {
    DL_TRY(index, resolve(column));
    if (countOf(column.rowShape) != 1) return failure("`" + columns_[index].name + "` is a single number in each row");
    uint8_t *to = static_cast<uint8_t *>(into);
    for (int64_t row = 0; row < rows_; ++row)
      if (!storeNumber(column.element, to + row * elementBytes(column.element), {true, row, 0}))
        return failure(file_ + ": " + std::to_string(row) + " does not fit " + elementName(column.element));
    return Done{};
  }
};

} // namespace

OpenTable openRange(int64_t count) {
  if (count < 0) return failure("a range of " + std::to_string(count) + " rows");
  return OpenTable(std::make_unique<RangeTable>(count));
}

} // namespace dl::data

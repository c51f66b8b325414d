#include "data/table.h"
#include "data/text.h"

namespace dl::data {
namespace {

class LineTable final : public Table {
public:
  LineTable(const std::string &path, std::vector<std::string> lines) : lines_(std::move(lines)) {
    file_ = path;
    rows_ = static_cast<int64_t>(lines_.size());
    columns_.push_back({"line", true, Element::I32, {}});
  }
  Status readValues(const Column &column, void *into) const override {
    DL_TRY(index, resolve(column));
    if (column.categories.empty())
      return failure("`" + file_ + "`: `" + columns_[index].name + "` holds text, not numbers");
    return readCategories(column, lines_, into);
  }
  Result<std::vector<std::string>> texts(const std::string &column) const override {
    if (!find(column)) return noColumn(column);
    return lines_;
  }

private:
  std::vector<std::string> lines_;
};

} // namespace

OpenTable openLines(const std::string &path) {
  DL_TRY(text, readText(path));
  return OpenTable(std::make_unique<LineTable>(path, splitLines(text)));
}

} // namespace dl::data

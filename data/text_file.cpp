#include "data/table.h"

namespace dl::data {
namespace {

class TextTable final : public Table {
public:
  TextTable(const std::string &path, std::string text) : text_(std::move(text)) {
    file_ = path, rows_ = 1;
    columns_.push_back({"text", true, Element::I32, {}});
  }
  Result<std::vector<std::string>> texts(const std::string &column) const override {
    if (!find(column)) return noColumn(column);
    return std::vector{text_};
  }

private:
  Status readValues(const Column &, void *) const override { return failure("`" + file_ + "` is a text, not numbers"); }
  Error cellError(int64_t, const std::string &, const std::string &what) const override {
    return failure("`" + file_ + "`: " + what);
  }
  std::string text_;
};

} // namespace

OpenTable openText(const std::string &path) {
  DL_TRY(text, readText(path));
  return OpenTable(std::make_unique<TextTable>(path, std::move(text)));
}

} // namespace dl::data

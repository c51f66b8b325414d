#include "data/png.h"
#include "data/table.h"
#include <algorithm>
#include <filesystem>

namespace dl::data {
namespace {

namespace fs = std::filesystem;

bool isPng(const fs::path &path) {
  std::string ending = path.extension().string();
  for (char &c : ending) c = static_cast<char>(c >= 'A' && c <= 'Z' ? c + 32 : c);
  return ending == ".png";
}

/// The entries of a folder by name.
Result<std::vector<fs::path>> entries(const fs::path &folder) {
  std::vector<fs::path> all;
  std::error_code error;
  for (fs::directory_iterator at(folder, error), end; !error && at != end; at.increment(error))
    all.push_back(at->path());
  if (error) return failure("cannot read `" + folder.string() + "`: " + error.message());
  std::sort(all.begin(), all.end());
  return all;
}

class ImageTable final : public Table {
public:
  static OpenTable open(const std::string &folder);
  Status readValues(const Column &column, void *into) const override {
    DL_TRY(index, resolve(column));
    if (index == 1) return readCategories(column, labels_, into);
    return readArray(column, columns_[0], file_, pixels_.data(), into);
  }
  Result<std::vector<std::string>> texts(const std::string &column) const override {
    if (column != "label" || columns_.size() < 2) return Table::texts(column);
    return labels_;
  }

private:
  Status load(const std::vector<fs::path> &files);
  std::vector<uint8_t> pixels_;
  std::vector<std::string> labels_;
};

/// Reads the images, all of the first one's size, as [channels, height, width].
Status ImageTable::load(const std::vector<fs::path> &files) {
  Image first;
  for (const fs::path &path : files) {
    DL_TRY(image, readPng(path.string(), static_cast<int>(first.channels)));
    if (first.channels == 0) first.height = image.height, first.width = image.width, first.channels = image.channels;
    if (image.height != first.height || image.width != first.width)
      return failure("`" + path.string() + "` is " + std::to_string(image.width) + " by " +
                     std::to_string(image.height) + " pixels, the images before it " + std::to_string(first.width) +
                     " by " + std::to_string(first.height));
    for (int64_t channel = 0; channel < image.channels; ++channel)
      for (int64_t i = channel; i < image.pixels.size(); i += image.channels) pixels_.push_back(image.pixels.data()[i]);
  }
  rows_ = static_cast<int64_t>(files.size());
  columns_.push_back({"image", false, Element::U8, {first.channels, first.height, first.width}});
  return Done{};
}

OpenTable ImageTable::open(const std::string &folder) {
  auto table = std::make_unique<ImageTable>();
  table->file_ = folder;
  DL_TRY(top, entries(folder));
  std::vector<fs::path> files;
  std::error_code ignored;
  for (const fs::path &path : top)
    if (!fs::is_directory(path, ignored) && isPng(path)) files.push_back(path);
  bool flat = !files.empty();
  for (const fs::path &path : top) {
    if (flat || !fs::is_directory(path, ignored)) continue;
    DL_TRY(inner, entries(path));
    for (const fs::path &file : inner)
      if (isPng(file)) files.push_back(file), table->labels_.push_back(path.filename().string());
  }
  if (files.empty()) return failure("`" + folder + "` holds no png files");
  DL_CHECK_OK(table->load(files));
  if (!flat) table->columns_.push_back({"label", true, Element::I32, {}});
  return OpenTable(std::move(table));
}

} // namespace

OpenTable openImages(const std::string &folder) { return ImageTable::open(folder); }

} // namespace dl::data

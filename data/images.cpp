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

/// The png files of a folder as paths inside it, and where they lie in subfolders, the subfolder of each.
struct Pictures {
  std::vector<fs::path> files;
  std::vector<std::string> labels;
};

Result<Pictures> picturesOf(const fs::path &folder) {
  DL_TRY(top, entries(folder));
  Pictures found;
  std::error_code ignored;
  for (const fs::path &path : top)
    if (!fs::is_directory(path, ignored) && isPng(path)) found.files.push_back(path.filename());
  if (!found.files.empty()) return std::move(found);
  for (const fs::path &path : top) {
    if (!fs::is_directory(path, ignored)) continue;
    DL_TRY(inner, entries(path));
    for (const fs::path &file : inner)
      if (isPng(file)) {
        found.files.push_back(path.filename() / file.filename());
        found.labels.push_back(path.filename().string());
      }
  }
  if (found.files.empty()) return failure("`" + folder.string() + "` holds no png files");
  return std::move(found);
}

class ImageTable final : public Table {
public:
  static OpenTable open(const std::vector<std::string> &folders, const Layout &layout);
  Status readValues(const Column &column, void *into) const override {
    DL_TRY(index, resolve(column));
    if (index == pixels_.size()) return readCategories(column, labels_, into);
    return readArray(column, columns_[index], file_, pixels_[index].data(), into);
  }
  Result<std::vector<std::string>> texts(const std::string &column) const override {
    if (column != "label" || labels_.empty()) return Table::texts(column);
    return labels_;
  }

private:
  Status load(std::string name, const fs::path &folder, const std::vector<fs::path> &files);
  std::vector<std::vector<uint8_t>> pixels_; ///< of each folder
  std::vector<std::string> labels_;
};

/// Reads the images of one folder, all of the first one's size, as [channels, height, width].
Status ImageTable::load(std::string name, const fs::path &folder, const std::vector<fs::path> &files) {
  Image first;
  std::vector<uint8_t> pixels;
  for (const fs::path &file : files) {
    std::string path = (folder / file).string();
    DL_TRY(image, readPng(path, static_cast<int>(first.channels)));
    if (first.channels == 0) first.height = image.height, first.width = image.width, first.channels = image.channels;
    if (image.height != first.height || image.width != first.width)
      return failure("`" + path + "` is " + std::to_string(image.width) + " by " + std::to_string(image.height) +
                     " pixels, the images before it " + std::to_string(first.width) + " by " +
                     std::to_string(first.height));
    for (int64_t channel = 0; channel < image.channels; ++channel)
      for (int64_t i = channel; i < image.pixels.size(); i += image.channels) pixels.push_back(image.pixels.data()[i]);
  }
  pixels_.push_back(std::move(pixels));
  columns_.push_back({std::move(name), false, Element::U8, {first.channels, first.height, first.width}});
  return Done{};
}

OpenTable ImageTable::open(const std::vector<std::string> &folders, const Layout &layout) {
  if (folders.size() != layout.names.size() + 1) return failure("each folder behind the first needs a name");
  auto table = std::make_unique<ImageTable>();
  table->file_ = folders[0];
  DL_TRY(found, picturesOf(folders[0]));
  table->rows_ = static_cast<int64_t>(found.files.size());
  for (size_t i = 0; i < folders.size(); ++i)
    DL_CHECK_OK(table->load(i ? layout.names[i - 1] : "image", folders[i], found.files));
  table->labels_ = std::move(found.labels);
  if (!table->labels_.empty()) table->columns_.push_back({"label", true, Element::I32, {}});
  return OpenTable(std::move(table));
}

} // namespace

OpenTable openImages(const std::vector<std::string> &folders, const Layout &layout) {
  return ImageTable::open(folders, layout);
}

} // namespace dl::data

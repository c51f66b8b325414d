#include "data/file.h"
#include "data/inflate.h"
#include "data/table.h"
#include <cstring>

namespace dl::data {
namespace {

/// One IDX file: big-endian numbers behind a header of type, rank and extents; perhaps compressed.
struct IdxArray {
  Element element = Element::U8;
  std::vector<int64_t> shape;
  Bytes bytes;
};

/// The bytes of a file, compressed or not.
class Source {
public:
  explicit Source(std::span<const uint8_t> bytes) : rest_(bytes) {
    if (bytes.size() > 2 && bytes[0] == 0x1f && bytes[1] == 0x8b)
      inflater_ = std::make_unique<Inflater>(bytes, Inflater::Wrapper::Gzip);
    most_ = inflater_ ? static_cast<int64_t>(bytes.size()) * kMostExpansion : static_cast<int64_t>(bytes.size());
  }
  /// No more than this can be in it.
  int64_t most() const { return most_; }
  Status read(std::span<uint8_t> into) {
    if (inflater_) return inflater_->read(into);
    if (into.size() > rest_.size()) return failure("the file ends too early");
    if (!into.empty()) std::memcpy(into.data(), rest_.data(), into.size());
    rest_ = rest_.subspan(into.size());
    return Done{};
  }
  Status finish() {
    if (inflater_) return inflater_->finish();
    if (!rest_.empty()) return failure("more data follow than expected");
    return Done{};
  }

private:
  std::span<const uint8_t> rest_;
  std::unique_ptr<Inflater> inflater_;
  int64_t most_;
};

uint32_t bigEndian(const uint8_t *at) {
  return static_cast<uint32_t>(at[0]) << 24 | static_cast<uint32_t>(at[1]) << 16 | static_cast<uint32_t>(at[2]) << 8 |
         at[3];
}

/// Brings the numbers into memory order; i8 and i16 become i32.
Result<Bytes> decode(Bytes raw, uint8_t type, int64_t count) {
  if (type == 0x08) return raw;
  const int64_t width = type == 0x0E ? 8 : 4;
  DL_TRY(bytes, Bytes::allocate(count * width));
  for (int64_t i = 0; i < count; ++i) {
    const uint8_t *from = raw.data();
    uint8_t *to = bytes.data() + i * width;
    uint32_t word = 0;
    switch (type) {
    case 0x09: word = static_cast<uint32_t>(static_cast<int8_t>(from[i])); break;
    case 0x0B: word = static_cast<uint32_t>(static_cast<int16_t>(from[2 * i] << 8 | from[2 * i + 1])); break;
    case 0x0E: {
      uint64_t both = static_cast<uint64_t>(bigEndian(from + 8 * i)) << 32 | bigEndian(from + 8 * i + 4);
      std::memcpy(to, &both, 8);
      continue;
    }
    default: word = bigEndian(from + 4 * i);
    }
    std::memcpy(to, &word, 4);
  }
  return std::move(bytes);
}

Result<IdxArray> readIdx(const std::string &path) {
  DL_TRY(file, readFile(path));
  auto wrong = [&](const std::string &what) { return failure("`" + path + "`: " + what); };
  Source source(file.span());
  uint8_t magic[4];
  if (Status status = source.read(magic); !status) return wrong(status.message());
  int64_t width = 0;
  IdxArray array;
  switch (magic[2]) {
  case 0x08: width = 1, array.element = Element::U8; break;
  case 0x09: width = 1, array.element = Element::I32; break;
  case 0x0B: width = 2, array.element = Element::I32; break;
  case 0x0C: width = 4, array.element = Element::I32; break;
  case 0x0D: width = 4, array.element = Element::F32; break;
  case 0x0E: width = 8, array.element = Element::F64; break;
  default: break;
  }
  if (magic[0] != 0 || magic[1] != 0 || width == 0 || magic[3] == 0 || magic[3] > 8)
    return wrong("this is not an IDX file");
  for (int i = 0; i < magic[3]; ++i) {
    uint8_t extent[4];
    if (Status status = source.read(extent); !status) return wrong("in the header: " + status.message());
    array.shape.push_back(bigEndian(extent));
  }
  int64_t count = countOf(array.shape);
  if (count < 0 || count > source.most() / width)
    return wrong("the header announces " + std::to_string(array.shape[0]) + " rows, more than the file can hold");
  DL_TRY(raw, Bytes::allocate(count * width));
  Status status = source.read({raw.data(), static_cast<size_t>(raw.size())});
  if (!status) return wrong(status.message() + ": the header announces " + std::to_string(array.shape[0]) + " rows");
  if (status = source.finish(); !status) return wrong(status.message());
  DL_TRY(bytes, decode(std::move(raw), magic[2], count));
  array.bytes = std::move(bytes);
  return array;
}

class IdxTable final : public Table {
public:
  static OpenTable open(const std::vector<std::string> &paths) {
    if (paths.empty() || paths.size() > 2) return failure("idx takes a file of images and a file of labels");
    auto table = std::make_unique<IdxTable>();
    for (size_t i = 0; i < paths.size(); ++i) {
      DL_TRY(array, readIdx(paths[i]));
      if (i > 0 && array.shape[0] != table->rows_)
        return failure("`" + paths[0] + "` holds " + std::to_string(table->rows_) + " rows, `" + paths[1] + "` " +
                       std::to_string(array.shape[0]));
      table->file_ = paths[i];
      table->rows_ = array.shape[0];
      table->columns_.push_back(
          {i == 0 ? "image" : "label", false, array.element, {array.shape.begin() + 1, array.shape.end()}});
      table->bytes_.push_back(std::move(array.bytes));
    }
    table->paths_ = paths;
    return OpenTable(std::move(table));
  }
  Status readValues(const Column &column, void *into) const override {
    DL_TRY(index, resolve(column));
    return readArray(column, columns_[index], paths_[index], bytes_[index].data(), into);
  }

private:
  std::vector<Bytes> bytes_;
  std::vector<std::string> paths_;
};

} // namespace

OpenTable openIdx(const std::vector<std::string> &paths) { return IdxTable::open(paths); }

} // namespace dl::data

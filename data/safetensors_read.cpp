#include "data/safetensors.h"
#include <algorithm>
#include <cstring>
#include <nlohmann/json.hpp>
#include <optional>

namespace dl::data {
namespace {

using Json = nlohmann::json;

std::optional<Element> elementOf(const std::string &dtype) {
  static constexpr std::pair<const char *, Element> kTypes[] = {
      {"F64", Element::F64}, {"F32", Element::F32}, {"BF16", Element::BF16}, {"F16", Element::F16},
      {"I64", Element::I64}, {"I32", Element::I32}, {"U8", Element::U8},     {"BOOL", Element::Bool}};
  for (auto [name, element] : kTypes)
    if (dtype == name) return element;
  return std::nullopt;
}

std::optional<std::vector<int64_t>> numbersOf(const Json &json) {
  std::vector<int64_t> numbers;
  if (!json.is_array() || json.size() > 32) return std::nullopt;
  for (const Json &entry : json) {
    if (!entry.is_number_unsigned() || entry.get<uint64_t>() > uint64_t{1} << 62) return std::nullopt;
    numbers.push_back(static_cast<int64_t>(entry.get<uint64_t>()));
  }
  return numbers;
}

/// One entry of the header; `start` becomes its offset in the data. Nothing: it is malformed.
std::optional<TensorView> tensorOf(const std::string &name, const Json &entry, int64_t size, int64_t &start) {
  if (!entry.is_object() || !entry.contains("dtype") || !entry.contains("shape") || !entry.contains("data_offsets") ||
      !entry["dtype"].is_string())
    return std::nullopt;
  std::optional<Element> element = elementOf(entry["dtype"].get<std::string>());
  auto shape = numbersOf(entry["shape"]), offsets = numbersOf(entry["data_offsets"]);
  if (!element || !shape || !offsets || offsets->size() != 2) return std::nullopt;
  int64_t count = countOf(*shape), from = (*offsets)[0], to = (*offsets)[1];
  if (count < 0 || from > to || to > size || to - from != count * elementBytes(*element)) return std::nullopt;
  start = from;
  return TensorView{name, *element, std::move(*shape), nullptr};
}

} // namespace

Result<SafetensorsFile> SafetensorsFile::parse(Bytes bytes, const std::string &name) {
  auto wrong = [&](const std::string &what) { return failure("`" + name + "`: " + what); };
  uint64_t length = 0;
  if (bytes.size() < 8) return wrong("this is not a safetensors file");
  std::memcpy(&length, bytes.data(), 8);
  if (length > static_cast<uint64_t>(bytes.size()) - 8)
    return wrong("this is not a safetensors file, or it was cut off");
  if (length > 100'000'000) return wrong("the header is too large");
  const char *header = reinterpret_cast<const char *>(bytes.data()) + 8;
  // The format is flat: anything nested deeper is refused while it is read.
  Json json =
      Json::parse(header, header + length, [](int depth, Json::parse_event_t, Json &) { return depth <= 3; }, false);
  if (!json.is_object()) return wrong("the header is not understood");

  SafetensorsFile file;
  const int64_t size = bytes.size() - 8 - static_cast<int64_t>(length);
  std::vector<std::pair<int64_t, TensorView>> found;
  for (const auto &[key, entry] : json.items()) {
    if (key == "__metadata__") {
      if (!entry.is_object()) return wrong("the metadata are not understood");
      for (const auto &[name, value] : entry.items()) {
        if (!value.is_string()) return wrong("the metadata are not understood");
        file.metadata_[name] = value.get<std::string>();
      }
      continue;
    }
    int64_t start = 0;
    auto tensor = tensorOf(key, entry, size, start);
    if (!tensor) return wrong("the entry of `" + key + "` is malformed or lies outside the file");
    found.emplace_back(start, std::move(*tensor));
  }
  std::sort(found.begin(), found.end(), [](const auto &a, const auto &b) {
    return std::pair(a.first, a.second.bytes()) < std::pair(b.first, b.second.bytes());
  });
  int64_t next = 0;
  for (auto &[start, tensor] : found) {
    if (start != next) return wrong("the data of `" + tensor.name + "` overlap others or leave a gap");
    next = start + tensor.bytes();
    tensor.data = bytes.data() + 8 + length + start;
    file.tensors_.push_back(std::move(tensor));
  }
  if (next != size) return wrong("data follow that belong to no tensor");
  file.bytes_ = std::move(bytes);
  return file;
}

Result<SafetensorsFile> SafetensorsFile::open(const std::string &path) {
  DL_TRY(bytes, readFile(path));
  return parse(std::move(bytes), path);
}

const TensorView *SafetensorsFile::find(const std::string &name) const {
  for (const TensorView &tensor : tensors_)
    if (tensor.name == name) return &tensor;
  return nullptr;
}

} // namespace dl::data

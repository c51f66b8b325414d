#include "data/safetensors.h"
#include <cstring>
#include <set>

namespace dl::data {
namespace {

/// A JSON string.
std::string quoted(const std::string &text) {
  std::string result = "\"";
  for (char c : text) {
    if (c == '"' || c == '\\')
      result += '\\', result += c;
    else if (static_cast<unsigned char>(c) < 0x20) {
      char escape[8];
      std::snprintf(escape, sizeof escape, "\\u%04x", c);
      result += escape;
    } else
      result += c;
  }
  return result + "\"";
}

const char *dtypeOf(Element element) {
  static constexpr const char *kNames[] = {"F64", "F32", "BF16", "F16", "I64", "I32", "U8", "BOOL"};
  return kNames[static_cast<int>(element)];
}

} // namespace

Status writeSafetensors(const std::string &path, const std::vector<TensorView> &tensors,
                        const std::map<std::string, std::string> &metadata) {
  std::string header = "{";
  if (!metadata.empty()) {
    header += "\"__metadata__\":{";
    for (const auto &[name, value] : metadata)
      header += (header.back() == '{' ? "" : ",") + quoted(name) + ":" + quoted(value);
    header += "}";
  }
  std::set<std::string> names;
  std::vector<std::span<const uint8_t>> parts(1);
  int64_t offset = 0;
  for (const TensorView &tensor : tensors) {
    if (!names.insert(tensor.name).second || tensor.name == "__metadata__")
      return failure("cannot write `" + path + "`: two tensors are named `" + tensor.name + "`");
    header += (header.size() > 1 ? "," : "") + quoted(tensor.name) + ":{\"dtype\":\"" + dtypeOf(tensor.element) +
              "\",\"shape\":[";
    for (size_t i = 0; i < tensor.shape.size(); ++i) header += (i ? "," : "") + std::to_string(tensor.shape[i]);
    header += "],\"data_offsets\":[" + std::to_string(offset) + ",";
    offset += tensor.bytes();
    header += std::to_string(offset) + "]}";
    parts.emplace_back(tensor.data, static_cast<size_t>(tensor.bytes()));
  }
  header += "}";
  header.append((8 - header.size() % 8) % 8, ' '); // the data begin at a multiple of 8
  uint64_t length = header.size();
  header.insert(0, reinterpret_cast<const char *>(&length), 8);
  parts[0] = {reinterpret_cast<const uint8_t *>(header.data()), header.size()};
  return writeFileAtomically(path, parts);
}

} // namespace dl::data

#include "data/npy.h"
#include <bit>
#include <charconv>
#include <cstring>

namespace dl::data {
namespace {

static_assert(std::endian::native == std::endian::little);

/// The Python dictionary in the header: only what this format puts there.
class Header {
public:
  explicit Header(std::string_view text) : rest_(text) {}
  std::string descr;
  bool fortran = false;
  std::vector<int64_t> shape;

  bool parse() {
    if (!take('{')) return false;
    bool seen[3] = {};
    while (!take('}')) {
      std::string key;
      if (!string(key) || !take(':')) return false;
      if (key == "descr")
        seen[0] = string(descr);
      else if (key == "fortran_order")
        seen[1] = boolean();
      else if (key == "shape")
        seen[2] = tuple();
      else
        return false;
      if (!take(',') && !peek('}')) return false;
    }
    return seen[0] && seen[1] && seen[2];
  }

private:
  void skipSpace() {
    while (!rest_.empty() && (rest_[0] == ' ' || rest_[0] == '\n' || rest_[0] == '\t')) rest_.remove_prefix(1);
  }
  bool peek(char c) { return skipSpace(), !rest_.empty() && rest_[0] == c; }
  bool take(char c) {
    if (!peek(c)) return false;
    rest_.remove_prefix(1);
    return true;
  }
  bool string(std::string &into) {
    skipSpace();
    if (rest_.empty() || (rest_[0] != '\'' && rest_[0] != '"')) return false;
    size_t end = rest_.find(rest_[0], 1);
    if (end == rest_.npos) return false;
    into = rest_.substr(1, end - 1);
    rest_.remove_prefix(end + 1);
    return true;
  }
  bool boolean() {
    skipSpace();
    for (bool value : {false, true}) {
      std::string_view word = value ? "True" : "False";
      if (rest_.substr(0, word.size()) != word) continue;
      rest_.remove_prefix(word.size());
      fortran = value;
      return true;
    }
    return false;
  }
  bool tuple() {
    if (!take('(')) return false;
    while (!take(')')) {
      skipSpace();
      int64_t extent;
      auto [end, error] = std::from_chars(rest_.data(), rest_.data() + rest_.size(), extent);
      if (error != std::errc{} || shape.size() == 32) return false;
      rest_.remove_prefix(end - rest_.data());
      if (!rest_.empty() && rest_[0] == 'L') rest_.remove_prefix(1);
      shape.push_back(extent);
      if (!take(',') && !peek(')')) return false;
    }
    return true;
  }

  std::string_view rest_;
};

/// How an element lies in the file, and what it becomes.
struct Stored {
  const char *descr;
  Element element;
  int64_t width;
};
constexpr Stored kStored[] = {
    {"<f8", Element::F64, 8}, {"<f4", Element::F32, 4}, {"<f2", Element::F16, 2},  {"<i8", Element::I64, 8},
    {"<i4", Element::I32, 4}, {"|u1", Element::U8, 1},  {"|b1", Element::Bool, 1}, {"|i1", Element::I32, 1},
    {"<i2", Element::I32, 2}, {"<u2", Element::I32, 2}, {"<u4", Element::I64, 4},
};

template <class From, class To> void widen(const uint8_t *from, uint8_t *to, int64_t count) {
  for (int64_t i = 0; i < count; ++i) {
    From narrow;
    std::memcpy(&narrow, from + i * sizeof(From), sizeof narrow);
    To wide = narrow;
    std::memcpy(to + i * sizeof(To), &wide, sizeof wide);
  }
}

} // namespace

Result<Array> parseNpy(std::span<const uint8_t> bytes, const std::string &name) {
  auto wrong = [&](const std::string &what) { return failure("`" + name + "`: " + what); };
  if (bytes.size() < 10 || std::memcmp(bytes.data(), "\x93NUMPY", 6) != 0) return wrong("this is not an npy file");
  uint64_t length = bytes[8] | bytes[9] << 8, start = 10;
  if (bytes[6] == 2 || bytes[6] == 3) {
    if (bytes.size() < 12) return wrong("the file ends in its header");
    length |= static_cast<uint64_t>(bytes[10]) << 16 | static_cast<uint64_t>(bytes[11]) << 24;
    start = 12;
  } else if (bytes[6] != 1)
    return wrong("version " + std::to_string(bytes[6]) + " of the format is unknown");
  if (length > bytes.size() - start) return wrong("the file ends in its header");
  Header header({reinterpret_cast<const char *>(bytes.data()) + start, length});
  if (!header.parse()) return wrong("the header is not understood");
  if (header.fortran && header.shape.size() > 1)
    return wrong("arrays in column order are not supported; save it with order C");
  const Stored *stored = nullptr;
  for (const Stored &candidate : kStored)
    if (header.descr == candidate.descr) stored = &candidate;
  if (!stored) return wrong("elements of type `" + header.descr + "` are not supported");

  Array array;
  array.element = stored->element;
  array.shape = header.shape;
  int64_t count = countOf(array.shape), present = static_cast<int64_t>(bytes.size() - start - length);
  if (count < 0 || count > present / stored->width)
    return wrong("the file ends too early: it holds " + std::to_string(present) + " bytes of data");
  DL_TRY(memory, Bytes::allocate(count * elementBytes(array.element)));
  const uint8_t *from = bytes.data() + start + length;
  std::string_view descr = stored->descr;
  if (descr == "|i1")
    widen<int8_t, int32_t>(from, memory.data(), count);
  else if (descr == "<i2")
    widen<int16_t, int32_t>(from, memory.data(), count);
  else if (descr == "<u2")
    widen<uint16_t, int32_t>(from, memory.data(), count);
  else if (descr == "<u4")
    widen<uint32_t, int64_t>(from, memory.data(), count);
  else if (count > 0)
    std::memcpy(memory.data(), from, memory.size());
  array.bytes = std::move(memory);
  return array;
}

Result<Array> readNpy(const std::string &path) {
  DL_TRY(bytes, readFile(path));
  return parseNpy(bytes.span(), path);
}

Status writeNpy(const std::string &path, const TensorView &tensor) {
  Element element = tensor.element == Element::BF16 ? Element::F32 : tensor.element;
  const char *descr = "";
  for (const Stored &stored : kStored)
    if (stored.element == element && stored.width == elementBytes(element)) descr = stored.descr;
  std::string header = std::string("{'descr': '") + descr + "', 'fortran_order': False, 'shape': (";
  for (int64_t extent : tensor.shape) header += std::to_string(extent) + ",";
  header += "), }";
  header.append(63 - (10 + header.size()) % 64, ' ');
  header += '\n';
  std::string start("\x93NUMPY\x01\x00", 8);
  start += static_cast<char>(header.size() & 255);
  start += static_cast<char>(header.size() >> 8);
  start += header;
  int64_t count = countOf(tensor.shape);
  DL_TRY(converted, Bytes::allocate(tensor.element == element ? 0 : count * 4));
  for (int64_t i = 0; i * 4 < converted.size(); ++i)
    storeNumber(element, converted.data() + i * 4, loadNumber(tensor.element, tensor.data + i * 2));
  const uint8_t *data = tensor.element == element ? tensor.data : converted.data();
  return writeFileAtomically(path, {{reinterpret_cast<const uint8_t *>(start.data()), start.size()},
                                    {data, static_cast<size_t>(count * elementBytes(element))}});
}

} // namespace dl::data

// fillTensor: tensors from the text of a flag or from a file.
#include "data/text.h"
#include "runtime/element.h"
#include "runtime/png_files.h"
#include "runtime/values.h"
#include "support/numerics/value_text.h"
#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstdlib>
#include <optional>

namespace dl::rt {

namespace {

std::string shapeText(const std::vector<int64_t> &shape) {
  std::string text = "[";
  for (size_t i = 0; i < shape.size(); ++i) text += (i ? ", " : "") + std::to_string(shape[i]);
  return text + "]";
}

bool atRunTime(const dl_type &type, int d) { return type.dim_word && type.dim_word[d] >= 0; }

/// What one value of a list says; true and false are 1 and 0.
std::optional<double> numberIn(const std::string &word) {
  if (word == "true" || word == "false") return word == "true";
  const char *begin = word.data() + (word[0] == '+'), *end = word.data() + word.size();
  double value = 0;
  auto [at, error] = std::from_chars(begin, end, value);
  if (error == std::errc::result_out_of_range && at == end) return std::strtod(word.c_str(), nullptr); // 0 or infinite
  return error == std::errc() && at == end ? std::optional(value) : std::nullopt;
}

std::string numberText(double value) {
  const bool whole = value == std::floor(value) && std::fabs(value) < 1e18;
  return whole ? std::to_string(int64_t(value)) : num::shortest(value, false);
}

/// Whether an element of that type can be that number, else why not.
Status fitsElement(const dl_param &param, double value) {
  const int elem = param.type.elem;
  auto outside = [&](double low, double high) -> Status {
    if (value >= low && value <= high) return Done{};
    return failure("does not fit into " + typeName(elem));
  };
  if ((param.flags & DL_PARAM_RANGED) && !(value >= param.low && value < param.high)) return failure("is outside " + rangeText(param));
  if (isFloatElement(elem)) {
    uint64_t word = 0;
    writeFloat(&word, elem, value);
    if (std::isfinite(value) && !std::isfinite(readFloat(&word, elem))) return failure("does not fit into " + typeName(elem));
    return Done{};
  }
  if (value != std::floor(value)) return failure("is not an integer");
  switch (elem) {
  case DL_BOOL: return outside(0, 1);
  case DL_U8: return outside(0, 255);
  case DL_I32: return outside(INT32_MIN, INT32_MAX);
  default: return outside(-0x1p53, 0x1p53); // as doubles hold them exactly
  }
}

/// Numbers separated by commas or blanks, rows by semicolons.
Result<PlainTensor> readList(const std::string &text) {
  PlainTensor tensor;
  int64_t rows = 1, width = -1, inRow = 0;
  auto endRow = [&] {
    bool good = width < 0 || width == inRow;
    width = inRow;
    inRow = 0;
    return good;
  };
  const char *at = text.data(), *end = at + text.size();
  bool wanted = false; // behind a comma
  auto missing = [&](const char *end) { return failure("a value is missing at comma number " + std::to_string(std::count(text.data(), end, ','))); };
  while (at != end) {
    if (*at == ' ') {
      ++at;
    } else if (*at == ',') {
      ++at;
      if (wanted || inRow == 0) return missing(at);
      wanted = true;
    } else if (*at == ';') {
      if (wanted) return missing(at);
      if (!endRow()) return failure("its rows have different lengths");
      ++rows, ++at;
    } else {
      const char *after = std::find_if(at, end, [](char c) { return c == ',' || c == ';' || c == ' '; });
      const std::string word(at, after);
      auto value = numberIn(word);
      if (!value)
        return failure("`" + word + "` is not a number (values are separated by commas, rows by semicolons; files end in .npy, .csv or .png)");
      tensor.values.push_back(*value);
      ++inRow;
      at = after, wanted = false;
    }
  }
  if (wanted) return missing(end);
  if (!endRow()) return failure("its rows have different lengths");
  if (rows > 1)
    tensor.shape = {rows, width};
  else
    tensor.shape = {int64_t(tensor.values.size())};
  return tensor;
}

/// The shape the parameter has with so many values of that shape: equal rank where possible, else by count.
bool matchShape(const dl_type &type, const PlainTensor &tensor, int64_t *extents) {
  std::vector<int64_t> shape = tensor.shape;
  while (int(shape.size()) < type.rank && type.rank > 0 && !atRunTime(type, int(type.rank - shape.size()) - 1) &&
         type.extent[type.rank - shape.size() - 1] == 1)
    shape.insert(shape.begin(), 1); // an image [8, 8] for [1, 8, 8]
  while (int(shape.size()) > type.rank && shape.front() == 1) shape.erase(shape.begin());
  while (int(shape.size()) > type.rank && shape.back() == 1) shape.pop_back();
  if (int(shape.size()) == type.rank) {
    bool equal = true;
    for (int d = 0; d < type.rank; ++d) {
      extents[d] = shape[size_t(d)];
      equal = equal && (atRunTime(type, d) ? extents[d] <= type.extent[d] : extents[d] == type.extent[d]);
    }
    if (equal) return true;
  }
  // A flat list, or rows of one: as many values as the parameter has, at most one extent found from them.
  if (tensor.shape.size() > 2 || (tensor.shape.size() == 2 && type.rank == 2)) return false;
  int64_t fixed = 1, count = int64_t(tensor.values.size());
  int open = -1;
  for (int d = 0; d < type.rank; ++d) {
    extents[d] = type.extent[d];
    if (!atRunTime(type, d))
      fixed *= type.extent[d];
    else if (open < 0)
      open = d;
    else
      return false;
  }
  if (open < 0) return fixed == count;
  if (fixed == 0 || count % fixed != 0 || count / fixed > type.extent[open]) return false;
  extents[open] = count / fixed;
  return true;
}

bool endsWith(const std::string &text, const std::string &end) {
  return text.size() >= end.size() && text.compare(text.size() - end.size(), end.size(), end) == 0;
}

Result<PlainTensor> readAny(const std::string &text) {
  if (endsWith(text, ".npy")) return readNpyTensor(text);
  if (endsWith(text, ".csv")) return readCsvTensor(text);
  if (endsWith(text, ".png")) {
    if (!readPngTensor) return failure("png files are not part of this executable");
    return readPngTensor(text);
  }
  return readList(text);
}

/// The extents into their words; a name that two arguments share stands for one number.
Status fixExtents(const dl_param &param, const int64_t *extents, dl_frame &frame, Extents &known) {
  const dl_type &type = param.type;
  for (int d = 0; d < type.rank; ++d) {
    if (!atRunTime(type, d)) continue;
    auto [at, fresh] = known.try_emplace(type.dim_word[d], extents[d], param.name);
    if (!fresh && at->second.first != extents[d])
      return failure("its axis " + std::to_string(d) + " has length " + std::to_string(extents[d]) + ", the length of --" +
                     at->second.second + " is " + std::to_string(at->second.first) + "; they must be equal");
    frame.scalars[type.dim_word[d]] = extents[d];
  }
  return Done{};
}

} // namespace

std::string presetText(const dl_param &param) {
  return {static_cast<const char *>(param.preset_data), size_t(param.preset)};
}

Status fillText(const dl_param &param, const std::string &text, dl_frame &frame) {
  int64_t most = param.type.extent[0], size = int64_t(text.size());
  if (size > most)
    return failure("it has " + std::to_string(size) + " bytes, a text has at most " + std::to_string(most));
  if (auto at = data::findInvalidUtf8(text)) return failure("its byte " + std::to_string(*at + 1) + " is not UTF-8");
  std::copy(text.begin(), text.end(), frame.arena + param.place.at);
  frame.scalars[param.type.dim_word[0]] = size;
  return Done{};
}

Status fillTensor(const dl_param &param, const std::string &text, dl_frame &frame, Extents &known) {
  const dl_type &type = param.type;
  auto read = readAny(text);
  if (!read) return read.takeError();
  int64_t extents[8];
  if (!matchShape(type, *read, extents))
    return failure("it has " + std::to_string(read->values.size()) + " values of shape " + shapeText(read->shape) +
                   ", wanted is " + typeText(param));
  DL_CHECK_OK(fixExtents(param, extents, frame, known));
  int64_t size = elementBytes(type.elem), count = elementCount(extents, type.rank);
  std::vector<uint8_t> rows(size_t(count * size));
  for (int64_t i = 0; i < count; ++i) {
    double value = read->values[size_t(i)];
    if (Status fits = fitsElement(param, value); !fits)
      return failure("value number " + std::to_string(i + 1) + ", " + numberText(value) + ", " + fits.message());
    writeFloat(&rows[size_t(i * size)], type.elem, value);
  }
  unpackRows(type, extents, rows.data(), frame.arena + param.place.at);
  return Done{};
}

} // namespace dl::rt

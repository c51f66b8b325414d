// fillTensor: tensors from the text of a flag or from a file.
#include "data/text.h"
#include "runtime/element.h"
#include "runtime/png_files.h"
#include "runtime/values.h"
#include <algorithm>
#include <charconv>
#include <cmath>

namespace dl::rt {

namespace {

std::string shapeText(const std::vector<int64_t> &shape) {
  std::string text = "[";
  for (size_t i = 0; i < shape.size(); ++i) text += (i ? ", " : "") + std::to_string(shape[i]);
  return text + "]";
}

bool atRunTime(const dl_type &type, int d) { return type.dim_word && type.dim_word[d] >= 0; }

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
  while (at != end) {
    if (*at == ' ' || *at == ',') {
      ++at;
    } else if (*at == ';') {
      if (!endRow()) return failure("its rows have different lengths");
      ++rows, ++at;
    } else {
      double value = 0;
      if (*at == '+') ++at;
      auto [after, error] = std::from_chars(at, end, value);
      bool good = error == std::errc() && (after == end || *after == ' ' || *after == ',' || *after == ';');
      if (!good)
        return failure(
            "`" + std::string(at, std::find_if(at, end, [](char c) { return c == ',' || c == ';' || c == ' '; })) +
            "` is not a number (values are separated by commas, rows by semicolons; files end in .npy, .csv or .png)");
      tensor.values.push_back(value);
      ++inRow;
      at = after;
    }
  }
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
    if ((param.flags & DL_PARAM_RANGED) && !(value >= param.low && value < param.high))
      return failure("value number " + std::to_string(i + 1) + " is " + std::to_string(value) + ", outside " +
                     std::to_string(param.low) + ".." + std::to_string(param.high));
    if (!isFloatElement(type.elem) && (value != std::floor(value) || std::fabs(value) > 9e15))
      return failure("value number " + std::to_string(i + 1) + " is not an integer");
    writeFloat(&rows[size_t(i * size)], type.elem, value);
  }
  unpackRows(type, extents, rows.data(), frame.arena + param.place.at);
  return Done{};
}

} // namespace dl::rt

#include "runtime/write_tensor.h"
#include "data/npy.h"
#include "runtime/element.h"
#include "runtime/format.h"
#include "runtime/png_files.h"
#include "runtime/weights_file.h"
#include <cstring>

namespace dl::rt {

namespace {

/// Calls move(byte offset in the tensor, byte offset in the rows) for every element.
template <class F> void eachElement(const dl_tensor &tensor, F &&move) {
  int64_t size = elementBytes(tensor.elem), count = elementCount(tensor.extent, tensor.rank), index[8] = {}, offset = 0;
  for (int64_t i = 0; i < count; ++i) {
    move(offset * size, i * size);
    for (int d = tensor.rank - 1; d >= 0; --d) {
      offset += tensor.stride[d];
      if (++index[d] < tensor.extent[d]) break;
      offset -= tensor.stride[d] * tensor.extent[d];
      index[d] = 0;
    }
  }
}

bool isContiguous(const dl_tensor &tensor) {
  int64_t stride = 1;
  for (int d = tensor.rank - 1; d >= 0; --d) {
    if (tensor.extent[d] != 1 && tensor.stride[d] != stride) return false;
    stride *= tensor.extent[d];
  }
  return true;
}

} // namespace

namespace {

bool endsWith(const std::string &text, const std::string &end) {
  return text.size() >= end.size() && text.compare(text.size() - end.size(), end.size(), end) == 0;
}

/// A line for each index of the first dimension, the other elements of it in columns.
Status writeCsv(const std::string &path, const dl_tensor &tensor) {
  std::vector<uint8_t> rows = contiguous(tensor);
  int64_t size = elementBytes(tensor.elem), count = int64_t(rows.size()) / size;
  int64_t lines = tensor.rank > 0 ? tensor.extent[0] : 1, width = lines > 0 ? count / lines : 0;
  std::string text;
  dl_tensor element = tensor;
  element.rank = 0;
  for (int64_t i = 0; i < lines; ++i)
    for (int64_t j = 0; j < width; ++j) {
      element.data = &rows[size_t((i * width + j) * size)];
      text += valueText(element, nullptr) + (j + 1 < width ? "," : "\n");
    }
  return data::writeFileAtomically(path, text);
}

} // namespace

Status writeTensor(const std::string &path, const dl_tensor &tensor) {
  if (endsWith(path, ".csv")) return writeCsv(path, tensor);
  if (endsWith(path, ".npy")) {
    std::vector<uint8_t> rows = contiguous(tensor);
    data::TensorView view{
        "", data::Element(fileElement(tensor.elem)), {tensor.extent, tensor.extent + tensor.rank}, rows.data()};
    return data::writeNpy(path, view);
  }
  if (endsWith(path, ".png")) {
    if (!writePngTensor) return failure(path + ": png files are not part of this executable");
    return writePngTensor(path, tensor);
  }
  return failure(path + ": the ending of the path says how to write: .png, .csv or .npy");
}

std::vector<uint8_t> contiguous(const dl_tensor &tensor) {
  int64_t size = elementBytes(tensor.elem);
  std::vector<uint8_t> rows(size_t(elementCount(tensor.extent, tensor.rank) * size));
  const uint8_t *data = static_cast<const uint8_t *>(tensor.data);
  if (rows.empty()) return rows;
  if (isContiguous(tensor))
    std::memcpy(rows.data(), data, rows.size());
  else
    eachElement(tensor, [&](int64_t at, int64_t row) { std::memcpy(&rows[size_t(row)], data + at, size_t(size)); });
  return rows;
}

void scatterRows(const void *rows, const dl_tensor &tensor) {
  int64_t size = elementBytes(tensor.elem);
  const uint8_t *from = static_cast<const uint8_t *>(rows);
  uint8_t *data = static_cast<uint8_t *>(tensor.data);
  eachElement(tensor, [&](int64_t at, int64_t row) { std::memcpy(data + at, from + row, size_t(size)); });
}

} // namespace dl::rt

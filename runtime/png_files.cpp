// Linked when a program names dl_feature_png.
#include "data/png.h"
#include "runtime/element.h"
#include "runtime/tensor_files.h"
#include <cmath>

extern "C" const char dl_feature_png = 1;

// Not through png_files.h: its declarations are weak, these definitions are not.
namespace dl::rt {

Result<PlainTensor> readPngTensor(const std::string &path) {
  DL_TRY(image, data::readPng(path));
  PlainTensor tensor;
  tensor.shape = {image.channels, image.height, image.width};
  int64_t pixels = image.height * image.width;
  tensor.values.resize(size_t(image.channels * pixels));
  for (int64_t p = 0; p < pixels; ++p)
    for (int64_t c = 0; c < image.channels; ++c)
      tensor.values[size_t(c * pixels + p)] = image.pixels.data()[p * image.channels + c] / 255.0;
  return tensor;
}

Status writePngTensor(const std::string &path, const dl_tensor &tensor) {
  int rank = tensor.rank;
  if (rank < 2 || rank > 3 || (rank == 3 && tensor.extent[0] != 1 && tensor.extent[0] != 3))
    return failure(path + ": an image is [height, width], [1, height, width] or [3, height, width]");
  data::Image image;
  image.height = tensor.extent[rank - 2];
  image.width = tensor.extent[rank - 1];
  image.channels = rank == 3 ? tensor.extent[0] : 1;
  DL_TRY(pixels, data::Bytes::allocate(image.height * image.width * image.channels));
  image.pixels = std::move(pixels);
  uint8_t *out = image.pixels.data();
  for (int64_t y = 0; y < image.height; ++y)
    for (int64_t x = 0; x < image.width; ++x)
      for (int64_t c = 0; c < image.channels; ++c) {
        int64_t offset =
            y * tensor.stride[rank - 2] + x * tensor.stride[rank - 1] + (rank == 3 ? c * tensor.stride[0] : 0);
        const uint8_t *at = static_cast<const uint8_t *>(tensor.data) + offset * elementBytes(tensor.elem);
        if (tensor.elem == DL_U8) {
          *out++ = *at;
          continue;
        }
        double value = readFloat(at, tensor.elem);
        *out++ = value > 0 ? uint8_t(std::lround(std::fmin(value, 1) * 255)) : 0; // NaN is black
      }
  return data::writePng(path, image);
}

} // namespace dl::rt

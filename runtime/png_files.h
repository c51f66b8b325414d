/// Images as png files. Absent (null) unless a program names dl_feature_png.
#pragma once
#include "runtime/dlrt.h"
#include "runtime/tensor_files.h"

namespace dl::rt {

/// [channels, height, width] with values from 0 to 1; channels is 1 or 3.
Result<PlainTensor> readPngTensor(const std::string &path) __attribute__((weak));
/// [h, w], [1, h, w] or [3, h, w]; values are clamped to 0..1.
Status writePngTensor(const std::string &path, const dl_tensor &tensor) __attribute__((weak));

} // namespace dl::rt

/// Images as PNG files.
#pragma once
#include "data/file.h"
#include "support/result.h"
#include <string>

namespace dl::data {

/// 8 bits a channel, row by row, the channels of a pixel together.
struct Image {
  int64_t height = 0, width = 0, channels = 0; ///< channels: 1 (grey) or 3 (red, green, blue)
  Bytes pixels;
};

/// Any PNG; `channels` 1 or 3 converts, 0 keeps grey or colour. Transparency is dropped, 16 bits become 8.
Result<Image> readPng(const std::string &path, int channels = 0);
Result<Image> parsePng(std::span<const uint8_t> bytes, const std::string &name, int channels = 0);
Status writePng(const std::string &path, const Image &image);

} // namespace dl::data

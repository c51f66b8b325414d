#include "data/inflate.h"
#include "data/png.h"
#include <algorithm>
#include <csetjmp>
#include <cstring>
#include <png.h>
#include <vector>

namespace dl::data {
namespace {

/// What the callbacks of libpng share; errors jump back over C frames only.
struct Reading {
  std::span<const uint8_t> rest;
  std::string message;
};

void fail(png_structp png, png_const_charp message) {
  static_cast<Reading *>(png_get_error_ptr(png))->message = message;
  png_longjmp(png, 1);
}
void ignoreWarning(png_structp, png_const_charp) {}
void feed(png_structp png, png_bytep into, size_t count) {
  auto *reading = static_cast<Reading *>(png_get_io_ptr(png));
  if (count > reading->rest.size()) png_error(png, "the file ends too early");
  std::memcpy(into, reading->rest.data(), count);
  reading->rest = reading->rest.subspan(count);
}

/// The structures of libpng.
struct Decoder {
  png_structp png = nullptr;
  png_infop info = nullptr;
  ~Decoder() { png_destroy_read_struct(png ? &png : nullptr, info ? &info : nullptr, nullptr); }
};

/// Reads the header and asks for 8 bits of grey or colour. False: reading->message says why.
bool prepare(Decoder &decoder, int channels) {
  if (setjmp(png_jmpbuf(decoder.png))) return false;
  png_set_user_limits(decoder.png, 1 << 16, 1 << 16);
  png_read_info(decoder.png, decoder.info);
  int type = png_get_color_type(decoder.png, decoder.info);
  bool colour = type & PNG_COLOR_MASK_COLOR;
  png_set_expand(decoder.png);
  png_set_scale_16(decoder.png);
  png_set_strip_alpha(decoder.png);
  if (channels == 1 && colour) png_set_rgb_to_gray(decoder.png, PNG_ERROR_ACTION_NONE, -1, -1);
  if (channels == 3 && !colour) png_set_gray_to_rgb(decoder.png);
  png_set_interlace_handling(decoder.png);
  png_read_update_info(decoder.png, decoder.info);
  return true;
}

bool decode(Decoder &decoder, uint8_t **rows) {
  if (setjmp(png_jmpbuf(decoder.png))) return false;
  png_read_image(decoder.png, rows);
  png_read_end(decoder.png, nullptr);
  return true;
}

} // namespace

Result<Image> parsePng(std::span<const uint8_t> bytes, const std::string &name, int channels) {
  auto wrong = [&](const std::string &what) { return failure("`" + name + "`: " + what); };
  if (bytes.size() < 8 || png_sig_cmp(bytes.data(), 0, 8) != 0) return wrong("this is not a png file");
  Reading reading{bytes, {}};
  Decoder decoder;
  decoder.png = png_create_read_struct(PNG_LIBPNG_VER_STRING, &reading, fail, ignoreWarning);
  if (decoder.png) decoder.info = png_create_info_struct(decoder.png);
  if (!decoder.info) return wrong("out of memory");
  png_set_read_fn(decoder.png, &reading, feed);
  if (!prepare(decoder, channels)) return wrong(reading.message);

  Image image;
  image.height = png_get_image_height(decoder.png, decoder.info);
  image.width = png_get_image_width(decoder.png, decoder.info);
  image.channels = png_get_channels(decoder.png, decoder.info);
  int64_t row = static_cast<int64_t>(png_get_rowbytes(decoder.png, decoder.info));
  if (row != image.width * image.channels) return wrong("this kind of png is not supported");
  // One bit of a palette may become 24; no stream expands further.
  if (image.height * row / 24 > static_cast<int64_t>(bytes.size()) * kMostExpansion)
    return wrong("the header announces more than the file can hold");
  DL_TRY(pixels, Bytes::allocate(image.height * row));
  std::vector<uint8_t *> rows(image.height);
  for (int64_t y = 0; y < image.height; ++y) rows[y] = pixels.data() + y * row;
  if (!decode(decoder, rows.data())) return wrong(reading.message);
  image.pixels = std::move(pixels);
  return image;
}

Result<Image> readPng(const std::string &path, int channels) {
  DL_TRY(bytes, readFile(path));
  return parsePng(bytes.span(), path, channels);
}

} // namespace dl::data

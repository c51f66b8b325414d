#include "data/png.h"
#include <csetjmp>
#include <png.h>

namespace dl::data {
namespace {

struct Writing {
  std::string bytes, message;
};

void fail(png_structp png, png_const_charp message) {
  static_cast<Writing *>(png_get_error_ptr(png))->message = message;
  png_longjmp(png, 1);
}
void ignoreWarning(png_structp, png_const_charp) {}
void collect(png_structp png, png_bytep from, size_t count) {
  static_cast<Writing *>(png_get_io_ptr(png))->bytes.append(reinterpret_cast<const char *>(from), count);
}
void flushNothing(png_structp) {}

struct Encoder {
  png_structp png = nullptr;
  png_infop info = nullptr;
  ~Encoder() { png_destroy_write_struct(png ? &png : nullptr, info ? &info : nullptr); }
};

bool encode(Encoder &encoder, const Image &image) {
  if (setjmp(png_jmpbuf(encoder.png))) return false;
  png_set_IHDR(encoder.png, encoder.info, static_cast<png_uint_32>(image.width), static_cast<png_uint_32>(image.height),
               8, image.channels == 1 ? PNG_COLOR_TYPE_GRAY : PNG_COLOR_TYPE_RGB, PNG_INTERLACE_NONE,
               PNG_COMPRESSION_TYPE_DEFAULT, PNG_FILTER_TYPE_DEFAULT);
  png_write_info(encoder.png, encoder.info);
  for (int64_t y = 0; y < image.height; ++y)
    png_write_row(encoder.png, image.pixels.data() + y * image.width * image.channels);
  png_write_end(encoder.png, nullptr);
  return true;
}

} // namespace

Status writePng(const std::string &path, const Image &image) {
  auto wrong = [&](const std::string &what) { return failure("cannot write `" + path + "`: " + what); };
  if (image.channels != 1 && image.channels != 3)
    return wrong("an image has 1 or 3 channels, not " + std::to_string(image.channels));
  if (image.height < 1 || image.width < 1 || image.height > 1 << 24 || image.width > 1 << 24)
    return wrong("an image of " + std::to_string(image.height) + " by " + std::to_string(image.width) + " pixels");
  if (image.pixels.size() != image.height * image.width * image.channels) return wrong("pixels are missing");
  Writing writing;
  Encoder encoder;
  encoder.png = png_create_write_struct(PNG_LIBPNG_VER_STRING, &writing, fail, ignoreWarning);
  if (encoder.png) encoder.info = png_create_info_struct(encoder.png);
  if (!encoder.info) return wrong("out of memory");
  png_set_write_fn(encoder.png, &writing, collect, flushNothing);
  if (!encode(encoder, image)) return wrong(writing.message);
  return writeFileAtomically(path, writing.bytes);
}

} // namespace dl::data

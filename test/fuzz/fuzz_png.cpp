/// Any bytes are an image.
#include "data/png.h"
#include "file_target.h"

using namespace dl::data;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  for (int channels : {0, 1, 3})
    if (auto image = parsePng({data, size}, "fuzz", channels))
      if (image->pixels.size() != image->height * image->width * image->channels) std::abort();
  return 0;
}

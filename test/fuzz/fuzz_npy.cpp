/// Any bytes are an npy file, and an npz archive.
#include "data/npy.h"
#include "file_target.h"

using namespace dl::data;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  if (auto array = parseNpy({data, size}, "fuzz"))
    for (int64_t i = 0; i < array->count(); ++i) (void)array->at(i);
  AnonymousFile file(data, size);
  readEverything(openNpz(file.path()));
  return 0;
}

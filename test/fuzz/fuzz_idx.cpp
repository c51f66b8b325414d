/// Any bytes are an IDX file, compressed or not.
#include "data/table.h"
#include "file_target.h"

using namespace dl::data;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  AnonymousFile file(data, size);
  readEverything(openIdx({file.path()}));
  return 0;
}

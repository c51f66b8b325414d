/// Any bytes are a csv file: a table whose columns can be read, or an error.
#include "data/table.h"
#include "file_target.h"

using namespace dl::data;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  AnonymousFile file(data, size);
  readEverything(openCsv(file.path()));
  return 0;
}

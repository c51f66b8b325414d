/// Any bytes are a file of weights.
#include "data/safetensors.h"
#include "file_target.h"

using namespace dl::data;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  auto file = SafetensorsFile::parse(Bytes::copy({reinterpret_cast<const char *>(data), size}), "fuzz");
  if (!file) return 0;
  for (const TensorView &tensor : file->tensors())
    for (int64_t i = 0; i < countOf(tensor.shape); ++i)
      (void)loadNumber(tensor.element, tensor.data + i * elementBytes(tensor.element));
  return 0;
}

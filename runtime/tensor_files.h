/// Tensors from files that users name on the command line, as numbers of any kind.
#pragma once
#include "support/result.h"
#include <cstdint>
#include <string>
#include <vector>

namespace dl::rt {

struct PlainTensor {
  std::vector<int64_t> shape;
  std::vector<double> values; ///< row-major
};

Result<PlainTensor> readNpyTensor(const std::string &path);
/// All cells, as rows and columns; a first line that is not numbers is a header.
Result<PlainTensor> readCsvTensor(const std::string &path);

} // namespace dl::rt

/// Tensors as files, and as plain rows.
#pragma once
#include "runtime/dlrt.h"
#include "support/result.h"
#include <string>
#include <vector>

namespace dl::rt {

/// By the ending of the path: .png, .csv or .npy.
Status writeTensor(const std::string &path, const dl_tensor &tensor);
/// The elements row-major without gaps.
std::vector<uint8_t> contiguous(const dl_tensor &tensor);
/// The reverse: rows into the tensor's memory.
void scatterRows(const void *rows, const dl_tensor &tensor);

} // namespace dl::rt

/// Tensors of generated code as the arrays of support/linalg.
#pragma once
#include "runtime/dlrt.h"
#include "support/linalg/linalg.h"

namespace dl::rt {

template <int N> struct LinearArrays {
  linalg::Array array[N];
  explicit LinearArrays(const dl_tensor *tensors) {
    for (int i = 0; i < N; ++i)
      array[i] = {tensors[i].data, tensors[i].elem == DL_F64, tensors[i].rank, tensors[i].extent, tensors[i].stride};
  }
};

} // namespace dl::rt

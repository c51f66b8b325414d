// dlrt_cholesky, ...: factorisations of matrices.
#include "runtime/linear_arrays.h"

using dl::rt::LinearArrays;

extern "C" {

void dlrt_cholesky(const dl_tensor *inputs, const dl_tensor *outputs, void *work) {
  dl::linalg::cholesky(LinearArrays<1>(inputs).array, LinearArrays<1>(outputs).array, work);
}
void dlrt_trisolve(const dl_tensor *inputs, const dl_tensor *outputs, int32_t upper, int32_t transposed, void *work) {
  dl::linalg::trisolve(LinearArrays<2>(inputs).array, LinearArrays<1>(outputs).array, upper, transposed, work);
}
void dlrt_lu(const dl_tensor *inputs, const dl_tensor *outputs, void *work) {
  dl::linalg::lu(LinearArrays<1>(inputs).array, LinearArrays<3>(outputs).array, work);
}
void dlrt_qr(const dl_tensor *inputs, const dl_tensor *outputs, void *work) {
  dl::linalg::qr(LinearArrays<1>(inputs).array, LinearArrays<2>(outputs).array, work);
}
void dlrt_eigh(const dl_tensor *inputs, const dl_tensor *outputs, void *work) {
  dl::linalg::eigh(LinearArrays<1>(inputs).array, LinearArrays<2>(outputs).array, work);
}
void dlrt_svd(const dl_tensor *inputs, const dl_tensor *outputs, void *work) {
  dl::linalg::svd(LinearArrays<1>(inputs).array, LinearArrays<3>(outputs).array, work);
}
}

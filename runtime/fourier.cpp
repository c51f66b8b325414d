// dlrt_fft: discrete Fourier transforms.
#include "runtime/linear_arrays.h"

extern "C" void dlrt_fft(const dl_tensor *inputs, const dl_tensor *outputs, int64_t dim, int32_t inverse, void *work) {
  dl::linalg::fft(dl::rt::LinearArrays<2>(inputs).array, dl::rt::LinearArrays<2>(outputs).array, static_cast<int>(dim), inverse, work);
}

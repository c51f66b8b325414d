#include "runtime/abi_symbols.h"
#include "runtime/dlrt.h"

namespace dl::rt {

const AbiSymbol *abiSymbols(size_t &count) {
#define DL_FUNCTION(name) {#name, reinterpret_cast<void *>(&name)}
#define DL_FEATURE(name) {#name, const_cast<char *>(&name)}
  static const AbiSymbol kSymbols[] = {
      DL_FUNCTION(dlrt_parallel),    DL_FUNCTION(dlrt_table_rows), DL_FUNCTION(dlrt_table_column),
      DL_FUNCTION(dlrt_table_close), DL_FUNCTION(dlrt_print),      DL_FUNCTION(dlrt_check_failed),
      DL_FUNCTION(dlrt_report),      DL_FUNCTION(dlrt_progress),   DL_FUNCTION(dlrt_save),
      DL_FUNCTION(dlrt_load),        DL_FUNCTION(dlrt_write),      DL_FUNCTION(dlrt_enter),
      DL_FUNCTION(dlrt_poll),        DL_FUNCTION(dlrt_sort),       DL_FUNCTION(dlrt_encode),
      DL_FUNCTION(dlrt_cholesky),    DL_FUNCTION(dlrt_trisolve),   DL_FUNCTION(dlrt_lu),
      DL_FUNCTION(dlrt_qr),          DL_FUNCTION(dlrt_eigh),       DL_FUNCTION(dlrt_svd),
      DL_FUNCTION(dlrt_fft),         DL_FEATURE(dl_feature_csv),
      DL_FEATURE(dl_feature_idx),    DL_FEATURE(dl_feature_npy),   DL_FEATURE(dl_feature_npz),
      DL_FEATURE(dl_feature_images), DL_FEATURE(dl_feature_png),
      DL_FEATURE(dl_feature_lines),  DL_FEATURE(dl_feature_text),
      DL_FEATURE(dl_feature_plot),
  };
#undef DL_FUNCTION
#undef DL_FEATURE
  count = sizeof kSymbols / sizeof *kSymbols;
  return kSymbols;
}

} // namespace dl::rt

// Tables of kind npy; linked when a program names dl_feature_npy.
#include "runtime/table_readers.h"

extern "C" const char dl_feature_npy = 1;

namespace dl::rt {

data::OpenTable openNpyTable(const dl_table &, const std::vector<std::string> &paths) {
  return data::openNpy(paths[0]);
}

} // namespace dl::rt

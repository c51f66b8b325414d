// Tables of kind npz; linked when a program names dl_feature_npz.
#include "runtime/table_readers.h"

extern "C" const char dl_feature_npz = 1;

namespace dl::rt {

data::OpenTable openNpzTable(const dl_table &, const std::vector<std::string> &paths) {
  return data::openNpz(paths[0]);
}

} // namespace dl::rt

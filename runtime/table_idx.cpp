// Tables of kind idx; linked when a program names dl_feature_idx.
#include "runtime/table_readers.h"

extern "C" const char dl_feature_idx = 1;

namespace dl::rt {

data::OpenTable openIdxTable(const dl_table &, const std::vector<std::string> &paths) { return data::openIdx(paths); }

} // namespace dl::rt

// Tables of kind text; linked when a program names dl_feature_text.
#include "runtime/table_readers.h"

extern "C" const char dl_feature_text = 1;

namespace dl::rt {

data::OpenTable openTextTable(const dl_table &, const std::vector<std::string> &paths) {
  return data::openText(paths[0]);
}

} // namespace dl::rt

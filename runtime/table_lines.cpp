// Tables of kind lines; linked when a program names dl_feature_lines.
#include "runtime/table_readers.h"

extern "C" const char dl_feature_lines = 1;

namespace dl::rt {

data::OpenTable openLinesTable(const dl_table &, const std::vector<std::string> &paths) {
  return data::openLines(paths[0]);
}

} // namespace dl::rt

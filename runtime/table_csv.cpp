// Tables of kind csv; linked when a program names dl_feature_csv.
#include "runtime/table_readers.h"

extern "C" const char dl_feature_csv = 1;

namespace dl::rt {

data::OpenTable openCsvTable(const dl_table &table, const std::vector<std::string> &paths) {
  return data::openCsv(paths[0], layoutOf(table));
}

} // namespace dl::rt

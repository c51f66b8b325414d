// Tables of kind images; linked when a program names dl_feature_images.
#include "runtime/table_readers.h"

extern "C" const char dl_feature_images = 1;

namespace dl::rt {

data::OpenTable openImagesTable(const dl_table &table, const std::vector<std::string> &paths) {
  return data::openImages(paths, layoutOf(table));
}

} // namespace dl::rt

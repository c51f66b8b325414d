#include "runtime/table_readers.h"

namespace dl::rt {

// Weak here: a reader that nothing else names stays out of the executable, and its address is null.
#define DL_WEAK_OPENER(name)                                                                                           \
  extern data::OpenTable name(const dl_table &, const std::vector<std::string> &) __attribute__((weak))
DL_WEAK_OPENER(openCsvTable);
DL_WEAK_OPENER(openIdxTable);
DL_WEAK_OPENER(openNpyTable);
DL_WEAK_OPENER(openNpzTable);
DL_WEAK_OPENER(openImagesTable);
DL_WEAK_OPENER(openTextTable);
DL_WEAK_OPENER(openLinesTable);

namespace {

data::OpenTable openRangeTable(const dl_table &table, const std::vector<std::string> &) {
  return data::openRange(table.bound);
}

} // namespace

data::Layout layoutOf(const dl_table &table) {
  return {table.separator ? table.separator : "", !table.headless, {table.names, table.names + table.n_names}};
}

OpenTable tableOpener(uint32_t kind) {
  switch (kind) {
  case DL_TABLE_CSV: return openCsvTable;
  case DL_TABLE_IDX: return openIdxTable;
  case DL_TABLE_NPY: return openNpyTable;
  case DL_TABLE_NPZ: return openNpzTable;
  case DL_TABLE_IMAGES: return openImagesTable;
  case DL_TABLE_TEXT: return openTextTable;
  case DL_TABLE_LINES: return openLinesTable;
  case DL_TABLE_RANGE: return openRangeTable;
  default: return nullptr;
  }
}

} // namespace dl::rt

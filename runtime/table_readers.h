/// The kinds of tables this executable can read: each kind's opener is there only when its feature was linked.
#pragma once
#include "runtime/tables.h"

namespace dl::rt {

/// nullptr where the kind is not linked.
OpenTable tableOpener(uint32_t kind);

data::Layout layoutOf(const dl_table &table);

// One file each (table_csv.cpp, ...), which also defines the dl_feature_* symbol that links it.
data::OpenTable openCsvTable(const dl_table &table, const std::vector<std::string> &paths);
data::OpenTable openIdxTable(const dl_table &table, const std::vector<std::string> &paths);
data::OpenTable openNpyTable(const dl_table &table, const std::vector<std::string> &paths);
data::OpenTable openNpzTable(const dl_table &table, const std::vector<std::string> &paths);
data::OpenTable openImagesTable(const dl_table &table, const std::vector<std::string> &paths);
data::OpenTable openTextTable(const dl_table &table, const std::vector<std::string> &paths);
data::OpenTable openLinesTable(const dl_table &table, const std::vector<std::string> &paths);

} // namespace dl::rt

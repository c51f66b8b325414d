// The ABI of tables: dlrt_table_rows, dlrt_table_column, dlrt_table_close.
#include "runtime/format.h"
#include "runtime/state.h"

using namespace dl::rt;

namespace {

int32_t fail(State &state, uint32_t where, const std::string &text) {
  std::string position = positionText(state.program, where);
  state.console.note((position.empty() ? "" : position + ": ") + "error: " + text);
  return DL_IO_FAILED;
}

} // namespace

extern "C" {

int32_t dlrt_table_rows(dl_frame *frame, uint32_t table, int64_t *rows) {
  State &state = stateOf(frame);
  auto count = state.tables.rows(table);
  if (!count) return fail(state, state.program.tables[table].where, count.message());
  *rows = *count;
  return DL_OK;
}

int32_t dlrt_table_column(dl_frame *frame, uint32_t table, uint32_t column, void *into) {
  State &state = stateOf(frame);
  dl::Status read = state.tables.column(table, column, into);
  if (read.ok()) return DL_OK;
  const dl_table &t = state.program.tables[table];
  uint32_t where = t.columns[column].where;
  return fail(state, where ? where : t.where, read.message());
}

void dlrt_table_close(dl_frame *frame, uint32_t table) { stateOf(frame).tables.close(table); }

} // extern "C"

// The ABI of tables and texts: dlrt_table_rows, dlrt_table_column, dlrt_table_close, dlrt_encode.
#include "runtime/format.h"
#include "runtime/state.h"
#include <algorithm>

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

int32_t dlrt_encode(dl_frame *frame, uint32_t where, const dl_vocabulary *vocabulary, const dl_tensor *text, int64_t *count,
                    int32_t *ids) {
  State &state = stateOf(frame);
  auto known = state.vocabularies.find(vocabulary);
  if (known == state.vocabularies.end()) {
    std::vector<std::string> names(vocabulary->names, vocabulary->names + vocabulary->n_names);
    dl::data::Vocabulary made(dl::data::Vocabulary::Unit(vocabulary->unit - 1), std::move(names), size_t(vocabulary->n_special));
    known = state.vocabularies.emplace(vocabulary, std::move(made)).first;
  }
  auto found = known->second.encode({static_cast<const char *>(text->data), size_t(text->extent[0])});
  if (!found) return fail(state, where, found.message());
  size_t taken = found->size();
  if (vocabulary->most > 0) taken = std::min(taken, size_t(vocabulary->most));
  std::copy_n(found->begin(), taken, ids);
  *count = int64_t(taken);
  return DL_OK;
}

} // extern "C"

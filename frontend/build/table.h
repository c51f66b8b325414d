/// Tables while a program is built: where rows come from, and the ways to walk them.
#pragma once
#include "frontend/build/elaborator.h"
#include "data/table.h"

namespace dl::frontend {

/// A name that no program can have, in scope in the lines of a `data`, where the name of a column is the cell of one row.
inline const char *const kInRow = "$row";

/// A file (or a count) that rows come from, before any field is computed.
struct TableSourceInfo {
  ir::TableKind kind = ir::TableKind::Csv;
  std::vector<std::string> paths; ///< as written
  ir::TableLayout layout;
  int64_t most = 0;               ///< `most: n`; 0: the rows counted now
  Dim count;                      ///< Range: its length
};

/// A table: columns, and the declaration whose fields can be computed from another source too.
struct TableObject : Bundle {
  std::optional<TableSourceInfo> source; ///< not taken apart into fields yet
  const ast::Data *decl = nullptr;
  std::shared_ptr<Bundle> copy() const override { return std::make_shared<TableObject>(*this); }
};

/// `batches(table, size, shuffle: true)`.
struct BatchesObject : Object {
  Val table;
  int64_t size = 1;
  bool shuffle = false;
  const void *node = nullptr; ///< its place, for the key of the shuffle
  SourceRange where;
};

/// One walk over a table (row by row) or batches: `body` gets the record of this turn.
struct Walk {
  SourceRange where;
  std::function<Val()> condition; ///< optional
  std::function<void(const Val &record, ir::Value *turn)> body;
};

/// Turns of a walk as an extent, and the rows behind them.
Dim turnsOf(const Val &over);
Dim rowCount(const Val &over);

/// A record of tensors (or lists) with one first dimension as the table that it is; another record as it is; an error where the
/// lengths differ.
Val asTable(Elaborator &e, const Val &record, SourceRange where);

} // namespace dl::frontend

/// The columns of a source that the text of a `data` declaration uses.
#pragma once
#include "frontend/build/table.h"

namespace dl::frontend {

struct SourceColumn {
  std::string name; ///< in scope: the column's, or `columns pixel*` for a call of `columns`
  Val value;        ///< [rows, ...]
  bool asField = false; ///< read with the element and range of a field: that field is the column itself
  Val lengths;          ///< none, or how many elements each row has
  const ast::Bind *field = nullptr; ///< with lengths: the field that it is
};
struct SourceColumns {
  Dim length;
  std::vector<SourceColumn> columns;
  std::vector<std::string> texts; ///< columns of text that lines mention
  std::vector<std::string> all;   ///< the names of all that the source has
  /// The column that the field is, if it is one unchanged.
  const SourceColumn *plain(const ast::Bind &field) const;
  /// The column whose lengths the field is: `n: int = len(ids)`.
  const SourceColumn *measured(const ast::Bind &field) const;
};
/// The name under which `column("a")`, `columns("a*")` find their values in the scope of a row.
std::string columnKey(const std::string &name, const std::string &to = "");

} // namespace dl::frontend

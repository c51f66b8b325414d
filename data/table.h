/// A table: columns of equal length from one source, read into the caller's memory with every value checked.
/// One function opens each kind of source, in a file of its own, so that an executable links only what it names.
#pragma once
#include "data/element.h"
#include "data/text.h"
#include "support/result.h"
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace dl::data {

/// Numbered like ir::TableKind and DL_TABLE_*.
enum class TableKind : uint8_t { Csv, Idx, Npy, Npz, Images, Lines, Range, Text };

/// A text becomes ints: literals[0] cell literals[1] cell ... is encoded, one cell for each source. Missing ids are 0.
struct Encoding {
  enum class Fit : uint8_t { Pad, Cut, Exact }; ///< a text longer than the row: an error, cut off; Exact: no other length
  std::shared_ptr<const Vocabulary> vocabulary;
  std::vector<std::string> literals;
  Fit fit = Fit::Pad;
  int64_t most = 0;     ///< ids of a row
  bool lengths = false; ///< the value is how many ids the row has, not the ids
};

/// What to read: one value a row, of this element and shape.
struct Column {
  std::string name; ///< for messages
  /// csv: names or globs (`pixel*`), together they fill a row; elsewhere one name. None: `name`, else the only column.
  std::vector<std::string> sources;
  Element element = Element::F32;
  std::vector<int64_t> rowShape;
  /// Not empty: the cells are names, stored as indices into this list; another name is an error.
  std::vector<std::string> categories;
  double low = 0, high = 0; ///< low <= value < high is checked when low < high
  std::optional<Encoding> encoding;
};

/// What a source says about one of its columns.
struct ColumnInfo {
  std::string name;
  bool isText = false;            ///< holds names or lines
  Element element = Element::F32; ///< the natural element
  std::vector<int64_t> rowShape;
};

class Table {
public:
  virtual ~Table() = default;
  int64_t rows() const { return rows_; }
  const std::vector<ColumnInfo> &columns() const { return columns_; }
  const ColumnInfo *find(const std::string &name) const;
  /// What the column holds: for csv the answer of all its cells (text, whole numbers as i64, or f32), while
  /// `columns` knows names only.
  virtual Result<ColumnInfo> describe(const std::string &column) const;
  /// All rows of a column, row after row without gaps.
  Status read(const Column &column, void *into) const;
  /// The cells of a column of names or lines, as they are in the file.
  virtual Result<std::vector<std::string>> texts(const std::string &column) const;
  /// The different names of a column: numbers by value, else sorted by bytes. At most `most` of them.
  Result<std::vector<std::string>> distinct(const std::string &column, size_t most = 100000) const;

protected:
  /// `read` of a column that is not encoded.
  virtual Status readValues(const Column &column, void *into) const = 0;
  /// What is wrong with a cell, and where it is.
  virtual Error cellError(int64_t row, const std::string &column, const std::string &what) const;
  /// "`file` has no column `x`; it has ..." with the nearest name.
  Error noColumn(const std::string &name) const;
  /// The column a request without globs means.
  Result<size_t> resolve(const Column &column) const;
  /// Reads a column that lies in memory as an array of its natural element.
  Status readArray(const Column &column, const ColumnInfo &info, const std::string &file, const uint8_t *from,
                   void *into) const;
  /// Reads names as indices into the column's categories.
  Status readCategories(const Column &column, const std::vector<std::string> &cells, void *into) const;
  Status readEncoded(const Column &column, void *into) const;
  std::string file_; ///< how messages call the source
  int64_t rows_ = 0;
  std::vector<ColumnInfo> columns_;
};

/// What a file does not say of its columns.
struct Layout {
  std::string separator;          ///< csv: the character between cells; none: by the header
  bool header = true;             ///< csv: the first line names the columns
  std::vector<std::string> names; ///< csv: instead of the header's; images: the columns of all folders but the first
};

using OpenTable = Result<std::unique_ptr<Table>>;
/// Columns without names are `c0`, `c1`, ...
OpenTable openCsv(const std::string &path, const Layout &layout = {});
/// Columns `image` (the first file) and `label` (the second, if there is one).
OpenTable openIdx(const std::vector<std::string> &paths);
/// One column, `value`.
OpenTable openNpy(const std::string &path);
/// A column for each member.
OpenTable openNpz(const std::string &path);
/// The png files of a folder, sorted: column `image` [channels, height, width]; and where they lie in subfolders,
/// `label`, the subfolder's name. Further folders, with files of the same names, are columns under the layout's names.
OpenTable openImages(const std::vector<std::string> &folders, const Layout &layout = {});
/// One column, `line`.
OpenTable openLines(const std::string &path);
/// One row, whose column `text` is the whole file.
OpenTable openText(const std::string &path);
/// One column, `row`: 0, 1, ... count - 1.
OpenTable openRange(int64_t count);
/// Any of them (range: the count is the path).
OpenTable openTable(TableKind kind, const std::vector<std::string> &paths, const Layout &layout = {});

/// The columns from one name to another in the order of the table: `columns("age", to: "thal")`.
Result<std::vector<std::string>> columnsBetween(const Table &table, const std::string &first, const std::string &last);
/// `*` stands for any text, `?` for one character.
bool matchesGlob(const std::string &pattern, const std::string &name);

} // namespace dl::data

#include "data/table.h"
#include "ir/evaluate/op_context.h"

namespace dl::ir::eval {

static std::vector<std::string> resolved(const TableSource &table, const std::string &dataDir) {
  std::vector<std::string> paths = table.paths;
  if (table.kind == TableKind::Range) return paths;
  for (std::string &path : paths)
    if (!path.starts_with('/')) path = dataDir + "/" + path;
  return paths;
}

Status loadTable(OpContext &c, const TableSource &table, const std::string &dataDir) {
  DL_TRY(source, data::openTable(static_cast<data::TableKind>(table.kind), resolved(table, dataDir)));
  int64_t rows = source->rows();
  if (rows > table.bound)
    return failure("the table " + table.name + " has " + std::to_string(rows) + " rows, at most " + std::to_string(table.bound) + " are allowed");
  c.out.reserve(c.op.results.size());
  c.out.push_back(Tensor::scalar(Elem::I64, static_cast<uint64_t>(rows)));
  for (const TableColumn &column : table.columns) {
    data::Column wanted;
    wanted.name = column.name;
    wanted.sources = sourcesOf(table, column);
    wanted.element = static_cast<data::Element>(column.elem);
    wanted.rowShape = column.rowDims;
    if (column.category) wanted.categories = column.categories;
    wanted.low = column.low;
    wanted.high = column.high;
    std::vector<int64_t> shape{rows};
    shape.insert(shape.end(), column.rowDims.begin(), column.rowDims.end());
    DL_TRY(tensor, c.result(column.elem, std::move(shape)));
    Status read = source->read(wanted, tensor->bytes.data());
    if (!read) return read.takeError();
  }
  return Done{};
}

} // namespace dl::ir::eval

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

Status encode(OpContext &c) {
  const auto &attr = c.op.as<EncodeAttr>();
  data::Vocabulary vocabulary(static_cast<data::Vocabulary::Unit>(attr.unit), attr.names, static_cast<size_t>(attr.special));
  const Tensor &text = *c.in[0];
  auto ids = vocabulary.encode({text.data<char>(), static_cast<size_t>(text.count())});
  if (!ids) return ids.takeError();
  if (attr.most > 0) ids->resize(std::min(ids->size(), static_cast<size_t>(attr.most)));
  int64_t count = static_cast<int64_t>(ids->size());
  c.out.reserve(2);
  c.out.push_back(Tensor::scalar(Elem::I64, static_cast<uint64_t>(count)));
  DL_TRY(tensor, c.result(Elem::I32, {count}));
  std::copy(ids->begin(), ids->end(), tensor->data<int32_t>());
  return Done{};
}

static data::Encoding encodingOf(const TableColumn &column) {
  const TextEncoding &e = *column.encoding;
  data::Encoding out;
  out.vocabulary = std::make_shared<data::Vocabulary>(static_cast<data::Vocabulary::Unit>(e.unit), column.categories, static_cast<size_t>(e.special));
  out.literals = e.literals, out.fit = static_cast<data::Encoding::Fit>(e.fit), out.most = e.most, out.lengths = e.lengths;
  return out;
}

Status loadTable(OpContext &c, const TableSource &table, const std::string &dataDir) {
  const TableLayout &l = table.layout;
  DL_TRY(source, data::openTable(static_cast<data::TableKind>(table.kind), resolved(table, dataDir), {l.separator, l.header, l.names}));
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
    if (column.encoding) wanted.encoding = encodingOf(column);
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

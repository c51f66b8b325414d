/// One execution of one op: operands in, results out. Every family has its function; the interpreter chooses.
#pragma once
#include "ir/evaluate/evaluate.h"
#include <span>

namespace dl::ir::eval {

using DimValues = std::function<int64_t(DimAtom *)>;

struct OpContext {
  const Op &op;
  std::span<const Tensor *const> in;
  const DimValues &dims;
  std::vector<Tensor> out = {};

  int64_t extent(const dl::Dim &d) const { return std::max<int64_t>(d.evaluate(dims), 0); }
  std::vector<int64_t> extents(const std::vector<dl::Dim> &list) const;
  /// Adds a result of the type of result `out.size()`, zero-filled.
  Result<Tensor *> result();
  Result<Tensor *> result(Elem elem, std::vector<int64_t> shape);
};

Status elementwise(OpContext &context);
Status convert(OpContext &context);
Status constant(OpContext &context);
Status random(OpContext &context);
Status reduction(OpContext &context);
Status contract(OpContext &context);
Status indexed(OpContext &context); ///< remap, gather, scatter
Status shape(OpContext &context);
Status indexing(OpContext &context);
Status encode(OpContext &context);
Status linearAlgebra(OpContext &context);
/// Any pure op without regions and names.
Status pureOp(OpContext &context);
/// load_table; `dataDir` is where relative paths resolve.
Status loadTable(OpContext &context, const TableSource &table, const std::string &dataDir);

/// Row-major strides.
std::vector<int64_t> stridesOf(const std::vector<int64_t> &shape);
/// The text of pieces over values (operand numbers index `in`).
Result<std::string> textOf(const std::vector<PrintPiece> &pieces, std::span<const Tensor *const> in);

} // namespace dl::ir::eval

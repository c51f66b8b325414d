#include "ir/evaluate/op_context.h"

namespace dl::ir::eval {

Status loadTable(OpContext &, const TableSource &table, const std::string &) {
  return failure("this build reads no tables, so @" + table.name + " cannot be loaded");
}

} // namespace dl::ir::eval

#include "ir/evaluate/interpreter.h"
#include <cstdio>

// Everything that is no effect is handled before.
#pragma clang diagnostic ignored "-Wswitch-enum"

namespace dl::ir::eval {

Status Interpreter::effect(const Op &op, Frame &frame) {
  std::vector<const Tensor *> in;
  for (const Value *operand : op.operands) in.push_back(frame[operand].get());
  switch (op.kind) {
  case OpKind::Print: {
    DL_TRY(text, textOf(op.as<PrintAttr>().pieces, in));
    if (options_.print) options_.print(text);
    else std::fwrite(text.data(), 1, text.size(), stdout);
    return Done{};
  }
  case OpKind::Report:
    if (options_.report) options_.report(op.as<ReportAttr>().name, in[0]->number(0));
    return Done{};
  case OpKind::Check: {
    if (*in[0]->data<uint8_t>()) return Done{};
    DL_TRY(text, textOf(op.as<CheckAttr>().message, in));
    return failure(text.empty() ? "a check does not hold" : text);
  }
  case OpKind::Progress:
  case OpKind::Snapshot: return Done{};
  case OpKind::Save: { // what belongs to the run folder is no file of the user's
    DL_TRY(path, textOf(op.as<SaveAttr>().path, in));
    if (path.rfind("run:", 0) == 0) return Done{};
    [[fallthrough]];
  }
  default: return failure(std::string("`") + info(op.kind).mnemonic + "` writes or reads files, which the evaluator does not");
  }
}

Status Interpreter::table(const Op &op, Frame &frame) {
  const TableSource *source = module_.findTable(op.as<TableAttr>().table);
  if (!source) return failure("there is no table @" + op.as<TableAttr>().table);
  OpContext context{op, {}, frame.dims};
  DL_CHECK_OK(loadTable(context, *source, options_.dataDir));
  for (size_t i = 0; i < op.results.size(); ++i) frame.set(op.results[i], std::make_shared<const Tensor>(std::move(context.out[i])));
  return Done{};
}

} // namespace dl::ir::eval

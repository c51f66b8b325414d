// linesOf: the last tensor that each line makes, the params of the layers it calls.
#include "report/costs.h"
#include <set>

namespace dl::report {

Lines linesOf(const Places &places, const ir::Function &entry) {
  const ir::Module &module = places.module();
  Lines lines;
  std::set<std::pair<std::pair<uint32_t, uint32_t>, std::string>> counted;
  auto lineOf = [&](const ir::Origin &origin) -> std::optional<std::pair<uint32_t, uint32_t>> {
    SourceRange where = places.inUserText(origin);
    if (!where.valid()) return std::nullopt;
    return std::pair{where.file, places.sources().start(where).line};
  };
  ir::walk(*entry.body, [&](const ir::Op *op) {
    if (op->where.phase != ir::Phase::Forward) return;
    auto line = lineOf(op->where);
    if (!line) return;
    LineFacts &facts = lines[*line];
    uint32_t site = places.instanceOf(op->where);
    Dim rows = op->where.site ? module.site(op->where.site).rows : Dim(0);
    bool computes = ir::info(op->kind).family != ir::Family::Constant && op->kind != ir::OpKind::Broadcast && op->results.size() == 1;
    if (computes && (op->result()->type.rank() > 0 || ir::isFloat(op->result()->type.elem))) facts.output = shapeText(op->result()->type, rows);
    if (site && module.site(site).parameters && counted.insert({*line, module.site(site).name}).second) facts.parameters += module.site(site).parameters;
  });
  return lines;
}

} // namespace dl::report

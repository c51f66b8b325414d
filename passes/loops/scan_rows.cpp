/// scan_rows. Before: any module. After: every scan of a `for` reads dimension 0: of a transpose in front of the loop
/// where it read another one. The slices then lie whole in memory, so that a scan is a view. Exact; needs and gives
/// nothing. Before merge_equal_ops and canonicalise_loops (several loops share a transpose, which leaves outer loops);
/// the memory planner relies on it. Test: test/passes/loops/scan_rows.dlir.
#include "passes/pass.h"
#include "passes/rewriting.h"

namespace dl::passes {

namespace {

using namespace ir;

void scanRows(Module &module, Region &region) {
  std::vector<Op *> old = std::move(region.ops);
  region.ops.clear();
  for (Op *op : old) {
    if (op->kind == OpKind::For) {
      auto &attr = op->as<ForAttr>();
      Builder builder(module, &region);
      builder.where = op->where;
      size_t first = attr.tripIsDim ? 0 : 1;
      for (size_t s = 0; s < attr.scanDims.size(); ++s) {
        op->operands[first + s] = withDimensionFirst(op->operands[first + s], attr.scanDims[s], builder);
        attr.scanDims[s] = 0;
      }
    }
    for (Region *inner : op->regions) scanRows(module, *inner);
    region.ops.push_back(op);
  }
}

} // namespace

Status scan_rows(Module &module, PassContext &) {
  for (const auto &function : module.functions) scanRows(module, *function->body);
  return Done{};
}

} // namespace dl::passes

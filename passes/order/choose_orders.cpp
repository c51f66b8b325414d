/// choose_orders: writes the order of every sum on its op and turns `accumulate` into `add`.
/// before: order not chosen, `accumulate` re-associable.   after: the bits of every result are fixed.
/// needs: NoGrad, NoMarkers, Canonical.  gives: Ordered.  Why here: before fusion and tiling, so that neither can
/// change a bit (law 6).  test: test/passes/order/choose_orders.dlir
#include "ir/orders.h"
#include "passes/pass.h"

namespace dl::passes {

Status choose_orders(ir::Module &module, PassContext &) {
  for (const auto &function : module.functions)
    ir::walk(*function->body, [](ir::Op *op) {
      if (op->kind == ir::OpKind::Accumulate) op->kind = ir::OpKind::Add;
      if (op->kind == ir::OpKind::Reduce && op->as<ir::ReduceAttr>().order.chunk == 0)
        op->as<ir::ReduceAttr>().order = ir::defaultOrder(*op);
      if (op->kind == ir::OpKind::Contract && op->as<ir::IndexedAttr>().order.chunk == 0)
        op->as<ir::IndexedAttr>().order = ir::defaultOrder(*op);
    });
  return Done{};
}

} // namespace dl::passes

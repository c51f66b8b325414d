#include "passes/pass.h"

namespace dl::passes {

const char *name(Property p) {
  switch (p) {
  case Property::NoCalls: return "NoCalls";
  case Property::NoGrad: return "NoGrad";
  case Property::NoMarkers: return "NoMarkers";
  case Property::Canonical: return "Canonical";
  case Property::Ordered: return "Ordered";
  case Property::Fused: return "Fused";
  case Property::Scheduled: return "Scheduled";
  case Property::Planned: return "Planned";
  }
  DL_UNREACHABLE();
}

Properties observedProperties(const ir::Module &module) {
  using ir::OpKind;
  bool calls = false, grads = false, markers = false, unordered = false, fused = false;
  for (const auto &function : module.functions)
    ir::walk(*function->body, [&](const ir::Op *op) {
      OpKind k = op->kind;
      calls |= k == OpKind::Call;
      grads |= k == OpKind::Grad || k == OpKind::Jvp;
      markers |= k == OpKind::Leaf || k == OpKind::StopGradient || k == OpKind::Checkpoint || k == OpKind::CustomGrad;
      fused |= k == OpKind::Fused;
      unordered |= k == OpKind::Accumulate;
      if (k == OpKind::Contract) unordered |= op->as<ir::IndexedAttr>().order.chunk == 0;
      if (k == OpKind::Reduce) {
        const auto &reduce = op->as<ir::ReduceAttr>();
        bool sums = reduce.kind == ir::ReduceKind::Sum || reduce.kind == ir::ReduceKind::Prod;
        unordered |= sums && reduce.order.chunk == 0;
      }
    });
  Properties result = 0;
  if (!calls) result |= bit(Property::NoCalls);
  if (!grads) result |= bit(Property::NoGrad);
  if (!markers) result |= bit(Property::NoMarkers);
  if (!unordered) result |= bit(Property::Ordered);
  if (fused) result |= bit(Property::Fused) | bit(Property::Scheduled);
  return result;
}

const std::vector<Pass> &allPasses() {
  constexpr Properties None = 0;
  constexpr Properties NoCalls = bit(Property::NoCalls), NoGrad = bit(Property::NoGrad),
                       NoMarkers = bit(Property::NoMarkers), Canonical = bit(Property::Canonical),
                       Ordered = bit(Property::Ordered), Fused = bit(Property::Fused),
                       Scheduled = bit(Property::Scheduled), Planned = bit(Property::Planned);
  (void)None, (void)NoCalls, (void)NoGrad, (void)NoMarkers, (void)Canonical, (void)Ordered, (void)Fused;
  (void)Scheduled, (void)Planned;
  static const std::vector<Pass> kPasses = {
#define DL_PASS(name, level, needs, gives, help) {#name, &name, needs, gives, level, help},
#include "passes/pass_list.def"
  };
  return kPasses;
}

const Pass *findPass(const std::string &name) {
  for (const Pass &pass : allPasses())
    if (name == pass.name) return &pass;
  return nullptr;
}

} // namespace dl::passes

#include "passes/fusion/candidates.h"
#include "passes/fusion/rows_domain.h"
#include "passes/memory/storage.h"
#include "support/result.h"
#include <algorithm>
#include <unordered_set>

namespace dl::passes {

using ir::Op;
using ir::OpKind;
using ir::Region;
using ir::Value;

const Value *Lifetimes::root(const Value *v) const {
  for (auto at = views.find(v); at != views.end(); at = views.find(v)) v = at->second.base;
  return v;
}

namespace {

struct Walker {
  Lifetimes &out;
  int position = 0;

  void define(const Value *v, int at) {
    (v->type.rank() == 0 ? out.scalars : out.tensors).push_back(v);
    if (out.views.count(v) == 0) out.of[v] = {at, at};
  }
  static int64_t rowBytes(const ir::Type &stacked) { return ir::Type(stacked.elem, {stacked.dims.begin() + 1, stacked.dims.end()}).boundBytes(); }

  void number(const Region &region, int begin) {
    for (const Value *arg : region.args) define(arg, begin);
    for (const Op *op : region.ops) {
      Span &span = out.spans[op];
      span.begin = span.end = ++position;
      int begin = position;
      if (op->kind != OpKind::Fused) {
        noteSlices(*op);
        for (const Region *inner : op->regions) number(*inner, begin);
        if (!op->regions.empty()) ++position;
      }
      out.spans[op].end = position;
      int made = position;
      if (placementOf(*op) == Placement::View && op->results.size() == 1)
        out.views[op->result()] = {op->operand(0), viewOffset(*op) * ir::byteSize(op->result()->type.elem), nullptr, 0};
      // Stacks are written while the loop runs.
      size_t stacksFrom = op->results.size();
      if (op->kind == OpKind::For) stacksFrom = static_cast<size_t>(op->as<ir::ForAttr>().carries);
      if (op->kind == OpKind::While) stacksFrom = static_cast<size_t>(op->as<ir::WhileAttr>().carries) + (op->as<ir::WhileAttr>().bound > 0 ? 1 : 0);
      for (size_t k = 0; k < op->results.size(); ++k) define(op->results[k], k >= stacksFrom ? begin : made);
    }
  }

  /// Slices of scanned operands and of stacks are views that move with the loop index.
  void noteSlices(const Op &op) {
    if (op.kind != OpKind::For) return;
    const auto &attr = op.as<ir::ForAttr>();
    const Region &body = *op.regions[0];
    size_t firstScan = attr.tripIsDim ? 0 : 1;
    for (size_t s = 0; s < attr.scanDims.size(); ++s) {
      const Value *whole = op.operands[firstScan + s], *slice = body.args[1 + s];
      if (slice->type.rank() == 0) continue;
      DL_CHECK(attr.scanDims[s] == 0);
      out.views[slice] = {whole, 0, body.args[0], rowBytes(whole->type)};
    }
    const Op *end = body.terminator();
    for (size_t k = static_cast<size_t>(attr.carries); k < end->operands.size(); ++k) {
      const Value *part = end->operands[k], *stack = op.results[k];
      if (part->type.rank() == 0) continue;
      out.views[part] = {stack, 0, body.args[0], rowBytes(stack->type)};
    }
  }

  void use(const Value *v, int at, const Region &user) {
    v = out.root(v);
    auto found = out.of.find(v);
    if (found == out.of.end()) return;
    // Used inside loops that it was defined outside of: alive to the end of the outermost of them.
    const Region *home = v->def ? v->def->parent : v->region;
    for (const Region *r = &user; r != home && r && r->parent; r = r->parent->parent)
      if (r->parent->kind == OpKind::For || r->parent->kind == OpKind::While) at = std::max(at, out.spans.at(r->parent).end);
    found->second.last = std::max(found->second.last, at);
  }
  void useType(const ir::Type &type, int at, const Region &user) {
    for (const Value *d : ir::dimValues(type)) use(d, at, user);
  }

  void uses(const Region &region) {
    for (const Op *op : region.ops) {
      Span span = out.spans.at(op);
      bool loop = op->kind == OpKind::For || op->kind == OpKind::While;
      int at = span.begin;
      if (op->kind == OpKind::Yield && op->parent->parent && op->parent->parent->kind != OpKind::If) at = out.spans.at(op->parent->parent).end;
      for (const Value *v : op->operands) {
        use(v, at, region);
        useType(v->type, at, region);
      }
      if (op->kind == OpKind::For) {
        const auto &attr = op->as<ir::ForAttr>();
        if (!attr.tripIsDim) use(op->operands[0], span.end, region);
        for (size_t s = 0; s < attr.scanDims.size(); ++s) use(op->operands[s + (attr.tripIsDim ? 0 : 1)], span.end, region);
      }
      for (const Value *v : op->results) useType(v->type, span.end, region);
      for (DimAtom *atom : ir::atomsOf(op->attrs))
        if (atom->owner) use(static_cast<const Value *>(atom->owner), loop ? span.end : at, region);
      if (op->kind == OpKind::Fused) {
        ir::walk(*op->regions[0], [&](const Op *inner) {
          for (DimAtom *atom : ir::atomsOf(inner->attrs))
            if (atom->owner) use(static_cast<const Value *>(atom->owner), at, region);
          for (const Value *r : inner->results) useType(r->type, at, region);
        });
      } else {
        for (const Region *inner : op->regions) {
          uses(*inner);
          if (loop && !inner->args.empty() && inner->args[0]->type.rank() == 0 && op->kind == OpKind::For) use(inner->args[0], span.end, *inner);
        }
      }
    }
  }
};

} // namespace

Lifetimes computeLifetimes(const ir::Function &entry) {
  Lifetimes out;
  Walker walker{out};
  walker.number(*entry.body, 0);
  out.end = walker.position;
  walker.uses(*entry.body);
  return out;
}

namespace {

/// Region argument and what is made of it element by element are read only where the kernel's own index is.
bool readsAtOwnIndex(const Region &body, const Value *arg) {
  std::unordered_set<const Value *> made = {arg};
  for (const Op *op : body.ops) {
    bool reads = std::any_of(op->operands.begin(), op->operands.end(), [&](const Value *v) { return made.count(v) != 0; });
    if (!reads) continue;
    if (op->kind == OpKind::Yield) return made.size() > 1 && std::find(op->operands.begin(), op->operands.end(), arg) == op->operands.end();
    if (!ir::isElementwise(op->kind)) return false;
    made.insert(op->result());
  }
  return true;
}

/// The result is a sum that the kernel may write down before it has made the other results.
bool isWrittenEarly(const Op &kernel, const Value *result) {
  const Op *maker = kernel.regions[0]->terminator()->operands[result->index]->def;
  return maker && (maker->kind == OpKind::Contract || maker->kind == OpKind::Reduce);
}

int64_t countReads(const Region &body, const Value *arg) {
  int64_t reads = 0;
  for (const Op *op : body.ops) reads += std::count(op->operands.begin(), op->operands.end(), arg);
  return reads;
}

} // namespace

bool mayOverwrite(const Op &kernel, const Value *operand, const Value *result) {
  if (kernel.kind == OpKind::Copy) return kernel.operand(0) == operand;
  if (kernel.kind != OpKind::Fused || operand->type != result->type) return false;
  const Region &body = *kernel.regions[0];
  const auto &attr = kernel.as<ir::FusedAttr>();
  size_t number = static_cast<size_t>(std::find(kernel.operands.begin(), kernel.operands.end(), operand) - kernel.operands.begin());
  if (number == kernel.operands.size()) return false;
  const Value *arg = body.args[number];
  if (attr.kind == ir::FusedKind::Opaque) { // scatter and update_at write into their base
    for (const Op *op : body.ops)
      if ((op->kind == OpKind::Scatter || op->kind == OpKind::UpdateAt) && op->operand(0) == arg) return countReads(body, arg) == 1;
    return false;
  }
  if (attr.kind == ir::FusedKind::Gemm && isWrittenEarly(kernel, result)) return false;
  if (attr.kind == ir::FusedKind::Rows) {
    auto domain = analyseRows({body.ops.begin(), body.ops.end() - 1});
    if (!domain || domain->hasInnerReduction || domain->hasOuterReduction) return false;
  }
  return readsAtOwnIndex(body, arg);
}

} // namespace dl::passes

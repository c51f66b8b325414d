/// widen_floats. Before: no calls. After: floats are computed in f64; what comes from outside (arguments, files, slots) is
/// converted on its way in, what leaves on its way out, and bits are looked at in their own type. On request only, so
/// that central differences tell a wrong gradient from rounding. Needs NoCalls, gives nothing.
/// Test: test/passes/autodiff/widen_floats.dlir.
#include "passes/pass.h"
#include "passes/rewriting.h"

namespace dl::passes {

namespace {

using namespace ir;

bool isNarrow(Elem elem) { return isFloat(elem) && elem != Elem::F64; }
Elem widened(Elem elem) { return isNarrow(elem) ? Elem::F64 : elem; }

/// Ops that deal in types of the outside.
bool keepsTypes(const Op &op) {
  if (op.kind == OpKind::Bitcast || op.kind == OpKind::Return || op.kind == OpKind::LoadTable) return true;
  return info(op.kind).family == Family::Effect && op.kind != OpKind::Print && op.kind != OpKind::Check;
}

class Widener {
public:
  Widener(Module &module, Function &function) : function_(function), b_(module, function.body) {}

  void run() {
    Region *from = function_.body, *into = function_.newRegion(nullptr);
    function_.body = into;
    b_.setRegion(into);
    for (Value *arg : from->args) wide(arg, argument(*into, map_(arg->type), arg));
    for (const Op *op : from->ops) copy(*op);
  }

private:
  Value *argument(Region &region, Type type, Value *like) {
    Value *arg = function_.newValue(std::move(type), like->name);
    arg->region = &region, arg->index = static_cast<uint32_t>(region.args.size());
    region.args.push_back(arg);
    map_.map(like, arg);
    return arg;
  }

  /// `now` takes the place of `was`, in f64.
  void wide(Value *was, Value *now) {
    if (isNarrow(now->type.elem)) map_.values[was] = b_.convert(now, Elem::F64);
    else map_.map(was, now);
  }

  Attrs attrs(const Op &op) {
    Attrs out = map_.dims.empty() ? op.attrs : substitute(op.attrs, [&](DimAtom *atom) -> std::optional<Dim> {
      auto found = map_.dims.find(atom);
      return found == map_.dims.end() ? std::nullopt : std::optional(found->second);
    });
    if (auto *c = std::get_if<ConstAttr>(&out); c && isNarrow(c->type.elem)) {
      for (uint64_t &bits : c->bits) bits = encodeNumber(Elem::F64, decodeNumber(c->type.elem, bits));
      c->type.elem = Elem::F64;
    }
    if (auto *c = std::get_if<ConvertAttr>(&out)) c->to = op.kind == OpKind::Convert ? widened(c->to) : c->to;
    if (auto *c = std::get_if<IotaAttr>(&out)) c->type.elem = widened(c->type.elem);
    return out;
  }

  void copy(const Op &op) {
    b_.where = op.where;
    bool keeps = keepsTypes(op);
    if (op.kind == OpKind::Convert && isFloat(op.operand(0)->type.elem) && isFloat(op.result()->type.elem)) {
      map_.values[op.result()] = map_(op.operand(0));
      return;
    }
    std::vector<Value *> operands;
    for (Value *v : op.operands) operands.push_back(keeps ? b_.convert(map_(v), v->type.elem) : map_(v));
    std::vector<Region *> regions;
    for (const Region *region : op.regions) regions.push_back(copy(*region));
    b_.where = op.where;
    Op *made = b_.create(op.kind, operands, attrs(op), regions);
    for (size_t i = 0; i < op.results.size(); ++i) {
      made->result(i)->name = op.result(i)->name;
      wide(op.result(i), made->result(i));
    }
  }

  Region *copy(const Region &from) {
    Region *into = b_.newRegion({}), *before = b_.region();
    for (Value *arg : from.args) {
      Type type = map_(arg->type);
      type.elem = widened(type.elem);
      argument(*into, std::move(type), arg);
    }
    b_.setRegion(into);
    for (const Op *op : from.ops) copy(*op);
    b_.setRegion(before);
    return into;
  }

  Function &function_;
  Builder b_;
  ValueMap map_;
};

} // namespace

Status widen_floats(Module &module, PassContext &) {
  for (const auto &function : module.functions) Widener(module, *function).run();
  return Done{};
}

} // namespace dl::passes

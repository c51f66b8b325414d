#include "ir/infer.h"
#include "ir/text.h"
#include <algorithm>
#include <unordered_set>

namespace dl::ir {
namespace {

/// One walk over a function with the set of what is visible at each point.
class Verifier {
public:
  Verifier(const Module &module, std::vector<std::string> &problems) : module_(module), problems_(problems) {}

  void module() {
    for (size_t i = 0; i < module_.functions.size(); ++i) {
      const Function &function = *module_.functions[i];
      if (module_.find(function.name) != &function) say("there are two functions @" + function.name);
      where_ = "@" + function.name;
      this->function(function);
      earlier_.insert(&function);
    }
    where_ = "the module";
    for (const Slot &slot : module_.slots)
      if (module_.findSlot(slot.path) != &slot) say("there are two slots @" + slot.path);
    for (const TableSource &table : module_.tables)
      if (module_.findTable(table.name) != &table) say("there are two tables @" + table.name);
  }

private:
  void say(const std::string &problem) {
    if (problems_.size() < 100) problems_.push_back(where_ + ": " + problem);
  }
  void say(const Op &op, const std::string &problem) { say(problem + " in `" + printOp(op) + "`"); }

  void function(const Function &function) {
    if (!function.body || function.params.size() != function.body->args.size())
      return say("there is not one description for each parameter");
    for (size_t i = 0; i < function.params.size(); ++i) param(function, function.params[i], *function.body->args[i]);
    if (function.body->parent) say("the body belongs to an operation");
    region(*function.body, OpKind::Return, function);
    returned(function);
  }

  void param(const Function &function, const Param &param, const Value &arg) {
    const Type &type = arg.type;
    std::string title = "parameter " + std::to_string(arg.index);
    if (!function.isEntry && param.role != ParamRole::Plain) say(title + " has a role, but only entries have roles");
    if (param.inout && type.elem == Elem::Dim) say(title + " is a dimension and inout");
    if (param.role == ParamRole::Seed && (type.elem != Elem::Key || !type.isScalar())) say(title + " is the seed, but no key");
    if (param.role == ParamRole::Fresh && (type.elem != Elem::Bool || !type.isScalar())) say(title + " tells what is fresh, but is no bool");
    if (param.isText && (type.elem != Elem::U8 || type.rank() != 1)) say(title + " is a text, but not u8[n]");
    if (param.role != ParamRole::Slot) return;
    const Slot *slot = module_.findSlot(param.name);
    if (!slot) say(title + " names the slot @" + param.name + ", which does not exist");
    else if (slot->type != type) say(title + " has type " + type.str() + ", its slot " + slot->type.str());
    for (uint32_t i = 0; i < arg.index; ++i)
      if (function.params[i].role == ParamRole::Slot && function.params[i].name == param.name)
        say("two parameters hold the slot @" + param.name);
  }

  void returned(const Function &function) {
    const Op *last = function.body->terminator();
    if (!last || last->kind != OpKind::Return) return;
    std::vector<Type> expected = function.results;
    for (size_t i = 0; i < function.params.size(); ++i)
      if (function.params[i].inout) expected.push_back(function.body->args[i]->type);
    bool fits = expected.size() == last->operands.size();
    for (size_t i = 0; fits && i < expected.size(); ++i) fits = expected[i] == last->operands[i]->type;
    if (!fits) say(*last, "what is returned is not the declared results and the final values of inout parameters");
  }

  /// Owners of dimensions that `type` mentions must be visible.
  void dimensions(const std::vector<DimAtom *> &atoms, const std::string &place) {
    for (DimAtom *atom : atoms)
      if (!atom->owner || !dims_.contains(atom)) say("the dimension `" + atom->name + "` is not visible " + place);
  }
  void type(const Type &type, const std::string &place) {
    if (type.elem == Elem::Dim && (type.rank() != 0 || type.bound < 0)) say("a dimension has a strange type " + place);
    for (const dl::Dim &dim : type.dims) dimensions(dim.atoms(), place);
  }

  void define(const Value &value) {
    values_.insert(&value);
    defined_.push_back(&value);
    if (value.type.elem != Elem::Dim) return;
    DimAtom *atom = value.dim.asAtom();
    if (!atom || atom->owner != &value || atom->bound != value.type.bound) say("a dimension value does not own its variable");
    else dims_.insert(atom);
  }

  void region(const Region &region, OpKind end, const Function &function) {
    size_t before = defined_.size();
    if (region.function != &function) say("a region belongs to another function");
    for (size_t i = 0; i < region.args.size(); ++i) {
      const Value &arg = *region.args[i];
      if (arg.region != &region || arg.index != i || arg.def) say("a region argument does not know its region");
      type(arg.type, "in a region argument");
      define(arg);
    }
    for (size_t i = 0; i < region.ops.size(); ++i) {
      const Op *op = region.ops[i];
      bool last = i + 1 == region.ops.size(); // by place: the same op may be listed twice
      if (isTerminator(op->kind) && (!last || op->kind != end)) say(*op, "a terminator stands in the wrong place");
      if (op->parent != &region) say(*op, "the operation does not know its region");
      this->op(*op, function);
    }
    if (region.ops.empty() || !isTerminator(region.ops.back()->kind)) say("a region has no end");
    for (; defined_.size() > before; defined_.pop_back()) {
      values_.erase(defined_.back());
      if (DimAtom *atom = defined_.back()->dim.asAtom()) dims_.erase(atom);
    }
  }

  void op(const Op &op, const Function &function) {
    bool broken = false;
    for (const Value *operand : op.operands)
      if (!operand || !values_.contains(operand)) say(op, "an operand is not defined before"), broken = true;
    dimensions(atomsOf(op.attrs), std::string("in `") + info(op.kind).mnemonic + "`");
    for (const Region *inner : op.regions) {
      if (inner->parent != &op) say(op, "a region does not know its operation");
      if (op.kind == OpKind::Fused) closed(op, *inner, function);
      else region(*inner, OpKind::Yield, function);
    }
    if (!broken) inferred(op);
    order(op);
    if (auto *call = std::get_if<CallAttr>(&op.attrs))
      if (const Function *callee = module_.find(call->callee); callee && !earlier_.contains(callee))
        say(op, "a function is called before it is defined");
    for (size_t i = 0; i < op.results.size(); ++i) {
      const Value &result = *op.results[i];
      if (result.def != &op || result.index != i) say(op, "a result does not know its operation");
      define(result);
      type(result.type, std::string("in a result of `") + info(op.kind).mnemonic + "`");
    }
  }

  /// Sees its arguments and the dimensions around it, nothing else; has no effects.
  void closed(const Op &op, const Region &inner, const Function &function) {
    if (hasEffect(op)) say(op, "a fused region has an effect");
    auto values = std::move(values_);
    values_.clear();
    region(inner, OpKind::Yield, function);
    values_ = std::move(values);
  }

  void inferred(const Op &op) {
    for (const Region *inner : op.regions)
      if (!inner->terminator()) return; // reported already
    InferResult result = inferTypes(op.kind, op.operands, op.attrs, op.regions, &module_);
    if (auto *error = std::get_if<TypeError>(&result)) return say(op, error->constraint + ": " + error->message);
    auto &[types, fresh] = std::get<Inferred>(result);
    bool fits = types.size() == op.results.size();
    auto actual = [&](DimAtom *atom) -> std::optional<dl::Dim> {
      for (size_t i = 0; i < fresh.size(); ++i)
        if (types[i].elem == Elem::Dim && fresh[i].asAtom() == atom) return op.results[i]->dim;
      return std::nullopt;
    };
    for (size_t i = 0; fits && i < types.size(); ++i) {
      Type type = types[i];
      for (dl::Dim &dim : type.dims) dim = dim.substitute(actual);
      fits = type == op.results[i]->type;
    }
    if (!fits) say(op, "the results do not have the inferred types");
  }

  void order(const Op &op) {
    const Order *order = nullptr;
    if (auto *reduce = std::get_if<ReduceAttr>(&op.attrs)) order = &reduce->order;
    if (auto *indexed = std::get_if<IndexedAttr>(&op.attrs)) order = &indexed->order;
    if (!order) return;
    // 16 lanes run along the rows of a window: their chunks are whole rows.
    bool rows = order->lanes == 16, fits = order->chunk >= 0 && (rows || order->chunk % 64 == 0);
    if (!fits || (order->lanes != 1 && order->lanes != 64 && !rows))
      say(op, "an order has 1, 16 or 64 lanes, and chunks of a multiple of 64 but for 16 lanes");
  }

  const Module &module_;
  std::vector<std::string> &problems_;
  std::string where_ = "the module";
  std::unordered_set<const Function *> earlier_;
  std::unordered_set<const Value *> values_;
  std::unordered_set<const DimAtom *> dims_;
  std::vector<const Value *> defined_;
};

} // namespace

bool verifyModule(const Module &module, std::vector<std::string> &problems) {
  size_t before = problems.size();
  Verifier(module, problems).module();
  return problems.size() == before;
}

} // namespace dl::ir

#include "test/programs/shrink.h"
#include "ir/clone.h"
#include "ir/text.h"
#include "passes/pipeline.h"
#include <algorithm>
#include <unordered_set>

namespace dl::test {

using namespace ir;

namespace {

std::unique_ptr<Module> read(const std::string &text) {
  SourceManager sources; // no pass that runs here reports anything
  Diagnostics diags(sources);
  return parseModule(sources.add("program.dlir", text), sources, diags);
}

std::vector<Op *> opsOf(const Function &f) {
  std::vector<Op *> ops;
  walk(*f.body, [&](Op *op) { ops.push_back(op); });
  return ops;
}

/// Edits are made one after another: what an edit was made for may be gone.
std::vector<Op *> opsAt(const Module &module, size_t function) {
  return function < module.functions.size() ? opsOf(*module.functions[function]) : std::vector<Op *>();
}

size_t placeOf(const Op &op) {
  const auto &list = op.parent->ops;
  return static_cast<size_t>(std::find(list.begin(), list.end(), &op) - list.begin());
}

/// A constant in front of `op`.
Value *constantBefore(Module &module, Op &op, const Type &type, double number) {
  size_t at = placeOf(op);
  Builder b(module, op.parent);
  Value *v = b.constant(type, number);
  std::rotate(op.parent->ops.begin() + static_cast<long>(at), op.parent->ops.end() - 1, op.parent->ops.end());
  return v;
}

/// One edit of a fresh copy of the program; false if it does not apply.
using Edit = std::function<bool(Module &)>;

bool dropResult(Function &f, size_t k) {
  Op *ret = f.body->terminator();
  if (ret->operands.size() < 2 || k >= ret->operands.size()) return false;
  ret->operands.erase(ret->operands.begin() + static_cast<long>(k));
  if (k < f.results.size()) return f.results.erase(f.results.begin() + static_cast<long>(k)), true;
  size_t inout = k - f.results.size();
  for (Param &p : f.params)
    if (p.inout && inout-- == 0) return p.inout = false, true;
  return false;
}

bool keepResult(Function &f, size_t k) {
  if (f.body->terminator()->operands.size() < 3) return false;
  for (size_t i = f.body->terminator()->operands.size(); i-- > 0;)
    if (i != k && !dropResult(f, i)) return false;
  return true;
}

/// Every result of op `number` becomes way 0..2: an operand, 3, 4: a constant, 5: a parameter, of its type.
bool replaceOp(Module &module, size_t function, size_t number, int way) {
  std::vector<Op *> ops = opsAt(module, function);
  if (number >= ops.size()) return false;
  Function &f = *module.functions[function];
  Op &op = *ops[number];
  if (isTerminator(op.kind) || op.results.empty()) return false;
  if (op.kind == OpKind::Const && (way != 3 || op.as<ConstAttr>().bits == std::vector<uint64_t>{0})) return false;
  std::unordered_map<const Value *, Value *> map;
  for (Value *r : op.results) {
    if (r->type.elem == Elem::Dim) return false;
    Value *other = nullptr;
    if (way < 3) {
      if (static_cast<size_t>(way) < op.operands.size() && op.operands[static_cast<size_t>(way)]->type == r->type) other = op.operands[static_cast<size_t>(way)];
    } else if (way < 5) {
      other = constantBefore(module, op, r->type, way - 3);
    } else {
      for (Value *p : f.body->args)
        if (p->type == r->type) other = p;
    }
    if (!other) return false;
    map[r] = other;
  }
  replaceUses(*f.body, map);
  op.parent->ops.erase(op.parent->ops.begin() + static_cast<long>(placeOf(op)));
  return true;
}

bool dropOp(Module &module, size_t function, size_t number) {
  std::vector<Op *> ops = opsAt(module, function);
  if (number >= ops.size() || isTerminator(ops[number]->kind)) return false;
  ops[number]->parent->ops.erase(ops[number]->parent->ops.begin() + static_cast<long>(placeOf(*ops[number])));
  return true;
}

/// A region op becomes one of its regions, run once.
bool openRegion(Module &module, size_t function, size_t number, size_t which) {
  std::vector<Op *> ops = opsAt(module, function);
  if (number >= ops.size()) return false;
  Function &f = *module.functions[function];
  Op &op = *ops[number];
  if (which >= op.regions.size() || op.kind == OpKind::While) return false;
  Region &region = *op.regions[which];
  std::unordered_map<const Value *, Value *> map;
  std::vector<Value *> args = op.operands;
  if (op.kind == OpKind::If) args.clear();
  if (op.kind == OpKind::For) {
    const auto &attr = op.as<ForAttr>();
    if (!attr.scanDims.empty()) return false;
    if (attr.tripIsDim) args.insert(args.begin(), nullptr);
    args[0] = constantBefore(module, op, Type(Elem::I64), 0);
  }
  if (args.size() != region.args.size()) return false;
  for (size_t i = 0; i < args.size(); ++i) {
    if (args[i]->type != region.args[i]->type) return false;
    map[region.args[i]] = args[i];
  }
  std::vector<Value *> yields = region.terminator()->operands;
  for (size_t i = 0; i < op.results.size(); ++i) {
    if (i >= yields.size() || yields[i]->type != op.results[i]->type || yields[i]->type.elem == Elem::Dim) return false;
    auto found = map.find(yields[i]);
    map[op.results[i]] = found == map.end() ? yields[i] : found->second;
  }
  replaceUses(*f.body, map);
  std::vector<Op *> inner(region.ops.begin(), region.ops.end() - 1);
  Region &outer = *op.parent;
  auto at = outer.ops.begin() + static_cast<long>(placeOf(op));
  for (Op *moved : inner) moved->parent = &outer;
  at = outer.ops.erase(at);
  outer.ops.insert(at, inner.begin(), inner.end());
  return true;
}

bool dropParam(Function &f, size_t p) {
  if (p >= f.params.size() || f.params[p].inout) return false;
  f.body->args.erase(f.body->args.begin() + static_cast<long>(p));
  f.params.erase(f.params.begin() + static_cast<long>(p));
  for (size_t i = p; i < f.body->args.size(); ++i) f.body->args[i]->index = static_cast<uint32_t>(i);
  return true;
}

void dropDead(Module &module) {
  SourceManager sources;
  Diagnostics diags(sources);
  passes::PassContext context{diags};
  if (!passes::eliminate_dead_ops(module, context)) return;
}

std::string edited(const std::string &text, const Edit &edit, bool clean) {
  auto module = read(text);
  if (!module || !edit(*module)) return "";
  if (clean) dropDead(*module);
  std::string changed = printModule(*module);
  auto again = read(changed); // uses of what is gone do not read
  std::vector<std::string> problems;
  return again && verifyModule(*again, problems) && printModule(*again) == changed ? changed : "";
}

std::vector<Edit> editsOf(const Module &module) {
  std::vector<Edit> edits = {[](Module &m) { return dropDead(m), true; }};
  const Function &entry = *module.functions.back();
  edits.push_back([](Module &m) {
    SourceManager sources;
    Diagnostics diags(sources);
    passes::PassContext context{diags};
    return passes::inline_calls(m, context).ok();
  });
  size_t results = entry.body->terminator()->operands.size();
  for (size_t k = 0; k < results; ++k) edits.push_back([k](Module &m) { return keepResult(*m.functions.back(), k); });
  for (size_t k = results; k-- > 0;) edits.push_back([k](Module &m) { return dropResult(*m.functions.back(), k); });
  for (size_t f = module.functions.size(); f-- > 0;)
    for (size_t n = opsOf(*module.functions[f]).size(); n-- > 0;) {
      edits.push_back([=](Module &m) { return dropOp(m, f, n); });
      for (int way : {0, 3, 1, 2, 5, 4}) edits.push_back([=](Module &m) { return replaceOp(m, f, n, way); });
      for (size_t region : {0, 1}) edits.push_back([=](Module &m) { return openRegion(m, f, n, region); });
    }
  for (size_t p = entry.params.size(); p-- > 0;) edits.push_back([p](Module &m) { return dropParam(*m.functions.back(), p); });
  return edits;
}

} // namespace

std::string shrinkProgram(std::string text, const std::function<bool(const std::string &)> &shows) {
  std::unordered_set<std::string> tried = {text};
  for (bool again = true; again;) {
    again = false;
    auto module = read(text);
    if (!module) return text;
    for (const Edit &edit : editsOf(*module)) {
      bool accepted = false;
      for (bool clean : {true, false}) {
        std::string smaller = edited(text, edit, clean);
        if (smaller.empty() || smaller.size() > text.size() + 40 || !tried.insert(smaller).second || !shows(smaller)) continue;
        text = smaller, accepted = true;
        break;
      }
      again |= accepted;
    }
  }
  return text;
}

} // namespace dl::test

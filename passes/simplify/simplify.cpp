/// simplify. Before: no `grad`, no markers. After: no op matches a rule of rules.h (numeric ones from -O1 on). Needs
/// NoMarkers, since rules look through everything; before canonicalise_contractions, which wants few view ops.
/// Test: test/passes/simplify (a case for each rule), test/unit/passes (every rule against the evaluator).
#include "passes/pass.h"
#include "passes/simplify/rules.h"

namespace dl::passes {

using namespace ir;

bool isNumber(const Value *v, double number) {
  auto bits = splatBits(v);
  Elem elem = v->type.elem;
  return bits && elem != Elem::Key && elem != Elem::Dim && *bits == encodeNumber(elem, number);
}

const std::vector<Rule> &allRules() {
  static const std::vector<Rule> kRules = [] {
    std::vector<Rule> all;
    for (const auto &list : {arithmeticRules(), selectionRules(), shapeRules(), broadcastRules(), indexingRules()})
      all.insert(all.end(), list.begin(), list.end());
    return all;
  }();
  return kRules;
}

namespace {

class Simplifier {
public:
  Simplifier(Module &module, int level) : module_(module), level_(level) {}

  void region(Region &at) {
    std::vector<Op *> old = std::move(at.ops);
    at.ops.clear();
    for (Op *op : old) {
      rewriter_.operands(*op);
      if (!op->regions.empty() || op->results.size() != 1 || !rewrite(*op, at)) {
        Rewriter::keep(op, at);
        for (Region *inner : op->regions) region(*inner);
      }
    }
  }
  bool changed() const { return !rewriter_.empty(); }

private:
  bool rewrite(Op &op, Region &at) {
    Builder builder(module_, &at);
    builder.where = op.where;
    for (const Rule &rule : allRules()) {
      if (rule.kind == RuleClass::Numeric && level_ < 1) continue;
      if (Value *by = rule.apply(op, builder)) {
        DL_CHECK(by->type == op.result()->type);
        rewriter_.replace(op.result(), by);
        return true;
      }
    }
    return false;
  }

  Module &module_;
  int level_;
  Rewriter rewriter_;
};

} // namespace

Status simplify(Module &module, PassContext &context) {
  constexpr int kMostRounds = 32;
  for (const auto &function : module.functions)
    for (int round = 0; round < kMostRounds; ++round) {
      Simplifier simplifier(module, context.level);
      simplifier.region(*function->body);
      if (!simplifier.changed()) break;
    }
  return Done{};
}

} // namespace dl::passes

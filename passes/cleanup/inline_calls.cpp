/// inline_calls. Before: the module as built or read. After: no `call`; functions that were called and are no entries
/// are gone. Gives NoCalls. First of all, because nothing after it looks across functions.
/// Test: test/passes/cleanup/inline_calls.dlir.
#include "ir/clone.h"
#include "passes/pass.h"
#include <set>

namespace dl::passes {

namespace {

using namespace ir;

class Inliner {
public:
  explicit Inliner(Module &module) : module_(module) {}

  Status function(Function &f) {
    if (done_.count(f.name)) return Done{};
    if (!open_.insert(f.name).second) return failure("function `@" + f.name + "` calls itself");
    DL_CHECK_OK(region(*f.body));
    open_.erase(f.name);
    done_.insert(f.name);
    return Done{};
  }
  const std::set<std::string> &called() const { return called_; }

private:
  /// Rebuilds the list of a region; calls are replaced by the ops of their callee.
  Status region(Region &at) {
    bool any = false;
    for (Op *op : at.ops) {
      any |= op->kind == OpKind::Call;
      for (Region *inner : op->regions) DL_CHECK_OK(region(*inner));
    }
    if (!any) return Done{};
    std::vector<Op *> old = std::move(at.ops);
    at.ops.clear();
    ValueMap map;
    for (Op *op : old) {
      Builder builder(module_, &at);
      if (op->kind != OpKind::Call) {
        cloneOp(*op, map, builder);
        continue;
      }
      const std::string &callee = op->as<CallAttr>().callee;
      Function *target = module_.find(callee);
      if (!target) return failure("call of `@" + callee + "`, which is not in the module");
      DL_CHECK_OK(function(*target));
      called_.insert(callee);
      ValueMap inside;
      for (size_t i = 0; i < op->operands.size(); ++i) inside.map(target->body->args[i], map(op->operands[i]));
      std::vector<Value *> results = cloneBody(*target->body, inside, builder);
      for (size_t i = 0; i < op->results.size(); ++i) map.map(op->results[i], results[i]);
    }
    return Done{};
  }

  Module &module_;
  std::set<std::string> done_, open_, called_;
};

} // namespace

Status inline_calls(Module &module, PassContext &) {
  Inliner inliner(module);
  for (const auto &f : module.functions) DL_CHECK_OK(inliner.function(*f));
  std::erase_if(module.functions, [&](const auto &f) { return !f->isEntry && inliner.called().count(f->name); });
  return Done{};
}

} // namespace dl::passes

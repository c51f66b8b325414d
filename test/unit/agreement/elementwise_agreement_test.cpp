// Every element-wise operation on every element type that it takes, found by asking the op table and inference.
#include "ir/builder.h"
#include "test/unit/agreement/compiled.h"

namespace dl::test {

using ir::Elem;
using ir::OpKind;

namespace {

constexpr Elem kElems[] = {Elem::F64, Elem::F32, Elem::BF16, Elem::F16, Elem::I64, Elem::I32, Elem::U8, Elem::Bool};

/// An entry with all operations on `elem` whose number in the table is `part` modulo `parts`.
std::unique_ptr<ir::Module> allOn(Elem elem, int part, int parts, bool flush) {
  auto module = std::make_unique<ir::Module>();
  module->flushDenormals = flush;
  ir::Function *f = module->addFunction("all");
  f->isEntry = true;
  ir::Value *n = f->newDim(65);
  n->region = f->body, n->index = 0;
  f->body->args.push_back(n);
  f->params.emplace_back();
  auto param = [&](Elem e, const char *name) {
    ir::Value *v = f->newValue(ir::Type(e, {n->dim}), name);
    v->region = f->body, v->index = static_cast<uint32_t>(f->body->args.size());
    f->body->args.push_back(v);
    f->params.emplace_back();
    f->params.back().role = ir::ParamRole::Argument;
    f->params.back().name = name;
    return v;
  };
  ir::Value *x = param(elem, "x"), *y = param(elem, "y"), *z = param(elem, "z"), *c = param(Elem::Bool, "c");
  ir::Builder b(*module, f->body);
  std::vector<ir::Value *> results;
  auto attempt = [&](OpKind kind, std::vector<ir::Value *> operands, ir::Attrs attrs = ir::NoAttr{}) {
    auto made = b.tryCreate(kind, std::move(operands), std::move(attrs));
    if (auto *op = std::get_if<ir::Op *>(&made)) results.push_back((*op)->result());
  };
  for (int k = 0; k < ir::opKindCount(); ++k) {
    auto kind = static_cast<OpKind>(k);
    if (!ir::isElementwise(kind) || k % parts != part) continue;
    if (kind == OpKind::Convert || kind == OpKind::Bitcast) {
      for (Elem to : kElems) attempt(kind, {x}, ir::ConvertAttr{to});
    } else if (kind == OpKind::Select) {
      attempt(kind, {c, x, y});
    } else if (ir::info(kind).operands == 1) {
      attempt(kind, {x});
    } else if (ir::info(kind).operands == 2) {
      attempt(kind, {x, y});
    } else {
      attempt(kind, {x, y, z});
    }
  }
  for (ir::Value *v : results) f->results.push_back(v->type);
  b.ret(results);
  return module;
}

void all(Elem elem, int parts, bool flush = true) {
  for (int part = 0; part < parts; ++part) {
    SCOPED_TRACE("part " + std::to_string(part));
    agreeModule([=] { return allOn(elem, part, parts, flush); }, {0, 1, 3, 16, 17, 65});
  }
}

} // namespace

TEST(Elementwise, F32) { all(Elem::F32, 3); }
TEST(Elementwise, F32KeepingSubnormals) { all(Elem::F32, 3, false); }
TEST(Elementwise, F64) { all(Elem::F64, 3); }
TEST(Elementwise, Halves) { all(Elem::BF16, 3), all(Elem::F16, 3); }
TEST(Elementwise, Integers) { all(Elem::I64, 1), all(Elem::I32, 1), all(Elem::U8, 1); }
TEST(Elementwise, Bool) { all(Elem::Bool, 1); }

} // namespace dl::test

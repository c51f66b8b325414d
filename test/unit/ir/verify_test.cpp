// One hand-broken module for each law the verifier guards; each is sound before it is broken.
#include "ir/builder.h"
#include "test/unit/ir/run_text.h"
#include <algorithm>

using namespace dl::ir;
using namespace dl::ir::test;

namespace {

const char *kSound = R"(
slot @w: f32[2] role param
func @g(%x: f32[2]) -> (f32[2]) {
  return %x
}
entry @f(%b: dim<=4, %x: f32[%b,2], inout %w: f32[2] slot @w, %seed: key seed) -> (f32[2]) {
  %s: f32[2] = reduce sum %x dims [0] {order chunk 64 lanes 1}
  %c: f32[2] = call @g %s
  %y: f32[2] = fused rows @add (%c, %w) {
    %t: f32[2] = add %c, %w
    yield %t
  }
  %all: f32[3,2] = for %i in 0..3 {
    %u: f32[2] = neg %y
    yield stack %u
  }
  return %y, %w
}
)";

struct Broken {
  std::unique_ptr<Module> module = parse(kSound);
  Function &f = *module->functions[1];
  Op &op(size_t i) { return *f.body->ops[i]; }
  /// The problems found, a line each.
  std::string problem() {
    std::vector<std::string> problems;
    EXPECT_FALSE(verifyModule(*module, problems));
    std::string all;
    for (const std::string &problem : problems) all += problem + "\n";
    return all;
  }
};

#define EXPECT_PROBLEM(broken, text) EXPECT_NE(broken.problem().find(text), std::string::npos) << broken.problem()

} // namespace

TEST(Verify, OperandsAreDefinedBefore) {
  Broken m;
  std::swap(m.f.body->ops[0], m.f.body->ops[1]);
  EXPECT_PROBLEM(m, "an operand is not defined before");
}

TEST(Verify, FusedRegionsAreClosed) {
  Broken m;
  m.op(2).regions[0]->ops[0]->operands[1] = m.op(1).results[0];
  EXPECT_PROBLEM(m, "an operand is not defined before");
}

TEST(Verify, FusedRegionsHaveNoEffects) {
  Broken m;
  Builder builder(*m.module, m.op(2).regions[0]);
  builder.create(OpKind::Snapshot, {}, SnapshotAttr{"x"});
  auto &ops = m.op(2).regions[0]->ops;
  std::rotate(ops.begin(), ops.end() - 1, ops.end());
  EXPECT_PROBLEM(m, "a fused region has an effect");
}

TEST(Verify, RegionsEndInTheirTerminator) {
  Broken m;
  m.op(3).regions[0]->ops.pop_back();
  EXPECT_PROBLEM(m, "a region has no end");
  Broken twice;
  auto &ops = twice.f.body->ops;
  ops.insert(ops.begin() + 3, ops.back());
  EXPECT_PROBLEM(twice, "a terminator stands in the wrong place");
}

TEST(Verify, TypesAreInferred) {
  Broken m;
  m.op(0).results[0]->type = Type(Elem::F32, {dl::Dim(3)});
  EXPECT_PROBLEM(m, "the results do not have the inferred types");
  Broken operands;
  operands.op(0).as<ReduceAttr>().dims = {2};
  EXPECT_PROBLEM(operands, "reduce.C1");
}

TEST(Verify, DimensionsAreVisible) {
  Broken m;
  m.op(3).as<ForAttr>().trip = dl::Dim::variable("stray", 4);
  EXPECT_PROBLEM(m, "the dimension `stray` is not visible");
}

TEST(Verify, OrdersAreWhole) {
  Broken m;
  m.op(0).as<ReduceAttr>().order = {48, 1};
  EXPECT_PROBLEM(m, "chunks of a multiple of 64");
}

TEST(Verify, CalleesComeFirst) {
  Broken m;
  std::swap(m.module->functions[0], m.module->functions[1]);
  EXPECT_PROBLEM(m, "a function is called before it is defined");
}

TEST(Verify, ReturnsMatch) {
  Broken m;
  m.op(4).operands.pop_back();
  EXPECT_PROBLEM(m, "what is returned is not the declared results");
}

TEST(Verify, SlotsExistAndFit) {
  Broken m;
  m.module->slots[0].type = Type(Elem::F64, {dl::Dim(2)});
  EXPECT_PROBLEM(m, "has type f32[2], its slot f64[2]");
  Broken none;
  none.module->slots.clear();
  EXPECT_PROBLEM(none, "which does not exist");
}

TEST(Verify, ASlotHasOneParameter) {
  Broken m;
  m.f.params[1] = m.f.params[2];
  m.f.params[1].inout = false;
  m.f.body->args[1]->type = m.f.body->args[2]->type;
  EXPECT_PROBLEM(m, "two parameters hold the slot @w");
}

TEST(Verify, RolesBelongToEntries) {
  Broken m;
  m.f.isEntry = false;
  EXPECT_PROBLEM(m, "only entries have roles");
}

TEST(Verify, OpsKnowTheirPlace) {
  Broken m;
  m.op(3).regions[0]->ops[0]->parent = m.f.body;
  EXPECT_PROBLEM(m, "does not know its region");
  Broken region;
  region.op(3).regions[0]->parent = nullptr;
  EXPECT_PROBLEM(region, "a region does not know its operation");
}

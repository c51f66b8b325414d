// Random graphs of tensor operations: fused in whatever way fusion likes, compiled and compared.
#include "ir/builder.h"
#include "test/unit/agreement/compiled.h"
#include <cstdlib>
#include <random>

namespace dl::test {

using ir::OpKind;
using ir::Value;

namespace {

class Generator {
public:
  Generator(ir::Module &module, ir::Function &f, uint64_t seed) : b_(module, f.body), random_(seed) {
    for (Value *v : f.body->args)
      if (v->type.elem != ir::Elem::Dim) pool_.push_back(v);
  }
  void grow(int count) {
    for (int tries = 0; count > 0 && tries < 2000; ++tries) count -= step();
  }
  std::vector<Value *> results() {
    std::vector<Value *> chosen;
    for (int i = 0; i < 4; ++i) chosen.push_back(pool_[pool_.size() - 1 - static_cast<size_t>(i * i) % pool_.size()]);
    return chosen;
  }

private:
  size_t below(size_t n) { return random_() % n; }
  Value *any() { return pool_[below(pool_.size())]; }
  bool add(OpKind kind, std::vector<Value *> operands, ir::Attrs attrs = ir::NoAttr{}) {
    auto made = b_.tryCreate(kind, std::move(operands), std::move(attrs));
    auto *op = std::get_if<ir::Op *>(&made);
    if (!op) return false;
    Value *v = (*op)->result();
    if (v->type.rank() > 3 || v->type.boundCount() > 20000 || v->type.elem != ir::Elem::F32) return true;
    pool_.push_back(v);
    return true;
  }
  bool step() {
    Value *x = any();
    size_t rank = x->type.rank(), d = rank ? below(rank) : 0;
    switch (below(15)) {
    case 0: case 1: case 2: {
      static const OpKind kinds[] = {OpKind::Add, OpKind::Sub, OpKind::Mul, OpKind::Max, OpKind::Min, OpKind::Div};
      for (int i = 0; i < 20; ++i)
        if (Value *y = any(); y->type == x->type) return add(kinds[below(6)], {x, y});
      return add(OpKind::Mul, {x, x});
    }
    case 3: return add(std::vector{OpKind::Neg, OpKind::Abs, OpKind::Sqrt, OpKind::Tanh, OpKind::Exp}[below(5)], {x});
    case 4: case 5:
      if (!rank) return false;
      return add(OpKind::Reduce, {x}, ir::ReduceAttr{std::vector{ir::ReduceKind::Sum, ir::ReduceKind::Max, ir::ReduceKind::Min}[below(3)], {static_cast<int>(d)}, {}});
    case 6: case 7: case 8: { // broadcast towards the type of another value
      Value *y = any();
      std::vector<int> to;
      size_t next = 0;
      for (size_t k = 0; k < y->type.rank() && next < rank; ++k)
        if (y->type.dims[k] == x->type.dims[next]) to.push_back(static_cast<int>(k)), ++next;
      return next == rank && y->type.rank() > rank && add(OpKind::Broadcast, {x}, ir::BroadcastAttr{y->type.dims, to});
    }
    case 9: {
      if (rank < 2) return false;
      std::vector<int> perm;
      for (size_t k = 0; k < rank; ++k) perm.push_back(static_cast<int>((k + 1 + d) % rank));
      return add(OpKind::Transpose, {x}, ir::DimsAttr{perm});
    }
    case 10: return rank && add(OpKind::Reverse, {x}, ir::DimsAttr{{static_cast<int>(d)}});
    case 11: return rank && add(OpKind::Cumulate, {x}, ir::CumulateAttr{ir::ReduceKind::Sum, static_cast<int>(d), below(2) == 0, below(2) == 0});
    case 12: return rank && add(OpKind::Concat, {x, x}, ir::ConcatAttr{static_cast<int>(d)});
    case 13: { // a contraction over the last dimension of both, or of one
      Value *y = any();
      if (rank == 0 || y->type.rank() == 0 || rank + y->type.rank() > 5 || y->type.dims.back() != x->type.dims.back()) return false;
      ir::IndexedAttr a;
      std::vector<Value *> operands{x, y};
      int sum = static_cast<int>(rank + y->type.rank()) - 2;
      for (int o = 0, name = 0; o < 2; ++o) {
        ir::Factor f;
        f.operand = o;
        for (size_t k = 0; k < operands[static_cast<size_t>(o)]->type.rank(); ++k) {
          ir::Index i;
          bool last = k + 1 == operands[static_cast<size_t>(o)]->type.rank();
          i.affine.terms = {{last ? sum : name, 1}};
          if (!last) a.names.push_back({"n" + std::to_string(name++), operands[static_cast<size_t>(o)]->type.dims[k]});
          f.index.push_back(i);
        }
        a.factors.push_back(f);
      }
      a.outCount = sum;
      a.names.push_back({"k", x->type.dims.back()});
      return add(OpKind::Contract, operands, a);
    }
    default: {
      if (!rank) return false;
      ir::SliceAttr a;
      for (size_t k = 0; k < rank; ++k) {
        bool cut = k == d && x->type.dims[k].isConstant() && x->type.dims[k].value() > 2;
        a.start.push_back(cut ? 1 : 0), a.step.push_back(1);
        a.extent.push_back(cut ? x->type.dims[k] - dl::Dim(2) : x->type.dims[k]);
      }
      return add(OpKind::Slice, {x}, a);
    }
    }
  }

  ir::Builder b_;
  std::mt19937_64 random_;
  std::vector<Value *> pool_;
};

std::unique_ptr<ir::Module> graph(uint64_t seed) {
  SourceManager sources;
  Diagnostics diags(sources);
  auto module = ir::parseModule(sources.add("test", "entry @f(%n: dim<=65, %plainx: f32[%n,7], %plainy: f32[%n], %plainz: f32[7], %plainw: f32[16,7], %plains: f32, %plainv: f32[%n,16]) -> () {\n return }"), sources, diags);
  if (!module) return nullptr;
  ir::Function &f = *module->functions.back();
  f.body->ops.clear();
  Generator g(*module, f, seed);
  g.grow(static_cast<int>(8 + seed % 17));
  std::vector<Value *> results = g.results();
  for (Value *v : results) f.results.push_back(v->type);
  ir::Builder(*module, f.body).ret(results);
  return module;
}

void range(uint64_t from, uint64_t to) {
  if (const char *count = std::getenv("DLC_RANDOM_GRAPHS")) to = from + static_cast<uint64_t>(std::atoi(count));
  for (uint64_t seed = from; seed < to && !::testing::Test::HasFailure(); ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    agreeModule([=] { return graph(seed); }, {0, 1, 3, 17, 65});
  }
}

} // namespace

TEST(Random, GraphsA) { range(1, 9); }
TEST(Random, GraphsB) { range(1001, 1009); }

} // namespace dl::test

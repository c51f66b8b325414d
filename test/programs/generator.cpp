#include "test/programs/generator.h"
#include "test/programs/grower.h"
#include <algorithm>
#include <unordered_set>

namespace dl::test {

using namespace ir;

namespace {

class Generator {
public:
  Generator(uint64_t seed, Profile profile, int size) : growth_(profile, seed), random_(growth_.random), size_(size), module_(std::make_unique<Module>()) {}

  std::unique_ptr<Module> run() {
    choose();
    if (random_.chance(20)) helper();
    Function *f = module_->addFunction("f");
    f->isEntry = true;
    Builder b(*module_, f->body);
    parameters(*f, random_.below(3));
    Grower grower(growth_, b, valuesOf(*f), extents_);
    if (module_->functions.size() > 1) {
      grower.grow(size_ / 3);
      call(grower, b);
    }
    grower.grow(module_->functions.size() > 1 ? size_ / 2 : size_);
    finish(*f, b, grower);
    return std::move(module_);
  }

private:
  void choose() {
    Profile profile = growth_.profile;
    if (profile == Profile::Bits) module_->flushDenormals = random_.chance(85);
    growth_.differentiates = profile == Profile::Smooth || random_.chance(45);
    growth_.mostElements = random_.of<int64_t>({60, 600, 600, 600, 5000});
    if (profile == Profile::Smooth) growth_.mostElements = random_.of<int64_t>({40, 150}), growth_.elems = {Elem::F64, Elem::F64, Elem::I64};
    else if (profile == Profile::Exact) growth_.elems = {random_.of({Elem::F64, Elem::F32}), Elem::F64, Elem::I32, Elem::I64};
    else {
      growth_.elems = {random_.of({Elem::F32, Elem::F32, Elem::F32, Elem::F64, Elem::BF16, Elem::F16})};
      growth_.elems.push_back(growth_.elems[0]);
      for (size_t more = random_.below(3); more > 0; --more)
        growth_.elems.push_back(random_.of({Elem::F32, Elem::F64, Elem::BF16, Elem::F16, Elem::I64, Elem::I32, Elem::U8, Elem::Bool}));
    }
    for (int64_t e : {1, 2, 3, 4, 5, 7}) sizes_.push_back(e);
    if (growth_.mostElements > 500) sizes_.insert(sizes_.end(), {8, 9, 16, 17, 33});
    if (growth_.mostElements > 1000) sizes_.insert(sizes_.end(), {40, 65, 100});
    if (random_.chance(10)) sizes_.push_back(0);
    wild_ = profile == Profile::Bits && random_.chance(35);
  }

  Value *parameter(Function &f, const Type &type, const std::string &name) {
    Value *v = f.newValue(type, name);
    v->region = f.body, v->index = static_cast<uint32_t>(f.body->args.size());
    f.body->args.push_back(v);
    f.params.emplace_back();
    return v;
  }

  std::string nameFor(Elem elem) {
    std::string number = std::to_string(names_++);
    if (elem == Elem::Key) return "key" + number;
    if (elem == Elem::Bool) return "mask" + number;
    if (growth_.profile == Profile::Smooth) return (isFloat(elem) ? "smooth" : "index") + number;
    if (growth_.profile == Profile::Exact) return (isFloat(elem) || random_.chance(50) ? "whole" : "index") + number;
    if (isInteger(elem) && random_.chance(60)) return (random_.chance(50) ? "index" : "small") + number;
    return (wild_ && random_.chance(70) ? "wild" : "plain") + number;
  }

  /// Dimensions, then values of them and of constant extents.
  void parameters(Function &f, size_t dims) {
    extents_.clear();
    std::vector<Dim> extents;
    for (size_t d = 0; d < dims; ++d) {
      Value *n = f.newDim(random_.of<int64_t>({1, 3, 4, 7, 9, growth_.mostElements > 500 ? 17 : 5}), "n" + std::to_string(names_++));
      n->region = f.body, n->index = static_cast<uint32_t>(f.body->args.size());
      f.body->args.push_back(n);
      f.params.emplace_back();
      extents.insert(extents.end(), {n->dim, n->dim});
      if (random_.chance(25)) extents.push_back(n->dim + Dim(random_.between(1, 2)));
      if (random_.chance(15)) extents.push_back(n->dim * Dim(2));
    }
    for (size_t more = 2 + random_.below(3); more > 0; --more) extents.emplace_back(random_.of(sizes_));
    for (size_t more = 2 + random_.below(3), first = 1; more > 0; --more, first = 0) {
      Type type(first ? growth_.elems[0] : random_.of(growth_.elems));
      for (size_t rank = random_.below(4); rank > 0; --rank) {
        type.dims.push_back(random_.of(extents));
        if (type.boundCount() > growth_.mostElements) type.dims.pop_back();
      }
      Value *v = parameter(f, type, nameFor(type.elem));
      if (growth_.profile == Profile::Exact) growth_.magnitudes[v] = isFloat(type.elem) ? 3 : 0x1p100;
    }
    if (random_.chance(30)) parameter(f, Type(Elem::I64), nameFor(Elem::I64));
    if (random_.chance(25)) parameter(f, Type(Elem::Key), nameFor(Elem::Key));
    extents_ = extents;
  }

  static std::vector<Value *> valuesOf(const Function &f) {
    std::vector<Value *> values;
    for (Value *v : f.body->args)
      if (v->type.elem != Elem::Dim) values.push_back(v);
    return values;
  }

  /// A function that the entry calls.
  void helper() {
    Function *g = module_->addFunction("g");
    parameters(*g, random_.below(2));
    Builder b(*module_, g->body);
    Grower grower(growth_, b, valuesOf(*g), extents_);
    grower.grow(std::max(size_ / 3, 2));
    std::vector<Value *> results = {grower.any(), grower.any()};
    std::erase_if(results, [&](Value *v) { return !isOf(v->type, *g); });
    for (Value *v : results) g->results.push_back(v->type);
    b.ret(results);
  }

  /// All dimensions of the type are the function's own.
  static bool isOf(const Type &type, const Function &f) {
    for (Value *n : dimValues(type))
      if (n->region != f.body) return false;
    return true;
  }

  /// What is left of a value whose dimensions are known only inside.
  static Value *whole(Builder &b, Value *v) {
    std::vector<int> all;
    for (size_t d = 0; d < v->type.rank(); ++d) all.push_back(static_cast<int>(d));
    if (v->type.elem == Elem::Key) v = b.value(OpKind::Bitcast, {v}, ConvertAttr{Elem::I64});
    return b.reduce(v->type.elem == Elem::Bool ? ReduceKind::Or : ReduceKind::Max, v, all);
  }

  void call(Grower &grower, Builder &b) {
    const Function &g = *module_->functions[0];
    for (size_t times = 1 + random_.below(2); times > 0; --times) {
      std::vector<Value *> arguments;
      std::unordered_map<const DimAtom *, Dim> dims;
      bool fits = true;
      for (Value *p : g.body->args) {
        if (p->type.elem == Elem::Dim) {
          Value *n = nullptr;
          for (Value *v : b.function().body->args)
            if (v->type.elem == Elem::Dim && v->type.bound <= p->type.bound) n = v;
          if (!n) n = b.toDim(b.i64(random_.between(0, p->type.bound)), p->type.bound);
          dims[p->dim.asAtom()] = n->dim;
          arguments.push_back(n);
          continue;
        }
        Type type = p->type;
        for (Dim &d : type.dims) d = d.substitute([&](DimAtom *a) { return std::optional(dims.at(a)); });
        Value *v = grower.fit(type);
        fits &= growth_.profile != Profile::Exact || !isFloat(type.elem) || growth_.magnitude(v) <= 3;
        arguments.push_back(v);
      }
      if (!fits) continue;
      auto made = b.tryCreate(OpKind::Call, arguments, CallAttr{g.name});
      Op **op = std::get_if<Op *>(&made);
      if (!op) continue;
      for (size_t i = 0; i < (*op)->results.size(); ++i) {
        Value *result = (*op)->results[i];
        if (growth_.profile == Profile::Exact) growth_.magnitudes[result] = growth_.magnitude(g.body->terminator()->operands[i]);
        grower.put(result);
      }
    }
  }

  /// Gradients of a scalar with respect to parameters; then the results, the final values of state among them.
  void finish(Function &f, Builder &b, Grower &grower) {
    std::vector<Value *> results;
    if (growth_.differentiates)
      if (Value *v = grower.any([](const Value *x) { return isFloat(x->type.elem); })) differentiate(f, b, grower.summary(v), results);
    std::unordered_set<const Value *> read;
    walk(*f.body, [&](const Op *op) { read.insert(op->operands.begin(), op->operands.end()); });
    bool all = random_.chance(60);
    std::vector<Value *> pool = grower.pool();
    std::reverse(pool.begin(), pool.end());
    for (Value *v : pool)
      if (results.size() < 9 && v->def && (read.count(v) ? random_.chance(10) : all || random_.chance(40))) results.push_back(v);
    if (results.empty()) results.push_back(pool[0]);
    for (Value *&v : results) {
      if (!isOf(v->type, f)) v = whole(b, v);
      f.results.push_back(v->type);
    }
    for (size_t p = 0; p < f.params.size(); ++p)
      if (Value *v = f.body->args[p]; v->type.elem != Elem::Dim && v->type.elem != Elem::Key && random_.chance(20)) {
        f.params[p].inout = true;
        results.push_back(grower.fit(v->type));
      }
    b.ret(results);
  }

  void differentiate(Function &f, Builder &b, Value *y, std::vector<Value *> &results) {
    std::vector<Value *> by;
    for (Value *p : f.body->args)
      if (isFloat(p->type.elem) && random_.chance(75)) by.push_back(p);
    if (by.empty() || !isFloat(y->type.elem)) return;
    std::vector<Value *> operands = {y};
    operands.insert(operands.end(), by.begin(), by.end());
    Op *grad = b.create(OpKind::Grad, operands, GradAttr{});
    results.push_back(y);
    results.insert(results.end(), grad->results.begin(), grad->results.end());
    if (growth_.profile == Profile::Exact || !random_.chance(30)) return;
    if (random_.chance(50)) { // along a direction
      std::vector<Value *> along = {y, by[0], b.constant(by[0]->type, 0.5)};
      results.push_back(b.create(OpKind::Jvp, along, JvpAttr{})->result());
      return;
    }
    std::vector<int> all; // second order
    Value *slope = grad->result(0);
    for (size_t d = 0; d < slope->type.rank(); ++d) all.push_back(static_cast<int>(d));
    Value *sum = b.mul(slope, slope);
    if (!all.empty()) sum = b.reduce(ReduceKind::Sum, sum, all);
    Op *second = b.create(OpKind::Grad, {sum, by.back()}, GradAttr{});
    results.insert(results.end(), {sum, second->result()});
  }

  Growth growth_;
  Random &random_;
  int size_;
  std::unique_ptr<Module> module_;
  std::vector<int64_t> sizes_;
  std::vector<Dim> extents_;
  bool wild_ = false;
  int names_ = 0;
};

} // namespace

std::unique_ptr<Module> generateProgram(uint64_t seed, Profile profile, int size) { return Generator(seed, profile, size).run(); }

} // namespace dl::test

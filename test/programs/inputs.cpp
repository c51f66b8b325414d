#include "test/programs/inputs.h"
#include "ir/builder.h"
#include "test/programs/random.h"
#include <cmath>
#include <unordered_map>

namespace dl::test {

using namespace ir;

namespace {

int64_t extentFor(const Value &param, int trial, Random &random) {
  int64_t bound = param.type.bound;
  if (trial == 1) return bound;
  if (trial == 2) return std::min<int64_t>(bound, static_cast<int64_t>(random.below(3)));
  return random.between(std::min<int64_t>(1, bound), bound);
}

double anything(Elem elem, Random &random) {
  static const double special[] = {0.0, -0.0, 1, -1, 0.5, 2, INFINITY, -INFINITY, NAN, 1e-40, -1e-40, 3e-310, 1e30, -1e30, 88, -104, 2.5, -3.5};
  if (isInteger(elem)) return static_cast<double>(random.chance(30) ? static_cast<int64_t>(random.next() >> random.below(63)) : random.between(-20, 20));
  if (random.chance(20)) return random.of(std::vector<double>(std::begin(special), std::end(special)));
  return (random.unit() * 2 - 1) * std::ldexp(1.0, static_cast<int>(random.below(24)) - 12);
}

double numberFor(const std::string &name, Elem elem, int64_t i, Random &random) {
  auto is = [&](const char *domain) { return name.starts_with(domain); };
  if (is("plain")) return random.unit() * 4 - 2;
  if (is("whole")) return static_cast<double>(random.between(-3, 3));
  if (is("smooth")) return random.unit() * 3 - 1.5 + 1e-4 * static_cast<double>(i % 7);
  if (is("index")) return static_cast<double>(random.between(-2, 20));
  if (is("small")) return static_cast<double>(random.below(4));
  return anything(elem, random);
}

} // namespace

std::vector<Tensor> argumentsFor(const Function &function, uint64_t seed, int trial) {
  std::unordered_map<const DimAtom *, int64_t> dims;
  std::vector<Tensor> args;
  for (const Value *param : function.body->args) {
    Elem elem = param->type.elem;
    Random random(seed * 31 + static_cast<uint64_t>(trial) * 7 + hashOf(param->name));
    if (elem == Elem::Dim) {
      int64_t extent = extentFor(*param, trial, random);
      dims[param->dim.asAtom()] = extent;
      args.push_back(Tensor::scalar(Elem::I64, static_cast<uint64_t>(extent)));
      continue;
    }
    std::vector<int64_t> shape;
    for (const Dim &d : param->type.dims) shape.push_back(d.evaluate([&](DimAtom *a) { return dims.at(a); }));
    Tensor tensor(elem, shape);
    for (int64_t i = 0; i < tensor.count(); ++i) {
      if (elem == Elem::Bool) tensor.setBits(i, random.next() & 1);
      else if (elem == Elem::Key) tensor.setBits(i, random.next());
      else tensor.setBits(i, encodeNumber(elem, numberFor(param->name, elem, i, random)));
    }
    args.push_back(std::move(tensor));
  }
  return args;
}

} // namespace dl::test

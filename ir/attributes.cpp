#include "ir/attributes.h"
#include <algorithm>

namespace dl::ir {
namespace {

// Every Dim inside an attribute, by one walk: what has none is found by the last template.
template <class F> void each(Type &type, F &&visit) {
  for (dl::Dim &dim : type.dims) visit(dim);
}
template <class F> void each(std::vector<dl::Dim> &dims, F &&visit) {
  for (dl::Dim &dim : dims) visit(dim);
}
template <class F> struct EachDim {
  F visit;
  void operator()(ConstAttr &a) { each(a.type, visit); }
  void operator()(IotaAttr &a) { each(a.type, visit); }
  void operator()(RandomAttr &a) { each(a.type, visit); }
  void operator()(ExtentAttr &a) { visit(a.extent); }
  void operator()(ForAttr &a) { visit(a.trip); }
  void operator()(ShapeAttr &a) { each(a.dims, visit); }
  void operator()(BroadcastAttr &a) { each(a.dims, visit); }
  void operator()(InterleaveAttr &a) { each(a.dims, visit); }
  void operator()(SliceAtAttr &a) { each(a.extent, visit); }
  void operator()(SliceAttr &a) { each(a.start, visit), each(a.extent, visit); }
  void operator()(PadAttr &a) { each(a.low, visit), each(a.extent, visit); }
  void operator()(SaveAttr &a) {
    for (Type &type : a.types) each(type, visit);
  }
  void operator()(IndexedAttr &a) {
    for (IndexName &name : a.names) visit(name.extent);
    for (Factor &factor : a.factors) {
      visit(factor.extent);
      for (Index &index : factor.index) {
        visit(index.affine.offset);
        for (Affine &part : index.sourceIndex) visit(part.offset);
      }
    }
  }
  template <class A> void operator()(A &) {}
};
template <class F> void eachDim(Attrs &attrs, F visit) {
  EachDim<F> walker{visit};
  std::visit([&](auto &a) { walker(a); }, attrs);
}

} // namespace

Attrs substitute(const Attrs &attrs, const std::function<std::optional<dl::Dim>(DimAtom *)> &of) {
  Attrs copy = attrs;
  eachDim(copy, [&](dl::Dim &dim) {
    if (!dim.isConstant()) dim = dim.substitute(of);
  });
  return copy;
}

std::vector<DimAtom *> atomsOf(const Attrs &attrs) {
  std::vector<DimAtom *> all;
  auto collect = [&](dl::Dim &dim) {
    if (dim.isConstant()) return;
    for (DimAtom *atom : dim.atoms())
      if (std::find(all.begin(), all.end(), atom) == all.end()) all.push_back(atom);
  };
  eachDim(const_cast<Attrs &>(attrs), collect); // the visitor only reads
  return all;
}

} // namespace dl::ir

#include "ir/infer_support.h"

namespace dl::ir {
namespace {

size_t regionCount(OpKind kind) {
  if (kind == OpKind::If || kind == OpKind::While || kind == OpKind::CustomGrad) return 2;
  return kind == OpKind::For || kind == OpKind::Checkpoint || kind == OpKind::Fused ? 1 : 0;
}

template <class A> bool is(const Attrs &attrs) { return std::holds_alternative<A>(attrs); }

bool attributesBelong(OpKind kind, const Attrs &a) {
  switch (kind) {
  case OpKind::Const: return is<ConstAttr>(a);
  case OpKind::Iota: return is<IotaAttr>(a);
  case OpKind::ToDim: return is<ToDimAttr>(a);
  case OpKind::Extent: return is<ExtentAttr>(a);
  case OpKind::Convert:
  case OpKind::Bitcast: return is<ConvertAttr>(a);
  case OpKind::Reduce: return is<ReduceAttr>(a);
  case OpKind::ArgReduce: return is<ArgReduceAttr>(a);
  case OpKind::Cumulate: return is<CumulateAttr>(a);
  case OpKind::Contract:
  case OpKind::Remap:
  case OpKind::Gather:
  case OpKind::Scatter: return is<IndexedAttr>(a);
  case OpKind::Reshape: return is<ShapeAttr>(a);
  case OpKind::Transpose:
  case OpKind::Reverse: return is<DimsAttr>(a);
  case OpKind::Broadcast: return is<BroadcastAttr>(a);
  case OpKind::Slice: return is<SliceAttr>(a);
  case OpKind::Pad: return is<PadAttr>(a);
  case OpKind::Concat: return is<ConcatAttr>(a);
  case OpKind::Interleave: return is<InterleaveAttr>(a);
  case OpKind::SliceAt: return is<SliceAtAttr>(a);
  case OpKind::UpdateAt: return is<UpdateAtAttr>(a);
  case OpKind::Sort: return is<SortAttr>(a);
  case OpKind::Search: return is<SearchAttr>(a);
  case OpKind::TriSolve: return is<TriSolveAttr>(a);
  case OpKind::Fft: return is<FftAttr>(a);
  case OpKind::RandomBits: return is<RandomAttr>(a);
  case OpKind::For: return is<ForAttr>(a);
  case OpKind::While: return is<WhileAttr>(a);
  case OpKind::Call: return is<CallAttr>(a);
  case OpKind::Fused: return is<FusedAttr>(a);
  case OpKind::Grad: return is<GradAttr>(a);
  case OpKind::Jvp: return is<JvpAttr>(a);
  case OpKind::Print: return is<PrintAttr>(a);
  case OpKind::Report: return is<ReportAttr>(a);
  case OpKind::Progress: return is<ProgressAttr>(a);
  case OpKind::Write: return is<WriteAttr>(a);
  case OpKind::Save:
  case OpKind::Load: return is<SaveAttr>(a);
  case OpKind::Check: return is<CheckAttr>(a);
  case OpKind::Snapshot: return is<SnapshotAttr>(a);
  case OpKind::LoadTable: return is<TableAttr>(a);
  case OpKind::Encode: return is<EncodeAttr>(a);
#define DL_PLAIN(Name) case OpKind::Name:
  DL_PLAIN(Neg) DL_PLAIN(Abs) DL_PLAIN(Sign) DL_PLAIN(Floor) DL_PLAIN(Ceil) DL_PLAIN(Round) DL_PLAIN(Exp) DL_PLAIN(Expm1)
  DL_PLAIN(Log) DL_PLAIN(Log1p) DL_PLAIN(Sqrt) DL_PLAIN(Sin) DL_PLAIN(Cos) DL_PLAIN(Tan) DL_PLAIN(Tanh) DL_PLAIN(Sigmoid)
  DL_PLAIN(Erf) DL_PLAIN(ErfInv) DL_PLAIN(Lgamma) DL_PLAIN(Digamma) DL_PLAIN(IsFinite) DL_PLAIN(Not) DL_PLAIN(Add)
  DL_PLAIN(Sub) DL_PLAIN(Mul) DL_PLAIN(Div) DL_PLAIN(Rem) DL_PLAIN(Pow) DL_PLAIN(Atan2) DL_PLAIN(Max) DL_PLAIN(Min)
  DL_PLAIN(And) DL_PLAIN(Or) DL_PLAIN(Xor) DL_PLAIN(Shl) DL_PLAIN(Shr) DL_PLAIN(Eq) DL_PLAIN(Ne) DL_PLAIN(Lt) DL_PLAIN(Le)
  DL_PLAIN(Gt) DL_PLAIN(Ge) DL_PLAIN(Select) DL_PLAIN(Fma) DL_PLAIN(Copy) DL_PLAIN(Compress) DL_PLAIN(KeyFold) DL_PLAIN(If)
  DL_PLAIN(CustomGrad) DL_PLAIN(Checkpoint) DL_PLAIN(Yield) DL_PLAIN(Return) DL_PLAIN(StopGradient) DL_PLAIN(Leaf)
  DL_PLAIN(Accumulate) DL_PLAIN(Cholesky) DL_PLAIN(Lu) DL_PLAIN(Qr) DL_PLAIN(Eigh) DL_PLAIN(Svd)
#undef DL_PLAIN
    return is<NoAttr>(a);
  }
  DL_UNREACHABLE();
}

} // namespace

InferResult inferTypes(OpKind kind, Operands operands, const Attrs &attrs, std::span<Region *const> regions,
                       const Module *module) {
  const OpInfo &facts = info(kind);
  if (facts.operands >= 0 && operands.size() != static_cast<size_t>(facts.operands))
    return typeError(kind, "C0", "takes " + std::to_string(facts.operands) + " operands, got " + std::to_string(operands.size()));
  if (!attributesBelong(kind, attrs)) return typeError(kind, "C0", "has the attributes of another operation");
  if (regions.size() != regionCount(kind))
    return typeError(kind, "C0", "takes " + std::to_string(regionCount(kind)) + " regions, got " + std::to_string(regions.size()));
  switch (facts.family) {
  case Family::Elementwise: return inferElementwise(kind, operands, attrs);
  case Family::Constant: return inferConstant(kind, operands, attrs);
  case Family::Reduction: return inferReduction(kind, operands, attrs);
  case Family::Contraction: return inferContraction(kind, operands, attrs);
  case Family::Shape: return inferShape(kind, operands, attrs);
  case Family::Indexing: return inferIndexing(kind, operands, attrs);
  case Family::LinearAlgebra: return inferLinearAlgebra(kind, operands, attrs);
  case Family::Random: return inferRandom(kind, operands, attrs);
  case Family::Control: return inferControl(kind, operands, attrs, regions, module);
  case Family::Differentiation: return inferDifferentiation(kind, operands, attrs);
  case Family::Effect: return inferEffect(kind, operands, attrs);
  case Family::Data: return inferData(kind, operands, attrs, module);
  }
  DL_UNREACHABLE();
}

int firstMismatch(Operands params, Operands values, DimRenaming &renaming) {
  for (size_t i = 0; i < params.size() && i < values.size(); ++i) {
    if (renaming(params[i]->type) != values[i]->type) return static_cast<int>(i);
    if (params[i]->type.elem == Elem::Dim) renaming.add(params[i], values[i]->dim);
  }
  return params.size() == values.size() ? -1 : static_cast<int>(std::min(params.size(), values.size()));
}

void appendResults(Operands values, DimRenaming &renaming, const std::vector<dl::Dim> &firstDims, Inferred &into) {
  for (const Value *value : values) {
    Type type = renaming(value->type);
    type.dims.insert(type.dims.begin(), firstDims.begin(), firstDims.end());
    dl::Dim fresh;
    if (type.elem == Elem::Dim) {
      fresh = dl::Dim::variable(value->name.empty() ? "n" : value->name, type.bound);
      renaming.add(value, fresh);
    }
    into.types.push_back(std::move(type));
    into.fresh.push_back(std::move(fresh));
  }
}

const Value *innerDim(const Type &type, const Region &region) {
  for (const dl::Dim &dim : type.dims)
    for (DimAtom *atom : dim.atoms()) {
      auto *owner = static_cast<const Value *>(atom->owner);
      if (!owner) continue;
      const Region *at = owner->def ? owner->def->parent : owner->region;
      while (at && at != &region) at = at->parent ? at->parent->parent : nullptr;
      if (at) return owner;
    }
  return nullptr;
}

Operands yieldedBy(const Region &region) {
  const Op *last = region.terminator();
  return last && isTerminator(last->kind) ? Operands(last->operands) : Operands();
}

} // namespace dl::ir

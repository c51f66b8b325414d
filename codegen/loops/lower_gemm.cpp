#include "codegen/loops/lower_gemm.h"
#include "codegen/loops/gemm_plan.h"
#include "codegen/loops/kernel_maker.h"
#include "codegen/loops/merge_names.h"
#include "codegen/loops/summation.h"
#include <algorithm>

namespace dl::codegen {

using ir::Value;

namespace {

constexpr int64_t kFlopsPerNanosecond = 40; ///< a cautious rate, for the decision to wake other threads

/// True if the fast generators can express it: two operands in memory, plain or guarded affine indices.
bool isPlain(const Group &group, const ir::Op &contract) {
  const auto &attr = contract.as<ir::IndexedAttr>();
  ir::Elem elem = contract.result()->type.elem;
  if (attr.factors.size() != 2 || (elem != ir::Elem::F32 && elem != ir::Elem::F64)) return false;
  for (const ir::Factor &factor : attr.factors) {
    if (factor.operand < 0) return false;
    const Value *operand = contract.operand(static_cast<size_t>(factor.operand));
    if (operand->type.isScalar() || operand->type.elem != elem || !(group.isInput(operand) || group.isMaterialised(operand))) return false;
    for (const ir::Index &index : factor.index)
      if (index.divisor != 1 || index.source >= 0) return false;
  }
  return true;
}

ContractSpec specOf(KernelMaker &k, const ir::Op &contract) {
  const auto &attr = contract.as<ir::IndexedAttr>();
  ContractSpec spec;
  spec.outCount = attr.outCount;
  spec.order = attr.order;
  spec.elem = primOf(contract.result()->type.elem);
  for (const ir::IndexName &name : attr.names) spec.names.push_back({name.name, name.extent.bound(), name.extent, nullptr});
  for (const ir::Factor &factor : attr.factors) {
    const Value *operand = contract.operand(static_cast<size_t>(factor.operand));
    TensorRef ref = k.input(operand);
    ContractFactor out{ref.buffer, ref.strides, {}};
    for (size_t d = 0; d < factor.index.size(); ++d) {
      const ir::Index &index = factor.index[d];
      ContractIndex to{index.affine.terms, k.e().dim(index.affine.offset), index.guarded, nullptr};
      if (index.guarded) to.extent = k.e().dim(operand->type.dims[d]);
      out.index.push_back(std::move(to));
    }
    spec.factors.push_back(std::move(out));
  }
  return spec;
}

} // namespace

bool lowerGemm(Group &group, const ir::Op &contract) {
  if (!isPlain(group, contract)) return false;
  const Value *product = contract.result();
  std::vector<const Value *> yields;
  const ir::Op &op = group.op();
  if (op.kind == ir::OpKind::Fused) {
    for (const Value *v : op.regions[0]->terminator()->operands) yields.push_back(v);
  } else {
    yields.push_back(product);
  }
  for (size_t i = 0; i < yields.size(); ++i) {
    if (yields[i]->type.dims != product->type.dims || group.isInput(yields[i])) return false;
    if (std::count(yields.begin(), yields.end(), yields[i]) > 1) return false;
    for (const Value *operand : contract.operands)
      if (group.isInput(operand) && group.context().overlaps(op.results[i], operand)) return false;
  }
  KernelMaker k(group, "gemm");
  ContractSpec spec = specOf(k, contract);
  std::vector<NameDigit> digits = mergeNames(spec);
  for (ContractName &name : spec.names) name.extent = k.e().dim(name.dim);
  auto plan = planGemm(spec, group.context().target);
  if (!plan) return false;
  // The product is handed over; what the epilogue reads besides is bound to memory.
  k.e().bindScalar(product, nullptr);
  for (const Value *v : yields) k.bindInputsOf(v);
  std::vector<TensorRef> outputs;
  for (size_t i = 0; i < yields.size(); ++i) outputs.push_back(k.output({op.results[i], -1}, yields[i]->type));
  ContractSink sink = [&](const std::vector<Val> &merged, Val value, Val mask) {
    std::vector<Val> index = takeApart(k.b(), digits, merged);
    At at;
    at.lanes = value->type.lanes;
    at.vmask = mask;
    for (size_t d = 0; d < index.size(); ++d) at.idx.push_back({index[d], d + 1 == index.size() && at.lanes > 1 ? 1 : 0});
    k.e().bindScalar(product, value);
    std::vector<Val> computed;
    for (const Value *v : yields) computed.push_back(k.e().eval(v, at));
    for (size_t i = 0; i < yields.size(); ++i) k.store(outputs[i], yields[i]->type, at, computed[i]);
  };
  spec.exactly = [&](const std::vector<Val> &merged) {
    At at;
    for (Val i : takeApart(k.b(), digits, merged)) at.idx.push_back({i});
    for (const Value *operand : contract.operands) k.bindInputsOf(operand);
    return emitFold(k.e(), contract, at);
  };
  emitGemm(k.b(), spec, *plan, k.b().param(2), k.b().param(3), sink);
  int64_t items = 1;
  for (const ItemAxis &axis : plan->axes) {
    const dl::Dim &extent = spec.names[static_cast<size_t>(axis.name)].dim;
    k.launch().items.push_back(floorDiv(extent + dl::Dim(axis.block - 1), dl::Dim(axis.block)));
    items *= std::max<int64_t>(k.launch().items.back().bound(), 1);
  }
  k.done(1);
  group.setItemWork(std::max<int64_t>(2 * plan->flops / std::max<int64_t>(items, 1) / kFlopsPerNanosecond, 1));
  return true;
}

} // namespace dl::codegen

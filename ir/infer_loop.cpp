#include "ir/infer_loop.h"

namespace dl::ir {
namespace {

/// Initial values fit the carried arguments, yielded ones fit them again; the results are the carried arguments'
/// types, then the stacks over `trip`. Carried dimensions become fresh results.
InferResult carried(OpKind kind, Operands initial, Operands args, const Region &body, const std::optional<dl::Dim> &trip,
                    int firstOperand, Inferred result) {
  DimRenaming into, around, out;
  if (int bad = firstMismatch(args, initial, into); bad >= 0)
    return typeError(kind, "C4", "the initial value " + std::to_string(bad) + " of the carried values has another type than its argument",
                     firstOperand + bad);
  Operands yielded = yieldedBy(body);
  if (yielded.size() < args.size())
    return typeError(kind, "C5", "the body yields " + std::to_string(yielded.size()) + " values for " +
                                     std::to_string(args.size()) + " carried ones");
  if (int bad = firstMismatch(args, yielded.first(args.size()), around); bad >= 0)
    return typeError(kind, "C6", "carried value " + std::to_string(bad) + " begins as " + args[bad]->type.str() +
                                     " and is yielded as " + yielded[bad]->type.str());
  appendResults(args, out, {}, result);
  Operands stacked = yielded.subspan(args.size());
  if (!stacked.empty() && !trip) return typeError(kind, "C7", "a loop without a bounded count cannot stack values");
  for (const Value *value : stacked) {
    if (value->type.elem == Elem::Dim) return typeError(kind, "C8", "a dimension cannot be stacked");
    if (const Value *inner = innerDim(value->type, body))
      return typeError(kind, "C9", "a stacked value has type " + value->type.str() + ", whose dimension `" +
                                       inner->dim.str() + "` varies in the loop");
  }
  if (trip) appendResults(stacked, out, {*trip}, result);
  return result;
}

} // namespace

InferResult inferFor(Operands operands, const ForAttr &attr, const Region &body) {
  constexpr OpKind kind = OpKind::For;
  size_t counts = attr.tripIsDim ? 0 : 1, scans = attr.scanDims.size();
  if (attr.carries < 0 || operands.size() != counts + scans + static_cast<size_t>(attr.carries) ||
      body.args.size() != 1 + scans + static_cast<size_t>(attr.carries))
    return typeError(kind, "C1", "operands, region arguments and counts of scanned and carried values disagree");
  if (!attr.tripIsDim && !isScalarOf(operands[0], Elem::I64))
    return typeError(kind, "C2", "counts to an i64, got " + operands[0]->type.str(), 0);
  if (!isScalarOf(body.args[0], Elem::I64)) return typeError(kind, "C2", "the induction variable is an i64");
  for (size_t i = 0; i < scans; ++i) {
    const Type &type = operands[counts + i]->type, &slice = body.args[1 + i]->type;
    int dim = attr.scanDims[i], operand = static_cast<int>(counts + i);
    if (!isDim(dim, type.rank()) || type.elem == Elem::Dim)
      return typeError(kind, "C3", type.str() + " has no dimension " + std::to_string(dim) + " to scan", operand);
    Type rest = type;
    rest.dims.erase(rest.dims.begin() + dim);
    if (rest != slice || !attr.tripIsDim || type.dims[dim] != attr.trip)
      return typeError(kind, "C3", "scanning dimension " + std::to_string(dim) + " of " + type.str() + " in " +
                                       (attr.tripIsDim ? attr.trip.str() : std::string("an unknown number of")) +
                                       " steps does not give slices " + slice.str(), operand);
  }
  Operands args(body.args);
  return carried(kind, operands.subspan(counts + scans), args.subspan(1 + scans), body,
                 attr.tripIsDim ? std::optional(attr.trip) : std::nullopt, static_cast<int>(counts + scans), {});
}

InferResult inferWhile(Operands operands, const WhileAttr &attr, const Region &condition, const Region &body) {
  constexpr OpKind kind = OpKind::While;
  if (attr.carries < 0 || attr.bound < 0 || operands.size() != static_cast<size_t>(attr.carries) ||
      body.args.size() != operands.size() || condition.args.size() != operands.size())
    return typeError(kind, "C1", "operands, region arguments and the count of carried values disagree");
  DimRenaming unused;
  if (int bad = firstMismatch(condition.args, operands, unused); bad >= 0)
    return typeError(kind, "C2", "the condition takes another type for carried value " + std::to_string(bad), bad);
  Operands verdict = yieldedBy(condition);
  if (verdict.size() != 1 || !isScalarOf(verdict[0], Elem::Bool)) return typeError(kind, "C3", "the condition yields one bool");
  Inferred result;
  std::optional<dl::Dim> count;
  if (attr.bound > 0) {
    count = dl::Dim::variable("n", attr.bound);
    result.types.push_back(Type::dimension(attr.bound));
    result.fresh.push_back(*count);
  }
  return carried(kind, operands, body.args, body, count, 0, std::move(result));
}

} // namespace dl::ir

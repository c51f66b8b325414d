#include "ir/evaluate/interpreter.h"
#include "ir/evaluate/strided.h"
#include <algorithm>

namespace dl::ir::eval {
namespace {

/// Element number `i` along `dim`, that dimension removed.
Shared sliceAlong(const Tensor &tensor, size_t dim, int64_t i) {
  Place from{0, stridesOf(tensor.shape)};
  from.offset = i * from.strides[dim];
  from.strides.erase(from.strides.begin() + static_cast<std::ptrdiff_t>(dim));
  std::vector<int64_t> shape = tensor.shape;
  shape.erase(shape.begin() + static_cast<std::ptrdiff_t>(dim));
  auto slice = std::make_shared<Tensor>(tensor.elem, shape);
  copyBlock(tensor, from, *slice, {0, stridesOf(shape)}, shape);
  return slice;
}

/// Slices collected by iteration number.
class Stack {
public:
  void put(int64_t i, Shared slice) {
    if (i >= static_cast<int64_t>(slices_.size())) slices_.resize(static_cast<size_t>(i + 1));
    slices_[static_cast<size_t>(i)] = std::move(slice);
  }
  void turnAround() { std::reverse(slices_.begin(), slices_.end()); }
  /// `shape` counts where there was no iteration.
  Shared tensor(Elem elem, std::vector<int64_t> shape) const {
    if (!slices_.empty()) {
      shape = slices_[0]->shape;
      shape.insert(shape.begin(), static_cast<int64_t>(slices_.size()));
    }
    auto all = std::make_shared<Tensor>(elem, shape);
    size_t at = 0;
    for (const Shared &slice : slices_) {
      std::copy(slice->bytes.begin(), slice->bytes.end(), all->bytes.begin() + static_cast<std::ptrdiff_t>(at));
      at += slice->bytes.size();
    }
    return all;
  }

private:
  std::vector<Shared> slices_;
};

} // namespace

Status Interpreter::forLoop(const Op &op, Frame &frame) {
  const auto &attr = op.as<ForAttr>();
  size_t counts = attr.tripIsDim ? 0 : 1, scans = attr.scanDims.size(), carries = static_cast<size_t>(attr.carries);
  int64_t trip = attr.tripIsDim ? attr.trip.evaluate(frame.dims) : *frame[op.operands[0]]->data<int64_t>();
  Values carried = operandsOf(op, frame, counts + scans);
  std::vector<Stack> stacks(op.results.size() - carries);
  for (int64_t step = 0; step < trip; ++step) {
    int64_t i = attr.reverse ? trip - 1 - step : step;
    Values args{std::make_shared<const Tensor>(Tensor::scalar(Elem::I64, static_cast<uint64_t>(i)))};
    for (size_t s = 0; s < scans; ++s)
      args.push_back(sliceAlong(*frame[op.operands[counts + s]], static_cast<size_t>(attr.scanDims[s]), i));
    args.insert(args.end(), carried.begin(), carried.end());
    DL_TRY(yielded, region(*op.regions[0], args, frame));
    for (size_t k = 0; k < stacks.size(); ++k) stacks[k].put(attr.reverse ? step : i, yielded[carries + k]);
    carried.assign(yielded.begin(), yielded.begin() + attr.carries);
  }
  for (size_t k = 0; k < carries; ++k) frame.set(op.results[k], carried[k]);
  for (size_t k = 0; k < stacks.size(); ++k) {
    const Type &type = op.results[carries + k]->type;
    std::vector<int64_t> shape;
    for (const dl::Dim &d : type.dims) shape.push_back(std::max<int64_t>(d.evaluate(frame.dims), 0));
    if (attr.reverse) stacks[k].turnAround();
    frame.set(op.results[carries + k], stacks[k].tensor(type.elem, std::move(shape)));
  }
  return Done{};
}

Status Interpreter::whileLoop(const Op &op, Frame &frame) {
  const auto &attr = op.as<WhileAttr>();
  size_t counted = attr.bound > 0 ? 1 : 0, carries = static_cast<size_t>(attr.carries);
  Values carried = operandsOf(op, frame);
  std::vector<Stack> stacks(op.results.size() - counted - carries);
  int64_t count = 0;
  while (!counted || count < attr.bound) {
    DL_TRY(verdict, region(*op.regions[0], carried, frame));
    if (!*verdict[0]->data<uint8_t>()) break;
    DL_TRY(yielded, region(*op.regions[1], carried, frame));
    for (size_t k = 0; k < stacks.size(); ++k) stacks[k].put(count, yielded[carries + k]);
    carried.assign(yielded.begin(), yielded.begin() + attr.carries);
    ++count;
    if (options_.maxOps && ++executed_ > options_.maxOps) return failure("the limit of executed operations is reached");
  }
  if (counted) frame.set(op.results[0], std::make_shared<const Tensor>(Tensor::scalar(Elem::I64, static_cast<uint64_t>(count))));
  for (size_t k = 0; k < carries; ++k) frame.set(op.results[counted + k], carried[k]);
  for (size_t k = 0; k < stacks.size(); ++k) {
    const Value *result = op.results[counted + carries + k];
    std::vector<int64_t> shape;
    for (const dl::Dim &d : result->type.dims) shape.push_back(std::max<int64_t>(d.evaluate(frame.dims), 0));
    frame.set(result, stacks[k].tensor(result->type.elem, std::move(shape)));
  }
  return Done{};
}

} // namespace dl::ir::eval

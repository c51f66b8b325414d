// cholesky, trisolve, lu, qr, eigh, svd, fft: the functions of support/linalg, which compiled programs call, too.
#include "ir/evaluate/op_context.h"
#include "ir/linear_routine.h"

namespace dl::ir::eval {

Status linearAlgebra(OpContext &c) {
  for (size_t i = 0; i < c.op.results.size(); ++i) DL_CHECK_OK(c.result());
  std::vector<std::vector<int64_t>> strides;
  auto arrayOf = [&](const Tensor &t) {
    strides.push_back(stridesOf(t.shape));
    return linalg::Array{const_cast<uint8_t *>(t.bytes.data()), t.elem == Elem::F64, static_cast<int>(t.shape.size()), t.shape.data(), strides.back().data()};
  };
  std::vector<linalg::Array> in, out;
  for (const Tensor *t : c.in) in.push_back(arrayOf(*t));
  for (const Tensor &t : c.out) out.push_back(arrayOf(t));
  const Tensor &last = *c.in.back();
  auto [rows, columns] = workShape(c.op, c.in[0]->shape, last.shape);
  linalg::Routine routine = routineOf(c.op.kind);
  std::vector<uint8_t> memory(static_cast<size_t>(linalg::workBytes(routine, in[0].f64, rows, columns)) + 64);
  void *work = reinterpret_cast<void *>((reinterpret_cast<uintptr_t>(memory.data()) + 63) / 64 * 64);
  switch (routine) {
  case linalg::Routine::Cholesky: linalg::cholesky(in.data(), out.data(), work); break;
  case linalg::Routine::TriSolve: {
    const auto &attr = c.op.as<TriSolveAttr>();
    linalg::trisolve(in.data(), out.data(), attr.upper, attr.transposed, work);
    break;
  }
  case linalg::Routine::Lu: linalg::lu(in.data(), out.data(), work); break;
  case linalg::Routine::Qr: linalg::qr(in.data(), out.data(), work); break;
  case linalg::Routine::Eigh: linalg::eigh(in.data(), out.data(), work); break;
  case linalg::Routine::Svd: linalg::svd(in.data(), out.data(), work); break;
  case linalg::Routine::Fft: {
    const auto &attr = c.op.as<FftAttr>();
    linalg::fft(in.data(), out.data(), attr.dim, attr.inverse, work);
    break;
  }
  }
  return Done{};
}

} // namespace dl::ir::eval

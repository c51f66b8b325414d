#include "support/linalg/work.h"
#include "support/linalg/batch.h"
#include "support/result.h"

namespace dl::linalg {

int64_t workBytes(Routine routine, bool f64, int64_t rows, int64_t columns) {
  int64_t small = std::min(rows, columns), bytes = 0;
  auto add = [&](int64_t count, int64_t size) { bytes += Work::sizeOf(count * size); };
  int64_t element = f64 ? 8 : 4;
  switch (routine) {
  case Routine::Cholesky: add(rows * rows, element); break;
  case Routine::TriSolve: add(rows * rows, element), add(rows * columns, element); break;
  case Routine::Lu: add(rows * rows, element), add(rows, 4); break;
  case Routine::Qr: add(rows * columns, element), add(small, element), add(qrWork(rows, columns), element); break;
  case Routine::Eigh: add(rows * rows, element), add(rows, element), add(eighWork(rows), element), add(eighIntegers(rows), 4); break;
  case Routine::Svd:
    for (int64_t count : {rows * columns, rows * small, small, small * columns, svdWork(rows, columns)}) add(count, element);
    add(8 * small, 4);
    break;
  case Routine::Fft: { // of any length up to `rows`: those with great prime factors need powers of two above their double
    int64_t power = 1;
    while (power < 2 * rows) power *= 2;
    for (int64_t count : {power, power, power, power, rows}) add(count, 16);
    break;
  }
  }
  return bytes;
}

} // namespace dl::linalg

// Factorisations by their equations, and by what makes them unique; transforms against their sums.
#include "test/unit/ir/run_text.h"
#include <algorithm>
#include <cmath>

namespace dl::ir::test {
namespace {

using Numbers = std::vector<double>;

struct Matrix {
  int64_t rows, columns;
  Numbers x;
  double operator()(int64_t i, int64_t j) const { return x[static_cast<size_t>(i * columns + j)]; }
};
Matrix matrix(const Tensor &t) { return {t.shape[0], t.shape[1], numbers(t)}; }
Matrix times(const Matrix &a, const Matrix &b) {
  Matrix c{a.rows, b.columns, Numbers(static_cast<size_t>(a.rows * b.columns))};
  for (int64_t i = 0; i < a.rows; ++i)
    for (int64_t j = 0; j < b.columns; ++j)
      for (int64_t k = 0; k < a.columns; ++k) c.x[static_cast<size_t>(i * c.columns + j)] += a(i, k) * b(k, j);
  return c;
}
Matrix transposed(const Matrix &a) {
  Matrix t{a.columns, a.rows, {}};
  for (int64_t j = 0; j < a.columns; ++j)
    for (int64_t i = 0; i < a.rows; ++i) t.x.push_back(a(i, j));
  return t;
}
Matrix scaled(Matrix a, const Numbers &columns) {
  for (int64_t i = 0; i < a.rows; ++i)
    for (int64_t j = 0; j < a.columns; ++j) a.x[static_cast<size_t>(i * a.columns + j)] *= columns[static_cast<size_t>(j)];
  return a;
}
void expectNear(const Matrix &a, const Matrix &b, double tolerance) {
  ASSERT_EQ(a.rows, b.rows);
  ASSERT_EQ(a.columns, b.columns);
  for (size_t i = 0; i < a.x.size(); ++i) EXPECT_NEAR(a.x[i], b.x[i], tolerance) << "element " << i;
}
Matrix identity(int64_t n) {
  Matrix i{n, n, Numbers(static_cast<size_t>(n * n))};
  for (int64_t k = 0; k < n; ++k) i.x[static_cast<size_t>(k * (n + 1))] = 1;
  return i;
}
Tensor example(Elem elem, int64_t rows, int64_t columns) {
  Numbers x;
  for (int64_t i = 0; i < rows * columns; ++i) x.push_back(std::sin(static_cast<double>(i * i + 1)));
  return tensor(elem, {rows, columns}, x);
}
Tensor positive(Elem elem, int64_t n) {
  Tensor a = example(elem, n, n);
  Matrix g = times(matrix(a), transposed(matrix(a)));
  for (int64_t i = 0; i < n; ++i) g.x[static_cast<size_t>(i * (n + 1))] += 1;
  return tensor(elem, {n, n}, g.x);
}
std::string type(Elem elem, int64_t rows, int64_t columns) {
  return std::string(name(elem)) + "[" + std::to_string(rows) + "," + std::to_string(columns) + "]";
}
double precision(Elem elem) { return elem == Elem::F64 ? 1e-12 : 1e-4; }

const int64_t kSizes[] = {0, 1, 2, 5, 17, 40};

TEST(LinearAlgebra, Cholesky) {
  for (Elem elem : {Elem::F32, Elem::F64})
    for (int64_t n : kSizes) {
      std::string t = type(elem, n, n);
      Tensor a = positive(elem, n);
      Matrix l = matrix(run("func @f(%a: " + t + ") -> (" + t + ") { %l: " + t + " = cholesky %a return %l }", {a})[0]);
      expectNear(times(l, transposed(l)), matrix(a), precision(elem) * 50);
      for (int64_t i = 0; i < n; ++i) {
        EXPECT_GT(l(i, i), 0);
        for (int64_t j = i + 1; j < n; ++j) EXPECT_EQ(l(i, j), 0);
      }
    }
}

TEST(LinearAlgebra, CholeskyOfNoPositiveMatrixIsNaN) {
  auto y = run("func @f(%a: f64[3,2,2]) -> (f64[3,2,2]) { %l: f64[3,2,2] = cholesky %a return %l }",
               {tensor(Elem::F64, {3, 2, 2}, {1, 0, 2, 1, 4, 99, 2, 5, NAN, 0, 0, 1})});
  Numbers l = numbers(y[0]);
  for (size_t i : {0, 1, 2, 3, 8, 9, 10, 11}) EXPECT_TRUE(std::isnan(l[i]));
  EXPECT_EQ(Numbers(l.begin() + 4, l.begin() + 8), (Numbers{2, 0, 1, 2})); // the upper triangle is not read
}

TEST(LinearAlgebra, TriangularSolves) {
  for (std::string which : {"lower", "upper"})
    for (std::string form : {"", " transposed"}) {
      Tensor a = positive(Elem::F64, 5), b = example(Elem::F64, 5, 2);
      Matrix x = matrix(run("func @f(%a: f64[5,5], %b: f64[5,2]) -> (f64[5,2]) { %x: f64[5,2] = trisolve " + which + " %a, %b" + form + " return %x }", {a, b})[0]);
      Matrix t = matrix(a);
      for (int64_t i = 0; i < 5; ++i)
        for (int64_t j = 0; j < 5; ++j)
          if (which == "lower" ? j > i : j < i) t.x[static_cast<size_t>(i * 5 + j)] = 0;
      expectNear(times(form.empty() ? t : transposed(t), x), matrix(b), 1e-12);
    }
}

TEST(LinearAlgebra, Lu) {
  for (int64_t n : kSizes) {
    std::string t = type(Elem::F64, n, n), v = "i32[" + std::to_string(n) + "]";
    Tensor a = example(Elem::F64, n, n);
    auto y = run("func @f(%a: " + t + ") -> (" + t + ", " + v + ", f64) { %p: " + t + ", %r: " + v + ", %s: f64 = lu %a return %p, %r, %s }", {a});
    Matrix p = matrix(y[0]), l = identity(n), u = p, pa = matrix(a);
    Numbers rows = numbers(y[1]);
    double inversions = 0;
    for (int64_t i = 0; i < n; ++i)
      for (int64_t j = 0; j < n; ++j) {
        (i > j ? l : u).x[static_cast<size_t>(i * n + j)] = p(i, j);
        if (i > j) u.x[static_cast<size_t>(i * n + j)] = 0;
        pa.x[static_cast<size_t>(i * n + j)] = matrix(a)(static_cast<int64_t>(rows[static_cast<size_t>(i)]), j);
        if (i > j) inversions += rows[static_cast<size_t>(i)] < rows[static_cast<size_t>(j)];
      }
    expectNear(times(l, u), pa, 1e-12);
    EXPECT_EQ(numbers(y[2])[0], std::fmod(inversions, 2) == 0 ? 1 : -1);
  }
}

TEST(LinearAlgebra, Qr) {
  for (auto [m, n] : {std::pair<int64_t, int64_t>{0, 0}, {3, 0}, {0, 2}, {1, 1}, {7, 3}, {3, 7}, {17, 17}, {40, 33}}) {
    std::string a = type(Elem::F64, m, n), q = type(Elem::F64, m, std::min(m, n)), r = type(Elem::F64, std::min(m, n), n);
    Tensor x = example(Elem::F64, m, n);
    auto y = run("func @f(%a: " + a + ") -> (" + q + ", " + r + ") { %q: " + q + ", %r: " + r + " = qr %a return %q, %r }", {x});
    expectNear(times(matrix(y[0]), matrix(y[1])), matrix(x), 1e-12);
    expectNear(times(transposed(matrix(y[0])), matrix(y[0])), identity(std::min(m, n)), 1e-12);
    for (int64_t i = 0; i < std::min(m, n); ++i) {
      EXPECT_GE(matrix(y[1])(i, i), 0);
      for (int64_t j = 0; j < i; ++j) EXPECT_EQ(matrix(y[1])(i, j), 0);
    }
  }
}

void expectPositive(const Matrix &columns) {
  for (int64_t j = 0; j < columns.columns; ++j) {
    int64_t largest = 0;
    for (int64_t i = 1; i < columns.rows; ++i)
      if (std::fabs(columns(i, j)) > std::fabs(columns(largest, j))) largest = i;
    EXPECT_GT(columns(largest, j), 0);
  }
}

TEST(LinearAlgebra, Eigh) {
  for (Elem elem : {Elem::F32, Elem::F64})
    for (int64_t n : kSizes) {
      std::string t = type(elem, n, n), v = std::string(name(elem)) + "[" + std::to_string(n) + "]";
      Tensor a = positive(elem, n);
      auto y = run("func @f(%a: " + t + ") -> (" + v + ", " + t + ") { %w: " + v + ", %v: " + t + " = eigh %a return %w, %v }", {a});
      Matrix vectors = matrix(y[1]);
      expectNear(times(matrix(a), vectors), scaled(vectors, numbers(y[0])), precision(elem) * 50);
      expectNear(times(transposed(vectors), vectors), identity(n), precision(elem));
      expectPositive(vectors);
      Numbers w = numbers(y[0]);
      EXPECT_TRUE(std::is_sorted(w.begin(), w.end()));
    }
}

TEST(LinearAlgebra, Svd) {
  for (auto [m, n] : {std::pair<int64_t, int64_t>{0, 0}, {3, 0}, {0, 2}, {1, 1}, {7, 3}, {3, 7}, {17, 17}, {40, 5}}) {
    int64_t k = std::min(m, n);
    std::string a = type(Elem::F64, m, n), u = type(Elem::F64, m, k), s = "f64[" + std::to_string(k) + "]", v = type(Elem::F64, k, n);
    Tensor x = example(Elem::F64, m, n);
    auto y = run("func @f(%a: " + a + ") -> (" + u + ", " + s + ", " + v + ") { %u: " + u + ", %s: " + s + ", %v: " + v + " = svd %a return %u, %s, %v }", {x});
    expectNear(times(scaled(matrix(y[0]), numbers(y[1])), matrix(y[2])), matrix(x), 1e-12);
    expectNear(times(transposed(matrix(y[0])), matrix(y[0])), identity(k), 1e-12);
    expectNear(times(matrix(y[2]), transposed(matrix(y[2]))), identity(k), 1e-12);
    expectPositive(matrix(y[0]));
    Numbers values = numbers(y[1]);
    EXPECT_TRUE(std::is_sorted(values.rbegin(), values.rend()));
  }
}

TEST(LinearAlgebra, WhatIsNotFiniteGivesNaN) {
  auto y = run("func @f(%a: f32[2,2]) -> (f32[2], f32[2,2], f32[2,2], f32[2]) { %w: f32[2], %v: f32[2,2] = eigh %a "
               "%u: f32[2,2], %s: f32[2], %t: f32[2,2] = svd %a return %w, %v, %u, %s }", {f32({2, 2}, {1, 0, INFINITY, 1})});
  for (const Tensor &t : y)
    for (double x : numbers(t)) EXPECT_TRUE(std::isnan(x));
}

TEST(LinearAlgebra, Fft) {
  constexpr double kPi = 3.14159265358979323846;
  for (int64_t n : {1, 2, 3, 4, 5, 8, 12, 30, 61, 64, 67, 97, 128, 134})
    for (std::string direction : {"", " inverse"}) {
      Tensor re = example(Elem::F64, 2, n), im = example(Elem::F64, 2, n);
      im.setBits(0, Tensor::fromNumber(Elem::F64, 3).bits(0));
      std::string t = type(Elem::F64, 2, n);
      auto y = run("func @f(%a: " + t + ", %b: " + t + ") -> (" + t + ", " + t + ") { %c: " + t + ", %d: " + t + " = fft %a, %b dim 1" + direction + " return %c, %d }", {re, im});
      for (int64_t line = 0; line < 2; ++line)
        for (int64_t k = 0; k < n; ++k) {
          double a = 0, b = 0;
          for (int64_t j = 0; j < n; ++j) {
            double angle = (direction.empty() ? -2 : 2) * kPi * static_cast<double>(j * k % n) / static_cast<double>(n);
            double x = re.number(line * n + j), z = im.number(line * n + j);
            a += x * std::cos(angle) - z * std::sin(angle), b += x * std::sin(angle) + z * std::cos(angle);
          }
          EXPECT_NEAR(y[0].number(line * n + k), a, 1e-11) << n;
          EXPECT_NEAR(y[1].number(line * n + k), b, 1e-11) << n;
        }
    }
}

} // namespace
} // namespace dl::ir::test

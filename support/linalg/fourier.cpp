// Stockham's algorithm with the factors 4, 2 and the odd primes up to kMostFactor; other lengths by Bluestein's convolution.
// All in f64, with roots of unity from support/numerics: the same bits on every processor.
#include "support/linalg/batch.h"
#include "support/numerics/scalar_functions.h"
#include <utility>

namespace dl::linalg {
namespace {

struct Complex {
  double re, im;
};
Complex operator+(Complex a, Complex b) { return {a.re + b.re, a.im + b.im}; }
Complex operator-(Complex a, Complex b) { return {a.re - b.re, a.im - b.im}; }
Complex operator*(Complex a, Complex b) { return {a.re * b.re - a.im * b.im, a.re * b.im + a.im * b.re}; }
Complex conjugate(Complex a) { return {a.re, -a.im}; }
/// a * -i
Complex turned(Complex a) { return {a.im, -a.re}; }

constexpr int64_t kMostFactor = 61;
constexpr double kQuarterPi = 0.78539816339744830962;

/// e^(-2 pi i k / n) from the cosine and sine of the angle to the nearest multiple of pi / 2, in 0..pi / 4.
Complex reflected(int64_t octant, double c, double s) {
  switch (octant) {
  case 0: return {c, -s};
  case 1: return {s, -c};
  case 2: return {-s, -c};
  case 3: return {-c, -s};
  case 4: return {-c, s};
  case 5: return {-s, c};
  case 6: return {s, c};
  default: return {c, s};
  }
}
/// e^(-2 pi i k / n), 0 <= k < n.
Complex root(int64_t k, int64_t n) {
  int64_t octant = 8 * k / n, rest = 8 * k - octant * n;
  double t = kQuarterPi * (static_cast<double>(octant & 1 ? n - rest : rest) / static_cast<double>(n));
  return reflected(octant, num::cos(t), num::sin(t));
}
/// All of them; the same numbers as `root`, which is called for one octant only where the others are its mirror images.
void fillRoots(Complex *roots, int64_t n) {
  int64_t eighth = n / 8;
  bool mirrored = n % 8 == 0;
  for (int64_t k = 0; k < n; ++k) {
    if (!mirrored || k <= eighth) {
      roots[k] = root(k, n);
      continue;
    }
    int64_t octant = k / eighth, rest = k % eighth;
    Complex first = roots[octant & 1 ? eighth - rest : rest];
    roots[k] = reflected(octant, first.re, -first.im);
  }
}

/// The next factor of n, or 0 where only greater primes are left.
int64_t factorOf(int64_t n) {
  if (n % 4 == 0) return 4;
  for (int64_t r = 2; r <= kMostFactor; r += r == 2 ? 1 : 2)
    if (n % r == 0) return r;
  return 0;
}
bool factorises(int64_t n) {
  while (n > 1) {
    int64_t r = factorOf(n);
    if (r == 0) return false;
    n /= r;
  }
  return true;
}
int64_t powerAbove(int64_t n) {
  int64_t m = 1;
  while (m < n) m *= 2;
  return m;
}

/// The transform of x, in x or y (returned); `roots` are the n-th ones. Each pass splits off one factor r: runs of `run` elements
/// stay together, `left` transforms of length r * (the rest) are left in each.
Complex *transform(int64_t n, Complex *x, Complex *y, const Complex *roots) {
  for (int64_t left = n, run = 1; left > 1;) {
    int64_t r = factorOf(left), m = left / r;
    for (int64_t p = 0; p < m; ++p)
      for (int64_t q = 0; q < run; ++q) {
        const Complex *from = x + q + run * p;
        Complex *to = y + q + run * r * p;
        int64_t step = run * m;
        const auto twiddle = [&](int64_t j) { return roots[p * j * run]; };
        if (r == 2) {
          Complex a = from[0], b = from[step];
          to[0] = a + b;
          to[run] = (a - b) * twiddle(1);
        } else if (r == 4) {
          Complex a = from[0], b = from[step], c = from[2 * step], d = from[3 * step];
          Complex even = a + c, odd = b + d, difference = a - c, side = turned(b - d);
          to[0] = even + odd;
          to[run] = (difference + side) * twiddle(1);
          to[2 * run] = (even - odd) * twiddle(2);
          to[3 * run] = (difference - side) * twiddle(3);
        } else {
          for (int64_t j = 0; j < r; ++j) {
            Complex sum = from[0];
            for (int64_t k = 1; k < r; ++k) sum = sum + from[k * step] * roots[j * k % r * (n / r)];
            to[j * run] = sum * twiddle(j);
          }
        }
      }
    std::swap(x, y);
    left = m, run *= r;
  }
  return x;
}

/// Transforms of one length.
class Plan {
public:
  Plan(int64_t n, void *work) : n_(n), direct_(factorises(n)), m_(direct_ ? n : powerAbove(2 * n - 1)) {
    Work pieces(work);
    roots_ = pieces.take<Complex>(m_), first_ = pieces.take<Complex>(m_), second_ = pieces.take<Complex>(m_);
    fillRoots(roots_, m_);
    if (direct_) return;
    // chirp[k] = e^(-pi i k^2 / n); its conjugates, on both sides of 0, are the other factor of the convolution.
    chirp_ = pieces.take<Complex>(n_), filter_ = pieces.take<Complex>(m_);
    for (int64_t k = 0; k < n_; ++k) chirp_[k] = root(k * k % (2 * n_), 2 * n_);
    for (int64_t k = 0; k < m_; ++k) first_[k] = {0, 0};
    for (int64_t k = 0; k < n_; ++k) first_[k] = first_[k ? m_ - k : 0] = conjugate(chirp_[k]);
    const Complex *transformed = transform(m_, first_, second_, roots_);
    for (int64_t k = 0; k < m_; ++k) filter_[k] = transformed[k];
  }
  /// Where to put the n elements before, and where they are after `run`.
  Complex *input() { return first_; }
  const Complex *run() {
    if (direct_) return transform(n_, first_, second_, roots_);
    for (int64_t k = 0; k < n_; ++k) first_[k] = first_[k] * chirp_[k];
    for (int64_t k = n_; k < m_; ++k) first_[k] = {0, 0};
    Complex *x = transform(m_, first_, second_, roots_), *y = x == first_ ? second_ : first_;
    for (int64_t k = 0; k < m_; ++k) x[k] = conjugate(x[k] * filter_[k]);
    Complex *z = transform(m_, x, y, roots_);
    double scale = 1 / static_cast<double>(m_); // a power of two
    for (int64_t k = 0; k < n_; ++k) z[k] = conjugate({z[k].re * scale, z[k].im * scale}) * chirp_[k];
    return z;
  }

private:
  int64_t n_;
  bool direct_;
  int64_t m_; ///< length of what `transform` does
  Complex *roots_, *first_, *second_, *chirp_ = nullptr, *filter_ = nullptr;
};

template <class T> void fftOf(const Array *in, const Array *out, int dim, bool inverse, void *work) {
  int64_t n = in[0].extent[dim];
  if (n == 0) return;
  Plan plan(n, work);
  auto line = [&](const Batch &batch, const Array &a) { return Vector<T>{batch.at<T>(a), a.stride[dim]}; };
  for (Batch batch = Batch::around(in[0], dim); batch.more(); batch.next()) {
    // The inverse is the same transform with real and imaginary parts exchanged, before and after.
    Vector<T> re = line(batch, in[inverse]), im = line(batch, in[!inverse]);
    Complex *x = plan.input();
    for (int64_t i = 0; i < n; ++i) x[i] = {static_cast<double>(re[i]), static_cast<double>(im[i])};
    const Complex *y = plan.run();
    Vector<T> reOut = line(batch, out[inverse]), imOut = line(batch, out[!inverse]);
    for (int64_t i = 0; i < n; ++i) reOut[i] = static_cast<T>(y[i].re), imOut[i] = static_cast<T>(y[i].im);
  }
}

} // namespace

void fft(const Array *in, const Array *out, int dim, bool inverse, void *work) {
  in[0].f64 ? fftOf<double>(in, out, dim, inverse, work) : fftOf<float>(in, out, dim, inverse, work);
}

} // namespace dl::linalg

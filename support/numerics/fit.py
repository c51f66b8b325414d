#!/usr/bin/env python3
"""Derives coefficients.h: minimax polynomials (Remez exchange) of the functions in this folder. Needs mpmath.

Each fit states target(x) = sum c_k base(x)^k on an interval and the weight that turns the error of the sum into the
relative error of the function. usage: fit.py > coefficients.h
"""
import struct
import sys
from mpmath import mp, mpf, matrix, lu_solve, cos, pi, exp, log, sin, tan, atan, tanh, erf, erfc, sqrt
from mpmath import loggamma, expm1, log1p, erfinv, findroot, inf

mp.dps = 60


def remez(target, low, high, count, weight, rounds=12):
    """Coefficients c_0..c_(count-1) that minimise max |weight * (target - sum c_k x^k)|, and that maximum."""
    low, high = mpf(low), mpf(high)
    at = lambda t: (low + high) / 2 - (high - low) / 2 * cos(pi * t)
    size = 40 * count
    grid = [at(mpf(i) / size) for i in range(size + 1)]
    # Avoid points where the weight is 0 over 0 (the exact zero of the function).
    grid = [x if abs(x) > mpf(10) ** -20 else mpf(10) ** -20 for x in grid]
    values = [(x, target(x), weight(x)) for x in grid]
    chosen = [values[round(i * size / count)] for i in range(count + 1)]
    for _ in range(rounds):
        system = matrix(count + 1, count + 1)
        right = matrix(count + 1, 1)
        for i, (x, f, w) in enumerate(chosen):
            for k in range(count):
                system[i, k] = x**k
            system[i, count] = (-1) ** i / w
            right[i] = f
        solution = lu_solve(system, right)
        c = [solution[k] for k in range(count)]
        errors = []
        for x, f, w in values:
            total = mpf(0)
            for k in reversed(range(count)):
                total = total * x + c[k]
            errors.append(w * (f - total))
        best = []
        for i, e in enumerate(errors):
            if best and (errors[best[-1]] > 0) == (e > 0):
                if abs(e) > abs(errors[best[-1]]):
                    best[-1] = i
            else:
                best.append(i)
        while len(best) > count + 1:
            best.pop(0 if abs(errors[best[0]]) < abs(errors[best[-1]]) else -1)
        worst = max(abs(e) for e in errors)
        if len(best) < count + 1 or worst < abs(solution[count]) * mpf("1.001"):
            break
        chosen = [values[i] for i in best]
    return c, worst


def text(value, width):
    if width == 32:
        single = struct.unpack("f", struct.pack("f", float(value)))[0]
        return "%.9g" % single
    return "%.17g" % float(value)


def emit(name, what, width, fit):
    """Prints one table; `width` None: the numbers are used in both widths."""
    coefficients, error = fit
    bits = -log(error, 2) if error else inf
    sys.stderr.write("%-16s %2d terms, error 2^-%.1f\n" % (name, len(coefficients), bits))
    print("/// %s; approximation error 2^-%.1f." % (what, bits))
    words = [text(c, width) for c in coefficients]
    line = "inline constexpr double %s[] = {" % name
    for i, word in enumerate(words):
        word += ", " if i + 1 < len(words) else "};"
        if len(line) + len(word.rstrip()) > 118:
            print(line.rstrip())
            line = "    "
        line += word
    print(line + "\n")
    return coefficients


def emit_low(name, coefficients):
    """What rounding the constant term to f32 leaves."""
    single = struct.unpack("f", struct.pack("f", float(coefficients[0])))[0]
    print("inline constexpr double %s = %.9g;\n" % (name, float(coefficients[0] - mpf(single))))


one = mpf(1)
half = one / 2
MINIMUM = mpf("1.46163213253021240234375")  # of lgamma above 0, rounded to f32
LN2 = log(mpf(2))


def fit_exp(terms):
    r = LN2 / 2 * mpf("1.0001")
    return remez(lambda x: (exp(x) - 1 - x) / x**2, -r, r, terms, lambda x: x**2 / exp(x))


def fit_log32(terms):
    return remez(lambda f: (log1p(f) - f + f * f / 2) / f**3, sqrt(half) - 1, sqrt(mpf(2)) - 1, terms,
                 lambda f: f**3 / log1p(f))


def fit_log_s(terms):
    """log((1+s)/(1-s)) = 2s + s z L(z), z = s^2."""
    top = ((sqrt(mpf(2)) - 1) / (sqrt(mpf(2)) + 1)) ** 2
    return remez(lambda z: (log((1 + sqrt(z)) / (1 - sqrt(z))) / sqrt(z) - 2) / z, 0, top * mpf("1.001"), terms,
                 lambda z: z / 2)


def fit_pow(terms):
    """log((1+s)/(1-s)) = 2s + s z (2/3 + z L(z))."""
    top = ((sqrt(mpf(2)) - 1) / (sqrt(mpf(2)) + 1)) ** 2
    return remez(lambda z: ((log((1 + sqrt(z)) / (1 - sqrt(z))) / sqrt(z) - 2) / z - mpf(2) / 3) / z, 0,
                 top * mpf("1.001"), terms, lambda z: z * z / 2)


QUARTER = (pi / 4 * mpf("1.0001")) ** 2


def fit_sin(terms):
    return remez(lambda z: (sin(sqrt(z)) / sqrt(z) - 1) / z, 0, QUARTER, terms, lambda z: z)


def fit_cos(terms):
    return remez(lambda z: (cos(sqrt(z)) - 1 + z / 2) / z**2, 0, QUARTER, terms, lambda z: z**2)


def fit_tan(terms):
    return remez(lambda z: (tan(sqrt(z)) / sqrt(z) - 1) / z, 0, QUARTER, terms, lambda z: z)


def fit_atan(terms):
    return remez(lambda z: (atan(sqrt(z)) / sqrt(z) - 1) / z, 0, 1, terms, lambda z: z * sqrt(z) / atan(sqrt(z)))


def fit_tanh(terms):
    return remez(lambda z: (tanh(sqrt(z)) / sqrt(z) - 1) / z, 0, mpf("0.626") ** 2, terms, lambda z: z)


def fit_erf_low(terms, top):
    return remez(lambda z: erf(sqrt(z)) / sqrt(z) - 1, 0, mpf(top) ** 2, terms, lambda z: sqrt(z) / erf(sqrt(z)))


def fit_erf_high(terms, low, high, center):
    """-log(erfc(t)) in powers of t - center; what counts is the error of 1 - erfc."""
    return remez(lambda u: -log(erfc(u + center)), mpf(low) - center, mpf(high) - center, terms,
                 lambda u: erfc(u + center) / erf(u + center))


def fit_gamma(terms, around):
    """lgamma(around + z) = z P(z), around 1 or 2, |z| <= 1/2."""
    return remez(lambda z: loggamma(around + z) / z, -half, half, terms, lambda z: z / loggamma(around + z))


def fit_gamma_minimum(terms):
    """lgamma(c + w), |w| <= 0.28, c near its minimum."""
    return remez(lambda w: loggamma(MINIMUM + w), mpf("-0.28"), mpf("0.28"), terms, lambda w: 1 / loggamma(MINIMUM + w))


def stirling(x):
    return (loggamma(x) - (x - half) * log(x) + x - log(2 * pi) / 2) * x


def fit_stirling(terms, low):
    """lgamma(x) = (x - 1/2) log x - x + log(2 pi)/2 + W(1/x^2)/x from `low` on."""
    floor = mpf(10) ** -7
    return remez(lambda u: stirling(1 / sqrt(u)) if u > floor else mpf(1) / 12 - u / 360 + u * u / 1260 - u**3 / 1680,
                 0, 1 / mpf(low) ** 2, terms,
                 lambda u: sqrt(u) / loggamma(1 / sqrt(u)) if u > floor else floor)


def quantile_of_w(w):
    """y(w) = -quantile(p) / (1 - 2p), where w = -log(4 p (1 - p)) and p <= 1/2."""
    x = sqrt(-expm1(-w))
    if x > mpf("0.999"):  # from the tail: p = exp(-w)/4 / (1-p)
        p = exp(-w) / (1 + x) / 2
        start = sqrt(2 * (w + log(mpf(4)) - log(sqrt(4 * pi * w))))
        y = findroot(lambda y: log(erfc(y / sqrt(mpf(2))) / 2) - log(p), start, tol=mpf(10) ** -45)
    else:
        y = sqrt(mpf(2)) * erfinv(x)
    return y / x


def fit_normal_low(terms, top):
    middle = mpf(top) / 2
    return remez(lambda u: quantile_of_w(u + middle), -middle + mpf(10) ** -18, middle, terms,
                 lambda u: 1 / quantile_of_w(u + middle))


def fit_normal_high(terms, low, high):
    low, high = sqrt(mpf(low)), sqrt(mpf(high))
    middle = mpf(round(float((low + high) / 2) * 4)) / 4
    return remez(lambda u: quantile_of_w((u + middle) ** 2), low - middle, high - middle, terms,
                 lambda u: 1 / quantile_of_w((u + middle) ** 2))


def main():
    print("/// Minimax coefficients of the functions in this folder, from the constant term upwards. Made by fit.py.")
    print("#pragma once\n// clang-format off\n\nnamespace dl::num::fit {\n")
    emit("kExp32", "(exp(r) - 1 - r) / r^2, |r| <= log(2)/2", 32, fit_exp(5))
    emit("kExp64", "The same for f64", 64, fit_exp(10))
    emit("kLog32", "(log(1 + f) - f + f^2/2) / f^3, sqrt(1/2) <= 1 + f <= sqrt(2)", 32, fit_log32(9))
    emit("kLog64", "(log((1 + s)/(1 - s))/s - 2) / s^2 in s^2, for the same range", 64, fit_log_s(7))
    emit("kLogPair32", "((log((1 + s)/(1 - s))/s - 2) / s^2 - 2/3) / s^2 in s^2", 32, fit_pow(3))
    emit("kLogPair64", "The same for f64", 64, fit_pow(8))
    emit("kSin32", "(sin(r)/r - 1) / r^2 in r^2, |r| <= pi/4", 32, fit_sin(3))
    emit("kSin64", "The same for f64", 64, fit_sin(6))
    emit("kCos32", "(cos(r) - 1 + r^2/2) / r^4 in r^2, |r| <= pi/4", 32, fit_cos(3))
    emit("kCos64", "The same for f64", 64, fit_cos(6))
    emit("kTan32", "(tan(r)/r - 1) / r^2 in r^2, |r| <= pi/4", 32, fit_tan(7))
    emit("kTan64", "The same for f64", 64, fit_tan(14))
    emit("kAtan32", "(atan(q)/q - 1) / q^2 in q^2, |q| <= 1", 32, fit_atan(9))
    emit("kAtan64", "The same for f64", 64, fit_atan(20))
    emit("kTanh32", "(tanh(x)/x - 1) / x^2 in x^2, |x| <= 0.626", 32, fit_tanh(5))
    emit("kErfLow32", "erf(x)/x - 1 in x^2, |x| <= 0.925", 32, fit_erf_low(7, 0.925))
    emit("kErfLow64", "The same for f64, |x| <= 1", 64, fit_erf_low(13, 1))
    emit("kErfHigh32", "-log(erfc(t)) in t - 2, 0.92 <= t <= 4; error of 1 - erfc", 32, fit_erf_high(7, 0.92, 4, 2))
    emit("kErfHigh64", "-log(erfc(t)) in t - 2.5, 1 <= t <= 6", 64, fit_erf_high(20, 1, 6, mpf("2.5")))
    emit_low("kGammaOne32Low", emit("kGammaOne32", "lgamma(1 + z)/z, |z| <= 1/2", 32, fit_gamma(14, 1)))
    emit_low("kGammaTwo32Low", emit("kGammaTwo32", "lgamma(2 + z)/z, |z| <= 1/2", 32, fit_gamma(9, 2)))
    emit("kGammaOne64", "lgamma(1 + z)/z, |z| <= 1/2", 64, fit_gamma(27, 1))
    emit("kGammaTwo64", "lgamma(2 + z)/z, |z| <= 1/2", 64, fit_gamma(18, 2))
    emit_low("kGammaMinimum32Low",
             emit("kGammaMinimum32", "lgamma(c + w), |w| <= 0.28, c = 1.46163213253", 32, fit_gamma_minimum(9)))
    emit("kGammaMinimum64", "The same for f64", 64, fit_gamma_minimum(18))
    emit("kStirling32", "x (lgamma(x) - (x - 1/2) log x + x - log(2 pi)/2) in 1/x^2, x >= 3.5", 32,
         fit_stirling(3, 3.5))
    emit("kStirling64", "The same for f64", 64, fit_stirling(9, 3.5))
    emit("kNormalLow32", "-quantile(p)/(1 - 2p) in w - 2.5, w = -log(4p(1 - p)) <= 5", 32, fit_normal_low(11, 5))
    emit("kNormalHigh32", "The same in sqrt(w) - 3.5, 5 <= w <= 23", 32, fit_normal_high(12, 5, 23))
    emit("kNormalLow64", "-quantile(p)/(1 - 2p) in w - 3, w <= 6", 64, fit_normal_low(24, 6))
    emit("kNormalMiddle64", "The same in sqrt(w) - 3.25, 6 <= w <= 16", 64, fit_normal_high(20, 6, 16))
    emit("kNormalHigh64", "The same in sqrt(w) - 5, 16 <= w <= 38", 64, fit_normal_high(19, 16, 38))
    print("} // namespace dl::num::fit")


if __name__ == "__main__":
    main()

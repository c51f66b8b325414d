"""Writes distribution_numbers.dl: log densities, entropies, means and variances from scipy, divergences by quadrature.

    python3 distribution_numbers.py > ../distribution_numbers.dl     (made with scipy 1.17)
    python3 distribution_numbers.py draws > ../distribution_draws.dl

The second file counts draws below quantiles: each share within five of its own standard deviations.
"""
import sys
import numpy as np
from scipy import integrate, special, stats

# name in the library, its arguments as written, scipy's distribution, points, another one's arguments for kl
CONTINUOUS = [
    ("normal", "0.5, 2", stats.norm(0.5, 2), [-1, 0.5, 4], ("1, 1.5", stats.norm(1, 1.5))),
    ("uniform", "-1, 3", stats.uniform(-1, 4), [-1.5, 0, 2.5], ("-2, 4", stats.uniform(-2, 6))),
    ("log_normal", "0.2, 0.7", stats.lognorm(0.7, scale=np.exp(0.2)), [-1, 0.3, 2.5], ("0, 1", stats.lognorm(1))),
    ("exponential", "1.7", stats.expon(scale=1 / 1.7), [-1, 0.2, 3], ("0.6", stats.expon(scale=1 / 0.6))),
    ("laplace", "0.5, 1.5", stats.laplace(0.5, 1.5), [-3, 0.5, 2], ("0, 1", stats.laplace(0, 1))),
    ("cauchy", "0.5, 1.5", stats.cauchy(0.5, 1.5), [-30, 0.5, 2], ("0, 1", stats.cauchy(0, 1))),
    ("logistic", "0.5, 1.5", stats.logistic(0.5, 1.5), [-30, 0.5, 2], None),
    ("gumbel", "0.5, 1.5", stats.gumbel_r(0.5, 1.5), [-3, 0.5, 8], ("1, 2", stats.gumbel_r(1, 2))),
    ("truncated_normal", "0.5, 2, -1, 3", stats.truncnorm(-0.75, 1.25, 0.5, 2), [-1.5, 0, 2.9], None),
    ("truncated_normal", "0, 1, 2, 5", stats.truncnorm(2, 5), [1.9, 2.5, 4], None),
    ("gamma", "2.5, 1.5", stats.gamma(2.5, scale=1 / 1.5), [-1, 0.1, 3], ("0.7, 0.5", stats.gamma(0.7, scale=2))),
    ("gamma", "0.4, 2", stats.gamma(0.4, scale=0.5), [-1, 0.1, 3], ("1, 1", stats.gamma(1))),
    ("chi_squared", "3.5", stats.chi2(3.5), [-1, 0.1, 6], ("5", stats.chi2(5))),
    ("beta", "2.5, 0.7", stats.beta(2.5, 0.7), [-0.1, 0.2, 0.95], ("1.5, 2", stats.beta(1.5, 2))),
    ("student_t", "3.5, 0.5, 1.5", stats.t(3.5, 0.5, 1.5), [-20, 0.5, 2], None),
    ("von_mises", "0.5, 1.3", stats.vonmises(1.3, loc=0.5), [-3, 0.5, 2], ("0, 6", stats.vonmises(6))),
]
DISCRETE = [
    ("poisson", "3.5", stats.poisson(3.5), [0, 2, 11], ("5", stats.poisson(5))),
    ("binomial", "12, 0.3", stats.binom(12, 0.3), [0, 4, 12], ("12, 0.5", stats.binom(12, 0.5))),
    ("geometric", "0.3", stats.geom(0.3, loc=-1), [0, 3, 20], ("0.6", stats.geom(0.6, loc=-1))),
    ("bernoulli", "0.3", stats.bernoulli(0.3), [0, 1, 1], ("0.6", stats.bernoulli(0.6))),
]


def show(x):
    x = float(x)
    return "-inf" if x == -np.inf else "inf" if x == np.inf else repr(x)


def typed(arguments):
    return ", ".join("one * " + a if i == 0 else a for i, a in enumerate(arguments.split(", ")))


def rows(name, arguments, scipy_one, points, other, log_prob, entropy, divergence, tolerance):
    print("test %s_%s {" % (name, "".join(c if c.isalnum() else "_" for c in arguments)))
    print("  q = %s(%s)" % (name, typed(arguments)))
    print("  assert(near(q.log_prob(one * [%s]), [%s], %s))" % (", ".join(map(str, points)), ", ".join(show(log_prob(x)) for x in points), tolerance))
    if entropy is not None:
        print("  assert(near(q.entropy(), %s, %s))" % (show(entropy), tolerance))
    if other:
        print("  assert(near(q.kl(%s(%s)), %s, %s))" % (name, typed(other[0]), show(divergence), tolerance))
    mean, variance = scipy_one.stats("mv")
    if name == "von_mises":
        mean, variance = 0.5, np.nan
    if np.isfinite(mean):
        print("  assert(near(q.mean_value(), %s, %s))" % (show(mean), tolerance))
    if np.isfinite(variance):
        print("  assert(near(q.variance(), %s, %s))" % (show(variance), tolerance))
    print("}")


DRAWN = CONTINUOUS + DISCRETE + [
    ("gamma", "0.05, 1", stats.gamma(0.05), [], None), ("gamma", "40, 2", stats.gamma(40, scale=0.5), [], None),
    ("beta", "0.1, 0.2", stats.beta(0.1, 0.2), [], None), ("von_mises", "-3, 20", stats.vonmises(20, loc=-3), [], None),
    ("von_mises", "1, 0.001", stats.vonmises(0.001, loc=1), [], None), ("truncated_normal", "0, 1, -inf, -3", stats.truncnorm(-np.inf, -3), [], None),
    ("poisson", "0.01", stats.poisson(0.01), [], None), ("poisson", "9.9", stats.poisson(9.9), [], None), ("poisson", "10", stats.poisson(10), [], None),
    ("poisson", "300", stats.poisson(300), [], None), ("poisson", "20000", stats.poisson(20000), [], None),
    ("binomial", "1, 0.9", stats.binom(1, 0.9), [], None), ("binomial", "60, 0.5", stats.binom(60, 0.5), [], None),
    ("binomial", "1000, 0.97", stats.binom(1000, 0.97), [], None), ("binomial", "50000, 0.4", stats.binom(50000, 0.4), [], None),
    ("geometric", "1", stats.geom(1, loc=-1), [], None), ("student_t", "1, 0, 1", stats.t(1), [], None),
    ("integers", "-3, 9", stats.randint(-3, 9), [], None),
]


def draws():
    print("# RUN: %dlc test %s")
    print("# Written by Inputs/distribution_numbers.py: the share of draws at or below points, with what scipy says. A column for each")
    print("# choice of parameters.")
    print("fn agrees(x, points, p) {")
    print("  share[j, c] = mean[i] f32(x[i, c] <= points[j, c])")
    print("  all(abs(share - p) <= 5 * sqrt(p * (1 - p) / len(x)) + 1e-6)\n}")
    discrete = {d[0] for d in DISCRETE} | {"integers"}
    for name in dict.fromkeys(d[0] for d in DRAWN):
        kind = "bool" if name == "bernoulli" else "int" if name in discrete else "f32"
        columns = [d for d in DRAWN if d[0] == name]
        arguments = zip(*(d[1].split(", ") for d in columns))
        places, chances = [], []
        for _, _, p, _, _ in columns:
            points = [p.ppf(u) for u in (0.02, 0.25, 0.5, 0.9, 0.999)]
            if name == "von_mises":
                points = [-3, -2.5, 0, 1, 2.5]
                chances.append([p.cdf(x) - p.cdf(-np.pi) for x in points])
            else:
                points = [float(np.float32(x)) if kind == "f32" else int(x) for x in points]
                chances.append([p.cdf(x) for x in points])
            places.append(points)
        rows = lambda values, form: ", ".join("[" + ", ".join(form(v) for v in row) + "]" for row in zip(*values))
        print("test %ss {" % name)
        print("  x: %s[8000, %d] ~ %s(%s)" % (kind, len(columns), name, ", ".join("[" + ", ".join(a) + "]" if len(a) > 1 else a[0] for a in arguments)))
        print("  assert(agrees(%s, [%s], [%s]))\n}" % ("int(x)" if kind == "bool" else "x", rows(places, str), rows(chances, "{:.7f}".format)))


if "draws" in sys.argv:
    draws()
    sys.exit()
print("# RUN: %dlc %s --emit=values\n# RUN: %dlc test %s")
print("# Written by Inputs/distribution_numbers.py: numbers from scipy, divergences by quadrature or sums.\none: f64 = 1")
for name, arguments, p, points, other in CONTINUOUS:
    low, high = (-np.pi, np.pi) if name == "von_mises" else (-40, 40) if name == "laplace" else p.support()
    divergence = None
    if other:
        q = other[1]
        f = lambda x: p.pdf(x) * (p.logpdf(x) - q.logpdf(x)) if p.pdf(x) > 0 else 0.0
        cuts = [low, p.ppf(0.001), p.ppf(0.5), p.ppf(0.999), high] if name != "von_mises" else [low, 0.5, high]
        divergence = sum(integrate.quad(f, a, b, epsabs=1e-12, epsrel=1e-11, limit=400)[0] for a, b in zip(cuts, cuts[1:]) if a < b)
    entropy = p.entropy()
    if name == "von_mises":
        entropy = integrate.quad(lambda x: -p.pdf(x) * p.logpdf(x), low, high, epsabs=1e-12)[0]
    rows(name, arguments, p, points, other, p.logpdf, entropy, divergence, "2e-6" if name == "von_mises" else "1e-7" if name == "cauchy" else "1e-9")
for name, arguments, p, points, other in DISCRETE:
    k = np.arange(0, 400)
    k = k[p.pmf(k) > 0]
    divergence = np.sum(p.pmf(k) * (p.logpmf(k) - other[1].logpmf(k)))
    entropy = -np.sum(p.pmf(k) * p.logpmf(k)) if name in ("geometric", "bernoulli") else None
    rows(name, arguments, p, points, other, p.logpmf, entropy, divergence, "1e-9")

print("test dirichlets {")
alpha, other, x = np.array([2.5, 0.7, 1.2]), np.array([1.0, 2.0, 3.0]), [0.5, 0.2, 0.3]
d = stats.dirichlet(alpha)
kl = (special.gammaln(alpha.sum()) - special.gammaln(alpha).sum() - special.gammaln(other.sum()) + special.gammaln(other).sum()
      + ((alpha - other) * (special.digamma(alpha) - special.digamma(alpha.sum()))).sum())
print("  q = dirichlet(one * [2.5, 0.7, 1.2])")
print("  assert(near(q.log_prob(one * %s), %s, 1e-9) and near(q.entropy(), %s, 1e-9))" % (x, show(d.logpdf(x)), show(d.entropy())))
print("  assert(near(q.kl(dirichlet(one * [1, 2, 3])), %s, 1e-9))" % show(kl))
print("  assert(near(q.mean_value(), [%s], 1e-9) and near(q.variance(), [%s], 1e-9))\n}" % (", ".join(map(show, d.mean())), ", ".join(map(show, d.var()))))

print("test multinomials {")
m = stats.multinomial(7, [0.2, 0.3, 0.5])
print("  q = multinomial(7, one * [2, 3, 5])")
print("  assert(near(q.log_prob([1, 2, 4]), %s, 1e-9) and near(q.log_prob([0, 0, 7]), %s, 1e-9))" % (show(m.logpmf([1, 2, 4])), show(m.logpmf([0, 0, 7]))))
kl = 7 * sum(a * np.log(a / b) for a, b in zip([0.2, 0.3, 0.5], [0.5, 0.25, 0.25]))
print("  assert(near(q.kl(multinomial(7, one * [2, 1, 1])), %s, 1e-9))\n}" % show(kl))

print("test mixtures {")
w, mu, sigma = [0.25, 0.75], [-2, 3], [0.5, 1]
density = lambda x: np.log(sum(a * stats.norm(m, s).pdf(x) for a, m, s in zip(w, mu, sigma)))
print("  q = mixture(normal(one * [-2, 3], one * [0.5, 1]), probs: one * [1, 3])")
print("  assert(near(q.log_prob(one * [-2, 1, 4]), [%s], 1e-9))" % ", ".join(show(density(x)) for x in [-2, 1, 4]))
print("  assert(near(q.mean_value(), 1.75, 1e-9) and near(q.variance(), 5.5, 1e-9))\n}")

print("test diagonal_normals {")
m = stats.multivariate_normal([0.5, -1], np.diag([4, 0.25]))
print("  q = normal_diagonal(one * [0.5, -1], one * [2, 0.5])")
print("  assert(near(q.log_prob(one * [[0, 0], [1, -2]]), [%s], 1e-9) and near(q.entropy(), %s, 1e-9))" % (", ".join(show(m.logpdf(x)) for x in ([0, 0], [1, -2])), show(m.entropy())))
kl = sum(np.log(1 / s) + (s * s + a * a) / 2 - 0.5 for a, s in ((0.5, 2), (-1, 0.5)))
print("  assert(near(q.kl(normal_diagonal(0 * one, 1)), %s, 1e-9))\n}" % show(kl))

print("test special {")
x = [0.3, 2, 7.5, 40]
print("  assert(near(digamma(one * %s), [%s], 1e-12))" % (x, ", ".join(show(special.digamma(v)) for v in x)))
print("  assert(near(lbeta(one * [0.5, 3], one * [2.5, 4]), [%s], 1e-12))" % ", ".join(show(special.betaln(a, b)) for a, b in ((0.5, 2.5), (3, 4))))
print("  assert(near(log_bessel_i0(one * [0, 1, -3, 5, 50]), [%s], 1e-6))" % ", ".join(show(np.log(special.i0e(abs(v))) + abs(v)) for v in [0, 1, -3, 5, 50]))
print("  assert(near(bessel_ratio(one * [0, 1, -3, 5, 50]), [%s], 1e-6))" % ", ".join(show(np.sign(v) * special.i1e(abs(v)) / special.i0e(abs(v))) for v in [0, 1, -3, 5, 50]))
print("  assert(near(logit(one * [0.1, 0.5, 0.999]), [%s], 1e-12))" % ", ".join(show(special.logit(v)) for v in [0.1, 0.5, 0.999]))
print("  assert(near(normal_below(one * [-1, 0, 2]), [%s], 1e-12))" % ", ".join(show(special.ndtr(v)) for v in [-1, 0, 2]))
print("  assert(near(stirling_error(one * [1, 7, 8, 100]), [%s], 1e-11))" % ", ".join(show(special.gammaln(v + 1) - ((v + 0.5) * np.log(v) - v + 0.5 * np.log(2 * np.pi))) for v in [1, 7, 8, 100]))
print("  assert(near(poisson_log(one * [1, 9, 120], one * [3, 10, 100]), [%s], 1e-11))\n}" % ", ".join(show(stats.poisson(m).logpmf(k)) for k, m in ((1, 3), (9, 10), (120, 100))))

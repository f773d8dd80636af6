"""The Gamma-Gamma model: what a customer spends at a purchase.

P. S. Fader, B. G. S. Hardie, "The Gamma-Gamma model of monetary value", 2013. Amounts of one customer scatter as Gamma(p, nu), nu
differs between customers as Gamma(q, v). It assumes that what customers spend has nothing to do with how often they buy:
:func:`rank_correlation` says how far that holds.

Arrays: ``n`` purchases and ``m`` their mean amount, both above zero, of one shape; amounts in any one currency.
"""

from dataclasses import dataclass

import numpy as np
from scipy.optimize import minimize
from scipy.special import gammaln, psi
from scipy.stats import rankdata

BOUNDS = (-9.0, 14.0)
STARTS = ((1.0, 1.0, 0.0), (2.0, 1.2, 1.0), (0.0, 0.5, 0.0))


@dataclass(frozen=True)
class GammaGammaFit:
    """What a fit found; ``v`` is in the currency of the data."""

    p: float
    q: float
    v: float
    log_likelihood: float
    customers: int
    converged: bool

    @property
    def mean_spend(self) -> float | None:
        """What a customer of whom nothing is known spends at a purchase; None where the tail is too heavy to have a mean (q <= 1)."""
        return self.p * self.v / (self.q - 1) if self.q > 1 else None


def log_likelihood(parameters, n, m, counts=1.0) -> float:
    """Log-likelihood of ``parameters`` (p, q, v)."""
    return float(np.sum(np.asarray(counts) * _terms(np.asarray(parameters, float), np.asarray(n, float), np.asarray(m, float))[0]))


def fit(n, m, counts=None) -> GammaGammaFit:
    """Parameters of greatest likelihood. Raises ValueError where a number or a mean is not above zero, or nobody is there."""
    n, m = np.asarray(n, float), np.asarray(m, float)
    counts = np.ones_like(n) if counts is None else np.asarray(counts, float)
    if not n.shape == m.shape == counts.shape or n.ndim != 1:
        raise ValueError("n, m and counts must be of one length")
    if not n.size or counts.sum() <= 0:
        raise ValueError("there are no customers")
    if np.any(n <= 0) or np.any(m <= 0) or not np.all(np.isfinite(m)):
        raise ValueError("numbers and means of purchases must be above zero")
    # In units of the mean, one set of starts suits rupiah as well as dollars.
    unit, total = float(np.average(m, weights=counts)), counts.sum()
    scaled = m / unit

    def objective(logs):
        values, gradient = _terms(np.exp(logs), n, scaled, with_gradient=True)
        return -np.dot(counts, values) / total, -(gradient @ counts) * np.exp(logs) / total

    best, converged = None, False
    for start in STARTS:
        result = minimize(
            objective,
            np.array(start),
            jac=True,
            method="L-BFGS-B",
            bounds=[BOUNDS] * 3,
            options={"maxiter": 500, "ftol": 1e-14, "gtol": 1e-8},
        )
        if np.isfinite(result.fun) and (best is None or result.fun < best.fun):
            best = result
        # Where all customers spend alike, q and v run off together: as good as infinite, and the expectation is everybody's mean.
        held = ((result.x <= BOUNDS[0] + 1e-6) & (result.jac > 0)) | ((result.x >= BOUNDS[1] - 1e-6) & (result.jac < 0))
        if best is result and np.all(np.abs(np.where(held, 0, result.jac)) < 1e-4):
            converged = True
            break
    if best is None:
        raise ValueError("the likelihood is not finite anywhere")
    p, q, v = (float(value) for value in np.exp(best.x))
    return GammaGammaFit(p, q, v * unit, float(-best.fun * total - np.dot(counts, np.full_like(n, np.log(unit)))), int(total), converged)


def expected_spend(fitted: GammaGammaFit, n, m) -> np.ndarray:
    """What a customer with ``n`` purchases of mean amount ``m`` is expected to spend at the next one: their own mean, drawn
    towards everybody's the more, the fewer their purchases. Needs p n + q > 1."""
    n, m = np.asarray(n, float), np.asarray(m, float)
    return fitted.p * (fitted.v + n * m) / (fitted.p * n + fitted.q - 1)


def rank_correlation(x, y, counts=None) -> float:
    """Spearman's correlation; 0 where one side does not vary. ``counts`` repeats entries."""
    if counts is not None:
        x, y = np.repeat(x, counts), np.repeat(y, counts)
    x, y = rankdata(x), rankdata(y)
    if x.size < 2 or x.std() == 0 or y.std() == 0:
        return 0.0
    return float(np.corrcoef(x, y)[0, 1])


def _terms(parameters, n, m, with_gradient=False):
    """Each customer's log-likelihood, and its gradient by (p, q, v), of shape (3, customers)."""
    p, q, v = parameters
    spread = np.log(n * m + v)
    values = (
        gammaln(p * n + q)
        - gammaln(p * n)
        - gammaln(q)
        + q * np.log(v)
        + (p * n - 1) * np.log(m)
        + p * n * np.log(n)
        - (p * n + q) * spread
    )
    if not with_gradient:
        return values, None
    both = psi(p * n + q)
    gradient = np.array(
        [
            n * (both - psi(p * n) + np.log(m) + np.log(n) - spread),
            both - psi(q) + np.log(v) - spread,
            q / v - (p * n + q) / (n * m + v),
        ]
    )
    return values, gradient

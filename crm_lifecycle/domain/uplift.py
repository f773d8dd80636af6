"""What an action brought: those who were treated against those who were held out by chance, as a difference with its interval."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import inf, sqrt

import numpy as np
from scipy.stats import norm, t

# With fewer customers in either group no interval is worth showing.
FEWEST = 30


@dataclass(frozen=True)
class Amounts:
    """The amounts of one group, summed up: how many customers (those with 0 included), their mean, and the variance with n − 1 below.

    The sums can come from a database: ``count(*)``, ``avg(x)``, ``var_samp(x)``.
    """

    n: int
    mean: float = 0.0
    variance: float = 0.0

    @classmethod
    def of(cls, values: Sequence[float]) -> "Amounts":
        values = np.asarray(values, float)
        if not values.size:
            return cls(0)
        return cls(values.size, float(values.mean()), float(values.var(ddof=1)) if values.size > 1 else 0.0)


@dataclass(frozen=True)
class Difference:
    """Treated less held out, a customer; with the interval that holds the true difference in (by default) 95 of 100 cases.

    ``estimate`` is None, and the interval everything, where a group is empty.
    """

    estimate: float | None
    low: float
    high: float
    treated: int
    held_out: int

    @property
    def enough(self) -> bool:
        return min(self.treated, self.held_out) >= FEWEST

    @property
    def verdict(self) -> str:
        """``too_few``, ``more``, ``less``, or ``unclear``: whether the interval leaves out 0."""
        if not self.enough:
            return "too_few"
        if self.low > 0:
            return "more"
        return "less" if self.high < 0 else "unclear"


def difference(treated: Sequence[float] | Amounts, held_out: Sequence[float] | Amounts, confidence: float = 0.95) -> Difference:
    """The difference of two means, such as margin a customer, those who bought nothing counting 0.

    The wider of Welch's interval (1947, Biometrika 34:28) and Student's with pooled variance. Amounts of customers are skewed and the group held
    out is small: where it happens to lack the few great buyers, its own variance, and Welch's interval with it, come out too small (85 of 100
    instead of 95 for lognormal amounts). Chance made the groups, so without an effect both have one variance, and pooling is right;
    an effect makes that of the treated the greater or lesser one, and Welch is.
    """
    treated, held_out = (group if isinstance(group, Amounts) else Amounts.of(group) for group in (treated, held_out))
    n, m = treated.n, held_out.n
    if not n or not m:
        return Difference(None, -inf, inf, n, m)
    estimate = treated.mean - held_out.mean
    if n < 2 or m < 2:
        return Difference(estimate, -inf, inf, n, m)
    half = max(_welch(treated, held_out, confidence), _pooled(treated, held_out, confidence))
    return Difference(estimate, estimate - half, estimate + half, n, m)


def difference_in_shares(treated: int, of_treated: int, held_out: int, of_held_out: int, confidence: float = 0.95) -> Difference:
    """The difference of two shares, such as those who bought: Newcombe's interval from Wilson's (1998, Statistics in Medicine 17:873, method 10).

    :param treated: successes among ``of_treated`` customers; likewise held out
    """
    if not of_treated or not of_held_out:
        return Difference(None, -inf, inf, of_treated, of_held_out)
    p, q = treated / of_treated, held_out / of_held_out
    p_low, p_high = wilson(treated, of_treated, confidence)
    q_low, q_high = wilson(held_out, of_held_out, confidence)
    estimate = p - q
    return Difference(
        estimate,
        estimate - sqrt((p - p_low) ** 2 + (q_high - q) ** 2),
        estimate + sqrt((p_high - p) ** 2 + (q - q_low) ** 2),
        of_treated,
        of_held_out,
    )


def wilson(successes: int, trials: int, confidence: float = 0.95) -> tuple[float, float]:
    """The interval of a share (Wilson 1927); (0, 1) without trials."""
    if not trials:
        return 0.0, 1.0
    z = float(norm.ppf((1 + confidence) / 2))
    share = successes / trials
    centre = share + z * z / (2 * trials)
    spread = z * sqrt(share * (1 - share) / trials + z * z / (4 * trials * trials))
    scale = 1 + z * z / trials
    return max(0.0, (centre - spread) / scale), min(1.0, (centre + spread) / scale)


def _welch(one: Amounts, other: Amounts, confidence: float) -> float:
    a, b = one.variance / one.n, other.variance / other.n
    if a + b == 0:
        return 0.0
    # Shares of the variance, so that tiny amounts do not underflow when squared.
    share = a / (a + b)
    freedom = 1 / (share**2 / (one.n - 1) + (1 - share) ** 2 / (other.n - 1))
    return float(t.ppf((1 + confidence) / 2, freedom)) * sqrt(a + b)


def _pooled(one: Amounts, other: Amounts, confidence: float) -> float:
    freedom = one.n + other.n - 2
    variance = ((one.n - 1) * one.variance + (other.n - 1) * other.variance) / freedom
    return float(t.ppf((1 + confidence) / 2, freedom)) * sqrt(variance * (1 / one.n + 1 / other.n))

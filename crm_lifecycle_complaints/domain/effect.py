"""Did it become less? Counts against exposure, before and after, with an interval instead of a claim."""

from dataclasses import dataclass

from scipy.stats import beta


@dataclass(frozen=True)
class Ratio:
    """A rate after, as a multiple of the rate before: 0.5 is half as often. ``value`` None: nothing to compare."""

    value: float | None
    low: float
    high: float

    @property
    def verdict(self) -> str:
        """less, more, or unclear: whether the interval leaves out 1."""
        if self.value is None:
            return "unclear"
        if self.high < 1:
            return "less"
        return "more" if self.low > 1 else "unclear"


def rate_ratio(before: int, exposure_before: float, after: int, exposure_after: float, confidence: float = 0.95) -> Ratio:
    """The ratio of two Poisson rates with its exact interval (Przyborowski & Wilenski: given the sum, the later count is binomial).

    :param before: events, with ``exposure_before`` units sold; likewise after
    """
    total = before + after
    if not total or exposure_before <= 0 or exposure_after <= 0:
        return Ratio(None, 0.0, float("inf"))
    low, high = _clopper_pearson(after, total, confidence)
    scale = exposure_before / exposure_after
    value = after / before * scale if before else float("inf")
    return Ratio(value, _odds(low) * scale, _odds(high) * scale)


def _clopper_pearson(successes: int, trials: int, confidence: float) -> tuple[float, float]:
    tail = (1 - confidence) / 2
    low = 0.0 if successes == 0 else float(beta.ppf(tail, successes, trials - successes + 1))
    high = 1.0 if successes == trials else float(beta.ppf(1 - tail, successes + 1, trials - successes))
    return low, high


def _odds(share: float) -> float:
    return float("inf") if share >= 1 else share / (1 - share)

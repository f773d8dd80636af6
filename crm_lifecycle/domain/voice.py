"""What customers say: scores of three kinds, what moves them, and importance against performance."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import atanh, sqrt, tanh

import numpy as np
from scipy.stats import norm, t

# First and last point of each scale: net promoter score (Reichheld 2003), satisfaction, customer effort score 2.0 (7: it was easy).
SCALES = {"nps": (0, 10), "csat": (1, 5), "ces": (1, 7)}
RATINGS = (1, 5)
# With fewer answers neither a correlation nor a share is worth showing.
FEWEST = 10


def mood(kind: str, score: int) -> str:
    """``happy``, ``neutral`` or ``unhappy``: promoters, passives and detractors of NPS; the top two, the middle and the rest of the others."""
    low, high = SCALES[kind]
    if not low <= score <= high:
        raise ValueError(f"{kind} has no score {score}")
    happy, unhappy = {"nps": (9, 6), "csat": (4, 2), "ces": (5, 3)}[kind]
    return "happy" if score >= happy else "unhappy" if score <= unhappy else "neutral"


def points(kind: str, score: int) -> float:
    """A number whose mean over the answers is the measure: NPS (−100 to 100), the percentage satisfied (CSAT), the mean effort score (CES)."""
    said = mood(kind, score)
    if kind == "nps":
        return {"happy": 100.0, "neutral": 0.0, "unhappy": -100.0}[said]
    return (100.0 if said == "happy" else 0.0) if kind == "csat" else float(score)


@dataclass(frozen=True)
class Mean:
    """The mean of ``n`` answers and its 95 % interval; no interval below two answers."""

    n: int
    value: float | None
    low: float | None = None
    high: float | None = None


def mean(values: Sequence[float]) -> Mean:
    values = np.asarray(values, float)
    if not values.size:
        return Mean(0, None)
    value = float(values.mean())
    if values.size < 2:
        return Mean(1, value)
    half = float(t.ppf(0.975, values.size - 1)) * float(values.std(ddof=1)) / sqrt(values.size)
    return Mean(int(values.size), value, value - half, value + half)


@dataclass(frozen=True)
class Driver:
    """How the rating of one factor goes with the score, over ``n`` answers that have both.

    ``correlation`` with its 95 % interval (Fisher's z, 1921). ``weight``: how many points of the score go with one point of this rating, the
    other factors being equal (least squares over the answers that rate all factors), with its interval; None where these are too few.
    """

    factor: int
    n: int
    correlation: float
    low: float
    high: float
    weight: float | None = None
    weight_low: float | None = None
    weight_high: float | None = None

    @property
    def clear(self) -> bool:
        return self.low > 0 or self.high < 0


def drivers(scores: Sequence[float], ratings: Mapping[int, Sequence[float | None]]) -> list[Driver]:
    """The factors by how strongly they go with the score, the strongest first.

    :param scores: one for each answer
    :param ratings: for each factor, one rating for each answer, None where it was not rated. A factor with fewer than ``FEWEST`` ratings, or
        always the same one, says nothing and is left out.
    """
    scores = np.asarray(scores, float)
    columns = {factor: np.array([np.nan if each is None else each for each in column], float) for factor, column in ratings.items()}
    found = []
    for factor, column in columns.items():
        known = ~np.isnan(column)
        n = int(known.sum())
        if n < FEWEST or column[known].std() == 0 or scores[known].std() == 0:
            continue
        found.append(Driver(factor, n, *_correlation(scores[known], column[known])))
    weights = _weights(scores, {driver.factor: columns[driver.factor] for driver in found})
    found = [Driver(each.factor, each.n, each.correlation, each.low, each.high, *weights.get(each.factor, ())) for each in found]
    return sorted(found, key=lambda driver: -abs(driver.correlation))


def _correlation(x, y):
    r = float(np.clip(np.corrcoef(x, y)[0, 1], -1.0, 1.0))
    if abs(r) > 1 - 1e-12:
        return r, r, r
    half = float(norm.ppf(0.975)) / sqrt(len(x) - 3)
    return r, tanh(atanh(r) - half), tanh(atanh(r) + half)


def _weights(scores, columns):
    """Least squares with an intercept: {factor: (weight, low, high)}, empty where the answers do not allow it."""
    if not columns:
        return {}
    matrix = np.column_stack(list(columns.values()))
    whole = ~np.isnan(matrix).any(axis=1)
    n, unknown = int(whole.sum()), matrix.shape[1] + 1
    if n < max(FEWEST, 3 * unknown):
        return {}
    design = np.column_stack([np.ones(n), matrix[whole]])
    if np.linalg.matrix_rank(design) < unknown:
        return {}
    inverse = np.linalg.inv(design.T @ design)
    found = inverse @ design.T @ scores[whole]
    variance = float(((scores[whole] - design @ found) ** 2).sum()) / (n - unknown)
    half = float(t.ppf(0.975, n - unknown)) * np.sqrt(np.maximum(np.diag(inverse) * variance, 0.0))
    return {
        factor: (float(found[place]), float(found[place] - half[place]), float(found[place] + half[place]))
        for place, factor in enumerate(columns, start=1)
    }


def quadrant(importance: float, performance: float, middle_importance: float, middle_performance: float) -> str:
    """Martilla and James (1977): ``concentrate``, ``keep``, ``low`` (priority) or ``overkill``."""
    if importance >= middle_importance:
        return "keep" if performance >= middle_performance else "concentrate"
    return "overkill" if performance >= middle_performance else "low"

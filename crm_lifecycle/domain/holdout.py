"""How good a forecast was, judged by what happened afterwards. Arrays of one shape; ``counts`` equal customers in each group."""

from dataclasses import dataclass

import numpy as np
from scipy.stats import rankdata

# Customers with so many repeat purchases or more share the last row of the table.
LAST_BUCKET = 7


@dataclass(frozen=True)
class Bucket:
    """Customers with ``repeats`` repeat purchases (or more, in the last one) and the mean number of purchases after that."""

    repeats: int
    customers: int
    predicted: float
    actual: float


@dataclass(frozen=True)
class Judgement:
    """``error``: mean absolute error a customer; ``ratio``: all purchases predicted by all that came; ``auc`` and ``auc_recency``: chance that
    somebody who came back was ranked above somebody who did not, by the forecast and by bare recency. None where that says nothing."""

    customers: int
    buckets: tuple[Bucket, ...]
    correlation: float | None
    error: float
    ratio: float | None
    auc: float | None
    auc_recency: float | None


def judge(repeats, silence, predicted, actual, counts) -> Judgement:
    """Compare purchases ``predicted`` with ``actual``; ``silence``: time since the last purchase when the forecast was made."""
    repeats, silence, predicted, actual = (np.asarray(each, float) for each in (repeats, silence, predicted, actual))
    counts = np.asarray(counts, int)
    total = counts.sum()
    buckets = []
    for number in range(LAST_BUCKET + 1):
        inside = repeats >= number if number == LAST_BUCKET else repeats == number
        size = counts[inside].sum()
        if size:
            means = [float(np.average(each[inside], weights=counts[inside])) for each in (predicted, actual)]
            buckets.append(Bucket(number, int(size), *means))
    came = actual > 0
    return Judgement(
        customers=int(total),
        buckets=tuple(buckets),
        correlation=_correlation(predicted, actual, counts),
        error=float(np.average(np.abs(predicted - actual), weights=counts)),
        ratio=float(np.dot(predicted, counts) / np.dot(actual, counts)) if came.any() else None,
        auc=ranking(predicted, came, counts),
        auc_recency=ranking(-silence, came, counts),
    )


def ranking(scores, came, counts) -> float | None:
    """Area under the ROC curve; ties count half."""
    ranks = rankdata(np.repeat(scores, counts))
    came = np.repeat(came, counts)
    yes, no = int(came.sum()), int((~came).sum())
    if not yes or not no:
        return None
    return float((ranks[came].sum() - yes * (yes + 1) / 2) / (yes * no))


def _correlation(x, y, counts) -> float | None:
    x, y = np.repeat(x, counts), np.repeat(y, counts)
    if x.std() == 0 or y.std() == 0:
        return None
    return float(np.corrcoef(x, y)[0, 1])

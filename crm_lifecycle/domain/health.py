"""Whether somebody who has bought is still a customer, judged by their own rhythm of buying."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Literal

Health = Literal["active", "at_risk", "churned", "won_back"]


@dataclass(frozen=True)
class HealthRule:
    """A company's settings. Days, and multiples of the expected gap."""

    shrinkage: float = 3.0
    at_risk_factor: float = 2.0
    churn_factor: float = 3.5
    churn_min_days: int = 180
    won_back_days: int = 90


def expected_gap(gaps: Sequence[int], mean_log_gap: float, shrinkage: float) -> float:
    """The days until the next purchase: the geometric mean of a customer's own gaps, drawn towards that of their segment.

    exp((Σ ln gap + k·m) / (n + k)), where ``mean_log_gap`` m is the segment's mean of ln gap and ``shrinkage`` k says how
    many gaps that mean weighs. Robust against single long gaps, and computable at any purchase from sums alone. To a millionth
    of a day: whether a limit is reached must not hang on the last bit of a logarithm.
    """
    return round(math.exp((sum(math.log(gap) for gap in gaps) + shrinkage * mean_log_gap) / (len(gaps) + shrinkage)), 6)


@dataclass(frozen=True)
class Limits:
    """The days on which health changes if nothing is bought any more after a purchase."""

    at_risk: date
    churned: date


def limits(purchase: date, gap: float, rule: HealthRule) -> Limits:
    """The first day on which more than ``at_risk_factor`` gaps have passed, and the first on which the customer counts as lost."""
    return Limits(
        at_risk=purchase + timedelta(days=math.floor(rule.at_risk_factor * gap) + 1),
        churned=purchase + timedelta(days=math.floor(max(rule.churn_factor * gap, rule.churn_min_days)) + 1),
    )


def history(purchases: Sequence[tuple[date, float]], rule: HealthRule, as_of: date) -> list[tuple[date, Health]]:
    """The changes of health up to ``as_of``, from (purchase day, expected gap at that purchase) in order of days.

    A purchase after the customer was lost makes them won back for ``won_back_days`` or one gap, whichever is longer;
    during that time they are neither at risk nor lost.
    """
    steps: list[tuple[date, Health]] = []

    def enter(day: date, health: Health) -> None:
        if day <= as_of and (not steps or steps[-1][1] != health):
            steps.append((day, health))

    won_until = lost_limit = None
    for index, (day, gap) in enumerate(purchases):
        following = purchases[index + 1][0] if index + 1 < len(purchases) else None
        if lost_limit and day >= lost_limit:
            won_until = max(won_until or day, day + timedelta(days=math.ceil(max(rule.won_back_days, gap))))
        bound = limits(day, gap, rule)
        lost_limit = bound.churned
        sheltered = won_until if won_until and won_until > day else day
        lost_from = max(bound.churned, sheltered)
        at_risk = max(bound.at_risk, sheltered)
        enter(day, "won_back" if sheltered > day else "active")
        ahead: list[tuple[date, Health]] = []
        if sheltered > day and sheltered < at_risk:
            ahead.append((sheltered, "active"))
        if at_risk < lost_from:
            ahead.append((at_risk, "at_risk"))
        ahead.append((lost_from, "churned"))
        for when, health in ahead:
            if following is None or when < following:
                enter(when, health)
    return steps

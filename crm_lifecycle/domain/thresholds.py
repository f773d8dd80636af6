"""Thresholds proposed from how a firm's own customers buy."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

# So many gaps between purchases, and customers who came back, it takes to propose anything.
MIN_GAPS = 30
MIN_REPEATERS = 20
# Of all purchases that follow, so many come later than at risk, and later than lost.
LATE = 0.10
NEVER_THOUGHT = 0.025
# Of the customers who came back, so many are to be in the stage after the first ones or beyond, and in the last one.
TAILS = (0.5, 0.1)


@dataclass(frozen=True)
class Rhythm:
    """How a firm's customers buy. ``late`` and ``very_late``: multiples of the expected gap that a share ``LATE`` and ``NEVER_THOUGHT`` of the
    purchases exceed; ``long_gap``: days that a twentieth of the gaps exceed; ``usual_gap``: geometric mean of the gaps in days."""

    gaps: int
    usual_gap: float
    late: float
    very_late: float
    long_gap: float


@dataclass(frozen=True)
class Proposal:
    """What a company would set: days, and multiples of the expected gap."""

    default_gap_days: int
    at_risk_factor: float
    churn_factor: float
    churn_min_days: int


def propose(rhythm: Rhythm) -> Proposal | None:
    """Limits of which one purchase in ten comes after “at risk”, and one in forty after “lost”; None where too little is known."""
    if rhythm.gaps < MIN_GAPS:
        return None
    at_risk = round(min(max(rhythm.late, 1.2), 10.0), 1)
    churn = round(min(max(rhythm.very_late, at_risk + 0.5), 20.0), 1)
    days = 10 * round(min(max(rhythm.long_gap, 30.0), 730.0) / 10)
    return Proposal(min(max(round(rhythm.usual_gap), 1), 3650), at_risk, churn, days)


def propose_stages(buyers: Mapping[int, int], stages: Sequence[tuple[int, int]], usual_gap: float) -> list[tuple[int, int]] | None:
    """Purchases and days as customer for each stage entered by buying, in their order, so that each one is reached by fewer customers.

    ``buyers``: number of customers by number of purchases. ``stages``: what is asked for now; those that ask for one or two purchases stay as
    they are. The others are set where, of the customers who came back, half reach the first of them and a tenth the last. None where too
    few have come back.
    """
    repeaters = {number: count for number, count in buyers.items() if number > 1}
    total = sum(repeaters.values())
    if total < MIN_REPEATERS:
        return None
    raised = [place for place, (purchases, _days) in enumerate(stages) if purchases > 2]
    proposed, reached = list(stages), 2
    for turn, place in enumerate(raised):
        share = TAILS[0] * (TAILS[1] / TAILS[0]) ** (turn / max(len(raised) - 1, 1))
        number = reached + 1
        while sum(count for purchases, count in repeaters.items() if purchases >= number) > share * total:
            number += 1
        reached = number
        # Half the days that so many purchases usually take: buying everything in a month is no loyalty.
        proposed[place] = (number, 10 * round((number - 1) * usual_gap / 20))
    return proposed

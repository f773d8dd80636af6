"""Which tier a customer is in: up at once, down one step at a time and only after a time of grace."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from .expiry import add_months


@dataclass(frozen=True)
class TierStanding:
    """``rank`` counts from 1, the lowest tier; 0: none. ``grace_until``: the last day on which the tier is kept without being earned."""

    rank: int = 0
    grace_until: date | None = None


def window(policy: str, months: int, today: date) -> tuple[date, date]:
    """First and last day whose points count: the calendar year, or the last ``months`` months up to today."""
    if policy == "calendar":
        return date(today.year, 1, 1), date(today.year, 12, 31)
    return add_months(today, -months) + timedelta(days=1), today


def reached(thresholds: Sequence[Decimal], qualifying: Decimal) -> int:
    """The highest rank whose threshold (they rise) is reached."""
    return sum(qualifying >= threshold for threshold in thresholds)


def judge(standing: TierStanding, rank: int, today: date, grace_days: int) -> TierStanding:
    """The standing from today on of who has earned ``rank``. A repetition on the same day changes nothing."""
    if rank >= standing.rank:
        return TierStanding(rank)
    if standing.grace_until is None:
        return TierStanding(standing.rank, today + timedelta(days=grace_days))
    if today <= standing.grace_until:
        return standing
    lower = standing.rank - 1
    return TierStanding(lower, None if lower == rank else today + timedelta(days=grace_days))

"""Who may give how much redress: by role, by case, and by customer within twelve months."""

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True)
class Limit:
    """What somebody may give without asking another person, in the company's currency; None sets no bound."""

    per_case: float | None
    per_customer: float | None


NOTHING = Limit(0.0, 0.0)


def widest(limits: Iterable[Limit]) -> Limit:
    """The limit of somebody with several roles: the widest of each kind. No role, nothing."""
    found = NOTHING
    for limit in limits:
        found = Limit(_wider(found.per_case, limit.per_case), _wider(found.per_customer, limit.per_customer))
    return found


def allows(limit: Limit, case_total: float, customer_total: float, precision: float = 0.005) -> bool:
    """Whether a limit admits what a case and a customer have got, the redress in question included.

    :param precision: half of the smallest unit of the currency
    """
    return _within(case_total, limit.per_case, precision) and _within(customer_total, limit.per_customer, precision)


def _wider(one: float | None, other: float | None) -> float | None:
    return None if one is None or other is None else max(one, other)


def _within(total: float, bound: float | None, precision: float) -> bool:
    return bound is None or total <= bound + precision

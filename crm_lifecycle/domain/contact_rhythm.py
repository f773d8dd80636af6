"""When a customer is to be contacted next."""

from datetime import date, timedelta


def rhythm(own: int, pareto_class: str | None, by_class: dict[str, int]) -> int:
    """Days between two contacts: the customer's own, else those of their class; who has no class is treated as one of the last."""
    return own or by_class[pareto_class or "c"]


def next_contact(start: date, last: date | None, days: int) -> date:
    """The day on which the next contact is due: ``days`` after the last one, never before the plan starts."""
    return max(start, last + timedelta(days=days)) if last else start

"""When points expire."""

import calendar
from datetime import date


def add_months(day: date, months: int) -> date:
    """The same day ``months`` later; the last day of a month that is too short for it."""
    year, month = divmod(day.month - 1 + months, 12)
    year, month = day.year + year, month + 1
    return date(year, month, min(day.day, calendar.monthrange(year, month)[1]))


def last_day(policy: str | None, months: int, earned_on: date) -> date | None:
    """The last day on which points earned on a day can be used; None when no day is fixed (never, or by inactivity)."""
    match policy:
        case "term":
            return add_months(earned_on, months)
        case "year_end":
            return date(add_months(earned_on, months).year, 12, 31)
    return None

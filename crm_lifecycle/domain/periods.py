"""The period that a report looks at, and the one it is compared with."""

from dataclasses import dataclass
from datetime import date, timedelta

from dateutil.relativedelta import relativedelta

PRESETS = ("this_month", "last_month", "this_quarter", "last_quarter", "this_year", "last_year", "twelve_months")
UNITS = {"month": relativedelta(months=1), "quarter": relativedelta(months=3), "year": relativedelta(years=1)}
DAY = timedelta(days=1)


@dataclass(frozen=True)
class Period:
    """Days from ``start`` to ``end``, compared with those from ``before_start`` to ``before_end``; all are included."""

    start: date
    end: date
    before_start: date
    before_end: date

    def previous(self) -> "Period":
        """The period compared with, itself compared with the one as long before it."""
        return Period(
            self.before_start,
            self.before_end,
            _shifted(self.before_start, self.start, self.before_start),
            _shifted(self.before_end, self.start, self.before_start),
        )


def preset(name: str, today: date) -> Period:
    """One of ``PRESETS`` on a day. A running month, quarter or year ends today and is compared with the same days of the one before."""
    if name == "twelve_months":
        return _compared(today + DAY - UNITS["year"], today, UNITS["year"])
    which, unit = name.split("_")
    step = UNITS[unit]
    start = today.replace(day=1)
    if unit == "quarter":
        start -= relativedelta(months=(start.month - 1) % 3)
    elif unit == "year":
        start = start.replace(month=1)
    if which == "this":
        return _compared(start, today, step)
    return _compared(start - step, start - DAY, step)


def custom(start: date, end: date) -> Period:
    """Any days, compared with as many days just before them."""
    return Period(start, end, start - (end - start) - DAY, start - DAY)


def _compared(start: date, end: date, step: relativedelta) -> Period:
    # Counted from the day after, so that the last day of a month answers to the last day of the month before.
    return Period(start, end, start - step, end + DAY - step - DAY)


def _shifted(day: date, start: date, before: date) -> date:
    """``day`` as far before as ``before`` is before ``start``: in months where both begin on the same day of the month, else in days."""
    if start.day == before.day:
        months = (start.year - before.year) * 12 + start.month - before.month
        return day + DAY - relativedelta(months=months) - DAY
    return day - (start - before)

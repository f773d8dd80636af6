"""How often the customers of a segment buy: the mean logarithm of the days between purchases, as it stood at the beginning of each month.

Arrays as in :mod:`replay`: days since 2000-01-01; months since January 1970.
"""

from dataclasses import dataclass, field
from datetime import date

import numpy as np

DAY_ZERO = date(2000, 1, 1)
Key = tuple[int, int]


def month_number(day: date) -> int:
    """Months since January 1970."""
    return (day.year - 1970) * 12 + day.month - 1


def first_of_month(number: int) -> date:
    """The first day of a month, the inverse of :func:`month_number`."""
    return date(1970 + number // 12, number % 12 + 1, 1)


def months(day: np.ndarray) -> np.ndarray:
    """The month of each day."""
    if len(day) and (span := int(day.max()) - int(first := day.min())) < len(day):
        return _months(np.arange(span + 1) + first)[day - first]
    return _months(day)


def _months(day: np.ndarray) -> np.ndarray:
    return (day.astype("M8[D]") + (DAY_ZERO - date(1970, 1, 1)).days).astype("M8[M]").astype(int)


@dataclass
class Rhythms:
    """The versions known. ``table``: a row for each (company, segment) of ``rows``, a column a month, NaN where too little is known."""

    rows: dict[Key, int] = field(default_factory=dict)
    table: np.ndarray = field(default_factory=lambda: np.full((1, 1), np.nan))
    first_month: int = 0

    def at(self, company: np.ndarray, segment: np.ndarray, customer: np.ndarray, day: np.ndarray) -> np.ndarray:
        """The mean for each purchase: of the customer's own segment, else of all customers (segment 0), else NaN.

        ``company`` and ``segment`` by customer, ``customer`` (its place among them) and ``day`` by purchase.
        """
        month = months(day) - self.first_month
        known = (month >= 0) & (month < self.table.shape[1])
        month = np.where(known, month, 0)
        found = np.full(len(day), np.nan)
        for numbers in (segment, np.zeros_like(segment)) if segment.any() else (segment,):
            distinct, place = np.unique(company.astype(np.int64) << 32 | numbers, return_inverse=True)
            rows = np.array([self.rows.get((key >> 32, key & 0xFFFFFFFF), -1) for key in distinct.tolist()], int)
            row = rows[place.reshape(-1)[customer]]
            found = np.where(np.isnan(found) & known & (row >= 0), self.table[row, month], found)
        return found


def monthly(
    partner: np.ndarray, company: np.ndarray, day: np.ndarray, segment: np.ndarray
) -> dict[tuple[int, int, int], tuple[float, int]]:
    """By (company, segment, month) the sum of ln gap over the gaps closed in that month, and their number; segment 0 is everybody.

    A row a purchase day, in any order, without repetition.
    """
    order = np.lexsort((day, company, partner))
    partner, company, day, segment = partner[order], company[order], day[order], segment[order]
    closed = np.flatnonzero((partner[1:] == partner[:-1]) & (company[1:] == company[:-1])) + 1
    logs = np.log(day[closed] - day[closed - 1])
    found: dict[tuple[int, int, int], tuple[float, int]] = {}
    for numbers in (np.zeros_like(segment), segment) if segment.any() else (segment,):
        month = months(day[closed])
        owners, owner = np.unique(company[closed].astype(np.int64) << 32 | numbers[closed], return_inverse=True)
        keys, place = np.unique(owner.reshape(-1).astype(np.int64) << 32 | month, return_inverse=True)
        sums, counts = np.bincount(place.reshape(-1), logs), np.bincount(place.reshape(-1))
        for key, total, count in zip(keys.tolist(), sums.tolist(), counts.tolist(), strict=True):
            company_id, segment_id = divmod(int(owners[key >> 32]), 1 << 32)
            found[company_id, segment_id, key & 0xFFFFFFFF] = total, count
    return found


def versions(
    closed: dict[tuple[int, int, int], tuple[float, int]], missing: dict[int, range]
) -> list[tuple[int, int, int, float | None, int]]:
    """Rows (company, segment, month, mean, gaps) of the months in ``missing`` by company, from what :func:`monthly` gives.

    The mean of a month rests on the gaps closed before it, so that a month once written never depends on what came later.
    """
    rows = []
    for company, wanted in missing.items():
        segments = {segment for owner, segment, _month in closed if owner == company} | {0}
        for segment in sorted(segments):
            history = sorted(
                (month, total, count) for (owner, number, month), (total, count) in closed.items() if (owner, number) == (company, segment)
            )
            total, gaps, place = 0.0, 0, 0
            for month in wanted:
                while place < len(history) and history[place][0] < month:
                    total, gaps, place = total + history[place][1], gaps + history[place][2], place + 1
                rows.append((company, segment, month, total / gaps if gaps else None, gaps))
    return rows

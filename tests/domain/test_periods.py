from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crm_lifecycle.domain.periods import PRESETS, Period, custom, preset

DAYS = st.dates(date(2000, 1, 1), date(2060, 12, 31))


@pytest.mark.parametrize(
    ("name", "today", "days"),
    [
        ("this_month", date(2026, 11, 22), ("2026-11-01", "2026-11-22", "2026-10-01", "2026-10-22")),
        ("this_month", date(2026, 3, 31), ("2026-03-01", "2026-03-31", "2026-02-01", "2026-02-28")),
        ("last_month", date(2026, 3, 5), ("2026-02-01", "2026-02-28", "2026-01-01", "2026-01-31")),
        ("this_quarter", date(2026, 6, 30), ("2026-04-01", "2026-06-30", "2026-01-01", "2026-03-31")),
        ("last_quarter", date(2026, 2, 10), ("2025-10-01", "2025-12-31", "2025-07-01", "2025-09-30")),
        ("this_year", date(2024, 2, 29), ("2024-01-01", "2024-02-29", "2023-01-01", "2023-02-28")),
        ("last_year", date(2026, 7, 1), ("2025-01-01", "2025-12-31", "2024-01-01", "2024-12-31")),
        ("twelve_months", date(2026, 11, 22), ("2025-11-23", "2026-11-22", "2024-11-23", "2025-11-22")),
    ],
)
def test_periods_by_hand(name, today, days):
    assert preset(name, today) == Period(*map(date.fromisoformat, days))


def test_custom_period_is_compared_with_as_many_days():
    assert custom(date(2026, 3, 1), date(2026, 3, 10)) == Period(date(2026, 3, 1), date(2026, 3, 10), date(2026, 2, 19), date(2026, 2, 28))


def test_the_period_before_is_compared_with_the_one_before_it():
    assert preset("this_quarter", date(2026, 6, 30)).previous() == Period(
        *map(date.fromisoformat, ("2026-01-01", "2026-03-31", "2025-10-01", "2025-12-31"))
    )
    assert custom(date(2026, 3, 11), date(2026, 3, 20)).previous() == custom(date(2026, 3, 1), date(2026, 3, 10))


@given(st.sampled_from(PRESETS), DAYS)
def test_periods_never_overlap(name, today):
    period = preset(name, today)
    for each in (period, period.previous()):
        assert each.before_start <= each.before_end < each.start <= each.end <= today


@given(DAYS, st.integers(0, 4000))
def test_custom_periods_touch(start, length):
    period = custom(start, start + timedelta(days=length))
    assert period.before_end + timedelta(days=1) == start
    assert period.end - period.start == period.before_end - period.before_start
    assert period.previous().end == period.before_end

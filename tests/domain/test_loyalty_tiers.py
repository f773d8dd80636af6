from datetime import date, timedelta
from decimal import Decimal

import hypothesis.strategies as st
from hypothesis import given

from crm_lifecycle_loyalty.domain.tiers import TierStanding, judge, reached, window

DAY = date(2026, 3, 1)
GRACE = 30
ranks = st.integers(0, 4)


def test_windows():
    assert window("calendar", 12, date(2026, 12, 31)) == (date(2026, 1, 1), date(2026, 12, 31))
    assert window("calendar", 12, date(2027, 1, 1)) == (date(2027, 1, 1), date(2027, 12, 31))
    assert window("rolling", 12, date(2026, 6, 15)) == (date(2025, 6, 16), date(2026, 6, 15))
    assert window("rolling", 12, date(2024, 2, 29)) == (date(2023, 3, 1), date(2024, 2, 29))
    assert window("rolling", 12, date(2025, 2, 28)) == (date(2024, 2, 29), date(2025, 2, 28)), "points of a leap day count a year"
    assert window("rolling", 12, date(2025, 3, 1)) == (date(2024, 3, 2), date(2025, 3, 1))


def test_what_is_reached():
    thresholds = [Decimal(0), Decimal(500), Decimal(1000)]
    assert [reached(thresholds, Decimal(points)) for points in ("-1", "0", "499.99", "500", "5000")] == [0, 1, 1, 2, 3]


def test_up_at_once_down_one_step_after_grace():
    standing = judge(TierStanding(), 3, DAY, GRACE)
    assert standing == TierStanding(3)
    standing = judge(standing, 1, DAY, GRACE)
    assert standing == TierStanding(3, date(2026, 3, 31))
    assert judge(standing, 1, date(2026, 3, 31), GRACE) == standing, "the last day of grace"
    standing = judge(standing, 1, date(2026, 4, 1), GRACE)
    assert standing == TierStanding(2, date(2026, 5, 1)), "one step, and grace again"
    assert judge(standing, 2, date(2026, 4, 20), GRACE) == TierStanding(2), "earned meanwhile"
    assert judge(standing, 1, date(2026, 5, 2), GRACE) == TierStanding(1)


def test_without_grace_it_takes_a_night_a_step():
    standing = judge(TierStanding(2), 0, DAY, 0)
    assert standing == TierStanding(2, DAY)
    assert judge(standing, 0, DAY + timedelta(days=1), 0) == TierStanding(1, DAY + timedelta(days=1))


@given(start=ranks, grace=st.none() | st.integers(-40, 40), rank=ranks, grace_days=st.integers(0, 400))
def test_a_rerun_changes_nothing_and_nobody_falls_two_steps(start, grace, rank, grace_days):
    standing = TierStanding(start, grace and DAY + timedelta(days=grace))
    once = judge(standing, rank, DAY, grace_days)
    assert judge(once, rank, DAY, grace_days) == once
    assert once.rank >= min(start, max(rank, start - 1))
    assert once.rank <= max(start, rank)
    if once.rank <= rank:
        assert once.grace_until is None
    else:
        assert once.grace_until is not None

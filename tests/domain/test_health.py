import math
from datetime import date, timedelta

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from crm_lifecycle.domain.health import HealthRule, expected_gap, history, limits
from crm_lifecycle.domain.rhythm import DAY_ZERO, Rhythms, month_number, months

RULE = HealthRule()
DAY = date(2026, 1, 1)


def after(days):
    return DAY + timedelta(days=days)


def test_expected_gap_is_the_geometric_mean_drawn_to_the_segment():
    assert expected_gap([], math.log(60), 3) == pytest.approx(60)
    assert expected_gap([10, 1000], math.log(100), 3) == pytest.approx(100)
    assert expected_gap([30] * 300, math.log(60), 3) == pytest.approx(30, rel=0.01)


def test_the_days_on_which_a_limit_is_crossed():
    assert limits(DAY, 30.0, RULE).at_risk == after(61), "60 days have passed on day 60; more than 60 on day 61"
    assert limits(DAY, 30.0, RULE).churned == after(181), "three and a half gaps are less than the minimum"
    assert limits(DAY, 100.0, RULE).churned == after(351)


def test_life_of_a_customer_who_comes_back():
    steps = history([(DAY, 30.0), (after(200), 40.0), (after(230), 40.0)], RULE, after(1000))
    assert steps == [
        (DAY, "active"),
        (after(61), "at_risk"),
        (after(181), "churned"),
        (after(200), "won_back"),
        (after(290), "active"),
        (after(311), "at_risk"),
        (after(411), "churned"),
    ]


def test_nothing_is_known_of_days_to_come():
    assert history([(DAY, 30.0)], RULE, after(61)) == [(DAY, "active"), (after(61), "at_risk")]
    assert history([(DAY, 30.0)], RULE, after(60)) == [(DAY, "active")]


def test_a_purchase_on_the_day_of_the_limit_prevents_the_move():
    assert history([(DAY, 30.0), (after(61), 30.0)], RULE, after(61)) == [(DAY, "active")]


@given(st.lists(st.tuples(st.integers(1, 400), st.floats(1, 500)), min_size=1, max_size=12), st.integers(0, 3000))
def test_history_is_a_chain_of_different_states(life, horizon):
    purchases, day = [], DAY
    for gap, rhythm in life:
        day += timedelta(days=gap)
        purchases.append((day, rhythm))
    whole = history(purchases, RULE, date(2100, 1, 1))
    assert whole[0] == (purchases[0][0], "active")
    assert [when for when, _ in whole] == sorted({when for when, _ in whole})
    assert all(before != after for (_, before), (_, after) in zip(whole, whole[1:], strict=False))
    assert all(previous == "churned" for (_, previous), (_, state) in zip(whole, whole[1:], strict=False) if state == "won_back")
    cut = DAY + timedelta(days=horizon)
    assert history([p for p in purchases if p[0] <= cut], RULE, cut) == [step for step in whole if step[0] <= cut]


def test_the_rhythm_of_a_customer_is_that_of_their_segment():
    days = np.array([(date(2026, month, 9) - DAY_ZERO).days for month in (1, 2, 1, 1, 3)])
    rhythms = Rhythms({(1, 0): 0, (1, 7): 1}, np.array([[2.0, 2.5], [3.0, np.nan]]), month_number(date(2026, 1, 1)))
    found = rhythms.at(np.array([1, 1, 2]), np.array([7, 0, 0]), np.array([0, 0, 1, 2, 1]), days)
    np.testing.assert_array_equal(found, [3.0, 2.5, 2.0, np.nan, np.nan])


def test_months_of_days_near_and_far():
    days = np.array([-40, -1, 0, 30, 31, 59, 60, 366, 9700])
    expected = [month_number(DAY_ZERO + timedelta(days=day)) for day in days.tolist()]
    assert months(days).tolist() == expected
    near = np.arange(-40, 400)
    assert months(near).tolist() == [month_number(DAY_ZERO + timedelta(days=day)) for day in near.tolist()]
    assert months(np.array([], int)).tolist() == []

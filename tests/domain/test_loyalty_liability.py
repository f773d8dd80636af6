from decimal import Decimal

import hypothesis.strategies as st
from hypothesis import given

from crm_lifecycle_loyalty.domain.liability import close_period, deferred, expected, recognised

D = Decimal
amounts = st.decimals(min_value=0, max_value=10**9, places=2)
points = st.decimals(min_value=0, max_value=10**7, places=2)
rates = st.decimals(min_value=0, max_value=1, places=4)
values = st.decimals(min_value=0, max_value=1000, places=4)


def test_illustrative_example_52():
    """IFRS 15: customers buy for 100,000 and get 10,000 points worth 1 each, of which 95 % are expected to be redeemed."""
    unit = D(1)
    first = close_period((D(0), D(0)), D(100_000), D(10_000), D(10_000), D(4_500), D(5_500), D(1), D("0.95"), unit)
    assert (D(100_000) - first.deferral, first.deferral) == (91_324, 8_676)
    assert (first.revenue, first.expected_points) == (4_110, 9_500)
    second = close_period((first.deferred_total, first.recognised_total), D(0), D(0), D(10_000), D(8_500), D(1_500), D(1), D("0.97"), unit)
    assert (second.revenue, second.expected_points) == (3_493, 9_700)
    assert second.balance == 8_676 - 4_110 - 3_493


@given(
    rounding=st.sampled_from([D("0.01"), D(1)]),
    value=values,
    periods=st.lists(st.tuples(amounts, points, rates, st.integers(0, 100), st.integers(0, 100)), min_size=1, max_size=12),
)
def test_revenue_never_exceeds_what_was_deferred(rounding, value, periods):
    before, issued, redeemed, gone = (D(0), D(0)), D(0), D(0), D(0)
    for sales, given_points, rate, used, expired in periods:
        issued += given_points
        redeemed += (issued - redeemed - gone) * used / 100
        gone += (issued - redeemed - gone) * expired / 100
        left = issued - redeemed - gone
        position = close_period(before, sales, given_points, issued, redeemed, left, value, rate, rounding)
        assert 0 <= position.recognised_total <= position.deferred_total
        assert position.deferral <= sales + rounding
        assert (position.deferred_total, position.recognised_total) == (before[0] + position.deferral, before[1] + position.revenue)
        before = (position.deferred_total, position.recognised_total)
    end = close_period(before, D(0), D(0), issued, issued - gone, D(0), value, rate, rounding)
    assert end.balance == 0, "nothing is owed when no points are left"


@given(sales=amounts, given_points=points, value=values, rate=rates)
def test_both_parts_are_the_sale(sales, given_points, value, rate):
    part = deferred(sales, given_points, value, rate)
    assert 0 <= part <= sales
    assert deferred(-sales, -given_points, value, rate) == -part, "a full credit gives back what was deferred"


def test_edges():
    assert recognised(D(0), D(5), D(10)) == 0
    assert recognised(D(100), D(5), D(0)) == 100
    assert expected(D(100), D(98), D(2), D("0.95")) == 98, "more than expected was redeemed"


def test_more_credited_than_was_ever_deferred():
    """Credit notes for sales of before the program: nothing is owed, and nothing is owed to the firm."""
    position = close_period((D(5), D(2)), D(-1000), D(-500), D(0), D(0), D(0), D(1), D(1))
    assert (position.deferral, position.deferred_total, position.recognised_total, position.balance) == (-5, 0, 0, 0)

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crm_lifecycle_loyalty.domain.rewards import affordable, exact_points, stage_key, stage_key_prefix

positive = st.decimals(min_value=Decimal("0.01"), max_value=10**6, places=2)
amounts = st.decimals(min_value=0, max_value=10**9, places=2)
ids = st.integers(min_value=1, max_value=2**31 - 1)


def test_points_have_two_digits_and_are_read_as_written():
    assert exact_points(0.1) + exact_points(0.2) == Decimal("0.30")
    assert exact_points("2.675") == Decimal("2.68")
    assert exact_points(-2.675) == Decimal("-2.68")
    assert exact_points(0.004) == 0


@given(wanted=st.integers(0, 10**6), points=positive, budget=amounts, granted=amounts)
def test_a_budget_is_never_exceeded_and_never_left_when_it_would_do(wanted, points, budget, granted):
    count = affordable(wanted, points, budget, granted)
    assert 0 <= count <= wanted
    if not budget:
        assert count == wanted
        return
    if count:
        assert granted + count * points <= budget
    if count < wanted:
        assert granted + (count + 1) * points > budget


@given(points=positive, budget=positive, sizes=st.lists(st.integers(0, 50), max_size=8))
def test_batches_give_what_one_run_gives(points, budget, sizes):
    granted = Decimal(0)
    for size in sizes:
        granted += affordable(size, points, budget, granted) * points
    assert granted == affordable(sum(sizes), points, budget, Decimal(0)) * points


def test_a_reward_of_nothing_is_a_mistake():
    with pytest.raises(ValueError, match="positive"):
        affordable(1, Decimal(0), Decimal(0), Decimal(0))


@given(first=st.tuples(ids, ids), second=st.tuples(ids, ids))
def test_keys_differ_exactly_when_rule_or_customer_does(first, second):
    assert (stage_key(*first) == stage_key(*second)) == (first == second)
    assert stage_key(*first) == f"{stage_key_prefix(first[0])}{first[1]}"

"""Who is held out of a campaign, and what it returned."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from crm_lifecycle.domain.uplift import Amounts, difference
from crm_lifecycle_marketing.domain.campaign import acquisition_cost, campaign_return, is_held_out, value_to_cost

RUNS = 200


@given(st.integers(1, 10**6), st.integers(1, 10**9), st.integers(0, 90), st.integers(0, 90))
def test_same_answer_and_nested(campaign, partner, one, other):
    low, high = sorted((one, other))
    assert is_held_out(campaign, partner, one) == is_held_out(campaign, partner, one)
    assert not is_held_out(campaign, partner, low) or is_held_out(campaign, partner, high)
    assert not is_held_out(campaign, partner, 0)


@pytest.mark.parametrize("percent", [5, 10, 30])
def test_the_share_and_no_memory_between_campaigns(percent):
    held = np.array([[is_held_out(campaign, partner, percent) for partner in range(4000)] for campaign in (7, 8)])
    spread = 4 * (percent / 100 * (1 - percent / 100) / 4000) ** 0.5
    assert abs(held.mean(axis=1) - percent / 100).max() < spread
    assert abs(held.all(axis=0).mean() - (percent / 100) ** 2) < spread


def covered(effect, seed, customers=2000, percent=20):
    """How many of ``RUNS`` simulated campaigns have the true return within their interval: few buy, and amounts are lognormal."""
    chance = np.random.default_rng(seed)
    inside, spend = 0, 500.0
    for run in range(RUNS):
        first = int(chance.integers(1, 10**8))
        held = np.array([is_held_out(run + 1, first + number, percent) for number in range(customers)])
        margins = np.where(chance.random(customers) < 0.3, chance.lognormal(3.5, 0.9, customers), 0.0)
        margins = margins + np.where(held, 0.0, effect)
        found = campaign_return(difference(Amounts.of(margins[~held]), Amounts.of(margins[held])), int((~held).sum()), spend)
        truth = (effect * (~held).sum() - spend) / spend
        inside += found.roi_low <= truth <= found.roi_high
    return inside / RUNS


@pytest.mark.parametrize(("effect", "seed"), [(3.0, 11), (0.0, 12), (-2.0, 13)])
def test_the_true_return_is_within_its_interval(effect, seed):
    assert covered(effect, seed) >= 0.93


def test_without_a_holdout_or_spend_nothing_is_said():
    nobody = campaign_return(difference(Amounts.of([1.0, 2.0]), Amounts(0)), 2, 10)
    assert nobody.margin is nobody.roi is None
    one = campaign_return(difference([1.0, 2.0], [1.0]), 2, 10)
    assert one.margin_low is None
    free = campaign_return(difference([1.0, 2.0], [1.0, 0.0]), 2, 0)
    assert free.margin == 2.0
    assert free.roi is None


def test_costs():
    assert acquisition_cost(300, 4) == 75
    assert acquisition_cost(300, 0) is None
    assert acquisition_cost(0, 4) is None
    assert value_to_cost(300, 75) == 4
    assert value_to_cost(None, 75) is None
    assert value_to_cost(300, None) is None

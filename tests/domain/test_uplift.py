"""The arithmetic of holdouts. A known effect has to be inside its interval as often as the interval says, and so has no effect."""

from math import exp, inf

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from crm_lifecycle.domain.uplift import FEWEST, Amounts, difference, difference_in_shares, wilson

# More than a hundred, so that the share covered is not a matter of luck.
RUNS = 1000
COVERED = 0.93 * RUNS


def amounts(random, size, buy, spread):
    """What ``size`` customers spend: a share ``buy`` of them anything at all, lognormal; its mean is ``buy × exp(spread² / 2)``."""
    return np.where(random.random(size) < buy, random.lognormal(0, spread, size), 0)


@pytest.mark.parametrize("spread", [0.5, 1.5])
@pytest.mark.parametrize(("treated", "held_out"), [(270, 30), (900, 100), (5000, 500), (200, 200)])
@pytest.mark.parametrize(("buy", "buy_treated"), [(0.3, 0.3), (0.3, 0.45), (0.3, 0.2), (1, 1)])
def test_the_interval_of_amounts_covers_the_effect(spread, treated, held_out, buy, buy_treated):
    random = np.random.default_rng(5)
    effect = (buy_treated - buy) * exp(spread**2 / 2)
    ours, theirs = amounts(random, (RUNS, treated), buy_treated, spread), amounts(random, (RUNS, held_out), buy, spread)
    found = [difference(*groups) for groups in zip(ours, theirs, strict=True)]
    assert sum(each.low <= effect <= each.high for each in found) >= COVERED


@pytest.mark.parametrize(("treated", "held_out"), [(270, 30), (900, 100), (50, 50)])
@pytest.mark.parametrize(("buy", "buy_treated"), [(0.1, 0.1), (0.1, 0.2), (0.02, 0.05), (0.5, 0.4)])
def test_the_interval_of_shares_covers_the_effect(treated, held_out, buy, buy_treated):
    random = np.random.default_rng(7)
    ours, theirs = random.binomial(treated, buy_treated, RUNS), random.binomial(held_out, buy, RUNS)
    found = [difference_in_shares(int(one), treated, int(other), held_out) for one, other in zip(ours, theirs, strict=True)]
    assert sum(each.low <= buy_treated - buy <= each.high for each in found) >= COVERED


def test_an_effect_is_found_where_there_is_enough_to_see_it():
    random = np.random.default_rng(2)
    verdicts = [difference(amounts(random, 5000, 0.45, 0.5), amounts(random, 1000, 0.3, 0.5)).verdict for _run in range(100)]
    assert verdicts == ["more"] * 100


def test_the_interval_is_not_wide_for_nothing():
    """Without an effect it leaves out 0 now and then, in shares about 5 times in 100."""
    random = np.random.default_rng(3)
    ours, theirs = random.binomial(900, 0.3, 2000), random.binomial(100, 0.3, 2000)
    found = [difference_in_shares(int(one), 900, int(other), 100).verdict for one, other in zip(ours, theirs, strict=True)]
    assert 0.03 <= 1 - found.count("unclear") / 2000 <= 0.07


def test_known_intervals():
    # Newcombe's example (a), table II: 56/70 against 48/80, 0.2 with (0.0524, 0.3339).
    found = difference_in_shares(56, 70, 48, 80)
    assert (found.estimate, found.low, found.high) == pytest.approx((0.2, 0.0524, 0.3339), abs=0.0001)
    # And (h): 0/10 against 0/10 by method 10.
    found = difference_in_shares(0, 10, 0, 10)
    assert (found.low, found.high) == pytest.approx((-0.2775, 0.2775), abs=0.0001)
    # Two groups of equal size and variance: Student and Welch agree; t(18; 0.975) = 2.1009, standard error 1 · √(2/10).
    found = difference(Amounts(10, 5, 1), Amounts(10, 4, 1))
    assert (found.estimate, found.high - 1) == pytest.approx((1, 2.1009 * 0.2**0.5), abs=0.0001)


def test_too_few_and_nobody():
    assert difference([], [1, 2]).estimate is None
    assert difference_in_shares(0, 0, 0, 10).low == -inf
    assert difference([4], [1]).high == inf
    assert difference([5] * 40, [1] * (FEWEST - 1)).verdict == "too_few"
    assert difference([5] * 40, [1] * FEWEST).verdict == "more"
    assert difference([1] * 40, [5] * FEWEST).verdict == "less"
    assert difference([0] * 40, [0] * 40).verdict == "unclear"


groups = st.lists(st.floats(-1e9, 1e9), max_size=50)


@given(groups, groups)
def test_the_interval_holds_the_difference_and_turns_round_with_it(treated, held_out):
    found, turned = difference(treated, held_out), difference(held_out, treated)
    if found.estimate is None:
        assert not treated or not held_out
        return
    assert found.low <= found.estimate <= found.high
    assert (turned.low, turned.high) == pytest.approx((-found.high, -found.low))


@given(groups)
def test_sums_say_what_the_amounts_say(values):
    amounts_of = Amounts.of(values)
    assert amounts_of.n == len(values)
    if len(values) > 1:
        assert amounts_of.variance == pytest.approx(np.var(values, ddof=1))


@given(st.integers(0, 60), st.integers(0, 60), st.integers(0, 60), st.integers(0, 60))
def test_shares_stay_within_what_is_possible(treated, more, held_out, others):
    found = difference_in_shares(treated, treated + more, held_out, held_out + others)
    if found.estimate is None:
        return
    assert -1 - 1e-9 <= found.low <= found.estimate + 1e-9
    assert found.estimate - 1e-9 <= found.high <= 1 + 1e-9


@given(st.integers(0, 1000), st.integers(0, 1000))
def test_wilson_holds_the_share(successes, more):
    low, high = wilson(successes, successes + more)
    assert 0 <= low <= high <= 1

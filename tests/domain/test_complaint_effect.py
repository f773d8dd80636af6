import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crm_lifecycle.domain.uplift import wilson
from crm_lifecycle_complaints.domain.effect import rate_ratio
from crm_lifecycle_complaints.domain.redress import NOTHING, Limit, allows, widest


def test_a_clear_fall_and_an_unclear_one():
    assert rate_ratio(40, 10_000, 8, 10_000).verdict == "less"
    assert rate_ratio(4, 1_000, 2, 1_000).verdict == "unclear"
    assert rate_ratio(5, 10_000, 30, 10_000).verdict == "more"
    assert rate_ratio(10, 1_000, 10, 500).value == 2


def test_known_interval():
    # Exact conditional interval, by hand from Clopper-Pearson of 10 in 25: (0.2113, 0.6133).
    ratio = rate_ratio(15, 1, 10, 1)
    assert ratio.low == pytest.approx(0.2113 / 0.7887, abs=0.001)
    assert ratio.high == pytest.approx(0.6133 / 0.3867, abs=0.001)


def test_nothing_to_compare():
    assert rate_ratio(0, 10, 0, 10).value is None
    assert rate_ratio(3, 0, 1, 10).verdict == "unclear"
    assert wilson(0, 0) == (0, 1)


@given(st.integers(0, 500), st.integers(0, 500), st.floats(1, 1e6), st.floats(1, 1e6))
def test_the_interval_holds_the_ratio(before, after, exposure_before, exposure_after):
    ratio = rate_ratio(before, exposure_before, after, exposure_after)
    if ratio.value is not None:
        assert ratio.low <= ratio.value * (1 + 1e-9)
        assert ratio.value <= ratio.high * (1 + 1e-9) or math.isinf(ratio.value)


@given(st.integers(0, 1000), st.integers(0, 1000))
def test_wilson_holds_the_share(successes, more):
    trials = successes + more
    low, high = wilson(successes, trials)
    assert 0 <= low <= high <= 1
    if trials:
        assert low - 1e-9 <= successes / trials <= high + 1e-9


limits = st.builds(Limit, st.none() | st.floats(0, 1000), st.none() | st.floats(0, 1000))


@given(st.lists(limits), st.floats(0, 2000), st.floats(0, 2000))
def test_somebody_may_what_one_of_their_roles_may(roles, case, customer):
    assert allows(widest(roles), case, customer) >= any(allows(role, case, customer) for role in roles)
    if not roles:
        assert widest(roles) == NOTHING


def test_nothing_is_allowed_without_a_role_and_a_hair_above_is_above():
    assert not allows(widest([]), 0.01, 0.01)
    assert allows(Limit(100, None), 100.004, 1e9)
    assert not allows(Limit(100, None), 100.01, 0)

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from crm_lifecycle.domain.thresholds import Proposal, Rhythm, propose, propose_stages

STAGES = [(1, 0), (2, 0), (4, 60), (7, 150), (12, 240)]


def test_limits_follow_the_own_rhythm():
    assert propose(Rhythm(500, 30.4, 1.84, 3.26, 96)) == Proposal(30, 1.8, 3.3, 100)


def test_too_little_is_known():
    assert propose(Rhythm(29, 30, 2, 3, 90)) is None
    assert propose_stages({1: 1000, 2: 19}, STAGES, 30) is None


def test_stages_by_hand():
    # A hundred came back: fifty bought five times or more, twenty-two nine times, ten twenty times.
    buyers = {1: 400, 2: 30, 4: 20, 5: 28, 9: 12, 20: 10}
    assert propose_stages(buyers, STAGES, 20) == [(1, 0), (2, 0), (5, 40), (6, 50), (10, 90)]


@given(st.floats(0.1, 1e6), st.floats(0.01, 1e3), st.floats(0.01, 1e3), st.floats(0, 1e6))
def test_limits_are_always_accepted(usual, late, very_late, long_gap):
    found = propose(Rhythm(100, usual, late, very_late, long_gap))
    assert 0 < found.default_gap_days <= 3650
    assert 0 < found.at_risk_factor < found.churn_factor <= 100
    assert 0 < found.churn_min_days <= 36500


@given(st.dictionaries(st.integers(1, 60), st.integers(0, 500)), st.floats(0.5, 400))
def test_stages_never_hide_each_other(buyers, usual_gap):
    found = propose_stages(buyers, STAGES, usual_gap)
    if found:
        assert all(a[0] < b[0] and a[1] <= b[1] for a, b in pairwise(found))

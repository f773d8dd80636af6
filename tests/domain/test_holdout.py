import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from crm_lifecycle.domain import holdout


def test_buckets_hold_means_and_the_last_one_the_rest():
    judged = holdout.judge([0, 0, 1, 7, 12], [9, 8, 5, 1, 1], [0.5, 0.25, 1, 4, 6], [0, 1, 1, 3, 9], [1, 3, 2, 1, 1])
    assert [(each.repeats, each.customers) for each in judged.buckets] == [(0, 4), (1, 2), (7, 2)]
    assert judged.buckets[0].predicted == pytest.approx((0.5 + 3 * 0.25) / 4)
    assert judged.buckets[2].actual == 6
    assert judged.customers == 8
    assert judged.error == pytest.approx((0.5 + 3 * 0.75 + 0 + 1 + 3) / 8)
    assert judged.ratio == pytest.approx((0.5 + 0.75 + 2 + 4 + 6) / (0 + 3 + 2 + 3 + 9))


def test_nobody_came():
    judged = holdout.judge([0, 1], [5, 1], [0.1, 0.2], [0, 0], [3, 3])
    assert (judged.auc, judged.ratio, judged.correlation) == (None, None, None)


def test_perfect_and_useless_rankings():
    came = np.array([True, True, False])
    assert holdout.ranking(np.array([3, 2, 1]), came, np.array([1, 1, 1])) == 1
    assert holdout.ranking(np.array([1, 1, 1]), came, np.array([1, 1, 5])) == 0.5
    assert holdout.ranking(np.array([1, 2, 3]), came, np.array([1, 1, 1])) == 0


@given(st.lists(st.tuples(st.integers(0, 20), st.booleans(), st.integers(1, 5)), min_size=1, max_size=30))
def test_ranking_is_the_share_of_pairs_in_order(rows):
    scores, came, counts = (np.array(each) for each in zip(*rows, strict=True))
    yes = [score for score, came_back, count in rows for _ in range(count) if came_back]
    no = [score for score, came_back, count in rows for _ in range(count) if not came_back]
    found = holdout.ranking(scores, came, counts)
    if not yes or not no:
        assert found is None
    else:
        assert found == pytest.approx(sum((a > b) + (a == b) / 2 for a in yes for b in no) / (len(yes) * len(no)))

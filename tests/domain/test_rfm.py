from itertools import product

from hypothesis import given
from hypothesis import strategies as st

from crm_lifecycle.domain import rfm

SCORES = range(1, 6)
revenues = st.lists(st.integers(-50, 1000), min_size=1, max_size=60)


def test_every_segment_is_used_and_every_customer_has_one():
    found = {rfm.segment(*scores) for scores in product(SCORES, repeat=3)}
    assert found == {name for row in rfm.SEGMENTS.values() for name in row}
    assert len(found) == 11


def test_segments_that_names_promise():
    assert rfm.segment(5, 5, 5) == "champion"
    assert rfm.segment(5, 1, 1) == "new"
    assert rfm.segment(1, 5, 5) == "keep"
    assert rfm.segment(1, 1, 1) == "lost"
    assert rfm.segment(2, 4, 4) == "at_risk"


def test_a_cut_point_still_belongs_to_the_lower_score():
    assert [rfm.score(value, (20, 40, 60, 80)) for value in (1, 20, 21, 40, 80, 81)] == [1, 1, 2, 2, 4, 5]


def test_cut_points_are_values_that_occur():
    assert rfm.cut_points([1, 2, 3, 4, 5]) == (1, 2, 3, 4)
    assert rfm.cut_points([7]) == (7, 7, 7, 7)
    assert rfm.cut_points(range(1, 101)) == (20, 40, 60, 80)


@given(revenues)
def test_scores_keep_the_order_and_share_ties(values):
    cuts = rfm.cut_points(values)
    assert set(cuts) <= set(values)
    scores = sorted((value, rfm.score(value, cuts)) for value in values)
    assert [score for _, score in scores] == sorted(score for _, score in scores)
    assert len(set(scores)) == len(set(values))
    assert all(1 <= score <= 5 for _, score in scores)


def test_pareto_of_a_textbook():
    revenue = [800, 100, 50, 30, 20]
    cuts = rfm.pareto_cuts(revenue)
    assert [rfm.pareto_class(each, cuts) for each in revenue] == ["a", "b", "b", "c", "c"]
    assert rfm.pareto_cuts([0, -5]) == (None, None)
    assert rfm.pareto_class(0, (None, None)) == "c"


@given(revenues)
def test_pareto_classes_hold_their_share(values):
    cuts = rfm.pareto_cuts(values)
    total = sum(value for value in values if value > 0)
    by_class = {name: [value for value in values if rfm.pareto_class(value, cuts) == name] for name in "abc"}
    if total:
        assert sum(by_class["a"]) >= 0.80 * total
        assert sum(by_class["a"]) + sum(by_class["b"]) >= 0.95 * total - 1e-9
        # Without its least member (and those who tie with it) class A would not reach its share.
        assert sum(value for value in by_class["a"] if value > min(by_class["a"])) < 0.80 * total
    assert min(by_class["a"], default=0) >= max(by_class["b"], default=0) or not by_class["a"]

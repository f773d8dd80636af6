"""Scores, what moves them, and importance against performance."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from crm_lifecycle.domain import voice

NPS_SCORES = st.lists(st.integers(0, 10), min_size=1, max_size=60)


@given(NPS_SCORES)
def test_the_mean_of_the_points_is_the_nps(scores):
    promoters, detractors = sum(score >= 9 for score in scores), sum(score <= 6 for score in scores)
    found = voice.mean([voice.points("nps", score) for score in scores])
    assert found.value == pytest.approx(100 * (promoters - detractors) / len(scores))
    assert found.n == len(scores)
    assert found.low is None or found.low <= found.value <= found.high


def test_the_other_measures():
    assert voice.mean([voice.points("csat", score) for score in (1, 3, 4, 5)]).value == 50
    assert voice.mean([voice.points("ces", score) for score in (1, 7, 7)]).value == 5
    assert [voice.mood("csat", score) for score in (1, 2, 3, 4, 5)] == ["unhappy", "unhappy", "neutral", "happy", "happy"]
    assert [voice.mood("ces", score) for score in (3, 4, 5)] == ["unhappy", "neutral", "happy"]
    assert [voice.mood("nps", score) for score in (0, 6, 7, 8, 9)] == ["unhappy", "unhappy", "neutral", "neutral", "happy"]


@pytest.mark.parametrize(("kind", "score"), [("nps", 11), ("nps", -1), ("csat", 0), ("ces", 8)])
def test_no_such_score(kind, score):
    with pytest.raises(ValueError, match="no score"):
        voice.points(kind, score)


def simulated(chance, answers=150):
    """Delivery moves the score by 1.5 points, advice by nothing, but who rates one high rates the other high as well."""
    taste = chance.normal(size=answers)
    delivery = np.clip(np.round(3 + taste + chance.normal(size=answers) * 0.7), 1, 5)
    advice = np.clip(np.round(3 + taste + chance.normal(size=answers) * 0.7), 1, 5)
    return 2 + 1.5 * delivery + chance.normal(size=answers), {1: delivery, 2: advice}


def test_what_moves_the_score_is_recovered():
    chance = np.random.default_rng(5)
    runs = inside = quiet = 0
    for _run in range(200):
        scores, ratings = simulated(chance)
        first, second = voice.drivers(scores, ratings)
        assert (first.factor, second.factor) == (1, 2)
        inside += first.weight_low <= 1.5 <= first.weight_high
        quiet += second.weight_low <= 0 <= second.weight_high
        runs += 1
    assert inside / runs >= 0.92
    assert quiet / runs >= 0.92


def test_a_correlation_of_nothing_covers_0():
    chance = np.random.default_rng(6)
    covered = 0
    for _run in range(300):
        [driver] = voice.drivers(chance.integers(0, 11, 40), {1: chance.integers(1, 6, 40)})
        covered += driver.low <= 0 <= driver.high
    assert covered / 300 >= 0.92


def test_too_little_says_nothing():
    assert voice.drivers([1, 2, 3], {1: [1, 2, 3]}) == []
    assert voice.drivers([5] * 20, {1: [1, 2] * 10}) == []
    assert voice.drivers(list(range(20)), {1: [3] * 20}) == []
    [few] = voice.drivers(list(range(20)), {1: [1, 2] * 5 + [None] * 10})
    assert few.n == 10
    # Two factors that were always rated alike cannot be told apart.
    twins = voice.drivers([0, 10, 5] * 10, {1: [1, 5, 3] * 10, 2: [1, 5, 3] * 10})
    assert [each.weight for each in twins] == [None, None]
    assert [each.correlation for each in twins] == pytest.approx([1.0, 1.0])


@given(st.floats(1, 5), st.floats(1, 5), st.floats(1, 5), st.floats(1, 5))
def test_quadrants(importance, performance, middle_importance, middle_performance):
    found = voice.quadrant(importance, performance, middle_importance, middle_performance)
    assert (found in ("keep", "concentrate")) == (importance >= middle_importance)
    assert (found in ("keep", "overkill")) == (performance >= middle_performance)

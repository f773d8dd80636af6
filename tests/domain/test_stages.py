from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crm_lifecycle.domain.stages import StageRule, Standing, history, rank, stage_at

RULES = [
    StageRule(1, 10, "known"),
    StageRule(2, 20, "interested"),
    StageRule(3, 30, "bought", 1),
    StageRule(4, 40, "bought", 2),
    StageRule(5, 50, "bought", 4, 60),
    StageRule(6, 60, "bought", 7, 150),
]
START = date(2026, 1, 1)
days = st.integers(0, 400).map(lambda number: START + timedelta(days=number))


@pytest.mark.parametrize(
    ("standing", "stage"),
    [
        (Standing(False, 0, 0), 1),
        (Standing(True, 0, 0), 2),
        (Standing(False, 1, 0), 3),
        (Standing(True, 3, 500), 4),
        (Standing(True, 4, 59), 4),
        (Standing(True, 4, 60), 5),
        (Standing(True, 7, 149), 5),
        (Standing(True, 7, 150), 6),
    ],
)
def test_furthest_stage_whose_condition_is_met(standing, stage):
    assert stage_at(RULES, standing) == stage
    assert stage_at(list(reversed(RULES)), standing) == stage


def test_without_rules_there_is_no_stage():
    assert stage_at([], Standing(True, 5, 5)) is None
    assert history([], START, None, [START]) == []


def test_equal_sequence_is_settled_by_id():
    assert [rule.stage_id for rule in rank([StageRule(1, 5, "known"), StageRule(2, 5, "known")])] == [2, 1]


def test_history_of_a_customer_who_bought_before_being_entered():
    assert history(RULES, date(2026, 3, 1), None, [date(2026, 1, 5)]) == [(date(2026, 1, 5), 3)]


def test_history_walks_through_the_stages():
    bought = [START + timedelta(days=number) for number in (10, 20, 50, 71, 75)]
    assert history(RULES, START, START + timedelta(days=2), bought) == [
        (START, 1),
        (START + timedelta(days=2), 2),
        (START + timedelta(days=10), 3),
        (START + timedelta(days=20), 4),
        (START + timedelta(days=71), 5),
    ]


@given(known=days, interested=st.none() | days, bought=st.sets(days, max_size=12))
def test_history_is_a_chain_of_different_stages(known, interested, bought):
    steps = history(RULES, known, interested, sorted(bought))
    assert steps[0][0] == min({known, *bought, *([interested] if interested else [])})
    assert [day for day, _ in steps] == sorted({day for day, _ in steps})
    assert all(before != after for (_, before), (_, after) in zip(steps, steps[1:], strict=False))
    # These conditions only ever become easier to meet, so nobody falls back.
    assert [stage for _, stage in steps] == sorted(stage for _, stage in steps)


@given(known=days, interested=st.none() | days, bought=st.sets(days, min_size=1, max_size=12))
def test_the_last_stage_is_what_the_totals_give(known, interested, bought):
    total = Standing(interested is not None, len(bought), (max(bought) - min(bought)).days)
    assert history(RULES, known, interested, sorted(bought))[-1][1] == stage_at(RULES, total)

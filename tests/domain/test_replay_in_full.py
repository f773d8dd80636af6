"""Every fact and every column of the history of one customer, told day by day in plain Python."""

import math
from datetime import date, timedelta

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from crm_lifecycle.domain import health, replay, rhythm, stages

START = (date(2024, 1, 1) - rhythm.DAY_ZERO).days
RULES = [
    stages.StageRule(11, 10, "known"),
    stages.StageRule(12, 20, "interested"),
    stages.StageRule(13, 30, "bought", 1),
    stages.StageRule(14, 40, "bought", 2, 0, "enhance"),
    stages.StageRule(15, 50, "bought", 3, 60, "retain"),
]
# Also where buying once has no stage of its own, and where only buyers have one.
RULE_SETS = [RULES, RULES[:2] + RULES[3:], RULES[2:]]
# Short limits, so that a life of some hundred days sees all of them.
COMPANY = replay.Company(health.HealthRule(shrinkage=1, churn_min_days=30, won_back_days=25), 20.0, 2)
SIGN = {replay.PURCHASE: 1, replay.REFUND: -1}

DAYS = st.integers(0, 300)
WHAT = st.sampled_from([replay.CONTACT, replay.INTEREST, replay.REFUND, *[replay.PURCHASE] * 6])
MOMENTS = st.lists(st.tuples(DAYS, st.sampled_from([10.0, 10.0, 10.0, 0.004]), WHAT), min_size=1, max_size=12)
OVERRIDES = st.lists(st.tuples(DAYS, st.integers(0, 60), st.sampled_from([12, 14, 15])), max_size=2)


class Life:
    """One customer's life, replayed slowly."""

    def __init__(self, moments, overrides, as_of):
        self.as_of = as_of
        self.moments = [(START + day, SIGN.get(what, 0) * amount, what) for day, amount, what in moments]
        self.overrides = sorted((START + first, START + first + length, stage) for first, length, stage in overrides)
        borders = {day for first, last, _stage in self.overrides for day in (first, last + 1)}
        self.days = sorted({day for day, _amount, _what in self.moments} | borders)
        self.bought = [day for day in self.days if round(self.net(day), 2) > 0 and day <= as_of]

    def net(self, day):
        return sum(amount for when, amount, _what in self.moments if when == day)

    def first(self, wanted):
        return min((day for day, _amount, what in self.moments if wanted(what)), default=replay.NEVER)

    def forced(self, day):
        return next((stage for first, last, stage in reversed(self.overrides) if first <= day <= last), 0)

    def stages(self, rules):
        """Rows (day, computed, forced, stage, purchases, tenure, trigger), a day each."""
        rows, forced_before = [], 0
        for day in self.days:
            if day > self.as_of:
                break
            past = [purchase for purchase in self.bought if purchase <= day]
            interested = any(when <= day and what == replay.INTEREST for when, _amount, what in self.moments)
            standing = stages.Standing(interested, len(past), past[-1] - past[0] if past else 0)
            computed, forced = stages.stage_at(rules, standing) or 0, self.forced(day)
            if forced:
                trigger = replay.OVERRIDE
            elif forced_before:
                trigger = replay.OVERRIDE_END
            elif day in self.bought:
                trigger = replay.PURCHASE
            else:
                trigger = replay.REFUND if past else replay.INTEREST if interested else replay.CONTACT
            rows.append((day, computed, forced or computed, standing.purchases, standing.tenure_days, trigger))
            forced_before = forced
        return rows

    def paced(self):
        gaps = [after - before for before, after in zip(self.bought, self.bought[1:], strict=False)]
        mean = math.log(COMPANY.default_gap_days)
        return [(day_of(day), health.expected_gap(gaps[:place], mean, COMPANY.health.shrinkage)) for place, day in enumerate(self.bought)]


def day_of(number):
    return rhythm.DAY_ZERO + timedelta(days=int(number))


def number_of(day):
    return (day - rhythm.DAY_ZERO).days


def replayed(moments, overrides, as_of, rules=RULES):
    rows = [(START + day, SIGN.get(what, 0) * amount, what) for day, amount, what in moments]
    rows += [(day, 0.0, replay.OVERRIDE) for first, length, _stage in overrides for day in (START + first, START + first + length + 1)]
    columns = {
        "partner_id": np.full(len(rows), 5, np.int32),
        "company_id": np.full(len(rows), 3, np.int32),
        "day": np.array([day for day, _amount, _what in rows], np.int32),
        "amount": np.array([amount for _day, amount, _what in rows]),
        "what": np.array([what for _day, _amount, what in rows], np.int32),
        **dict.fromkeys(("margin", "costed"), np.full(len(rows), np.nan)),
    }
    forced = [replay.Override(5, 3, stage, START + first, START + first + length) for first, length, stage in sorted(overrides)]
    facts, steps = replay.replay(columns, as_of, rules, {3: COMPANY}, overrides=forced)
    assert len(facts["partner_id"]) == 1
    return {name: column[0] for name, column in facts.items()}, steps


@given(moments=MOMENTS, overrides=OVERRIDES, horizon=st.integers(0, 500), rules=st.sampled_from(RULE_SETS))
# Something happens on the last day of a stage set by hand.
@example(moments=[(0, 10.0, replay.PURCHASE), (5, 0.0, replay.CONTACT)], overrides=[(0, 5, 15)], horizon=50, rules=RULES)
@example(moments=[(0, 10.0, replay.PURCHASE)], overrides=[], horizon=50, rules=RULES[:2])
@example(moments=[(0, 10.0, replay.CONTACT)], overrides=[(1, 5, 15)], horizon=50, rules=RULES[2:])
def test_stages(moments, overrides, horizon, rules):
    overrides = list({first: (first, length, stage) for first, length, stage in overrides}.values())
    life = Life(moments, overrides, START + horizon)
    facts, steps = replayed(moments, overrides, START + horizon, rules)
    rows, before, wanted = life.stages(rules), 0, []
    for day, _computed, stage, purchases, tenure, trigger in rows:
        if stage and stage != before:
            wanted.append((day, before, stage, trigger, purchases, tenure))
        before = stage
    of_stage = steps["kind"] == 1
    names = ("effective_at", "from_stage_id", "to_stage_id", "trigger", "purchases", "tenure_days")
    assert list(zip(*(steps[name][of_stage].tolist() for name in names), strict=True)) == wanted
    _day, computed, stage, purchases, tenure, _trigger = rows[-1] if rows else (None, 0, 0, 0, 0, None)
    assert facts["purchase_days"] == purchases == len(life.bought)
    assert facts["first_purchase_date"] == (life.bought[0] if life.bought else replay.NEVER)
    assert facts["last_purchase_date"] == (life.bought[-1] if life.bought else replay.NEVER)
    assert facts["stage_id"] == stage
    assert facts["computed_stage_id"] == (0 if computed == stage else computed)
    assert facts["stage_since"] == (wanted[-1][0] if wanted else replay.NEVER)
    phases = {rule.stage_id: stages.PHASES.index(rule.phase) + 1 for rule in rules}
    assert facts["furthest_phase"] == max((phases.get(row[2], 0) for row in rows), default=0)
    assert facts["known_since"] == life.first(lambda what: True)
    assert facts["interested_since"] == life.first(lambda what: what == replay.INTEREST)
    assert facts["net_revenue"] == pytest.approx(sum(amount for _day, amount, _what in life.moments), abs=0.0051)
    assert facts["net_revenue"] == round(facts["net_revenue"], 2)
    assert facts["refunded"] == pytest.approx(sum(amount for _day, amount, what in life.moments if what == replay.REFUND), abs=0.0051)


@given(moments=MOMENTS, overrides=OVERRIDES, horizon=st.integers(0, 500))
# Bought on the very days on which they became at risk, and lost, and ceased to be sheltered; and judged on those days.
@example(moments=[(0, 10.0, replay.PURCHASE), (41, 10.0, replay.PURCHASE)], overrides=[], horizon=41)
@example(moments=[(0, 10.0, replay.PURCHASE), (71, 10.0, replay.PURCHASE)], overrides=[], horizon=71)
@example(moments=[(0, 10.0, replay.PURCHASE), (71, 10.0, replay.PURCHASE), (109, 10.0, replay.PURCHASE)], overrides=[], horizon=150)
@example(moments=[(0, 10.0, replay.PURCHASE), (71, 10.0, replay.PURCHASE)], overrides=[], horizon=109)
@example(moments=[(0, 10.0, replay.PURCHASE)], overrides=[], horizon=41)
@example(moments=[(0, 10.0, replay.PURCHASE)], overrides=[], horizon=71)
# Won back and buying so fast that the limits come before the end of the shelter: one of them, both.
@example(moments=[(day, 10.0, replay.PURCHASE) for day in (0, 71, 72)], overrides=[], horizon=150)
@example(moments=[(day, 10.0, replay.PURCHASE) for day in (0, 71, 72, 73)], overrides=[], horizon=150)
@example(moments=[(day, 10.0, replay.PURCHASE) for day in (0, 71, 72, 73)], overrides=[], horizon=100)
@example(moments=[(0, 10.0, replay.PURCHASE), (200, 10.0, replay.CONTACT)], overrides=[], horizon=20)
def test_health(moments, overrides, horizon):
    as_of = START + horizon
    life = Life(moments, overrides, as_of)
    facts, steps = replayed(moments, overrides, as_of)
    paced = life.paced()
    wanted, before = [], None
    for day, state in health.history(paced, COMPANY.health, day_of(as_of)):
        purchase, gap = max((pace for pace in paced if pace[0] <= day), key=lambda pace: pace[0])
        code = replay.HEALTH.index(state) + 1
        wanted.append((number_of(day), before or 0, code, number_of(purchase), round(gap)))
        before = code
    of_health = steps["kind"] == 2
    names = ("effective_at", "from_health", "to_health", "last_purchase_date", "rhythm_days")
    assert list(zip(*(steps[name][of_health].tolist() for name in names), strict=True)) == wanted
    assert (steps["to_stage_id"][of_health] == 0).all()
    assert facts["health"] == (before or 0)
    assert facts["health_since"] == (wanted[-1][0] if wanted else replay.NEVER)
    to_come = [day for day in life.days if day > as_of]
    if paced:
        assert facts["expected_gap"] == pytest.approx(paced[-1][1], abs=0.0051)
        assert facts["next_purchase_date"] == number_of(paced[-1][0]) + round(paced[-1][1])
        later = health.history(paced, COMPANY.health, day_of(as_of + 10_000))
        to_come += [number_of(day) for day, _state in later if number_of(day) > as_of]
    else:
        assert np.isnan(facts["expected_gap"])
        assert facts["next_purchase_date"] == replay.NEVER
    assert facts["next_review_date"] == min(to_come, default=replay.NEVER)


@given(moments=MOMENTS, overrides=OVERRIDES, changed=st.integers(0, 11), days=st.integers(1, 3))
def test_digest_tells_histories_apart(moments, overrides, changed, days):
    """Equal histories have equal digests; one that differs in anything, even a moment a day later, has another."""
    facts, steps = replayed(moments, overrides, START + 600)
    again, _steps = replayed(moments[::-1], overrides, START + 600)
    assert facts["history_digest"] == again["history_digest"]
    day, amount, what = moments[changed % len(moments)]
    other = [*moments[: changed % len(moments)], (day + days, amount, what), *moments[changed % len(moments) + 1 :]]
    moved, moved_steps = replayed(other, overrides, START + 600)
    same = all(np.array_equal(steps[name], moved_steps[name]) for name in steps)
    assert (facts["history_digest"] == moved["history_digest"]) == same

"""The replay over arrays against the same rules told customer by customer."""

import math
from datetime import date, timedelta

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from crm_lifecycle.domain import health, replay, rhythm, stages

START = (date(2024, 1, 1) - rhythm.DAY_ZERO).days
RULES = [
    stages.StageRule(1, 10, "known"),
    stages.StageRule(2, 20, "interested"),
    stages.StageRule(3, 30, "bought", 1),
    stages.StageRule(4, 40, "bought", 2, 0, "enhance"),
    stages.StageRule(5, 50, "bought", 4, 90, "retain"),
]
COMPANIES = {1: replay.Company(), 7: replay.Company(health.HealthRule(won_back_days=0, churn_min_days=40), 20.0, 0)}
WHAT = st.sampled_from([replay.CONTACT, replay.INTEREST, replay.PURCHASE, replay.PURCHASE, replay.PURCHASE, replay.REFUND])
SOLD = (replay.PURCHASE, replay.REFUND)
# The days on which the health of a customer who bought on day 0 changes, and the days before.
BORDERS = [0, 0, 0, 40, 41, 70, 71, 120, 121, 210, 211, 161, 162, 301, 302]
DAY = st.one_of(st.integers(0, 700), st.sampled_from(BORDERS))
MOMENT = st.tuples(st.integers(1, 4), st.sampled_from([1, 7]), DAY, st.sampled_from([0.1, 0.2, 10.0]), WHAT)
OVERRIDE = st.builds(
    replay.Override,
    st.integers(1, 4),
    st.sampled_from([1, 7]),
    st.sampled_from([2, 5]),
    st.integers(START, START + 600),
    st.integers(START + 600, START + 900),
)


def columns(moments, overrides=()):
    signs = {replay.PURCHASE: 1, replay.REFUND: -1}
    rows = [(partner, company, START + day, signs.get(what, 0) * amount, what) for partner, company, day, amount, what in moments]
    for override in overrides:
        rows += [(override.partner_id, override.company_id, day, 0.0, replay.OVERRIDE) for day in (override.first, override.last + 1)]
    types = {"partner_id": np.int32, "company_id": np.int32, "day": np.int32, "amount": float, "what": np.int32}
    found = {name: np.array([row[place] for row in rows], kind) for place, (name, kind) in enumerate(types.items())}
    # The cost is known of what was bought on even days: half of it was earned.
    costed = np.where((found["amount"] != 0) & (found["day"] % 2 == 0), found["amount"], np.nan)
    return {**found, "costed": costed, "margin": costed / 2}


def day_of(number):
    return rhythm.DAY_ZERO + timedelta(days=int(number))


def life(moments, company, as_of):
    """(net sum by day, first day met, first day of interest) of one customer's moments."""
    net, met, interest = {}, [], []
    for _partner, _company, day, amount, what in moments:
        met.append(START + day)
        sign = {replay.PURCHASE: 1, replay.REFUND: -1}.get(what, 0)
        net[START + day] = net.get(START + day, 0) + sign * amount
        if what == replay.INTEREST:
            interest.append(START + day)
    bought = [day for day, amount in net.items() if round(amount, COMPANIES[company].decimals) > 0 and day <= as_of]
    return net, min(met), min(interest, default=None), sorted(bought)


@given(moments=st.lists(MOMENT, max_size=40), horizon=st.integers(-10, 1500))
def test_against_the_rules_one_by_one(moments, horizon):
    as_of = START + horizon
    facts, steps = replay.replay(columns(moments), as_of, RULES, COMPANIES)
    keys = list(zip(facts["partner_id"].tolist(), facts["company_id"].tolist(), strict=True))
    assert keys == sorted({(partner, company) for partner, company, *_rest in moments})
    for place, (partner, company) in enumerate(keys):
        net, met, interest, bought = life([moment for moment in moments if moment[:2] == (partner, company)], company, as_of)
        assert facts["net_revenue"][place] == pytest.approx(round(sum(net.values()), COMPANIES[company].decimals), abs=1e-6)
        costed = [
            day for day in net if day % 2 == 0 and any(m[:3] == (partner, company, day - START) and m[3] and m[4] in SOLD for m in moments)
        ]
        whole = sum(net[day] for day in costed)
        for name, part in (("costed_revenue", whole), ("margin", whole / 2)):
            wanted = pytest.approx(part, abs=0.501 / 10 ** COMPANIES[company].decimals) if costed else pytest.approx(math.nan, nan_ok=True)
            assert facts[name][place] == wanted
        assert facts["known_since"][place] == met
        assert facts["purchase_days"][place] == len(bought)
        own = {name: column[steps["customer"] == place] for name, column in steps.items()}
        stage_steps = own["kind"] == 1
        # Interest that is still to come is not known yet, nor is a customer who is.
        expected = [
            (day, stage)
            for day, stage in stages.history(RULES, day_of(met), interest and day_of(interest), [day_of(day) for day in bought])
            if day <= day_of(as_of)
        ]
        found = [(day_of(day), stage) for day, stage in zip(own["effective_at"][stage_steps], own["to_stage_id"][stage_steps], strict=True)]
        assert found == expected
        assert facts["stage_id"][place] == (expected[-1][1] if expected else 0)
        setting = COMPANIES[company]
        gaps = [after - before for before, after in zip(bought, bought[1:], strict=False)]
        mean = math.log(setting.default_gap_days)
        paced = [(day_of(day), health.expected_gap(gaps[:number], mean, setting.health.shrinkage)) for number, day in enumerate(bought)]
        wanted = health.history(paced, setting.health, day_of(as_of))
        found = [
            (day_of(day), replay.HEALTH[code - 1])
            for day, code in zip(own["effective_at"][~stage_steps], own["to_health"][~stage_steps], strict=True)
        ]
        assert found == wanted


@given(moments=st.lists(MOMENT, min_size=1, max_size=40), overrides=st.lists(OVERRIDE, max_size=3), horizon=st.integers(0, 1500))
def test_a_customer_alone_is_the_same_as_among_others(moments, overrides, horizon):
    """Chunks, their borders and their order must not matter, to the last bit of the digest."""
    overrides = sorted(overrides, key=lambda override: override.first)
    facts, steps = replay.replay(columns(moments, overrides), START + horizon, RULES, COMPANIES, overrides=overrides)
    for place, (partner, company) in enumerate(zip(facts["partner_id"], facts["company_id"], strict=True)):
        own = [moment for moment in moments if moment[:2] == (partner, company)]
        forced = [override for override in overrides if (override.partner_id, override.company_id) == (partner, company)]
        alone, alone_steps = replay.replay(columns(own[::-1], forced), START + horizon, RULES, COMPANIES, overrides=forced)
        for name, column in alone.items():
            np.testing.assert_array_equal(column[0], facts[name][place], name)
        for name, column in alone_steps.items():
            if name != "customer":
                np.testing.assert_array_equal(column, steps[name][steps["customer"] == place], name)


@given(moments=st.lists(MOMENT, min_size=1, max_size=30), overrides=st.lists(OVERRIDE, min_size=1, max_size=3))
def test_stages_set_by_hand(moments, overrides):
    overrides = sorted(overrides, key=lambda override: override.first)
    as_of = START + 1500
    facts, steps = replay.replay(columns(moments, overrides), as_of, RULES, COMPANIES, overrides=overrides)
    plain, _steps = replay.replay(columns(moments), as_of, RULES, COMPANIES)
    for place, (partner, company) in enumerate(zip(facts["partner_id"], facts["company_id"], strict=True)):
        own = [override for override in overrides if (override.partner_id, override.company_id) == (partner, company)]
        for override in own:
            # On its first day the last one that began holds.
            began = [other for other in own if other.first == override.first]
            mine = [
                (int(day), int(stage))
                for day, stage, customer, kind in zip(
                    steps["effective_at"], steps["to_stage_id"], steps["customer"], steps["kind"], strict=True
                )
                if customer == place and kind == 1 and day <= override.first
            ]
            assert mine and mine[-1][1] == began[-1].stage_id
        same = [
            other
            for other in range(len(plain["partner_id"]))
            if (plain["partner_id"][other], plain["company_id"][other]) == (partner, company)
        ]
        if same and own:
            assert facts["stage_id"][place] == plain["stage_id"][same[0]], "all of them have ended"
            assert facts["health"][place] == plain["health"][same[0]], "a stage set by hand does not touch health"


def test_what_moved_a_customer():
    moments = [
        (1, 1, 0, 1.0, replay.CONTACT),
        (1, 1, 2, 1.0, replay.INTEREST),
        (1, 1, 5, 9.0, replay.PURCHASE),
        (1, 1, 8, 9.0, replay.PURCHASE),
    ]
    forced = [replay.Override(1, 1, 5, START + 6, START + 6)]
    _facts, steps = replay.replay(columns(moments, forced), START + 10, RULES, COMPANIES, overrides=forced)
    found = [replay.TRIGGERS[code - 1] for code, kind in zip(steps["trigger"], steps["kind"], strict=True) if kind == 1]
    assert found == ["contact", "interest", "purchase", "override", "override_end", "purchase"]


@pytest.mark.parametrize(
    ("second", "health_then"),
    [(121, None), (122, "at_risk"), (211, "at_risk"), (212, "churned")],
)
def test_the_day_on_which_a_line_is_crossed(second, health_then):
    """Sixty days expected: at risk from the 121st day, lost from the 211th; a purchase on that very day leaves from where the customer was before."""
    moments = [(1, 1, 0, 9.0, replay.PURCHASE), (1, 1, second, 9.0, replay.PURCHASE)]
    _facts, steps = replay.replay(columns(moments), START + second, RULES, COMPANIES)
    reached = [replay.HEALTH[code - 1] for code in steps["from_health"][(steps["effective_at"] == START + second) & (steps["kind"] == 2)]]
    assert reached == ([health_then] if health_then else [])


def test_a_sum_that_floats_is_no_purchase():
    moments = [(1, 1, 5, 0.1, replay.PURCHASE), (1, 1, 5, 0.2, replay.PURCHASE)]
    rows = columns(moments)
    for name, value in (
        ("amount", -0.3),
        ("partner_id", 1),
        ("company_id", 1),
        ("day", START + 5),
        ("what", replay.REFUND),
        ("margin", 0),
        ("costed", 0),
    ):
        rows[name] = np.append(rows[name], value).astype(rows[name].dtype)
    facts, _steps = replay.replay(rows, START + 10, RULES, COMPANIES)
    assert facts["purchase_days"][0] == 0
    assert facts["refunded"][0] == -0.3


def test_settings_beyond_any_date():
    company = {1: replay.Company(health.HealthRule(churn_min_days=2_000_000_000, at_risk_factor=1e12, churn_factor=1e13))}
    facts, _steps = replay.replay(columns([(1, 1, 0, 10.0, replay.PURCHASE)]), START + 5000, RULES, company)
    assert facts["health"][0] == replay.ACTIVE
    assert facts["next_review_date"][0] == replay.LAST_DAY


def test_nobody():
    facts, steps = replay.replay(columns([]), START, RULES, COMPANIES)
    assert all(not len(column) for column in (*facts.values(), *steps.values()))


@given(
    days=st.lists(st.tuples(st.integers(1, 3), st.sampled_from([1, 7]), st.integers(0, 400)), max_size=60, unique=True),
    segments=st.dictionaries(st.integers(1, 3), st.integers(0, 2)),
)
def test_monthly_means(days, segments):
    closed = rhythm.monthly(
        *(np.array([row[place] for row in days], int) + (START if place == 2 else 0) for place in range(3)),
        np.array([segments.get(row[0], 0) for row in days], int),
    )
    missing = {1: range(rhythm.month_number(date(2024, 1, 1)), rhythm.month_number(date(2025, 6, 1)))}
    for company, segment, month, mean, gaps in rhythm.versions(closed, missing):
        wanted = []
        for partner in {row[0] for row in days if row[1] == company and (segment == 0 or segments.get(row[0], 0) == segment)}:
            own = sorted(day for owner, firm, day in days if (owner, firm) == (partner, company))
            wanted += [math.log(b - a) for a, b in zip(own, own[1:], strict=False) if day_of(START + b) < rhythm.first_of_month(month)]
        assert gaps == len(wanted)
        assert mean is None if not wanted else mean == pytest.approx(sum(wanted) / len(wanted))

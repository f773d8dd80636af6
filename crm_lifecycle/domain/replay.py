"""Where many customers stand and how they got there, replayed from what happened to them, all at once.

The rules are those of :mod:`stages` and :mod:`health`, here over arrays. A day is a number of days since 2000-01-01, ``NEVER``
stands for none; a key of 0 stands for none; words are numbered from 1 in the order of their lists, 0 is none.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np

from .health import HealthRule
from .rhythm import DAY_ZERO, Rhythms
from .stages import PHASES, StageRule, rank

Columns = dict[str, np.ndarray]

NEVER = -(2**31) + 1
LAST_DAY = (date.max - DAY_ZERO).days
KINDS = ("stage", "health")
HEALTH = ("active", "at_risk", "churned", "won_back")
ACTIVE, AT_RISK, CHURNED, WON_BACK = range(1, 5)
TRIGGERS = ("contact", "interest", "purchase", "refund", "override", "override_end")
CONTACT, INTEREST, PURCHASE, REFUND, OVERRIDE, OVERRIDE_END = range(1, 7)
# Logarithms of gaps are summed as whole numbers, so that a sum is the same whatever is summed before it.
LOG_UNIT = 2.0**32


@dataclass(frozen=True)
class Override:
    """A stage set by hand: the last one that began holds on each of its days."""

    partner_id: int
    company_id: int
    stage_id: int
    first: int
    last: int


@dataclass(frozen=True)
class Company:
    """What a company has set. ``decimals``: of its currency. ``default_gap_days``: the rhythm where there is no experience."""

    health: HealthRule = HealthRule()
    default_gap_days: float = 60.0
    decimals: int = 2


def replay(
    moments: Columns,
    as_of: int,
    rules: Sequence[StageRule],
    companies: dict[int, Company],
    rhythms: Rhythms | None = None,
    overrides: Sequence[Override] = (),
    segments: dict[tuple[int, int], int] | None = None,
) -> tuple[Columns, Columns]:
    """(facts, steps) of everybody to whom something happened, up to the day ``as_of``, both in order of customers.

    ``moments``: columns partner_id, company_id, day, what (the number of the trigger), amount, and margin on the costed part of it
    (NaN where no cost is known), in any order; several a day are one, which is a purchase if their amounts come to more than nothing.
    ``segments``: by (partner, company) the segment whose rhythm counts, where it is not that of all customers. Facts have a row a
    customer, steps one for each change of stage or health.
    """
    moments, day = _by_day(moments, companies)
    heads = _begins(day["partner_id"], day["company_id"])
    day["customer"] = _numbers(heads, len(day["day"]))
    facts = _totals(day, heads, as_of)
    _add_margins(facts, moments, day["scale"][heads])
    over = day["day"] <= as_of
    past = day if over.all() else {name: column[over] for name, column in day.items()}
    stage_steps = _stages(past, facts, rules, overrides)
    purchases = {name: past[name][past["bought"]] for name in ("partner_id", "company_id", "day", "customer")}
    health_steps = _health(purchases, facts, as_of, companies, rhythms or Rhythms(), segments or {})
    steps = {name: np.concatenate([stage_steps[name], health_steps[name]]) for name in stage_steps}
    order = np.argsort(step_keys(steps, steps["customer"]))
    steps = {name: column[order] for name, column in steps.items()}
    facts["history_digest"] = _digest(steps, len(heads))
    return facts, steps


def customer_keys(rows: Columns) -> np.ndarray:
    """A whole number for the customer of each row, a partner seen from a company, in the order of both."""
    return rows["partner_id"].astype(np.int64) << 32 | rows["company_id"]


def step_keys(steps: Columns, customer: np.ndarray) -> np.ndarray:
    """A whole number for each step by which they are in order of their customers, numbered as ``customer`` says, their days and kinds."""
    return customer.astype(np.int64) << 26 | (steps["effective_at"].astype(np.int64) + (1 << 22)) << 2 | steps["kind"]


def purchase_days(moments: Columns, companies: dict[int, Company]) -> Columns:
    """Columns partner_id, company_id and day of the days on which somebody bought; ``moments`` as of :func:`replay`."""
    _moments, day = _by_day(moments, companies)
    return {name: day[name][day["bought"]] for name in ("partner_id", "company_id", "day")}


def _by_day(moments: Columns, companies: dict[int, Company]) -> tuple[Columns, Columns]:
    """The moments in order of customers and days, and what the moments of each day come to."""
    order = np.lexsort((moments["day"], customer_keys(moments)))
    moments = {name: column[order] for name, column in moments.items()}
    moments["refund"] = np.where(moments["what"] == REFUND, moments["amount"], 0.0)
    moments["interested"] = moments["what"] == INTEREST
    moments["met"] = moments["what"] < OVERRIDE
    starts = _begins(moments["partner_id"], moments["company_id"], moments["day"])
    day = {name: moments[name][starts] for name in ("partner_id", "company_id", "day")}
    for name, combine in (("amount", np.add), ("refund", np.add), ("interested", np.logical_or), ("met", np.logical_or)):
        day[name] = combine.reduceat(moments[name], starts) if len(starts) else moments[name]
    known = sorted(companies)
    place = np.searchsorted(known, day["company_id"])
    day["scale"] = 10.0 ** np.array([companies[company].decimals for company in known], float)[place]
    day["bought"] = np.rint(day["amount"] * day["scale"]) > 0
    return moments, day


def _totals(day: Columns, heads: np.ndarray, as_of: int) -> Columns:
    """The facts that rest on all days, those to come included; the others with nothing in them."""
    count = len(heads)
    facts = {name: day[name][heads] for name in ("partner_id", "company_id")}
    for name, source in (("net_revenue", "amount"), ("refunded", "refund")):
        total = np.add.reduceat(day[source], heads) if count else day[source]
        facts[name] = np.rint(total * day["scale"][heads]) / day["scale"][heads]
    for name, counts in (("known_since", day["met"]), ("interested_since", day["interested"]), ("next_review_date", day["day"] > as_of)):
        first = np.minimum.reduceat(np.where(counts, day["day"], LAST_DAY + 1), heads) if count else heads
        facts[name] = np.where(first > LAST_DAY, NEVER, first)
    for name in ("first_purchase_date", "last_purchase_date", "next_purchase_date", "stage_since", "health_since"):
        facts[name] = np.full(count, NEVER)
    for name in ("purchase_days", "computed_stage_id", "stage_id", "furthest_phase", "health"):
        facts[name] = np.zeros(count, int)
    facts["expected_gap"] = np.full(count, np.nan)
    return facts


def _add_margins(facts: Columns, moments: Columns, scale: np.ndarray) -> None:
    """What was earned on the sales whose cost is known, and their revenue; NaN where there are none."""
    known = ~np.isnan(moments["costed"])
    for name, source in (("margin", "margin"), ("costed_revenue", "costed")):
        facts[name] = np.full(len(scale), np.nan)
        if known.any():
            heads = _begins(moments["partner_id"], moments["company_id"])
            some = np.logical_or.reduceat(known, heads)
            total = np.add.reduceat(np.where(known, moments[source], 0.0), heads)
            facts[name][some] = (np.rint(total * scale) / scale)[some]


def _stages(past: Columns, facts: Columns, rules: Sequence[StageRule], overrides: Sequence[Override]) -> Columns:
    """The changes of stage; sets the facts that come with them."""
    day, bought = past["day"], past["bought"]
    heads = _begins(past["customer"])
    group = _numbers(heads, len(day))
    first = np.zeros(len(day), bool)
    first[heads] = True
    purchases = _running_sum(bought, heads, group)
    has_bought = purchases > 0
    latest = np.maximum.accumulate(np.where(bought, np.arange(len(day)), -1))
    last_purchase = np.where(has_bought, day[latest], NEVER)
    opening = np.full(len(heads), NEVER)
    begun = bought & (purchases == 1)
    opening[group[begun]] = day[begun]
    first_purchase = opening[group]
    tenure = np.where(has_bought, last_purchase - first_purchase, 0)
    interested = _running_sum(past["interested"], heads, group) > 0

    conditions = {
        "known": lambda rule: np.ones(len(day), bool),
        "interested": lambda rule: interested | has_bought,
        "bought": lambda rule: (purchases >= max(rule.min_purchases, 1)) & (tenure >= rule.min_tenure_days),
    }
    ranked = rank(rules)
    computed = np.zeros(len(day), int)
    for rule in reversed(ranked):
        computed[conditions[rule.condition](rule)] = rule.stage_id
    forced = _forced(past, heads, overrides)
    stage = np.where(forced > 0, forced, computed)
    before = np.where(first, 0, _shifted(stage))
    forced_before = np.where(first, 0, _shifted(forced))
    phase = np.zeros(len(day), int)
    for rule in ranked:
        phase[stage == rule.stage_id] = PHASES.index(rule.phase) + 1

    ends = np.append(heads[1:], len(day))[: len(heads)] - 1
    customer = past["customer"][ends]
    facts["first_purchase_date"][customer] = first_purchase[ends]
    facts["last_purchase_date"][customer] = last_purchase[ends]
    facts["purchase_days"][customer] = purchases[ends]
    facts["computed_stage_id"][customer] = np.where(computed[ends] == stage[ends], 0, computed[ends])
    facts["stage_id"][customer] = stage[ends]
    facts["furthest_phase"][customer] = _running_max(phase, group)[ends]
    moved = np.flatnonzero((stage > 0) & (stage != before))
    # Of several of a customer the last one is kept.
    facts["stage_since"][past["customer"][moved]] = day[moved]
    trigger = np.select(
        [forced > 0, forced_before > 0, bought, has_bought, interested],
        [OVERRIDE, OVERRIDE_END, PURCHASE, REFUND, INTEREST],
        CONTACT,
    )
    count = len(moved)
    return {
        **{name: past[name][moved] for name in ("customer", "partner_id", "company_id")},
        "effective_at": day[moved],
        "kind": np.full(count, 1),
        "from_stage_id": before[moved],
        "to_stage_id": stage[moved],
        "from_health": np.zeros(count, int),
        "to_health": np.zeros(count, int),
        "trigger": trigger[moved],
        "purchases": purchases[moved],
        "tenure_days": tenure[moved],
        "last_purchase_date": np.full(count, NEVER),
        "rhythm_days": np.full(count, NEVER),
    }


def _forced(past: Columns, heads: np.ndarray, overrides: Sequence[Override]) -> np.ndarray:
    """The stage set by hand that holds on each day, 0 where none does. ``overrides`` are in the order in which they began."""
    forced = np.zeros(len(past["day"]), int)
    keys = past["partner_id"][heads].astype(np.int64) << 32 | past["company_id"][heads]
    borders = np.append(heads, len(forced))
    for override in overrides:
        key = override.partner_id << 32 | override.company_id
        group = int(np.searchsorted(keys, key))
        if group < len(keys) and keys[group] == key:
            days = past["day"][borders[group] : borders[group + 1]]
            covered = borders[group] + np.searchsorted(days, [override.first, override.last + 1])
            forced[covered[0] : covered[1]] = override.stage_id
    return forced


def _health(
    purchases: Columns, facts: Columns, as_of: int, companies: dict[int, Company], rhythms: Rhythms, segments: dict[tuple[int, int], int]
) -> Columns:
    """The changes of health, which follow from the purchase days alone; sets the facts that come with them."""
    day, customer = purchases["day"].astype(np.int64), purchases["customer"]
    heads = _begins(customer)
    group = _numbers(heads, len(day))
    number = np.arange(len(day)) - heads[group] if len(day) else day
    first = number == 0
    following = np.append(np.where(first[1:], LAST_DAY + 1, day[1:]), [LAST_DAY + 1])[: len(day)]
    setting = _settings(purchases["company_id"], companies)
    segment = np.zeros(len(heads), int)
    if segments:
        pairs = zip(purchases["partner_id"][heads].tolist(), purchases["company_id"][heads].tolist(), strict=True)
        segment = np.array([segments.get(pair, 0) for pair in pairs], int)
    mean = rhythms.at(purchases["company_id"][heads], segment, group, day)
    mean = np.where(np.isnan(mean), setting["default_log_gap"], mean)
    gap = np.where(first, 1, day - _shifted(day))
    logs = _running_sum(np.rint(np.log(gap) * LOG_UNIT).astype(np.int64), heads, group) / LOG_UNIT
    # As in health.expected_gap, to a millionth of a day: whether a limit is reached must not hang on the last bit.
    expected = np.round(np.exp((logs + setting["shrinkage"] * mean) / (number + setting["shrinkage"])), 6)

    risk_limit = _far(day + np.floor(setting["at_risk_factor"] * expected) + 1)
    churn_limit = _far(day + np.floor(np.maximum(setting["churn_factor"] * expected, setting["churn_min_days"])) + 1)
    returned = ~first & (day >= _shifted(churn_limit))
    won_until = np.where(returned, _far(day + np.ceil(np.maximum(setting["won_back_days"], expected))), NEVER)
    sheltered = _running_max(won_until - NEVER, group) + NEVER
    sheltered = np.where(sheltered > day, sheltered, NEVER)
    at_risk = np.maximum(risk_limit, sheltered)
    churned = np.maximum(churn_limit, sheltered)
    state = np.where(sheltered > day, WON_BACK, ACTIVE)
    # Of the evening before: a limit that is reached on the day of the purchase is never crossed.
    before = np.select(
        [first, _shifted(churned) < day, _shifted(at_risk) < day, _shifted(sheltered) >= day], [0, CHURNED, AT_RISK, WON_BACK], ACTIVE
    )

    latest = np.flatnonzero(following > LAST_DAY)
    facts["health"][customer[latest]] = np.select(
        [churned[latest] <= as_of, at_risk[latest] <= as_of, sheltered[latest] > as_of], [CHURNED, AT_RISK, WON_BACK], ACTIVE
    )
    review = np.select(
        [sheltered[latest] > as_of, at_risk[latest] > as_of, churned[latest] > as_of],
        [sheltered[latest], at_risk[latest], churned[latest]],
        NEVER,
    )
    waiting = facts["next_review_date"][customer[latest]]
    facts["next_review_date"][customer[latest]] = np.where((review == NEVER) | ((waiting != NEVER) & (waiting < review)), waiting, review)
    facts["expected_gap"][customer[latest]] = np.round(expected[latest], 2)
    facts["next_purchase_date"][customer[latest]] = _far(day[latest] + np.rint(expected[latest]))

    changes = (
        (day, before, state, state != before),
        (sheltered, state, ACTIVE, (sheltered != NEVER) & (sheltered < at_risk)),
        (at_risk, np.where(at_risk == sheltered, state, ACTIVE), AT_RISK, at_risk < churned),
        (churned, np.select([at_risk < churned, churned == sheltered], [AT_RISK, state], ACTIVE), CHURNED, True),
    )
    steps = []
    for effective, source, target, happens in changes:
        rows = np.flatnonzero(happens & (effective <= as_of) & (effective < following))
        steps.append((rows, effective[rows], source[rows], np.broadcast_to(target, len(day))[rows]))
    rows, effective, source, target = (np.concatenate(parts) for parts in zip(*steps, strict=True))
    np.maximum.at(facts["health_since"], customer[rows], effective)
    nothing = np.zeros(len(rows), int)
    return {
        **{name: purchases[name][rows] for name in ("customer", "partner_id", "company_id")},
        "effective_at": effective,
        "kind": nothing + 2,
        "from_stage_id": nothing,
        "to_stage_id": nothing,
        "from_health": source,
        "to_health": target,
        "trigger": nothing,
        "purchases": nothing + NEVER,
        "tenure_days": nothing + NEVER,
        "last_purchase_date": day[rows],
        "rhythm_days": np.rint(expected[rows]).astype(int),
    }


def _digest(steps: Columns, count: int) -> np.ndarray:
    """A number of 53 bits for the history of each of ``count`` customers, by which two histories hardly ever agree."""
    mixed = np.zeros(len(steps["customer"]), np.uint64)
    for name in sorted(steps.keys() - {"customer", "partner_id", "company_id"}):
        # The mixing function of splitmix64 (Steele, Lea, Flood 2014).
        mixed = (mixed ^ steps[name].astype(np.int64).view(np.uint64)) + np.uint64(0x9E3779B97F4A7C15)
        mixed = (mixed ^ (mixed >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
        mixed = (mixed ^ (mixed >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
        mixed ^= mixed >> np.uint64(31)
    digest = np.zeros(count, np.uint64)
    np.add.at(digest, steps["customer"], mixed)
    return (digest >> np.uint64(11)).astype(float)


def _settings(company: np.ndarray, companies: dict[int, Company]) -> Columns:
    known = sorted(companies)
    place = np.searchsorted(known, company)
    names = ("shrinkage", "at_risk_factor", "churn_factor", "churn_min_days", "won_back_days")
    setting = {name: np.array([getattr(companies[key].health, name) for key in known], float)[place] for name in names}
    return {**setting, "default_log_gap": np.log([companies[key].default_gap_days for key in known])[place]}


def _begins(*keys: np.ndarray) -> np.ndarray:
    """The places where sorted rows begin to differ in a key from the row before."""
    begins = np.ones(len(keys[0]), bool)
    begins[1:] = np.logical_or.reduce([key[1:] != key[:-1] for key in keys])
    return np.flatnonzero(begins)


def _numbers(heads: np.ndarray, count: int) -> np.ndarray:
    """The number of its group for each of ``count`` rows, from the places where the groups begin."""
    begins = np.zeros(count, int)
    begins[heads[1:]] = 1
    return np.cumsum(begins)


def _shifted(values: np.ndarray) -> np.ndarray:
    """The value of the row before; the first row's is of no meaning."""
    return np.roll(values, 1)


def _running_sum(values: np.ndarray, heads: np.ndarray, group: np.ndarray) -> np.ndarray:
    """The sum up to and including each row within its group, of whole numbers, so that it is exact."""
    total = np.cumsum(values, dtype=np.int64)
    return total - (total[heads] - values[heads])[group]


def _running_max(values: np.ndarray, group: np.ndarray) -> np.ndarray:
    """The greatest up to and including each row within its group, of whole numbers from 0 to 2**32 - 1."""
    lift = group.astype(np.int64) << 32
    return np.maximum.accumulate(values + lift) - lift


def _far(day: np.ndarray) -> np.ndarray:
    """Days as whole numbers, none after the last one that a date can be."""
    return np.minimum(day, LAST_DAY).astype(np.int64)

"""Who is treated, held out, or left in peace."""

from dataclasses import replace
from datetime import date, timedelta

from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import binomtest, chi2_contingency

from crm_lifecycle.domain.playbook import Event, Rules, decide, is_held_out

TODAY = date(2026, 11, 22)
RULES = Rules(7, 0.0, within_days=30, repeat_days=60, quiet_days=7, cap=3)
EVENT = Event(1, "stage:3:2026-11-20", TODAY - timedelta(days=2))


def ago(days):
    return TODAY - timedelta(days=days)


def test_why_somebody_is_left_in_peace():
    assert decide(EVENT, RULES, TODAY) == ("done", "")
    assert decide(replace(EVENT, day=ago(30)), RULES, TODAY) == ("done", "")
    assert decide(replace(EVENT, day=ago(31)), RULES, TODAY) == ("skipped", "late")
    assert decide(replace(EVENT, own=ago(59)), RULES, TODAY) == ("skipped", "repeated")
    assert decide(replace(EVENT, own=ago(60)), RULES, TODAY) == ("done", "")
    assert decide(replace(EVENT, reachable=False), RULES, TODAY) == ("skipped", "unreachable")
    assert decide(replace(EVENT, treated=ago(6)), RULES, TODAY) == ("skipped", "quiet")
    assert decide(replace(EVENT, treated=ago(7)), RULES, TODAY) == ("done", "")
    assert decide(replace(EVENT, treatments=2), RULES, TODAY) == ("done", "")
    assert decide(replace(EVENT, treatments=3), RULES, TODAY) == ("skipped", "capped")


def test_no_limits():
    free = Rules(7)
    assert decide(replace(EVENT, own=TODAY, treated=TODAY, treatments=99), free, TODAY) == ("done", "")


def test_chance_comes_last():
    """Nobody who may not be approached is counted as held out."""
    everybody = replace(RULES, share=1.0)
    assert decide(EVENT, everybody, TODAY) == ("held_out", "")
    assert decide(replace(EVENT, reachable=False), everybody, TODAY) == ("skipped", "unreachable")


def test_the_same_lot_every_time_and_known_ones():
    """The lot must never change with a version: who was held out stays so."""
    assert [is_held_out(1, customer, "stage:3:2026-11-20", 0.2) for customer in range(1, 13)] == KNOWN


KNOWN = [customer in (3, 6, 11) for customer in range(1, 13)]


def test_the_share_is_kept_and_playbooks_draw_independently():
    first = [is_held_out(1, customer, "e", 0.1) for customer in range(20_000)]
    second = [is_held_out(2, customer, "e", 0.1) for customer in range(20_000)]
    assert binomtest(sum(first), len(first), 0.1).pvalue > 0.001
    table = [[sum(a == x and b == y for a, b in zip(first, second, strict=True)) for x in (False, True)] for y in (False, True)]
    assert chi2_contingency(table).pvalue > 0.001


@given(st.integers(1, 2**31), st.integers(1, 2**31), st.text(max_size=40), st.floats(0, 1), st.floats(0, 1))
def test_a_greater_share_holds_out_no_fewer(playbook, customer, key, share, other):
    low, high = sorted((share, other))
    assert is_held_out(playbook, customer, key, low) <= is_held_out(playbook, customer, key, high)
    assert not is_held_out(playbook, customer, key, 0)
    assert is_held_out(playbook, customer, key, 1)

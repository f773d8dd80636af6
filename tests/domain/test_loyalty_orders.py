"""What orders are worth in points: clawback that adds up, whatever the order and the number of credit notes."""

from datetime import date
from decimal import Decimal
from fractions import Fraction

import hypothesis.strategies as st
from hypothesis import given

from crm_lifecycle_loyalty.domain.expiry import add_months, last_day
from crm_lifecycle_loyalty.domain.orders import part_of, refunded_share, standing, weighted_share

points = st.decimals(min_value=0, max_value=10**6, places=2)
cents = st.integers(1, 10**7)


@given(earned=points, splits=st.lists(st.integers(1, 1000), min_size=1, max_size=12))
def test_any_split_of_a_full_refund_takes_back_exactly_what_was_earned(earned, splits):
    total, done, taken = sum(splits), 0, Decimal(0)
    for part in splits:
        done += part
        cumulative = part_of(earned, Fraction(done, total))
        assert cumulative >= taken, "a further credit note never gives anything"
        taken = cumulative
    assert taken == earned


@given(quantity=st.integers(1, 30), price=st.integers(1, 10**6), data=st.data())
def test_rounding_of_each_credit_note_does_not_matter(quantity, price, data):
    """A line of ``quantity`` at a third of a cent each, credited in parts that are rounded on their own."""
    unit = Fraction(price, 300)
    ordered = round(float(unit * quantity), 2)
    parts, left = [], quantity
    while left:
        part = data.draw(st.integers(1, left))
        parts.append(part)
        left -= part
    credited = round(sum(round(float(unit * part), 2) for part in parts), 2)
    if ordered:
        assert refunded_share(ordered, ordered, credited, 0.01, documents=len(parts)) == 1


@given(ordered=cents, invoiced=cents, credited=st.integers(0, 10**7))
def test_a_share_is_a_share(ordered, invoiced, credited):
    share = refunded_share(ordered / 100, invoiced / 100, credited / 100, 0.01)
    assert 0 <= share <= 1
    assert share == refunded_share(-ordered / 100, -invoiced / 100, -credited / 100, 0.01), "discounts too"
    if not credited or invoiced - credited >= ordered:
        assert share == 0
    if credited >= ordered == invoiced:
        assert share == 1


def test_shares():
    assert refunded_share(100, 100, 25, 0.01) == Fraction(1, 4)
    assert refunded_share(100, 200, 100, 0.01) == 0, "credited and invoiced again"
    assert refunded_share(100, 50, 50, 0.01) == Fraction(1, 2), "the other half may still be invoiced"
    assert refunded_share(0, 0, 0, 0.01) == 0
    assert refunded_share(0.02, 0.02, 0.01, 0.01) == Fraction(1, 2), "one credit note has no rounding to forgive"
    assert weighted_share({1: Decimal(30), 2: Decimal(10)}, {2: Fraction(1, 2)}) == Fraction(1, 8)
    assert weighted_share({}, {1: Fraction(1)}) == 0


@given(promised=points, cost=points, taken=st.fractions(0, 1), held=st.booleans(), tier=st.sampled_from(["1", "1.5", "2"]))
def test_standing(promised, cost, taken, held, tier):
    stands = standing(True, held, promised, taken, {7: cost}, {7: taken}, Decimal(tier))
    assert min(stands.pending, stands.earned, stands.bonus, stands.redeemed) >= 0
    assert not (held and (stands.earned or stands.bonus))
    assert held or not stands.pending
    assert standing(False, held, promised, taken, {7: cost}, {}) == standing(False, False, Decimal(0), 0, {}, {})
    if taken == 1:
        assert (stands.pending, stands.earned, stands.bonus, stands.redeemed) == (0, 0, 0, 0)
    if taken == 0:
        assert stands.pending + stands.earned + stands.bonus >= promised
        assert stands.redeemed == cost


def test_parts_are_rounded_half_up():
    assert part_of(Decimal(1), Fraction(2, 3)) == Decimal("0.67")
    assert part_of(Decimal("0.05"), Fraction(1, 2)) == Decimal("0.03")


def test_what_is_pending_does_not_hide_what_is_spent():
    stands = standing(True, True, Decimal(10), Fraction(0), {7: Decimal(4)}, {}, Decimal("1.5"))
    assert (stands.pending, stands.earned, stands.bonus, stands.redeemed) == (15, 0, 0, 4)


def test_days_on_which_points_expire():
    assert add_months(date(2024, 2, 29), 12) == date(2025, 2, 28)
    assert add_months(date(2026, 1, 31), 1) == date(2026, 2, 28)
    assert add_months(date(2027, 1, 31), 13) == date(2028, 2, 29)
    assert last_day("term", 12, date(2026, 12, 31)) == date(2027, 12, 31)
    assert last_day("year_end", 0, date(2026, 1, 1)) == date(2026, 12, 31)
    assert last_day("year_end", 12, date(2026, 12, 31)) == date(2027, 12, 31)
    assert last_day("inactivity", 6, date(2026, 1, 1)) is None
    assert last_day("never", 6, date(2026, 1, 1)) is None

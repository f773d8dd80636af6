"""What an order is worth in points, at any moment: a function of how it stands, never of what happened before.

Postings are the difference between this and what was posted already. So a repetition posts nothing, whatever the order of events was.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction

from .rewards import POINT_DIGITS, exact_points


def refunded_share(ordered: float, invoiced: float, credited: float, rounding: float, documents: int = 1) -> Fraction:
    """The share of an order line that was taken back by credit notes, from 0 to 1.

    All amounts are of the line, in one currency and with the sign of the line (discounts are negative). What was credited and invoiced
    again is not taken back. Rounding of split credit notes, half a ``rounding`` each, does not keep all of them together from being full.
    """
    sign = -1 if ordered < 0 else 1
    ordered, invoiced, credited = (sign * Fraction(str(amount)) for amount in (ordered, invoiced, credited))
    base = max(ordered, Fraction(0))
    if base <= 0:
        return Fraction(0)
    back = max(Fraction(0), min(credited, base - (invoiced - credited)))
    if base - back <= Fraction(str(rounding)) * documents / 2:
        return Fraction(1)
    return back / base


def part_of(points: Decimal, share: Fraction) -> Decimal:
    """``share`` of ``points``, rounded: of nothing nothing, of all all."""
    exact = Decimal(share.numerator) * points / Decimal(share.denominator)
    return exact.quantize(Decimal(1).scaleb(-POINT_DIGITS), rounding=ROUND_HALF_UP)


def weighted_share(weights: Mapping[int, Decimal], shares: Mapping[int, Fraction]) -> Fraction:
    """The share of an order taken back: of each line that earned, by what it weighed when points were earned."""
    total = sum(Fraction(weight) for weight in weights.values())
    if not total:
        return Fraction(0)
    return sum((Fraction(weight) * shares.get(line, 0) for line, weight in weights.items()), Fraction(0)) / total


@dataclass(frozen=True)
class Standing:
    """Points of an order on one card: ``pending`` are promised, the others belong on the card. Nothing is negative."""

    pending: Decimal = Decimal(0)
    earned: Decimal = Decimal(0)
    bonus: Decimal = Decimal(0)
    redeemed: Decimal = Decimal(0)


def standing(
    confirmed: bool,
    held: bool,
    promised: Decimal,
    taken_back: Fraction,
    costs: Mapping[int, Decimal],
    shares: Mapping[int, Fraction],
    multiplier: Decimal = Decimal(1),
) -> Standing:
    """How an order stands.

    :param promised: points that the order gives
    :param taken_back: share of them that credit notes took back
    :param costs: points spent by reward line
    :param shares: share of each line that credit notes took back
    :param multiplier: of the tier the customer had at confirmation
    """
    if not confirmed:
        return Standing()
    kept = promised - part_of(promised, taken_back)
    extra = exact_points(kept * (multiplier - 1)) if multiplier > 1 else Decimal(0)
    redeemed = sum((cost - part_of(cost, shares.get(line, Fraction(0))) for line, cost in costs.items()), Decimal(0))
    if held:
        return Standing(pending=kept + extra, redeemed=redeemed)
    return Standing(earned=kept, bonus=extra, redeemed=redeemed)

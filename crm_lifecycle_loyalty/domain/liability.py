"""What points promise in money: revenue deferred by relative stand-alone selling prices, with breakage (IFRS 15.B39–B46, PSAK 115)."""

from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal


def deferred(sales: Decimal, points: Decimal, value: Decimal, rate: Decimal) -> Decimal:
    """The part of ``sales`` (net of tax) that belongs to the points given with them.

    :param points: given in the period, less what was taken back
    :param value: stand-alone selling price of one point
    :param rate: share of points that is expected to be redeemed, from 0 to 1
    """
    promised = points * value * rate
    if sales <= 0 or promised <= 0:
        # A period in which more was credited than sold gives back at the same terms.
        return -deferred(-sales, -points, value, rate) if sales < 0 and points < 0 else Decimal(0)
    return sales * promised / (sales + promised)


def expected(issued: Decimal, redeemed: Decimal, outstanding: Decimal, rate: Decimal) -> Decimal:
    """Points that will have been redeemed in the end: those that were, and of those left what the rate lets expect."""
    return redeemed + min(outstanding, max(Decimal(0), issued * rate - redeemed))


def recognised(deferred_total: Decimal, redeemed: Decimal, expected_total: Decimal) -> Decimal:
    """Of what was deferred so far, the part that is revenue: never less than nothing, never more than all of it."""
    if deferred_total <= 0:
        return Decimal(0)
    if redeemed >= expected_total:
        return deferred_total
    return max(Decimal(0), deferred_total * redeemed / expected_total)


@dataclass(frozen=True)
class Position:
    """A program at the end of a period, in money, rounded; ``deferral`` and ``revenue`` are of the period."""

    deferral: Decimal
    revenue: Decimal
    deferred_total: Decimal
    recognised_total: Decimal
    expected_points: Decimal

    @property
    def balance(self) -> Decimal:
        return self.deferred_total - self.recognised_total


def close_period(
    before: tuple[Decimal, Decimal],
    sales: Decimal,
    points: Decimal,
    issued: Decimal,
    redeemed: Decimal,
    outstanding: Decimal,
    value: Decimal,
    rate: Decimal,
    rounding: Decimal = Decimal("0.01"),
) -> Position:
    """The position at the end of a period.

    :param before: (deferred, recognised) in all up to the period before
    :param sales: net sales of the period that gave ``points``
    :param issued: points given with sales so far, less what was taken back; ``redeemed`` and ``outstanding`` of these
    :param rounding: of the currency
    """
    total = before[0] + _round(deferred(sales, points, value, rate), rounding)
    total = max(total, Decimal(0))
    awaited = expected(issued, redeemed, outstanding, rate)
    revenue = _round(recognised(total, redeemed, awaited), rounding)
    return Position(total - before[0], revenue - before[1], total, revenue, awaited)


def _round(amount: Decimal, rounding: Decimal) -> Decimal:
    return (amount / rounding).quantize(Decimal(1), rounding=ROUND_HALF_UP) * rounding

"""Which points a posting uses up: lots that expire first are taken first, and what nobody has points for is a debt.

A card is a list of open items. One with a positive remainder is a *lot*: points that expire together. One with a negative remainder is a
*debt*: points taken that were not there. Postings change open items through *shares*: so many points of that lot for this entry.
"""

from collections.abc import Collection, Hashable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

ZERO = Decimal(0)


@dataclass
class OpenItem:
    """What is left of an entry. ``key`` is None as long as the item is not stored; ``entry`` names the posting it comes from."""

    entry: Hashable
    remaining: Decimal
    expires_on: date | None = None
    key: int | None = None
    opened: Decimal = field(init=False)

    def __post_init__(self):
        self.opened = self.remaining


@dataclass(frozen=True)
class Share:
    """So many points of ``lot`` went to the posting ``entry``; negative: they came back."""

    lot: OpenItem
    entry: Hashable
    points: Decimal


@dataclass
class Card:
    """The open items of one card, in the order in which they came, and the shares that postings made."""

    items: list[OpenItem] = field(default_factory=list)
    shares: list[Share] = field(default_factory=list)

    @property
    def points(self) -> Decimal:
        """What lots hold, less the debt: always the sum of what was posted."""
        return sum((item.remaining for item in self.items), ZERO)

    @property
    def debt(self) -> Decimal:
        return -sum((item.remaining for item in self.items if item.remaining < 0), ZERO)

    def debit(self, entry: Hashable, points: Decimal, prefer: Collection[Hashable] = ()) -> None:
        """Take ``points`` (positive): from the lots of the entries in ``prefer``, then from what expires first; the rest is a debt."""
        lots = (item for item in self.items if item.remaining > 0)
        for lot in sorted(lots, key=lambda lot: (lot.entry not in prefer, *_by_expiry(lot))):
            points -= self._move(lot, entry, points)
        if points:
            self.items.append(OpenItem(entry, -points))

    def credit(
        self,
        entry: Hashable,
        points: Decimal,
        expires_on: date | None = None,
        returned: Iterable[tuple[int, Decimal]] = (),
        lots: Sequence[tuple[date | None, Decimal]] = (),
    ) -> None:
        """Add ``points`` (positive), which first pay what is owed, oldest debt first.

        :param returned: (key of a lot, points) that go back to where they came from; a lot of another card is given by ``lots``
        :param lots: (expiry, points) with an expiry of their own; what is left of ``points`` expires on ``expires_on``
        """
        known = {item.key: item for item in self.items if item.key is not None}
        fresh = []
        for key, part in returned:
            lot = known[key]
            lot.remaining += part
            self.shares.append(Share(lot, entry, -part))
            points -= part
        for expiry, part in lots:
            fresh.append(OpenItem(entry, part, expiry))
            points -= part
        if points:
            fresh.append(OpenItem(entry, points, expires_on))
        self.items += fresh
        for debt in [item for item in self.items if item.remaining < 0]:
            sources = (item for item in self.items if item.remaining > 0)
            for lot in sorted(sources, key=lambda lot: (not any(lot is each for each in fresh), *_by_expiry(lot))):
                debt.remaining += self._move(lot, debt.entry, -debt.remaining)

    def _move(self, lot: OpenItem, entry: Hashable, wanted: Decimal) -> Decimal:
        taken = min(lot.remaining, wanted)
        if taken > 0:
            lot.remaining -= taken
            self.shares.append(Share(lot, entry, taken))
        return max(taken, ZERO)


def _by_expiry(lot: OpenItem):
    return lot.expires_on or date.max, lot.key is None, lot.key or 0


def give_back(outstanding: Sequence[tuple[int, Decimal]], points: Decimal) -> list[tuple[int, Decimal]]:
    """Of the lots that paid a redemption, in the order they were taken, those to which ``points`` go back: the last one taken first."""
    returned = []
    for lot, taken in reversed(outstanding):
        part = min(taken, points)
        if part > 0:
            returned.append((lot, part))
            points -= part
    return returned

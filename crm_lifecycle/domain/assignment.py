"""Who gets the next work of a team."""

import heapq
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True)
class Member:
    """A member of a team who is there.

    :ivar key: who it is
    :ivar open: how much work they have open now, in all teams
    :ivar last: when they were last given work of this team; None if never
    """

    key: int
    open: int = 0
    last: datetime | None = None


def deal(method: str, members: Iterable[Member], count: int) -> list[int]:
    """The keys of those who get the next ``count`` pieces of work, in turn; empty if nobody is there.

    :param method: ``round_robin``: whoever has waited longest; ``least_busy``: whoever has the fewest open, and among equals
        whoever has waited longest
    """
    busy = method == "least_busy"
    queue = [(member.open if busy else 0, member.last is not None, member.last or datetime.min, member.key) for member in members]
    if not queue:
        return []
    # After a turn everybody stands behind those who have not had theirs, in the order of their turns.
    heap = [(load, 0, turn, key) for turn, (load, _had, _last, key) in enumerate(sorted(queue, key=lambda each: each[1:]))]
    heapq.heapify(heap)
    dealt = []
    for turn in range(count):
        load, _rounds, _turn, key = heapq.heappop(heap)
        dealt.append(key)
        heapq.heappush(heap, (load + busy, 1, turn, key))
    return dealt

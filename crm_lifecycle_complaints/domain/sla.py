"""The two clocks of a complaint: a working clock that pauses, and a calendar clock that never does.

Times are naive and in UTC, in whole seconds. Working time is handed in as intervals; where they come from is not known here. A clock
counts the working seconds between its start and its stop that lie in no pause. It is met when it stops at its deadline or before.
"""

from bisect import bisect_right
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta, tzinfo

from pytz import utc

FIRST_READ = timedelta(weeks=4)
# Reads double: 4 + 8 + … + 128 weeks. Who has no working time in almost five years has none.
HORIZON = timedelta(weeks=252)

Interval = tuple[datetime, datetime]
# A pause that lasts has no end yet.
Pause = tuple[datetime, datetime | None]


class WorkingTime:
    """Working intervals from ``origin`` on, read piece by piece as far as a clock needs them.

    :param read: gives the working intervals between two moments, in any order
    :param origin: no clock starts before it
    """

    def __init__(self, read: Callable[[datetime, datetime], Iterable[Interval]], origin: datetime):
        self._read = read
        self._origin = self._known_until = origin
        self._next_read = FIRST_READ
        self._starts: list[datetime] = []
        self._stops: list[datetime] = []

    def after(self, moment: datetime) -> Iterator[Interval]:
        """The working intervals that end after a moment, in order; they end where none are left within the horizon."""
        if moment < self._origin:
            raise ValueError(f"working time is known from {self._origin} on, not from {moment}")
        while self._known_until <= moment:
            self._extend()
        place = bisect_right(self._stops, moment)
        while True:
            if place < len(self._stops):
                yield self._starts[place], self._stops[place]
                place += 1
            elif self._known_until < moment + HORIZON:
                self._extend()
            else:
                return

    def _extend(self) -> None:
        until = self._known_until + self._next_read
        for start, stop in disjoint(self._read(self._known_until, until)):
            self._starts.append(start)
            self._stops.append(stop)
        self._known_until = until
        self._next_read *= 2


# Which working time holds from when on; the first holds from the beginning.
Schedule = Sequence[tuple[datetime, WorkingTime]]


@dataclass(frozen=True)
class Reading:
    """What a clock shows.

    ``state``: running, paused, met, missed (stopped too late, or not stopped and overdue) or no_deadline (no working time ahead).
    ``due_at`` and ``warn_at`` are empty while paused, and without a deadline. ``spent``: working seconds so far.
    """

    state: str
    due_at: datetime | None
    warn_at: datetime | None
    spent: int


def whole_second(moment: datetime) -> datetime:
    """The nearest whole second: a working day "until midnight" ends a microsecond early."""
    return (moment + timedelta(milliseconds=500)).replace(microsecond=0)


def disjoint(intervals: Iterable[Interval]) -> list[Interval]:
    """The same time as sorted intervals that do not meet, in whole seconds."""
    merged: list[Interval] = []
    for start, stop in sorted((whole_second(start), whole_second(stop)) for start, stop in intervals):
        if start >= stop:
            continue
        if merged and start <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(stop, merged[-1][1]))
        else:
            merged.append((start, stop))
    return merged


def counted(schedule: Schedule, start: datetime, pauses: Sequence[Pause]) -> Iterator[Interval]:
    """The stretches in which a clock that started at ``start`` runs, in order."""
    lasting = min((begin for begin, end in pauses if end is None), default=None)
    ended = disjoint((begin, end) for begin, end in pauses if end is not None)
    untils = [begin for begin, _working in schedule[1:]] + [None]
    for (begin, working), until in zip(schedule, untils, strict=True):
        low = max(start, begin)
        high = min((moment for moment in (until, lasting) if moment is not None), default=None)
        if high is not None and high <= low:
            continue
        for piece_start, piece_stop in working.after(low):
            if high is not None and piece_start >= high:
                break
            yield from without((max(piece_start, low), piece_stop if high is None else min(piece_stop, high)), ended)


def without(interval: Interval, pauses: Sequence[Interval]) -> Iterator[Interval]:
    """An interval less sorted pauses that do not meet."""
    start, stop = interval
    for pause_start, pause_stop in pauses[max(bisect_right(pauses, (start,)) - 1, 0) :]:
        if pause_start >= stop:
            break
        if start < pause_start:
            yield start, pause_start
        start = max(start, pause_stop)
    if start < stop:
        yield start, stop


def due(schedule: Schedule, start: datetime, seconds: int, pauses: Sequence[Pause] = ()) -> datetime | None:
    """The moment at which a clock has run for ``seconds``; None if there is not that much working time ahead."""
    left = timedelta(seconds=seconds)
    for piece_start, piece_stop in counted(schedule, start, pauses):
        if left <= piece_stop - piece_start:
            return piece_start + left
        left -= piece_stop - piece_start
    return None


def spent(schedule: Schedule, start: datetime, stop: datetime, pauses: Sequence[Pause] = ()) -> int:
    """The seconds a clock ran between two moments."""
    total = timedelta()
    for piece_start, piece_stop in counted(schedule, start, pauses):
        if piece_start >= stop:
            break
        total += min(piece_stop, stop) - piece_start
    return int(total.total_seconds())


def read_working_clock(
    schedule: Schedule,
    start: datetime,
    seconds: int,
    now: datetime,
    stop: datetime | None = None,
    pauses: Sequence[Pause] = (),
    warn_share: float = 0.75,
) -> Reading:
    """What a working clock shows at ``now``.

    :param seconds: the working time granted, more than 0
    :param stop: when the clock stopped, None while it runs
    :param warn_share: the share of the time granted after which to warn
    """
    if stop is not None:
        pauses = [(begin, stop if end is None else end) for begin, end in pauses]
    due_at = due(schedule, start, seconds, pauses)
    used = spent(schedule, start, now if stop is None else stop, pauses)
    if due_at is None:
        paused = stop is None and any(end is None for _begin, end in pauses)
        return Reading("paused" if paused else "no_deadline", None, None, used)
    return _judge(due_at, due(schedule, start, max(int(seconds * warn_share), 1), pauses), used, now, stop)


def read_calendar_clock(
    start: datetime, days: int, zone: tzinfo, now: datetime, stop: datetime | None = None, warn_share: float = 0.75
) -> Reading:
    """What a calendar clock shows at ``now``: it ends with the last of ``days`` days after the day of its start, whatever happens meanwhile.

    :param zone: the time zone of pytz in which days begin and end
    """
    due_at = end_of_day(start, days, zone)
    used = int(((now if stop is None else stop) - start).total_seconds())
    return _judge(due_at, start + (due_at - start) * warn_share, used, now, stop)


def end_of_day(start: datetime, days: int, zone: tzinfo) -> datetime:
    """The last second, in UTC, of the day that is ``days`` after that of ``start`` in a time zone of pytz."""
    last_day = utc.localize(start).astimezone(zone).date() + timedelta(days=days)
    return zone.localize(datetime.combine(last_day, time(23, 59, 59))).astimezone(utc).replace(tzinfo=None)


def _judge(due_at: datetime, warn_at: datetime | None, used: int, now: datetime, stop: datetime | None) -> Reading:
    moment = now if stop is None else stop
    if moment > due_at:
        state = "missed"
    else:
        state = "running" if stop is None else "met"
    return Reading(state, due_at, warn_at and whole_second(warn_at), max(used, 0))

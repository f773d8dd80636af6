"""The SLA clock against an oracle that walks through time minute by minute and asks the wall clock."""

from datetime import date, datetime, timedelta
from functools import cache
from itertools import islice

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from pytz import timezone, utc

from crm_lifecycle_complaints.domain.sla import HORIZON, WorkingTime, due, end_of_day, read_calendar_clock, read_working_clock, spent

ZONES = ["UTC", "Asia/Jakarta", "Europe/Berlin", "America/New_York", "Australia/Lord_Howe"]
# Around both changes of the clock in these zones.
DAYS = [date(2026, 3, 5), date(2026, 3, 27), date(2026, 4, 3), date(2026, 10, 1), date(2026, 10, 23), date(2026, 10, 30), date(2026, 7, 1)]
MINUTE = timedelta(minutes=1)
OFFICE = [(9 * 60, 12 * 60), (13 * 60, 17 * 60)]
STRAIGHT = [(9 * 60, 17 * 60)]
NIGHT = [(0, 6 * 60), (22 * 60, 24 * 60)]
ROUND_THE_CLOCK = [(0, 24 * 60)]
LATE = [(6 * 60, 9 * 60 + 30), (20 * 60, 23 * 60 + 15)]


@cache
def offset(zone, half_hour):
    """Clocks change on a half hour, in these zones, so each need not be asked about every minute."""
    return utc.localize(half_hour).astimezone(zone).utcoffset()


class Calendar:
    """Working hours by the wall clock: ``hours[week parity][weekday]`` are spans in minutes of the day; leaves are UTC."""

    def __init__(self, zone, hours, leaves=()):
        self.zone, self.hours, self.leaves = timezone(zone), hours, leaves

    def spans(self, day):
        return self.hours[day.isocalendar()[1] % len(self.hours)][day.weekday()]

    def works(self, moment):
        if any(start <= moment < stop for start, stop in self.leaves):
            return False
        local = moment + offset(self.zone, moment.replace(minute=moment.minute // 30 * 30))
        minute = local.hour * 60 + local.minute
        return any(start <= minute < stop for start, stop in self.spans(local.date()))

    def read(self, start, stop):
        """The same as intervals, as Odoo makes them: each day's spans localized, then cut by the leaves."""
        day = utc.localize(start).astimezone(self.zone).date() - timedelta(days=1)
        while day <= stop.date() + timedelta(days=1):
            midnight = datetime(day.year, day.month, day.day)
            for first, last in self.spans(day):
                ends = [self.zone.localize(midnight + timedelta(minutes=minute)) for minute in (first, last)]
                begin, end = (each.astimezone(utc).replace(tzinfo=None) for each in ends)
                pieces = [(max(begin, start), min(end, stop))]
                for leave_start, leave_stop in self.leaves:
                    pieces = [
                        piece
                        for low, high in pieces
                        for piece in ((low, min(high, leave_start)), (max(low, leave_stop), high))
                        if piece[0] < piece[1]
                    ]
                yield from pieces
            day += timedelta(days=1)

    def working(self, origin):
        return WorkingTime(self.read, origin)


def walk(schedule, start, pauses, limit):
    """The oracle: each minute from ``start`` on that counts, as its beginning. ``start`` and all ends are whole minutes."""
    moment = start
    while moment < limit:
        calendar = [each for begin, each in schedule if begin <= moment][-1]
        if calendar.works(moment) and not any(begin <= moment and (end is None or moment < end) for begin, end in pauses):
            yield moment
        moment += MINUTE


week = st.lists(st.sampled_from([STRAIGHT, OFFICE, NIGHT, ROUND_THE_CLOCK, LATE, []]), min_size=7, max_size=7)


@st.composite
def cases(draw):
    start = datetime.combine(draw(st.sampled_from(DAYS)), datetime.min.time()) + draw(st.integers(0, 3 * 1440)) * MINUTE

    def spans(most):
        begins = st.tuples(st.integers(-1440, 9 * 1440), st.integers(1, 2 * 1440))
        return [(start + begin * MINUTE, start + (begin + length) * MINUTE) for begin, length in draw(st.lists(begins, max_size=most))]

    def calendar():
        weeks = draw(st.one_of(week.map(lambda one: [one]), st.tuples(week, week), st.just([[[]] * 7]), st.just([[OFFICE] * 5 + [[], []]])))
        return Calendar(draw(st.sampled_from(ZONES)), weeks, spans(2))

    first = calendar()
    schedule = [(start - timedelta(days=2), first)]
    if draw(st.booleans()):
        schedule.append((start + draw(st.integers(0, 5 * 1440)) * MINUTE, calendar()))
    pauses = spans(3)
    if draw(st.integers(0, 4)) == 0:
        pauses.append((start + draw(st.integers(0, 5 * 1440)) * MINUTE, None))
    return start, draw(st.integers(1, 8 * 60)), schedule, pauses


@settings(max_examples=1000)
@given(cases())
def test_against_the_oracle(case):
    start, minutes, schedule, pauses = case
    limit = start + timedelta(days=8)
    working = [(begin, calendar.working(start - timedelta(days=3))) for begin, calendar in schedule]
    found = due(working, start, minutes * 60, pauses)
    counted = list(islice(walk(schedule, start, pauses, limit), minutes))
    expected = counted[-1] + MINUTE if len(counted) == minutes else None
    if expected is not None:
        assert abs(found - expected) <= timedelta(seconds=1)
    else:
        assert found is None or found > limit
    until = min(limit, expected or limit)
    assert spent(working, start, until, pauses) == 60 * len(counted)
    reading = read_working_clock(working, start, minutes * 60, limit, pauses=pauses)
    if expected is not None:
        assert reading.state == "missed" and reading.due_at == found
    elif any(end is None for _begin, end in pauses):
        assert reading.state == ("paused" if found is None else "running")
    else:
        assert reading.state == ("no_deadline" if found is None else "running")


@given(cases(), st.integers(0, 8 * 1440))
def test_a_leave_added_later_and_a_pause_never_bring_the_deadline_forward(case, begin):
    start, minutes, schedule, pauses = case
    more = (start + begin * MINUTE, start + (begin + 600) * MINUTE)
    origin = start - timedelta(days=3)
    before = due([(when, each.working(origin)) for when, each in schedule], start, minutes * 60, pauses)
    paused = due([(when, each.working(origin)) for when, each in schedule], start, minutes * 60, [*pauses, more])
    rested = [(when, Calendar(each.zone.zone, each.hours, [*each.leaves, more])) for when, each in schedule]
    on_leave = due([(when, each.working(origin)) for when, each in rested], start, minutes * 60, pauses)
    assert paused == on_leave
    assert before is None or paused is None or paused >= before
    if before is not None and more[0] >= before:
        assert paused == before


def berlin(hours=STRAIGHT, **more):
    return Calendar("Europe/Berlin", [[hours] * 5 + [[], []]], **more)


def at(text, zone="Europe/Berlin"):
    return timezone(zone).localize(datetime.strptime(text, "%Y-%m-%d %H:%M")).astimezone(utc).replace(tzinfo=None)


@pytest.mark.parametrize(
    ("start", "minutes", "expected"),
    [
        ("2026-03-06 16:30", 60, "2026-03-09 09:30"),
        ("2026-03-27 16:30", 60, "2026-03-30 09:30"),
        ("2026-10-23 16:30", 60, "2026-10-26 09:30"),
        ("2026-03-06 17:00", 60, "2026-03-09 10:00"),
        ("2026-03-06 23:59", 60, "2026-03-09 10:00"),
        ("2026-03-07 12:00", 60, "2026-03-09 10:00"),
        ("2026-03-09 09:00", 8 * 60, "2026-03-09 17:00"),
        ("2026-03-09 09:00", 8 * 60 + 1, "2026-03-10 09:01"),
    ],
)
def test_known_cases(start, minutes, expected):
    working = berlin().working(at("2026-03-01 00:00"))
    assert due([(datetime.min, working)], at(start), minutes * 60) == at(expected)


def test_a_pause_entirely_outside_working_hours_changes_nothing():
    schedule = [(datetime.min, berlin().working(at("2026-03-01 00:00")))]
    pause = (at("2026-03-06 18:00"), at("2026-03-09 08:00"))
    assert due(schedule, at("2026-03-06 16:30"), 3600, [pause]) == at("2026-03-09 09:30")


def test_lunch_is_no_working_time():
    schedule = [(datetime.min, berlin(OFFICE).working(at("2026-03-01 00:00")))]
    assert due(schedule, at("2026-03-06 11:30"), 3600) == at("2026-03-06 13:30")


def test_reopened_goes_on_where_it_stopped():
    schedule = [(datetime.min, berlin().working(at("2026-03-01 00:00")))]
    closed = (at("2026-03-09 10:00"), at("2026-03-11 10:00"))
    start = at("2026-03-09 09:00")
    assert read_working_clock(schedule, start, 7200, closed[1], stop=closed[0]).state == "met"
    again = read_working_clock(schedule, start, 7200, closed[1], pauses=[closed])
    assert (again.state, again.due_at, again.spent) == ("running", at("2026-03-11 11:00"), 3600)


def test_handed_over_keeps_what_was_spent():
    night = Calendar("Europe/Berlin", [[NIGHT] * 7])
    origin = at("2026-03-01 00:00")
    schedule = [(datetime.min, berlin().working(origin)), (at("2026-03-06 16:00"), night.working(origin))]
    assert due(schedule, at("2026-03-06 15:00"), 7200) == at("2026-03-06 23:00")


def test_paused_says_so_and_has_no_date():
    schedule = [(datetime.min, berlin().working(at("2026-03-01 00:00")))]
    start = at("2026-03-09 09:00")
    waiting = [(at("2026-03-09 09:30"), None)]
    reading = read_working_clock(schedule, start, 3600, at("2026-03-12 12:00"), pauses=waiting)
    assert (reading.state, reading.due_at, reading.spent) == ("paused", None, 1800)
    late = read_working_clock(schedule, start, 1200, at("2026-03-12 12:00"), pauses=waiting)
    assert (late.state, late.due_at) == ("missed", at("2026-03-09 09:20")), "what was missed before the pause stays missed"


def test_no_working_time_ahead_is_no_deadline():
    reads = []
    nothing = WorkingTime(lambda start, stop: reads.append((start, stop)) or [], at("2026-03-01 00:00"))
    reading = read_working_clock([(datetime.min, nothing)], at("2026-03-09 09:00"), 3600, at("2026-03-12 12:00"))
    assert (reading.state, reading.due_at, reading.spent) == ("no_deadline", None, 0)
    assert len(reads) < 10
    one_day = Calendar("UTC", [[[]] * 7])
    one_day.read = lambda start, stop: [(max(start, at("2030-03-01 10:00")), min(stop, at("2030-03-01 12:00")))]
    assert due([(datetime.min, one_day.working(at("2026-03-01 00:00")))], at("2026-03-09 09:00"), 3600) == at("2030-03-01 11:00"), (
        "years ahead"
    )
    assert due([(datetime.min, one_day.working(at("2026-03-01 00:00")))], at("2026-03-09 09:00"), 7201) is None


def test_time_before_the_origin_is_refused():
    with pytest.raises(ValueError, match="working time is known from"):
        next(berlin().working(at("2026-03-01 00:00")).after(at("2026-02-01 00:00")))
    assert timedelta(days=1700) < HORIZON


@given(st.sampled_from(ZONES), st.integers(0, 365 * 1440), st.integers(1, 90))
@example("Europe/Berlin", 0, 56)
def test_statutory_days_end_with_the_day_by_the_wall_clock(zone, minutes, days):
    start = datetime(2026, 1, 1) + minutes * MINUTE
    local = utc.localize(start).astimezone(timezone(zone))
    end = utc.localize(end_of_day(start, days, timezone(zone))).astimezone(timezone(zone))
    assert (end.date() - local.date()).days == days
    assert (end.hour, end.minute, end.second) == (23, 59, 59)


def test_the_calendar_clock_goes_on_whatever_happens():
    zone = timezone("Asia/Jakarta")
    start = at("2026-01-05 10:00", "Asia/Jakarta")
    due_at = at("2026-03-02 23:59", "Asia/Jakarta") + timedelta(seconds=59)
    assert read_calendar_clock(start, 56, zone, start) == read_calendar_clock(start, 56, zone, start, None)
    assert read_calendar_clock(start, 56, zone, start).due_at == due_at
    assert read_calendar_clock(start, 56, zone, due_at).state == "running"
    assert read_calendar_clock(start, 56, zone, due_at + timedelta(seconds=1)).state == "missed"
    assert read_calendar_clock(start, 56, zone, due_at + timedelta(days=9), stop=due_at).state == "met"


def test_stopped_while_paused():
    """A clock that is stopped in a pause that nobody ended had its pause until then: it was met, not left without a deadline."""
    zone = "Asia/Jakarta"
    monday = datetime(2026, 11, 16, 2)  # 9:00 in Jakarta
    calendar = Calendar(zone, [[STRAIGHT] * 5 + [[], []]])
    schedule = [(datetime.min, calendar.working(monday - timedelta(days=7)))]
    pause = (monday + timedelta(hours=1), None)
    stop = monday + timedelta(hours=5)
    reading = read_working_clock(schedule, monday, 2 * 3600, stop, stop, [pause])
    assert (reading.state, reading.spent) == ("met", 3600)
    assert reading == read_working_clock(schedule, monday, 2 * 3600, stop, stop, [(pause[0], stop)])

from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st
from pytz import timezone, utc

from .deadline_case import MINUTE, DeadlineCase, at


class TestDeadlinesAgainstOracle(DeadlineCase):
    """Odoo's own calendars, leaves and two-week patterns against the wall clock, minute by minute."""

    def test_against_the_oracle(self):
        patterns = ["straight", "lunch", "night", "two_weeks", "empty"]

        @given(
            st.sampled_from(["Asia/Jakarta", "Europe/Berlin", "America/New_York"]),
            st.sampled_from(patterns),
            st.sampled_from(["2026-03-06 16:30", "2026-03-27 22:10", "2026-10-23 08:00", "2026-10-31 12:00"]),
            st.integers(1, 600),
            st.lists(st.tuples(st.integers(0, 5000), st.integers(1, 2000)), max_size=2),
            st.lists(st.tuples(st.integers(0, 5000), st.integers(1, 2000)), max_size=2),
        )
        def check(zone, pattern, start, minutes, leaves, pauses):
            with self.env.cr.savepoint() as savepoint:
                self.check_one(zone, pattern, at(start, zone), minutes, leaves, pauses)
                self.env.flush_all()
                savepoint.rollback()
                self.env.cr.precommit.clear()
                self.env.invalidate_all()

        check()

    HOURS = {
        "straight": [(day, 9, 17) for day in range(5)],
        "lunch": [(day, *span) for day in range(6) for span in ((8, 12), (13, 16.5))],
        "night": [(day, *span) for day in range(7) for span in ((0, 6), (22, 24))],
        "empty": [],
    }

    def check_one(self, zone, pattern, start, minutes, leaves, pauses):
        if pattern == "two_weeks":
            lines = [(str(day), 9, 17, "0") for day in range(5)] + [(str(day), 13, 18, "1") for day in (1, 3, 5)]
            calendar = self.make_calendar(lines, zone, weeks=True)
        else:
            calendar = self.make_calendar([(str(day), first, last) for day, first, last in self.HOURS[pattern]], zone)
        self.team.resource_calendar_id = calendar
        self.standard.first_response_hours = minutes / 60
        complaint = self.complain(start)
        spans = [(start + begin * MINUTE, start + (begin + length) * MINUTE) for begin, length in leaves]
        self.env["resource.calendar.leaves"].create(
            [
                {"name": "Off", "company_id": self.company.id, "calendar_id": calendar.id, "date_from": begin, "date_to": end}
                for begin, end in spans
            ]
        )
        stops = [(start + begin * MINUTE, start + (begin + length) * MINUTE) for begin, length in pauses]
        self.env["crm.complaint.pause"].create(
            [{"complaint_id": complaint.id, "reason": "waiting", "started_at": begin, "stopped_at": end} for begin, end in stops]
        )
        complaint._sync_clocks()
        found = self.clock(complaint).due_at
        expected = self.walk(calendar, start, minutes, spans + stops)
        if expected:
            self.assertLessEqual(abs(found - expected), timedelta(seconds=1), (zone, pattern, start, minutes, leaves, pauses))
        elif pattern == "empty":
            self.assertEqual(self.clock(complaint).state, "no_deadline")

    def walk(self, calendar, moment, minutes, closed):
        zone, end = timezone(calendar.tz), moment + timedelta(days=21)
        lines = [
            (line.week_type, int(line.dayofweek), line.hour_from * 60, line.hour_to * 60)
            for line in calendar.attendance_ids
            if not line.display_type
        ]
        week_type = self.env["resource.calendar.attendance"].get_week_type
        offset, half_hour = None, None
        while moment < end:
            if half_hour != (moment.hour, moment.minute // 30):
                half_hour = (moment.hour, moment.minute // 30)
                offset = utc.localize(moment).astimezone(zone).utcoffset()
            local = moment + offset
            minute = local.hour * 60 + local.minute
            if any(
                day == local.weekday() and first <= minute < last and (not week or week == str(week_type(local.date())))
                for week, day, first, last in lines
            ) and not any(begin <= moment < stop for begin, stop in closed):
                minutes -= 1
                if not minutes:
                    return moment + MINUTE
            moment += MINUTE
        return None

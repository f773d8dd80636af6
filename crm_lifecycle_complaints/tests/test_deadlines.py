from datetime import datetime, timedelta

from freezegun import freeze_time
from hypothesis import given
from hypothesis import strategies as st
from odoo import fields
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import tagged
from odoo.tools import mute_logger
from psycopg2 import IntegrityError
from pytz import timezone, utc

from .common import ComplaintCase

MINUTE = timedelta(minutes=1)


def at(text, zone="Asia/Jakarta"):
    return timezone(zone).localize(datetime.strptime(text, "%Y-%m-%d %H:%M")).astimezone(utc).replace(tzinfo=None)


@tagged("post_install", "-at_install")
class DeadlineCase(ComplaintCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.calendar = cls.make_calendar([(str(day), 9, 17) for day in range(5)])
        cls.team.resource_calendar_id = cls.calendar
        cls.team.user_id = cls.manager
        cls.standard = cls.env.ref("crm_lifecycle_complaints.crm_complaint_sla_policy_standard")
        cls.standard.write({"first_response_hours": 1, "next_response_hours": 2, "resolution_hours": 16, "statutory_days": 56})

    @classmethod
    def make_calendar(cls, hours, tz="Asia/Jakarta", weeks=None):
        """A calendar of (weekday, from, to) or (weekday, from, to, week type)."""
        return cls.env["resource.calendar"].create(
            {
                "name": "Care",
                "tz": tz,
                "company_id": cls.company.id,
                "two_weeks_calendar": bool(weeks),
                "attendance_ids": [(5, 0, 0)]
                + [
                    (
                        0,
                        0,
                        {
                            "name": "Work",
                            "dayofweek": line[0],
                            "hour_from": line[1],
                            "hour_to": line[2],
                            "day_period": line[4] if len(line) > 4 else "morning",
                            "week_type": line[3] if len(line) > 3 else False,
                        },
                    )
                    for line in hours
                ],
            }
        )

    def complain(self, when, **values):
        with freeze_time(when):
            return self.env["crm.complaint"].create(
                {"name": "Cracked", "partner_id": self.siti.id, "team_id": self.team.id, "received_at": when, **values}
            )

    def clock(self, complaint, kind="first_response"):
        return complaint.clock_ids.filtered(lambda clock: clock.kind == kind)[-1:]

    def post(self, complaint, user=None, when=None, **values):
        """A message of a user to the customer, or of the customer."""
        with freeze_time(when or fields.Datetime.now()):
            if user:
                values.update({"partner_ids": self.siti.ids})
            else:
                values.update({"author_id": self.siti.id, "email_from": self.siti.email})
            return complaint.with_user(user or self.env.user).message_post(
                body="Hello", message_type="comment", subtype_xmlid="mail.mt_comment", **values
            )


class TestDeadlines(DeadlineCase):
    def test_friday_evening(self):
        complaint = self.complain(at("2026-03-06 16:30"))
        self.assertEqual(complaint.policy_id, self.standard)
        self.assertEqual(self.clock(complaint).due_at, at("2026-03-09 09:30"))
        self.assertEqual(self.clock(complaint, "resolution").due_at, at("2026-03-10 16:30"))
        self.assertEqual(self.clock(complaint, "statutory").due_at, at("2026-05-01 23:59") + timedelta(seconds=59))
        self.assertEqual(complaint.next_due_at, at("2026-03-09 09:30"))

    def test_first_answer_in_time_and_too_late(self):
        in_time, late = self.complain(at("2026-03-06 10:00")), self.complain(at("2026-03-06 10:00"))
        self.post(in_time, self.agent, at("2026-03-06 11:00"))
        self.post(late, self.agent, at("2026-03-06 11:01"))
        self.assertEqual(self.clock(in_time).state, "met")
        self.assertEqual(self.clock(late).state, "missed")
        self.assertEqual(in_time.next_due_at, self.clock(in_time, "resolution").due_at)

    def test_next_response_has_a_clock_for_each_question(self):
        complaint = self.complain(at("2026-03-06 10:00"))
        self.post(complaint, self.agent, at("2026-03-06 10:30"))
        self.assertFalse(self.clock(complaint, "next_response"))
        self.post(complaint, None, at("2026-03-06 16:00"))
        self.post(complaint, None, at("2026-03-06 16:30"))
        self.assertEqual(self.clock(complaint, "next_response").due_at, at("2026-03-09 10:00"), "from the first of two messages")
        self.post(complaint, self.agent, at("2026-03-09 09:30"))
        self.assertEqual(self.clock(complaint, "next_response").state, "met")
        self.post(complaint, None, at("2026-03-09 11:00"))
        clocks = complaint.clock_ids.filtered(lambda clock: clock.kind == "next_response")
        self.assertEqual(clocks.mapped("state"), ["met", "running"])
        self.assertEqual(self.clock(complaint).state, "met", "a later answer does not overrule the first one")

    def test_waiting_pauses_until_the_customer_writes(self):
        complaint = self.complain(at("2026-03-06 10:00"))
        self.post(complaint, self.agent, at("2026-03-06 10:30"))
        with freeze_time(at("2026-03-06 11:00")):
            complaint.with_user(self.agent).action_wait()
        self.assertEqual(complaint.sla_state, "overdue", "the limit by law goes on and has passed by now")
        resolution = self.clock(complaint, "resolution")
        self.assertEqual((resolution.state, resolution.due_at), ("paused", False))
        self.assertTrue(self.clock(complaint, "statutory").due_at, "never paused")
        self.post(complaint, None, at("2026-03-09 10:00"))
        self.assertFalse(complaint.waiting_since)
        self.assertEqual(complaint.unanswered_since, at("2026-03-09 10:00"))
        [pause] = complaint.pause_ids
        self.assertEqual((pause.started_at, pause.stopped_at), (at("2026-03-06 11:00"), at("2026-03-09 10:00")))
        self.assertEqual(resolution.due_at, at("2026-03-10 17:00"), "an hour spent, fifteen left")

    def test_nobody_waits_for_a_customer_who_waits(self):
        complaint = self.complain(at("2026-03-06 10:00"))
        with self.assertRaisesRegex(UserError, "The customer waits for an answer"):
            complaint.with_user(self.agent).action_wait()
        complaint.with_user(self.agent).action_answered_otherwise()
        complaint.with_user(self.agent).action_wait()
        for values in ({"unanswered_since": False}, {"waiting_since": "2026-03-06 10:00:00"}, {"answered_at": False}):
            with self.assertRaises(UserError):
                complaint.with_user(self.agent).write(values)
            with self.assertRaises(UserError):
                complaint.with_user(self.agent).with_context(complaint_facts=True).write(values)
        with self.assertRaises(AccessError):
            complaint.with_user(self.agent).pause_ids.write({"stopped_at": False})
        with self.assertRaises(IntegrityError), mute_logger("odoo.sql_db"), self.env.cr.savepoint():
            self.env.cr.execute("UPDATE crm_complaint SET unanswered_since = now() WHERE id = %s", [complaint.id])

    def test_an_out_of_office_answer_ends_no_pause(self):
        complaint = self.receive()
        self.post(complaint, self.agent)
        complaint.with_user(self.agent).action_wait()
        reference = complaint.message_ids[0].message_id
        self.receive(headers=f"In-Reply-To: {reference}\nAuto-Submitted: auto-replied", subject="Automatic reply: x")
        self.assertTrue(complaint.waiting_since)
        self.receive(headers=f"In-Reply-To: {reference}", subject="Re: x")
        self.assertFalse(complaint.waiting_since)
        self.assertTrue(complaint.unanswered_since)

    def test_closed_time_does_not_count(self):
        complaint = self.complain(at("2026-03-06 10:00"))
        with freeze_time(at("2026-03-06 12:00")):
            self.decide_and_close(complaint)
        self.assertEqual(set(complaint.clock_ids.mapped("state")), {"met", "missed"})
        self.assertEqual(self.clock(complaint, "resolution").state, "met")
        self.assertEqual(self.clock(complaint).state, "missed", "the decision was the first answer, after two hours")
        self.assertFalse(complaint.next_due_at)
        self.post(complaint, None, at("2026-03-13 12:00"))
        self.assertFalse(complaint.is_closed)
        self.assertEqual(complaint.pause_ids.mapped("reason"), ["closed"])
        self.assertEqual(self.clock(complaint, "resolution").due_at, at("2026-03-17 10:00"), "two hours spent, fourteen left")
        self.assertEqual(self.clock(complaint, "statutory").due_at, at("2026-05-01 23:59") + timedelta(seconds=59))
        self.assertEqual(self.clock(complaint, "next_response").due_at, at("2026-03-13 14:00"))

    def test_another_team_goes_on_by_its_own_hours(self):
        night = self.make_calendar([(str(day), 20, 23) for day in range(7)])
        other = self.env["crm.complaint.team"].create({"name": "Night", "company_id": self.company.id, "resource_calendar_id": night.id})
        complaint = self.complain(at("2026-03-06 16:30"))
        with freeze_time(at("2026-03-06 16:45")):
            complaint.team_id = other
        self.assertEqual(self.clock(complaint).due_at, at("2026-03-06 20:45"))
        self.assertEqual(complaint.handover_ids.from_team_id, self.team)

    def test_a_day_off_entered_later(self):
        with freeze_time(at("2026-03-06 16:30")):
            complaint = self.complain(at("2026-03-06 16:30"))
            leave = self.env["resource.calendar.leaves"].create(
                {
                    "name": "Holiday",
                    "company_id": self.company.id,
                    "calendar_id": self.calendar.id,
                    "date_from": at("2026-03-09 00:00"),
                    "date_to": at("2026-03-10 00:00"),
                }
            )
            self.env.cr.precommit.run()
            self.assertEqual(self.clock(complaint).due_at, at("2026-03-10 09:30"))
            leave.unlink()
            self.env.cr.precommit.run()
            self.assertEqual(self.clock(complaint).due_at, at("2026-03-09 09:30"))
            self.calendar.attendance_ids.filtered(lambda line: line.dayofweek == "0").unlink()
            self.env.cr.precommit.run()
            self.assertEqual(self.clock(complaint).due_at, at("2026-03-10 09:30"))

    def test_other_companys_days_off_do_not_count(self):
        other = self.env["res.company"].create({"name": "Other"})
        leave = self.env["resource.calendar.leaves"].create(
            {"name": "Theirs", "date_from": at("2026-03-09 00:00"), "date_to": at("2026-03-10 00:00")}
        )
        self.env.flush_all()
        self.env.cr.execute("UPDATE resource_calendar_leaves SET company_id = %s, calendar_id = NULL WHERE id = %s", [other.id, leave.id])
        self.env.invalidate_all()
        self.assertEqual(self.clock(self.complain(at("2026-03-06 16:30"))).due_at, at("2026-03-09 09:30"))

    def test_empty_calendar_is_no_deadline(self):
        self.team.resource_calendar_id = self.make_calendar([])
        complaint = self.complain(at("2026-03-06 16:30"))
        self.assertEqual(self.clock(complaint).state, "no_deadline")
        self.assertEqual(self.clock(complaint, "resolution").state, "no_deadline")
        self.standard.statutory_days = 0
        self.assertEqual((complaint.next_due_at, complaint.sla_state), (False, "no_deadline"))
        self.team.resource_calendar_id = False
        self.company.resource_calendar_id = False
        self.env.cr.precommit.run()
        self.assertEqual(self.clock(complaint).state, "no_deadline", "no calendar at all")

    def test_lunch_does_not_count(self):
        self.team.resource_calendar_id = self.make_calendar(
            [("4", 9, 12), ("4", 12, 13, False, "lunch"), ("4", 13, 17)],
        )
        self.assertEqual(self.clock(self.complain(at("2026-03-06 11:30"))).due_at, at("2026-03-06 13:30"))

    def test_better_customers_get_the_better_level(self):
        best = self.env.ref("crm_lifecycle_complaints.crm_complaint_sla_policy_best")
        self.env["crm.lifecycle.dirty"].sudo()._drain(limit=100_000)
        customer = self.env["crm.lifecycle.customer"].search([("partner_id", "=", self.customer.id), ("company_id", "=", self.company.id)])
        if not customer:
            customer = self.env["crm.lifecycle.customer"].create({"partner_id": self.customer.id, "company_id": self.company.id})
        customer.pareto_class = "a"
        self.assertEqual(self.complain(at("2026-03-06 10:00")).policy_id, best)
        customer.pareto_class = "b"
        ordinary = self.complain(at("2026-03-06 10:00"))
        self.assertEqual(ordinary.policy_id, self.standard)
        other = self.env["crm.complaint.service.class"].create({"name": "Project", "sequence": 99})
        self.env["crm.complaint.sla.policy"].create(
            {"name": "Project", "sequence": 1, "service_class_ids": other.ids, "first_response_hours": 0.5}
        )
        self.assertEqual(self.clock(self.complain(at("2026-03-06 10:00"), service_class_id=other.id)).due_at, at("2026-03-06 10:30"))
        customer.pareto_class = "a"
        self.assertEqual(ordinary.policy_id, self.standard, "what was promised stays")
        ordinary.severity = "grave"
        self.assertEqual(ordinary.policy_id, self.env.ref("crm_lifecycle_complaints.crm_complaint_sla_policy_grave"))
        ordinary.service_class_id = other
        self.assertEqual(ordinary.policy_id.name, "Project")
        self.assertEqual(self.clock(ordinary).due_at, at("2026-03-06 10:30"))

    def test_merging_leaves_one_set_of_deadlines(self):
        first, second = self.complain(at("2026-03-06 10:00")), self.complain(at("2026-03-06 12:00"))
        self.post(second, self.agent, at("2026-03-06 12:30"))
        with freeze_time(at("2026-03-06 13:00")):
            second.action_wait()
            first._merge_into(second)
        self.assertFalse(first.clock_ids)
        self.assertEqual((second.unanswered_since, second.waiting_since), (at("2026-03-06 10:00"), False))
        self.assertEqual(len(second.clock_ids.filtered(lambda clock: clock.kind == "resolution")), 1)

    def test_a_hidden_level_is_refused(self):
        with self.assertRaisesRegex(ValidationError, "would never be used"):
            self.env["crm.complaint.sla.policy"].create({"name": "Hidden", "sequence": 99, "severity": "minor"})
        with self.assertRaisesRegex(ValidationError, "would never be used"):
            self.standard.sequence = 1

    def test_a_changed_level_moves_open_deadlines_only(self):
        opened, closed = self.complain(at("2026-03-06 10:00")), self.complain(at("2026-03-06 10:00"))
        with freeze_time(at("2026-03-06 10:30")):
            self.decide_and_close(closed)
        self.standard.first_response_hours = 2
        self.assertEqual(self.clock(opened).due_at, at("2026-03-06 12:00"))
        self.assertEqual(self.clock(closed).due_at, at("2026-03-06 11:00"))
        self.standard.first_response_hours = 0
        self.assertFalse(self.clock(opened))
        self.assertTrue(self.clock(closed))

    def test_nothing_is_due_of_an_archived_complaint(self):
        complaint = self.complain(at("2026-03-06 10:00"))
        complaint.active = False
        self.assertFalse(complaint.clock_ids)
        self.assertFalse(complaint.next_due_at)
        complaint.active = True
        self.assertEqual(self.clock(complaint).due_at, at("2026-03-06 11:00"))

    def test_closed_when_entered(self):
        complaint = self.complain(
            at("2026-03-06 10:00"), stage_id=self.closed.id, decision="accept", decision_reason="x", closed_at=at("2026-03-06 10:30")
        )
        self.assertEqual(set(complaint.clock_ids.mapped("state")), {"met"})

    def test_queries_do_not_grow_with_complaints(self):
        def create(count):
            self.env.flush_all()
            before = self.env.cr.sql_log_count
            self.env["crm.complaint"].create([{"name": "x", "partner_id": self.siti.id, "team_id": self.team.id} for _each in range(count)])
            self.env.flush_all()
            return self.env.cr.sql_log_count - before

        create(1)
        # The number of each complaint and its message take their queries; deadlines must not.
        sync = self.env["crm.complaint"].create([{"name": "x", "team_id": self.team.id} for _each in range(40)])

        def synced(complaints):
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            complaints._sync_clocks()
            self.env.flush_all()
            return self.env.cr.sql_log_count - before

        self.env.flush_all()
        self.assertEqual(synced(sync[:2]), synced(sync))


class TestEscalation(DeadlineCase):
    def activities(self, complaint, kind):
        return complaint.activity_ids.filtered(
            lambda activity: activity.activity_type_id == self.env.ref(f"crm_lifecycle_complaints.mail_activity_type_{kind}")
        )

    def test_warned_before_and_escalated_once(self):
        complaint = self.complain(at("2026-03-06 10:00"), user_id=self.agent.id)
        clocks = self.env["crm.complaint.clock"]
        with freeze_time(at("2026-03-06 10:40")):
            self.run_watch()
            self.assertFalse(complaint.activity_ids)
        with freeze_time(at("2026-03-06 10:46")):
            self.run_watch()
            self.run_watch()
        [warning] = self.activities(complaint, "warning")
        self.assertEqual(warning.user_id, self.agent)
        with freeze_time(at("2026-03-06 11:01")):
            self.run_watch()
            self.run_watch()
        [escalation] = self.activities(complaint, "escalation")
        self.assertEqual(escalation.user_id, self.manager)
        self.assertEqual((self.clock(complaint).state, self.clock(complaint).escalated_to_id), ("missed", self.manager))
        told = self.env["mail.message"].search(
            [("partner_ids", "in", self.manager.partner_id.ids), ("subject", "like", "past their deadline")]
        )
        self.assertEqual(len(told), 1)
        self.assertIn(complaint.number, str(told.body))
        self.assertFalse(clocks.search([("escalated_at", "!=", False), ("kind", "=", "resolution"), ("complaint_id", "=", complaint.id)]))

    def run_watch(self):
        clocks = self.env["crm.complaint.clock"]
        now = fields.Datetime.now()
        due = clocks._take_due("warn_at", "warned_at", now, []) | clocks._take_due("due_at", "escalated_at", now, [])
        return due._tell(now)

    def test_not_escalated_when_answered_waiting_or_without_deadline(self):
        answered, waiting = self.complain(at("2026-03-06 10:00")), self.complain(at("2026-03-06 10:00"))
        self.post(answered, self.agent, at("2026-03-06 10:30"))
        self.post(waiting, self.agent, at("2026-03-06 10:30"))
        with freeze_time(at("2026-03-06 10:35")):
            waiting.action_wait()
        with freeze_time(at("2026-03-06 16:00")):
            self.run_watch()
        self.assertFalse((answered | waiting).activity_ids)

    def test_the_person_of_the_level_comes_first_then_the_assignee_then_a_note(self):
        self.standard.escalation_user_id = self.stranger
        first = self.complain(at("2026-03-06 10:00"))
        with freeze_time(at("2026-03-06 12:00")):
            self.run_watch()
        self.assertEqual(self.activities(first, "escalation").user_id, self.stranger)
        self.standard.escalation_user_id = False
        self.team.user_id = False
        second, third = self.complain(at("2026-03-06 10:00"), user_id=self.agent.id), self.complain(at("2026-03-06 10:00"))
        with freeze_time(at("2026-03-06 12:00")):
            self.run_watch()
        self.assertEqual(self.activities(second, "escalation").user_id, self.agent)
        self.assertFalse(third.activity_ids)
        self.assertIn("nobody to tell", str(third.message_ids.mapped("body")))

    def test_nobody_of_another_company_is_told(self):
        leader = self.make_user("leader", "crm_lifecycle_complaints_group_user")
        self.standard.escalation_user_id = leader
        elsewhere = self.env["res.company"].create({"name": "Left for"})
        leader.write({"company_id": elsewhere.id, "company_ids": [(6, 0, elsewhere.ids)]})
        complaint = self.complain(at("2026-03-06 10:00"))
        with freeze_time(at("2026-03-06 12:00")):
            self.run_watch()
        self.assertEqual(self.activities(complaint, "escalation").user_id, self.manager)

    def test_one_that_fails_holds_up_no_other(self):
        good, bad = self.complain(at("2026-03-06 10:00")), self.complain(at("2026-03-06 10:00"))
        self.env.cr.execute(
            "CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'refused'; END $$;"
            f"CREATE TRIGGER refuse BEFORE INSERT ON mail_activity FOR EACH ROW WHEN (NEW.res_id = {bad.id}) EXECUTE FUNCTION refuse()"
        )
        with (
            freeze_time(at("2026-03-06 12:00")),
            mute_logger("odoo.sql_db", "odoo.addons.crm_lifecycle_complaints.models.crm_complaint_clock"),
        ):
            failed = self.run_watch()
        self.assertEqual(failed, self.clock(bad).ids)
        self.assertTrue(self.activities(good, "escalation"))
        self.assertFalse(self.clock(bad).escalated_at, "tried again by the next run")


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

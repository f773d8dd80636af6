from datetime import timedelta

from freezegun import freeze_time
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tools import mute_logger
from psycopg2 import IntegrityError

from .deadline_case import DeadlineCase, at


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
        # Of complaints of one second, read an hour of work later, all clocks change alike. Odoo writes 100 rows with a statement.
        with freeze_time(at("2026-03-06 10:00")):
            complaints = self.env["crm.complaint"].create([{"name": "x", "team_id": self.team.id} for _each in range(32)])
            self.env.flush_all()

        def synced(complaints):
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            with freeze_time(at("2026-03-06 11:00")):
                complaints._sync_clocks()
                self.env.flush_all()
            return self.env.cr.sql_log_count - before

        self.assertEqual(synced(complaints[:2]), synced(complaints[2:]))

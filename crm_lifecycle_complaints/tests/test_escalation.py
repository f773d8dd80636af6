from freezegun import freeze_time
from odoo import fields
from odoo.tools import mute_logger

from .deadline_case import DeadlineCase, at


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

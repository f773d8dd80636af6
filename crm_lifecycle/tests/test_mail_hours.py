from datetime import datetime, time, timedelta

import pytz
from freezegun import freeze_time
from odoo.addons.mail.tests.common import MockEmail
from odoo.tests import tagged
from odoo.tools import mute_logger
from psycopg2 import IntegrityError

from .common_playbook import PlaybookCase


@tagged("post_install", "-at_install")
class TestMailHours(PlaybookCase, MockEmail):
    """At half past ten in the evening, UTC: night in Brussels, early morning in Jakarta, afternoon in New York."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.company.email = "shop@example.com"
        cls.company.partner_id.tz = "Europe/Brussels"
        cls.there = cls.firms(3)
        cls.there.tz = False
        cls.jakarta, cls.new_york, cls.nowhere = cls.there
        cls.jakarta.tz, cls.new_york.tz = "Asia/Jakarta", "America/New_York"
        cls.night = datetime.combine(cls.today, time(22, 30))

    def clock(self, moment, zone):
        return pytz.utc.localize(moment).astimezone(pytz.timezone(zone)).strftime("%H:%M")

    def queue(self, hours):
        with freeze_time(self.night + timedelta(hours=hours)), self.mock_mail_gateway(mail_unlink_sent=True):
            self.env["mail.mail"].process_email_queue()

    def test_a_playbook_waits_for_the_morning(self):
        playbook = self.playbook(template_id=self.env.ref("crm_lifecycle.mail_template_playbook_welcome").id, plan_id=False)
        with freeze_time(self.night):
            self.run_playbooks()
        self.assertEqual(set(self.outcomes(playbook, self.there).values()), {("done", False)}, "chosen in the night")
        runs = {run.partner_id: run.mail_message_id.mail_ids for run in self.runs.search([("playbook_id", "=", playbook.id)])}
        self.assertFalse(runs[self.new_york].scheduled_date)
        self.assertEqual(self.clock(runs[self.jakarta].scheduled_date, "Asia/Jakarta"), "08:00")
        self.assertEqual(self.clock(runs[self.nowhere].scheduled_date, "Europe/Brussels"), "08:00")
        triggers = self.env["ir.cron.trigger"].search([("cron_id", "=", self.env.ref("mail.ir_cron_mail_scheduler_action").id)])
        self.assertLessEqual(
            {self.night, runs[self.jakarta].scheduled_date, runs[self.nowhere].scheduled_date}, {*triggers.mapped("call_at")}
        )
        states = []
        # At once, at half past eight in Jakarta, and at noon in Brussels.
        for hours in (0, 3, 13):
            self.queue(hours)
            states.append([runs[partner].state for partner in (self.new_york, self.jakarta, self.nowhere)])
        self.assertEqual(states, [["sent", "outgoing", "outgoing"], ["sent", "sent", "outgoing"], ["sent", "sent", "sent"]])

    def test_a_survey_waits_for_the_morning(self):
        survey = self.env.ref("crm_lifecycle.crm_voice_survey_nps")
        with freeze_time(self.night):
            asked = survey._ask(self.there)
        mails = self.env["mail.mail"].search([("model", "=", "crm.voice.request"), ("res_id", "in", asked.ids)])
        held = {mail.recipient_ids: mail.scheduled_date for mail in mails}
        self.assertEqual(
            {partner: bool(moment) for partner, moment in held.items()}, {self.jakarta: True, self.new_york: False, self.nowhere: True}
        )
        self.assertEqual(self.clock(held[self.jakarta], "Asia/Jakarta"), "08:00")

    def test_who_opted_out_overnight_is_not_written_to(self):
        """Of five firms, one still wishes to be written to in the morning. The last one is written to by its contact."""
        template = self.env.ref("crm_lifecycle.mail_template_playbook_welcome")
        firms = self.there + self.firms(2)
        firms.tz = "Europe/Brussels"
        asked, listed, archived, willing, firm = firms
        contact = self.env["res.partner"].create({"name": "Ria", "parent_id": firm.id, "email": "ria@example.com", "tz": firm.tz})
        firm.email = False
        playbook = self.playbook(template_id=template.id, plan_id=False)
        with freeze_time(self.night):
            self.run_playbooks()
        runs = {run.partner_id: run for run in self.runs.search([("playbook_id", "=", playbook.id)])}
        self.assertEqual(runs[firm].recipient_id, contact)
        messages = {each: runs[each].mail_message_id for each in firms}
        invoice = self.env["mail.mail"].create({"subject": "Invoice", "body_html": "<p>Due</p>", "recipient_ids": asked.ids})
        asked.lifecycle_no_mail = firm.lifecycle_no_mail = True
        self.env["mail.blacklist"]._add(listed.email)
        archived.active = False
        self.queue(13)
        self.assertEqual(messages[willing].mail_ids.state, "sent")
        self.assertEqual(invoice.state, "sent", "what the customer waits for goes whatever they wish")
        for each in firms - willing:
            with self.subTest(each.name):
                self.assertFalse(messages[each].exists(), "their page does not show a mail that never went")
                self.assertEqual((runs[each].state, runs[each].reason), ("done", "unreachable"), "treated, as chance decided")
                self.assertIn("No mail", runs[each].made)
        self.assertIn("Mail to", runs[willing].made)

    def test_who_opted_out_overnight_is_not_asked(self):
        survey = self.env.ref("crm_lifecycle.crm_voice_survey_nps")
        self.there.tz = "Europe/Brussels"
        with freeze_time(self.night):
            asked = survey._ask(self.there)
        self.jakarta.lifecycle_no_mail = True
        self.queue(13)
        self.assertEqual(asked.exists().partner_id, self.new_york | self.nowhere)

    def test_a_firm_that_wishes_no_mail_is_not_asked_by_its_contact(self):
        contact = self.env["res.partner"].create({"name": "Ria", "parent_id": self.jakarta.id, "email": "ria@example.com"})
        survey = self.env.ref("crm_lifecycle.crm_voice_survey_nps")
        self.assertTrue(survey._get_askable(contact))
        self.jakarta.lifecycle_no_mail = True
        self.assertFalse(survey._get_askable(contact))

    def test_hours_of_the_company(self):
        self.company.write({"lifecycle_mail_from": 0, "lifecycle_mail_until": 24})
        playbook = self.playbook(template_id=self.env.ref("crm_lifecycle.mail_template_playbook_welcome").id, plan_id=False)
        with freeze_time(self.night):
            self.run_playbooks()
        self.assertFalse(any(self.runs.search([("playbook_id", "=", playbook.id)]).mail_message_id.mail_ids.mapped("scheduled_date")))
        for hours in ((20, 8), (8, 8), (-1, 8), (8, 25)):
            with self.subTest(hours), mute_logger("odoo.sql_db"), self.assertRaises(IntegrityError), self.env.cr.savepoint():
                self.company.write(dict(zip(("lifecycle_mail_from", "lifecycle_mail_until"), hours, strict=True)))
                self.env.flush_all()

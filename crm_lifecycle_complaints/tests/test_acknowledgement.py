from datetime import timedelta

from odoo.tests import tagged
from odoo.tools import mute_logger

from .common import ComplaintCase


@tagged("post_install", "-at_install")
class TestAcknowledgement(ComplaintCase):
    def test_once_in_the_customers_language(self):
        complaint = self.receive()
        [message] = self.acknowledgements(complaint)
        self.assertIn(complaint.number, message.subject)
        self.assertIn("Kami telah menerima", message.subject)
        body = str(message.body)
        self.assertIn(complaint.number, body)
        self.assertIn("Siti Rahmawati", body)
        self.assertIn("Langkah selanjutnya", body)
        self.assertIn("3", body)
        self.assertTrue(complaint.acknowledged_at)
        self.assertFalse(complaint.first_response_at, "a machine's answer is no answer")
        [mail] = self.outgoing(message)
        self.assertEqual(mail.recipient_ids, self.siti)
        self.assertFalse(mail.email_to)
        self.assertEqual(mail.email_from, '"Toko Sejahtera" <keluhan@sejahtera.test>')
        self.assertIn("keluhan@sejahtera.test", mail.reply_to)
        for header in ("'Auto-Submitted': 'auto-replied'", "'X-Auto-Response-Suppress': 'All'"):
            self.assertIn(header, mail.headers)

    def test_english_for_others_and_no_promise_where_none_is_set(self):
        self.team.answer_days = 0
        message = self.acknowledgements(self.receive(sender="Rudi <rudi@baru.test>"))
        self.assertIn("We have received your message", message.subject)
        self.assertIn("Dear Rudi", str(message.body))
        self.assertNotIn("working days", str(message.body))

    def test_not_where_the_team_does_not(self):
        self.team.acknowledge = False
        complaint = self.receive()
        self.assertFalse(self.acknowledgements(complaint))
        complaint.with_user(self.agent).action_acknowledge()
        self.assertEqual(len(self.acknowledgements(complaint)), 1)
        self.assertTrue(complaint.acknowledged_at)

    def test_reply_gets_no_second_one(self):
        complaint = self.receive()
        self.receive(headers=f"In-Reply-To: {self.acknowledgements(complaint).message_id}")
        self.assertEqual(len(self.acknowledgements(complaint)), 1)

    def test_second_complaint_within_minutes_is_kept_but_not_acknowledged(self):
        first = self.receive()
        second = self.receive(subject="And another thing")
        self.assertEqual(len(second), 1)
        self.assertFalse(self.acknowledgements(second))
        self.assertIn("has got an acknowledgement shortly before", "".join(second.message_ids.mapped("body")))
        first.acknowledged_at -= timedelta(minutes=11)
        self.assertEqual(len(self.acknowledgements(self.receive(subject="A third"))), 1)

    def test_strangers_are_acknowledged_once_a_day(self):
        stranger = "Rudi <rudi@baru.test>"
        first = self.receive(sender=stranger)
        first.acknowledged_at -= timedelta(hours=23)
        self.assertFalse(self.acknowledgements(self.receive(sender=stranger, subject="And another thing")))
        first.acknowledged_at -= timedelta(hours=2)
        self.assertEqual(len(self.acknowledgements(self.receive(sender=stranger, subject="A third"))), 1)

    def test_broken_template_loses_no_complaint(self):
        self.env.ref("crm_lifecycle_complaints.mail_template_acknowledgement").body_html = "<t t-out='object.no_such_field'/>"
        with mute_logger("odoo.addons.crm_lifecycle_complaints.models.crm_complaint_mail"):
            complaint = self.receive(sender="Rudi <rudi@baru.test>")
        self.assertEqual(len(complaint), 1)
        self.assertFalse(complaint.acknowledged_at)
        self.assertIn("could not be made", "".join(complaint.message_ids.mapped("body")))

    def robot(self, reply):
        """Let a robot answer every acknowledgement we send it; return how many it got."""
        got = self.env["mail.message"]
        self.receive(sender="Robot <robot@loop.test>", subject="Hello")
        for _round in range(8):
            sent = self.env["mail.message"].search(
                [
                    ("model", "=", "crm.complaint"),
                    ("message_type", "=", "auto_comment"),
                    ("outgoing_email_to", "ilike", "robot@loop.test"),
                    ("id", "not in", got.ids),
                ]
            )
            if not sent:
                break
            got |= sent
            for message in sent:
                self.receive(self.mail(sender="Robot <robot@loop.test>", **reply(message)))
        return len(got)

    def test_two_robots_do_not_chat(self):
        robots = {
            "polite": lambda message: {
                "headers": f"Auto-Submitted: auto-replied\nIn-Reply-To: {message.message_id}",
                "subject": f"Re: {message.subject}",
            },
            "without headers": lambda message: {"headers": f"In-Reply-To: {message.message_id}", "subject": f"Re: {message.subject}"},
            "without references": lambda message: {"subject": f"Re: {message.subject}"},
            "without anything": lambda message: {"subject": "Your request 4711 was received"},
        }
        for name, reply in robots.items():
            with self.subTest(robot=name), self.env.cr.savepoint() as savepoint:
                self.assertEqual(self.robot(reply), 1)
                savepoint.close(rollback=True)

    def test_our_own_address_is_not_answered(self):
        other = self.env["crm.complaint.team"].create({"name": "Second", "company_id": self.company.id, "alias_name": "second"})
        complaint = self.receive(sender=f"Second <{other.alias_email}>")
        self.assertEqual(len(complaint), 1)
        self.assertFalse(self.acknowledgements(complaint))

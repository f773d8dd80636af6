from datetime import timedelta
from unittest.mock import patch

from odoo import fields
from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged
from odoo.tools import mute_logger

from .common import ComplaintCase

FLOODER = "Flood <flood@flood.test>"


@tagged("post_install", "-at_install")
class TestQuarantine(ComplaintCase):
    @property
    def held(self):
        return self.env["crm.complaint.quarantine"].search([])

    def test_flood_of_one_sender(self):
        """Of many mails in an hour twenty open a complaint, and no mail is lost."""
        opened = sum(len(self.receive(sender=FLOODER, subject=f"No. {number}")) for number in range(30))
        self.assertEqual(opened, 20)
        self.assertEqual(len(self.held), 10)
        self.assertEqual(set(self.held.mapped("cause")), {"flood"})
        self.assertEqual(len(self.receive(sender="other@flood.test")), 1, "others are not held for it")
        acknowledged = self.env["crm.complaint"].search([("email_normalized", "=", "flood@flood.test"), ("acknowledged_at", "!=", False)])
        self.assertEqual(len(acknowledged), 1)

    def test_flood_on_one_complaint(self):
        self.env["ir.config_parameter"].set_param("mail.gateway.loop.threshold", "3")
        complaint = self.receive()
        reference = f"In-Reply-To: {complaint.message_ids[-1].message_id}"
        for number in range(5):
            self.receive(headers=reference, body=f"Answer {number}")
        self.assertEqual(self.held.mapped("cause"), ["flood"] * 3)
        self.held[0].action_release()
        self.assertIn("Answer 4", str(complaint.message_ids[0].body))

    def test_allowed_sender_floods(self):
        self.env["ir.config_parameter"].set_param("mail.gateway.loop.threshold", "2")
        self.env["mail.gateway.allowed"].create({"email": "flood@flood.test"})
        self.assertEqual(sum(len(self.receive(sender=FLOODER, subject=str(number))) for number in range(4)), 4)

    def test_flood_of_strangers_spares_customers(self):
        self.team.stranger_limit = 3
        for number in range(5):
            self.receive(sender=f"stranger{number}@flood.test")
        self.assertEqual(self.held.mapped("cause"), ["strangers"] * 2)
        self.assertEqual(len(self.receive()), 1, "a customer is received")

    def test_bulk_release(self):
        self.env["ir.config_parameter"].set_param("mail.gateway.loop.threshold", "1")
        for number in range(4):
            self.receive(sender=FLOODER, subject=f"No. {number}", body=f"Text {number}")
        self.receive(headers="X-Spam-Flag: YES", subject="Not spam", body="A person wrote this.")
        held = self.held
        held.received_at = fields.Datetime.now() - timedelta(days=2)
        before = self.env["crm.complaint"].search([])
        held.with_user(self.agent).action_release()
        opened = self.env["crm.complaint"].search([]) - before
        self.assertEqual(set(opened.mapped("name")), {"No. 1", "No. 2", "No. 3", "Not spam"})
        self.assertEqual(set(opened.mapped("received_at")), set(held.mapped("received_at")), "the day of receipt stays")
        self.assertEqual(held.mapped("complaint_id"), opened.sorted(lambda complaint: held.mapped("complaint_id").ids.index(complaint.id)))
        self.assertFalse(self.held, "released mail no longer waits")
        with self.assertRaisesRegex(UserError, "released or dismissed"):
            held.action_release()

    def test_released_answer_of_a_machine_reaches_its_complaint_and_is_not_answered(self):
        self.receive(headers="Auto-Submitted: auto-generated", subject="From the ticket system")
        sent = self.env["mail.mail"].search([])
        self.held.action_release()
        complaint = self.env["crm.complaint"].search([("name", "=", "From the ticket system")])
        self.assertEqual(len(complaint), 1)
        self.assertFalse(self.acknowledgements(complaint))
        self.assertEqual(self.env["mail.mail"].search([]) - sent, self.env["mail.mail"])

    def test_released_bounce_and_automatic_reply_of_ours(self):
        self.receive(sender="MAILER-DAEMON@maju.test", subject="Undelivered", body="It could not be delivered.")
        self.assertEqual(self.held.cause, "bounce")
        self.held.action_release()
        self.assertEqual(len(self.env["crm.complaint"].search([("name", "=", "Undelivered")])), 1)

    def test_same_mail_twice_is_held_once(self):
        raw = self.mail(headers="X-Spam-Flag: YES")
        self.receive(raw)
        self.receive(raw)
        self.assertEqual(len(self.held), 1)

    def test_dismissed_is_kept(self):
        self.receive(headers="X-Spam-Flag: YES")
        held = self.held
        held.action_dismiss()
        self.assertFalse(self.held)
        held.action_unarchive()
        held.action_release()
        self.assertTrue(held.complaint_id)

    @mute_logger("odoo.addons.crm_lifecycle_complaints.models.mail_thread")
    def test_what_cannot_be_processed_is_held_and_can_be_released_later(self):
        with patch.object(self.registry["crm.complaint"], "_prepare_receipt", side_effect=ValueError("broken")):
            self.assertFalse(self.receive(subject="Unlucky"))
        self.assertEqual(self.held.cause, "error")
        self.assertEqual(self.team.alias_id.alias_status, "not_tested", "the address is not marked as broken")
        self.held.action_release()
        self.assertEqual(len(self.env["crm.complaint"].search([("name", "=", "Unlucky")])), 1)

    @mute_logger("odoo.addons.crm_lifecycle_complaints.models.mail_thread")
    def test_a_part_that_cannot_be_stored_costs_the_form_not_the_mail(self):
        thread = self.registry["mail.thread"]
        real = thread._process_attachments_for_post

        def fail(self, attachments, *args):
            if any(each[0] == "bad.bin" for each in attachments or ()):
                raise ValueError("cannot be stored")
            return real(self, attachments, *args)

        body = '--b\nContent-Type: text/plain\n\nHello\n--b\nContent-Type: application/x; name="bad.bin"\n\nx\n--b--\n'
        with patch.object(thread, "_process_attachments_for_post", fail):
            complaint = self.receive(body=body, content='Content-Type: multipart/mixed; boundary="b"')
        self.assertIn("Hello", complaint.narrative)
        self.assertEqual(complaint.message_ids.attachment_ids.mapped("name"), ["original.eml"])

    @mute_logger("odoo.models", "odoo.addons.base.models.ir_rule")
    def test_rights(self):
        self.receive(headers="X-Spam-Flag: YES")
        held = self.held
        clerk = self.make_user("clerk", "base.group_user")
        portal = self.make_user("portal", "base.group_portal")
        elsewhere = self.make_user("elsewhere", "crm_lifecycle_complaints_group_manager", self.env["res.company"].create({"name": "Other"}))
        for user in (self.stranger, clerk, portal, elsewhere):
            with self.subTest(user=user.login), self.assertRaises(AccessError):
                held.with_user(user).with_context(allowed_company_ids=user.company_ids.ids).action_release()
        for user in (self.agent, self.manager):
            self.assertTrue(held.with_user(user).has_access("write"))
        with self.assertRaises(AccessError):
            held.with_user(self.agent).write({"email_from": "forged@x.test"})
        with self.assertRaises(AccessError):
            self.env["crm.complaint.quarantine"].with_user(self.manager).create({"name": "x", "cause": "spam"})

    def test_release_cannot_be_forged_by_the_context(self):
        forged = self.env["mail.thread"].with_context(complaint_released={"received_at": "2020-01-01"})
        forged.message_process(None, self.mail(headers="X-Spam-Flag: YES"))
        self.assertEqual(self.held.cause, "spam")

    def test_same_message_id_of_another_person(self):
        """Some mailers number their mails from one on: two people's mails are two complaints."""
        self.receive(message_id="<1@mailer.local>", body="First")
        second = self.receive(message_id="<1@mailer.local>", sender="rudi@baru.test", subject="Other", body="Second")
        self.assertEqual(len(second), 1)

from odoo import fields
from odoo.exceptions import UserError, ValidationError
from odoo.tests import Form, tagged

from .common import ComplaintCase


@tagged("post_install", "-at_install")
class TestHandling(ComplaintCase):
    def setUp(self):
        super().setUp()
        self.complaint = self.receive()

    def reply(self, complaint, user=None, body="<p>We look into it.</p>"):
        action = complaint.with_user(user or self.agent).action_reply()
        form = Form(
            self.env["mail.compose.message"].with_user(user or self.agent).with_context(**action["context"]), view=action["views"][0][0]
        )
        self.assertEqual(form.complaint_recipient, complaint._get_customer_address())
        form.body = body
        form.save()._action_send_mail()
        return complaint.message_ids[0]

    def test_assign_to_me(self):
        self.complaint.with_user(self.agent).action_assign_to_me()
        self.assertEqual(self.complaint.user_id, self.agent)
        self.assertIn(self.agent.partner_id, self.complaint.message_partner_ids)

    def test_reply_to_customer_is_the_first_response(self):
        message = self.reply(self.complaint)
        [mail] = self.outgoing(message)
        self.assertEqual(mail.recipient_ids, self.siti)
        self.assertIn("keluhan@sejahtera.test", mail.reply_to)
        self.assertIn(self.complaint.number, message.subject)
        first = self.complaint.first_response_at
        self.assertTrue(first)
        self.complaint.first_response_at = first - fields.Datetime.now().resolution * 3_600_000_000
        before = self.complaint.first_response_at
        self.reply(self.complaint, body="<p>Again.</p>")
        self.assertEqual(self.complaint.first_response_at, before, "only the first")

    def test_reply_to_a_sender_who_is_no_contact(self):
        complaint = self.receive(sender="Rudi <rudi@baru.test>")
        before = self.env["res.partner"].search_count([])
        message = self.reply(complaint)
        self.assertEqual(self.outgoing(message).email_to, "rudi@baru.test")
        self.assertTrue(complaint.first_response_at)
        self.assertEqual(self.env["res.partner"].search_count([]), before)

    def test_reply_without_address(self):
        complaint = self.env["crm.complaint"].create({"name": "By telephone", "team_id": self.team.id})
        with self.assertRaisesRegex(UserError, "no valid e-mail address"):
            complaint.action_reply()

    def test_notes_and_mail_among_colleagues_are_no_response(self):
        self.complaint.with_user(self.agent).message_post(body="A note")
        self.complaint.with_user(self.agent).message_post(
            body="Look", partner_ids=self.manager.partner_id.ids, message_type="comment", subtype_xmlid="mail.mt_comment"
        )
        self.assertFalse(self.complaint.first_response_at)

    def test_answer_from_the_chatter_is_the_first_response(self):
        self.complaint.with_user(self.agent).message_post(
            body="Hello", partner_ids=self.siti.ids, message_type="comment", subtype_xmlid="mail.mt_comment"
        )
        self.assertTrue(self.complaint.first_response_at)

    def test_answer_from_the_agents_own_mailbox_is_the_first_response(self):
        reference = self.acknowledgements(self.complaint).message_id
        self.receive(
            sender="agent@sejahtera.test",
            to="Siti <siti@maju.test>, keluhan@sejahtera.test",
            headers=f"In-Reply-To: {reference}",
            body="We look into it.",
        )
        self.assertTrue(self.complaint.first_response_at)

    def test_closing_needs_a_decision_however_it_is_done(self):
        reasonless = {"decision": "accept", "decision_reason": "<p><br/></p>"}
        for values in ({}, {"decision": "accept"}, {"decision_reason": "<p>Because.</p>"}, reasonless):
            with self.subTest(values=values), self.assertRaises(ValidationError) as refused:
                self.complaint.write({**values, "stage_id": self.closed.id})
            self.assertIn("cannot be closed without a decision and its reasons", str(refused.exception))
            with self.subTest(create=values), self.assertRaises(ValidationError):
                self.env["crm.complaint"].create({"name": "x", "stage_id": self.closed.id, **values})
        with self.assertRaises(UserError):
            self.decide_and_close(self.complaint, reason="<p> </p>")
        self.assertFalse(self.complaint.is_closed)

    def test_decision_of_a_closed_complaint_cannot_be_taken_out(self):
        self.decide_and_close(self.complaint)
        for values in ({"decision": False}, {"decision_reason": "<p></p>"}):
            with self.subTest(values=values), self.assertRaises(ValidationError):
                self.complaint.write(values)

    def test_closing_mails_the_decision_in_the_customers_language(self):
        self.decide_and_close(self.complaint, "reject", "<p>Used after the date.</p>")
        self.assertTrue(self.complaint.is_closed)
        self.assertTrue(self.complaint.closed_at)
        message = self.acknowledgements(self.complaint)[0]
        self.assertIn(f"[{self.complaint.number}] Keputusan kami", message.subject)
        self.assertIn("Used after the date.", str(message.body))
        self.assertIn("tidak dapat", str(message.body))
        [mail] = self.outgoing(message)
        self.assertEqual(mail.recipient_ids, self.siti)
        self.assertIn("'Auto-Submitted': 'auto-generated'", mail.headers)

    def test_closing_by_write_mails_the_decision_too(self):
        self.complaint.write({"decision": "redress", "decision_reason": "<p>As a favour.</p>"})
        before = self.acknowledgements(self.complaint)
        self.complaint.stage_id = self.closed
        self.assertEqual(len(self.acknowledgements(self.complaint) - before), 1)
        self.complaint.name = "Other subject"
        self.complaint.stage_id = self.closed
        self.assertEqual(len(self.acknowledgements(self.complaint) - before), 1, "once")

    def test_closing_without_address_says_so(self):
        complaint = self.env["crm.complaint"].create({"name": "By telephone", "team_id": self.team.id})
        self.decide_and_close(complaint)
        self.assertIn("was not mailed", str(complaint.message_ids.filtered("body")[0].body) + str(complaint.message_ids.mapped("body")))

    def test_decision_reasons_are_shown_as_written_and_harmless(self):
        self.decide_and_close(self.complaint, reason="<p>Because <b>so</b>.</p><script>alert(1)</script>")
        body = str(self.acknowledgements(self.complaint)[0].body)
        self.assertIn("<b>so</b>", body)
        self.assertNotIn("<script", body)

    def test_reopening_keeps_the_old_closing_date_in_the_history(self):
        self.decide_and_close(self.complaint)
        self.env.cr.precommit.run()
        closed_at = self.complaint.closed_at
        self.complaint.with_user(self.agent).action_reopen()
        self.env.cr.precommit.run()
        self.assertFalse(self.complaint.closed_at)
        self.assertEqual(self.complaint.reopen_count, 1)
        self.assertEqual(self.complaint.stage_id, self.new)
        tracked = self.complaint.message_ids.sudo().tracking_value_ids.filtered(lambda value: value.field_id.name == "closed_at")
        self.assertIn(closed_at, tracked.mapped("old_value_datetime"))

    def test_customers_reply_reopens_and_a_colleagues_does_not(self):
        self.decide_and_close(self.complaint)
        reference = self.acknowledgements(self.complaint)[0].message_id
        self.receive(sender="agent@sejahtera.test", headers=f"In-Reply-To: {reference}", body="Good.")
        self.assertTrue(self.complaint.is_closed)
        self.receive(headers=f"In-Reply-To: {reference}", body="I do not agree.")
        self.assertFalse(self.complaint.is_closed)
        self.assertEqual(self.complaint.reopen_count, 1)

    def test_stage_with_complaints_does_not_change_its_meaning(self):
        with self.assertRaisesRegex(ValidationError, "holds complaints"):
            self.new.is_closed = True

    def test_contact_of_a_known_address_is_not_made_twice(self):
        self.env["res.partner"].create({"name": "CV Lain", "email": "siti@maju.test"})
        complaint = self.receive(subject="Ambiguous")
        with self.assertRaisesRegex(UserError, "already"):
            complaint.action_create_partner()

    def test_entered_by_staff(self):
        form = Form(self.env["crm.complaint"].with_user(self.agent))
        form.name = "Told at the counter"
        form.partner_id = self.siti
        self.assertEqual(form.email_from, "siti@maju.test")
        complaint = form.save()
        self.assertEqual(complaint.team_id, self.team)
        self.assertTrue(complaint.number)
        self.assertFalse(self.acknowledgements(complaint))

    def test_team_alias(self):
        self.assertEqual(self.team.alias_email, "keluhan@sejahtera.test")
        self.assertEqual(self.team.alias_model_id.model, "crm.complaint")
        self.assertEqual(self.team.open_complaint_count, 1)
        self.assertEqual(self.team.unassigned_complaint_count, 1)

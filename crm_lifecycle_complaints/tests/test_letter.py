from unittest.mock import patch

from odoo.exceptions import UserError
from odoo.tests import tagged
from odoo.tools import html2plaintext

from .redress_case import RedressCase


@tagged("post_install", "-at_install")
class TestLetter(RedressCase):
    """The decision as a letter: in the customer's language, printed, and attached to the mail."""

    def decided(self, **values):
        complaint = self.complain(decision="redress", decision_reason="<p>The jar was <b>badly</b> packed.</p>", **values)
        self.draft(complaint, self.invoice(), 2).action_request()
        return complaint

    def letter(self, complaint):
        report = self.env["ir.actions.report"].with_user(self.agent)
        content, kind = report._render_qweb_html("crm_lifecycle_complaints.crm_complaint_letter_report", complaint.ids)
        self.assertEqual(kind, "html")
        return " ".join(html2plaintext(content.decode()).split())

    def with_pdf(self, state="ok"):
        return patch.object(self.registry["ir.actions.report"], "get_wkhtmltopdf_state", lambda report: state)

    def test_what_it_says(self):
        self.siti.lang = "en_US"
        complaint = self.decided()
        text = self.letter(complaint)
        note = complaint.redress_ids.sudo().credit_note_id
        for words in (
            complaint.number,
            "Siti Rahmawati",
            "Without admitting a fault",
            "badly",
            f"Credit note {note.name}",
            "22.2",
            "within 30 days",
        ):
            self.assertIn(words, text)
        complaint.write({"decision": "reject"})
        self.assertIn("cannot accept your complaint", self.letter(complaint))

    def test_it_is_in_the_customers_language(self):
        complaint = self.decided()
        self.assertEqual(self.siti.lang, "id_ID")
        text = self.letter(complaint)
        self.assertIn("Keputusan kami", text)
        for english in ("Dear", "Our decision", "Our reasons", "Kind regards", "Credit note"):
            self.assertNotIn(english, text)

    def test_an_unknown_sender_gets_one(self):
        complaint = self.complain(partner_id=False, email_from="Rudi <rudi@baru.test>", decision="reject", decision_reason="No.")
        text = self.letter(complaint)
        self.assertIn("rudi@baru.test", text)
        self.assertIn("Dear Rudi", text)

    def test_hostile_text_is_text(self):
        complaint = self.decided(name="<script>alert(1)</script>")
        report = self.env["ir.actions.report"]
        content, _kind = report._render_qweb_html("crm_lifecycle_complaints.crm_complaint_letter_report", complaint.ids)
        self.assertNotIn(b"<script>alert(1)", content)

    def test_it_is_attached_to_the_mail(self):
        complaint = self.decided()
        with self.with_pdf():
            self.decide_and_close(complaint, "redress")
        [decision] = self.acknowledgements(complaint)
        [letter] = decision.attachment_ids
        self.assertTrue(letter.name.startswith(f"Keputusan {complaint.number.replace('/', '-')}"), letter.name)
        self.assertIn(letter, self.outgoing(decision).attachment_ids)
        self.assertIn("Nota kredit", str(decision.body), "the mail tells the whole decision, too")

    def test_without_a_program_for_pdf_the_mail_goes_all_the_same(self):
        complaint = self.decided()
        with self.with_pdf("install"):
            self.decide_and_close(complaint, "redress")
        [decision] = self.acknowledgements(complaint)
        self.assertFalse(decision.attachment_ids)
        self.assertTrue(self.outgoing(decision))
        self.assertTrue(complaint.message_ids.filtered(lambda message: "wkhtmltopdf" in (message.body or "")))

    def test_a_letter_that_fails_stops_nothing(self):
        complaint = self.decided()
        with self.with_pdf(), patch.object(self.registry["ir.actions.report"], "_render_qweb_pdf", side_effect=ValueError("broken")):
            self.decide_and_close(complaint, "redress")
        self.assertTrue(complaint.is_closed)
        self.assertFalse(self.acknowledgements(complaint).attachment_ids)

    def test_there_is_none_without_a_decision(self):
        with self.refused(UserError, "no decision"):
            self.complain().action_print_letter()
        action = self.decided().with_user(self.agent).action_print_letter()
        self.assertEqual(action["report_name"], "crm_lifecycle_complaints.crm_complaint_letter")

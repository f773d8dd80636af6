from odoo.tests import tagged

from .common import ComplaintCase

INVITATION = """--b
Content-Type: text/plain; charset=utf-8

Please meet us about the cracked jar.
--b
Content-Type: text/calendar; charset=utf-8; method=REQUEST

BEGIN:VCALENDAR
METHOD:REQUEST
BEGIN:VEVENT
SUMMARY:About the jar
END:VEVENT
END:VCALENDAR
--b--
"""


@tagged("post_install", "-at_install")
class TestReceipt(ComplaintCase):
    def test_mail_opens_a_complaint_of_the_team(self):
        complaint = self.receive(body="The jar was cracked.\n\n<script>alert(1)</script>")
        self.assertEqual(len(complaint), 1)
        self.assertEqual(complaint.name, "Cracked jar")
        self.assertEqual(complaint.narrative, "The jar was cracked.\n\n<script>alert(1)</script>", "text stays text")
        self.assertEqual(complaint.team_id, self.team)
        self.assertEqual(complaint.company_id, self.company)
        self.assertEqual(complaint.channel, "mail")
        self.assertEqual(complaint.stage_id, self.new)
        self.assertFalse(complaint.user_id)
        self.assertTrue(complaint.received_at)
        self.assertRegex(complaint.number, r"^CMP/\d{4}/00001$")
        original = complaint.message_ids.filtered(lambda message: message.message_type == "email")
        self.assertEqual(original.author_id, self.siti)
        self.assertTrue(str(original.body).startswith("<pre>The jar was cracked."), "text is escaped once")
        self.assertNotIn("<script", str(original.body))
        self.assertEqual(original.subtype_id, self.env.ref("crm_lifecycle_complaints.mt_complaint_new"))

    def test_numbers_are_counted_per_company(self):
        other = self.env["res.company"].create({"name": "Other"})
        first = self.receive()
        second = self.receive(subject="Another")
        elsewhere = self.env["crm.complaint"].with_company(other).create({"name": "x", "company_id": other.id})
        self.assertEqual([first.number[-5:], second.number[-5:], elsewhere.number[-5:]], ["00001", "00002", "00001"])

    def test_sequence_lost_is_made_again(self):
        self.env["ir.sequence"].search([("code", "=", "crm.complaint")]).unlink()
        self.assertRegex(self.receive().number, r"/00001$")

    def test_exact_address_links_the_contact_and_its_family(self):
        complaint = self.receive(sender='"S. R." <SITI@Maju.test>')
        self.assertEqual(complaint.partner_id, self.siti)
        self.assertEqual(complaint.commercial_partner_id, self.customer)

    def test_address_of_two_customers_links_none(self):
        self.env["res.partner"].create({"name": "CV Lain", "email": "siti@maju.test"})
        complaint = self.receive()
        self.assertFalse(complaint.partner_id)
        self.assertEqual(complaint.email_from, '"Siti Rahmawati" <siti@maju.test>')
        original = complaint.message_ids.filtered(lambda message: message.message_type == "email")
        self.assertFalse(original.author_id, "not guessed for the message either")

    def test_address_shared_inside_a_customer_links_the_customer(self):
        self.env["res.partner"].create({"name": "Budi", "parent_id": self.customer.id, "email": "siti@maju.test"})
        self.assertEqual(self.receive().partner_id, self.customer)

    def test_similar_address_or_other_company_is_no_link(self):
        other = self.env["res.company"].create({"name": "Other"})
        self.env["res.partner"].create({"name": "Theirs", "email": "theirs@maju.test", "company_id": other.id})
        self.assertFalse(self.receive(sender="ti@maju.test").partner_id)
        self.assertFalse(self.receive(sender="theirs@maju.test").partner_id)

    def test_colleague_who_forwards_is_no_customer(self):
        complaint = self.receive(sender="agent@sejahtera.test")
        self.assertFalse(complaint.partner_id)
        original = complaint.message_ids.filtered(lambda message: message.message_type == "email")
        self.assertEqual(original.author_id, self.agent.partner_id)

    def test_unknown_sender_makes_no_contact(self):
        before = self.env["res.partner"].with_context(active_test=False).search_count([])
        complaint = self.receive(sender="Rudi <rudi@baru.test>")
        self.assertFalse(complaint.partner_id)
        self.assertEqual(complaint.email_normalized, "rudi@baru.test")
        self.assertEqual(len(self.acknowledgements(complaint)), 1, "unknown senders are acknowledged too")
        self.assertEqual(self.outgoing(self.acknowledgements(complaint)).email_to, "rudi@baru.test")
        self.assertEqual(self.env["res.partner"].with_context(active_test=False).search_count([]), before)
        complaint.action_create_partner()
        self.assertEqual((complaint.partner_id.name, complaint.partner_id.email), ("Rudi", "rudi@baru.test"))

    def test_malformed_sender_is_kept_without_contact_or_acknowledgement(self):
        before = self.env["res.partner"].with_context(active_test=False).search_count([])
        for sender in ("not an address", "<>", "a@b@c", "", None):
            with self.subTest(sender=sender):
                complaint = self.receive(sender=sender)
                self.assertEqual(len(complaint), 1)
                self.assertFalse(complaint.partner_id)
                self.assertFalse(self.acknowledgements(complaint))
        self.assertEqual(self.env["res.partner"].with_context(active_test=False).search_count([]), before)

    def test_same_mail_twice_is_one_complaint(self):
        raw = self.mail(message_id="<twice@mail.test>")
        self.assertEqual(len(self.receive(raw)), 1)
        self.assertFalse(self.receive(raw))

    def test_mailers_that_count_from_one(self):
        raw = {"message_id": "<1@mailer.test>", "sender": "Shop <shop@mailer.test>"}
        first = self.receive(**raw, subject="Form", body="The jar arrived cracked.")
        self.assertEqual(len(first), 1)
        self.assertEqual(len(self.receive(**raw, subject="Form", body="The lid does not fit.")), 1, "another matter")
        self.assertFalse(self.receive(**raw, subject="[buyers] Form", body="The jar arrived cracked.\n-- \nThe buyers' list"), "by a list")
        robot = {"message_id": "<2@mailer.test>", "headers": "Auto-Submitted: auto-replied"}
        self.assertFalse(self.receive(**robot, body="I am away."))
        self.assertEqual(len(self.receive(**{**robot, "headers": ""}, body="The jar arrived cracked.", sender="rudi@baru.test")), 1)
        self.assertFalse(self.receive(**robot, body="I am away."))
        self.assertEqual(self.env["crm.complaint.quarantine"].search_count([("preview", "=", "I am away.")]), 1)

    def test_our_own_mail_that_comes_back_opens_nothing(self):
        [message] = self.acknowledgements(self.receive(sender="Rudi <rudi@baru.test>"))
        back = {"sender": message.email_from, "subject": message.subject, "body": "Quite another layout around it"}
        self.assertFalse(self.receive(**back, message_id=message.message_id))

    def test_sender_that_follows_no_standard(self):
        for sender in ("rudi@baru.test.", "<<sari@baru.test>>"):
            complaint = self.receive(sender=sender)
            self.assertEqual(complaint.email_normalized, sender.strip("<>."))
            self.assertEqual(len(self.acknowledgements(complaint)), 1)
        self.assertEqual(len(self.receive(self.mail(sender="<<SENDER@baru.test>>").encode().replace(b"SENDER", b"\xed\xa0\xff"))), 1)

    def test_missing_message_id(self):
        complaint = self.receive(message_id="")
        self.assertEqual(len(complaint), 1)
        self.assertEqual(len(self.acknowledgements(complaint)), 1)

    def test_no_subject_and_no_body(self):
        complaint = self.receive(subject=None, body="")
        self.assertEqual(complaint.name, "(no subject)")
        self.assertFalse(complaint.narrative)

    def test_html_body_becomes_text(self):
        complaint = self.receive(
            body="<p>The jar was <b>cracked</b>.</p><p>Please <a href='https://x.test'>look</a>.</p>",
            content="Content-Type: text/html; charset=utf-8",
        )
        self.assertIn("The jar was *cracked*.", complaint.narrative)
        self.assertNotIn("<p>", complaint.narrative)

    def test_wrong_and_unknown_charset(self):
        wrong = self.mail(body="", content="Content-Type: text/plain; charset=us-ascii\nContent-Transfer-Encoding: 8bit").encode()
        complaint = self.receive(wrong + "Kendi retak — €5".encode())
        self.assertIn("Kendi retak", complaint.narrative)
        unknown = self.mail(body="", content="Content-Type: text/plain; charset=x-klingon\nContent-Transfer-Encoding: 8bit").encode()
        complaint = self.receive(unknown + b"Kendi retak")
        self.assertEqual(len(complaint), 1)
        self.assertIn("Kendi retak", complaint.narrative)
        self.assertEqual(complaint.message_ids.attachment_ids.mapped("name"), ["original.eml"])

    def test_zero_bytes_in_text(self):
        complaint = self.receive(body="cracked\x00jar", subject="Zero\x00byte")
        self.assertEqual(len(complaint), 1)
        self.assertNotIn("\x00", complaint.narrative)

    def test_calendar_invitation_is_a_persons_mail(self):
        complaint = self.receive(body=INVITATION, content='Content-Type: multipart/mixed; boundary="b"')
        self.assertEqual(len(complaint), 1)
        self.assertIn("Please meet us", complaint.narrative)
        self.assertTrue(complaint.message_ids.attachment_ids, "the invitation is kept")

    def test_huge_mail_is_cut_in_the_form_and_whole_in_the_messages(self):
        complaint = self.receive(body="cracked jar " * 10_000 + "THE END")
        self.assertLessEqual(len(complaint.narrative), 20_000)
        self.assertIn("THE END", str(complaint.message_ids.filtered(lambda message: message.message_type == "email").body))

    def test_reply_by_references_is_no_second_complaint(self):
        complaint = self.receive()
        answered = self.acknowledgements(complaint).message_id
        again = self.receive(subject="Whatever", headers=f"References: <x@y> {answered}\nIn-Reply-To: {answered}", body="A photo.")
        self.assertFalse(again)
        self.assertIn("A photo.", str(complaint.message_ids[0].body))

    def test_reply_by_number_only_from_the_complaints_own_address(self):
        complaint = self.receive()
        subject = f"Re: [{complaint.number}] We have received your complaint"
        self.assertFalse(self.receive(subject=subject, body="No references here."))
        self.assertIn("No references here.", str(complaint.message_ids[0].body))
        self.assertEqual(len(self.receive(subject=subject, sender="other@maju.test")), 1, "a number is no key")

    def test_cc_reply_is_no_second_complaint(self):
        complaint = self.receive()
        answered = self.acknowledgements(complaint).message_id
        headers = f"Cc: keluhan@sejahtera.test, boss@maju.test\nIn-Reply-To: {answered}"
        self.assertFalse(self.receive(to="siti@maju.test", sender="boss@maju.test", headers=headers))

    def test_one_mail_to_two_teams_is_one_complaint(self):
        self.env["crm.complaint.team"].create({"name": "Second", "company_id": self.company.id, "alias_name": "second"})
        self.assertEqual(len(self.receive(to="keluhan@sejahtera.test, second@sejahtera.test")), 1)

    def report(self, message, part=""):
        """Receive what a mail system says of a message of ours; it opens nothing."""
        pieces = (
            "Content-Type: text/plain\n\nSee below.",
            part,
            f"Content-Type: message/rfc822\n\nMessage-ID: {message.message_id}\nSubject: x\n\nx",
        )
        opened = self.receive(
            sender="MAILER-DAEMON@maju.test",
            body="".join(f"--r\n{piece}\n" for piece in pieces if piece) + "--r--\n",
            content='Content-Type: multipart/report; report-type=delivery-status; boundary="r"',
        )
        self.assertFalse(opened)

    STATUS = (
        "Content-Type: message/delivery-status\n\nReporting-MTA: dns; mx.maju.test\n\nFinal-Recipient: rfc822; siti@maju.test\nAction: "
    )

    def test_bounce_of_our_mail_is_noted(self):
        complaint = self.receive()
        self.report(self.acknowledgements(complaint), self.STATUS + "failed\nStatus: 5.1.1")
        self.assertIn("could not be delivered", str(complaint.message_ids[0].body))

    def test_bounce_that_does_not_say_of_which_address_is_noted(self):
        for sender in ("siti@maju.test", "Rudi <rudi@baru.test>"):
            complaint = self.receive(sender=sender)
            self.report(self.acknowledgements(complaint))
            self.assertIn("could not be delivered", str(complaint.message_ids[0].body), sender)

    def test_bounce_of_mail_to_several_is_kept(self):
        complaint = self.receive()
        held = self.env["crm.complaint.quarantine"].search([])
        self.report(complaint.message_post(body="x", partner_ids=(self.siti | self.agent.partner_id).ids))
        self.assertEqual((self.env["crm.complaint.quarantine"].search([]) - held).cause, "bounce")

    def test_receipts_and_delays_are_no_failure(self):
        complaint = self.receive()
        message = self.acknowledgements(complaint)
        reports = (
            "Content-Type: message/disposition-notification\n\nDisposition: manual-action/MDN-sent-manually; displayed",
            self.STATUS + "delayed\nStatus: 4.4.1",
            self.STATUS + "delivered\nStatus: 2.0.0",
        )
        for count, part in enumerate(reports, 1):
            self.report(message, part)
            self.assertEqual(self.env["crm.complaint.quarantine"].search_count([("cause", "=", "bounce")]), count)
        self.assertNotIn("could not be delivered", str(complaint.message_ids.mapped("body")))
        self.assertFalse(self.siti.message_bounce)

    def test_mail_received_by_another_transaction_meanwhile(self):
        """The check looks past the own transaction's snapshot."""
        raw = self.mail(message_id="<elsewhere@mail.test>")
        with self.env.registry.cursor() as other:
            other.execute("INSERT INTO mail_message (message_id, message_type) VALUES ('<elsewhere@mail.test>', 'email') RETURNING id")
            [row] = other.fetchone()
        self.addCleanup(self.forget_message, row)
        self.assertTrue(self.env["crm.complaint"]._is_received_elsewhere({"message_id": "<elsewhere@mail.test>"}))
        self.assertFalse(self.receive(raw))

    def forget_message(self, row):
        with self.env.registry.cursor() as other:
            other.execute("DELETE FROM mail_message WHERE id = %s", [row])

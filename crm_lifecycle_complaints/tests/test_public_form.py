from odoo import Command
from odoo.exceptions import UserError
from odoo.tests import tagged
from odoo.tools import mute_logger

from .portal_case import PAYLOADS, PortalCase


@tagged("post_install", "-at_install")
class TestPublicForm(PortalCase):
    def setUp(self):
        super().setUp()
        self.team.public_form = True
        # The form of the public user's company.
        public = self.env.ref("base.public_user")
        public.write({"company_ids": [Command.link(self.company.id)], "company_id": self.company.id})
        self.login(None)
        self.form = {
            "name": "Rudi Hartono",
            "email": "rudi@baru.test",
            "subject": "Web: cracked jar",
            "narrative": "It arrived cracked.",
            "reference": "S00042",
            "consent": "1",
            "kind": "complaint",
            "remedy_sought": "refund",
        }

    def found(self):
        return self.env["crm.complaint"].search([("channel", "=", "web")])

    def send(self, files=None, **changed):
        return self.post("/complaints", files=files, **{**self.form, **changed})

    def test_it_is_received_and_acknowledged(self):
        response = self.send(files=[("files", ("jar.txt", b"photo", "text/plain"))])
        self.assertEqual(response.status_code, 303)
        complaint = self.found()
        self.assertEqual(complaint.name, "Web: cracked jar")
        self.assertEqual((complaint.team_id, complaint.company_id, complaint.remedy_sought), (self.team, self.company, "refund"))
        self.assertIn("S00042", complaint.narrative)
        self.assertFalse(complaint.partner_id, "nobody becomes a contact by the form")
        self.assertEqual(complaint.message_ids.attachment_ids.mapped("name"), ["jar.txt"])
        self.assertEqual(len(self.acknowledgements(complaint)), 1)
        self.assertFalse(complaint.message_partner_ids & self.env.ref("base.public_partner"))
        self.assertIn(complaint.number, self.url_open("/complaints/thanks").text)

    def test_logged_in_customer_is_the_customer(self):
        self.family.write({"company_ids": [Command.link(self.company.id)], "company_id": self.company.id})
        self.login(self.family)
        self.assertIn("Budi Family", self.url_open("/complaints").text)
        self.send(email="somebody@else.test")
        self.assertEqual(self.found().partner_id, self.family.partner_id)

    def test_what_is_missing_is_said_and_nothing_is_lost(self):
        for name, message in (
            ("email", "valid e-mail"),
            ("subject", "what it is about"),
            ("narrative", "what happened"),
            ("consent", "agree"),
        ):
            response = self.send(**{name: ""})
            self.assertEqual(response.status_code, 400)
            self.assertIn(message, response.text)
            self.assertIn("S00042", response.text)
        self.assertEqual(self.send(email="not an address").status_code, 400)
        self.assertEqual(self.send(kind="evil").status_code, 400)
        self.assertEqual(self.send(subject="x" * 251).status_code, 400)
        self.assertFalse(self.found())

    def test_trap_goes_to_quarantine(self):
        self.assertEqual(self.send(homepage="https://spam.test").status_code, 303)
        self.assertFalse(self.found())
        held = self.env["crm.complaint.quarantine"].search([])
        self.assertEqual((held.cause, held.email_normalized, held.name), ("trap", "rudi@baru.test", "Web: cracked jar"))
        held.action_release()
        self.assertEqual(held.complaint_id.name, "Web: cracked jar")

    @mute_logger("odoo.http")
    def test_needs_csrf(self):
        self.assertEqual(self.url_open("/complaints", data=self.form, allow_redirects=False).status_code, 400)
        self.assertFalse(self.found())

    def test_limit_for_an_address(self):
        statuses = [self.send(email=f"rudi{number}@baru.test").status_code for number in range(12)]
        self.assertEqual(statuses, [303] * 10 + [429] * 2)
        self.assertIn("wait an hour", self.send().text)
        self.assertEqual(len(self.found()), 10)

    def test_limit_for_a_mail_address(self):
        statuses = [self.send().status_code for number in range(7)]
        self.assertEqual(statuses, [303] * 5 + [429] * 2)

    def test_payloads_are_text(self):
        for payload in PAYLOADS:
            response = self.send(subject=payload, narrative=payload, name=payload, consent="")
            self.assertEqual(response.status_code, 400)
            self.assertNotIn(payload, response.text)

    def test_no_team_no_form(self):
        self.team.public_form = False
        self.assertEqual(self.url_open("/complaints").status_code, 404)
        self.assertEqual(self.send().status_code, 404)

    def test_captcha_of_another_addon_is_asked(self):
        from unittest.mock import patch

        with patch.object(self.registry["ir.http"], "_verify_request_recaptcha_token", side_effect=UserError("robot")):
            self.assertEqual(self.send().status_code, 400)
        self.assertFalse(self.found())

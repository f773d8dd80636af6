from odoo.tests import HttpCase, tagged

from .common import ComplaintCase


@tagged("post_install", "-at_install")
class TestTour(ComplaintCase, HttpCase):
    def test_from_the_menu_to_the_decision(self):
        self.siti.lang = "en_US"
        self.agent.write({"group_ids": [(4, self.env.ref("base.group_partner_manager").id)]})
        self.start_tour("/odoo", "crm_lifecycle_complaints_tour", login=self.agent.login)
        complaint = self.env["crm.complaint"].search([("name", "=", "Tour: the jar was cracked")])
        self.assertEqual(complaint.partner_id, self.siti)
        self.assertEqual(complaint.user_id, self.agent)
        self.assertEqual(complaint.severity, "grave")
        self.assertEqual(complaint.decision, "accept")
        self.assertTrue(complaint.first_response_at)
        self.assertTrue(complaint.closed_at)
        [reply] = complaint.message_ids.filtered(lambda message: "We are looking into it." in (message.body or ""))
        self.assertEqual(self.outgoing(reply).recipient_ids, self.siti)
        [decision] = self.acknowledgements(complaint)
        self.assertIn("It was packed without padding.", str(decision.body))

    def test_shows_on_the_customer(self):
        self.env["crm.complaint"].create({"name": "Tour: the jar was cracked", "partner_id": self.siti.id, "team_id": self.team.id})
        url = f"/odoo/res.partner/{self.customer.id}"
        self.start_tour(url, "crm_lifecycle_complaints_customer_tour", login=self.agent.login)

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

    def test_from_quarantine_to_the_visit(self):
        self.receive(subject="Tour: no spam", headers="X-Spam-Flag: YES")
        self.env["crm.complaint"].create({"name": "Tour: spam, they said", "team_id": self.team.id})
        self.start_tour("/odoo", "crm_lifecycle_complaints_receipt_tour", login=self.agent.login)
        complaint = self.env["crm.complaint"].search([("name", "=", "Tour: no spam")])
        self.assertEqual(complaint.user_id, self.agent)
        self.assertEqual(complaint.visit_ids.technician_id, self.agent)
        self.assertTrue(complaint.visit_ids.event_id)

    def test_customers_portal(self):
        self.team.ask_satisfaction = True
        portal = self.make_user("portal", "base.group_portal")
        portal.partner_id.parent_id = self.customer
        common = {"partner_id": portal.partner_id.id, "team_id": self.team.id}
        names = ("Tour: the jar was cracked", "Tour: late delivery", "Tour: still broken")
        opened, closed, again = self.env["crm.complaint"].create([{"name": name, **common} for name in names])
        self.decide_and_close(closed)
        self.decide_and_close(again)
        self.start_tour("/my", "crm_lifecycle_complaints_portal_tour", login=portal.login)
        self.assertIn("The lid is missing, too.", str(opened.message_ids[0].body))
        self.assertEqual(closed.rating_ids.rating, 5)
        self.assertTrue(closed.accepted_at)
        self.assertEqual((again.is_closed, again.reopen_count), (False, 1))

    def test_public_form(self):
        self.team.public_form = True
        self.env.ref("base.public_user").write({"company_ids": [(4, self.company.id)], "company_id": self.company.id})
        self.start_tour("/complaints", "crm_lifecycle_complaints_form_tour")
        complaint = self.env["crm.complaint"].search([("name", "=", "Tour: web form")])
        self.assertEqual((complaint.channel, complaint.email_normalized), ("web", "rudi@baru.test"))

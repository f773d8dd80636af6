from odoo import Command
from odoo.tests import HttpCase, tagged


@tagged("post_install", "-at_install")
class TestTours(HttpCase):
    def test_value_model(self):
        lines = [{"repeats": number, "customers": 90 - number, "predicted": number / 2, "actual": number / 3} for number in range(8)]
        self.env["crm.lifecycle.value.fit"].create(
            {
                "company_id": self.env.company.id,
                "date": "2026-06-30",
                "state": "fitted",
                "customers": 692,
                "repeat_customers": 300,
                "holdout_start": "2026-03-31",
                "line_ids": [Command.create(line) for line in lines],
            }
        )
        self.start_tour("/odoo", "crm_lifecycle_value_model", login="admin")

    def test_customers(self):
        partner = self.env["res.partner"].create({"name": "Aster Coffee", "is_company": True, "customer_rank": 1})
        self.env["crm.lifecycle.dirty"]._drain(limit=100_000)
        self.assertTrue(partner.lifecycle_customer_id)
        self.start_tour("/odoo", "crm_lifecycle_customers", login="admin")

    def test_customer_360(self):
        partner = self.env["res.partner"].create({"name": "Aster Coffee", "is_company": True, "customer_rank": 1})
        buyer = self.env["res.partner"].create({"name": "Aster Buyer", "parent_id": partner.id})
        self.env["crm.lead"].create({"name": "Aster Opportunity", "partner_id": buyer.id, "type": "lead"})
        self.env["crm.lifecycle.dirty"]._drain(limit=100_000)
        self.start_tour(f"/odoo/customer-360/{buyer.id}", "crm_lifecycle_customer_360", login="admin")

    def test_journey(self):
        self.env["res.partner"].create({"name": "Aster Coffee", "is_company": True, "customer_rank": 1})
        self.env["crm.lifecycle.dirty"]._drain(limit=100_000)
        self.start_tour("/odoo", "crm_lifecycle_journey", login="admin")

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
        self.env["crm.lead"].create([{"name": f"Aster Opportunity {number:02}", "partner_id": buyer.id} for number in range(25)])
        beans, filters = self.env["product.product"].create([{"name": "Aster Beans"}, {"name": "Aster Filters"}])
        self.env.company.lifecycle_basis = "orders"
        for day, products in (("2026-01-05", beans), ("2026-02-16", beans | filters), ("2026-03-30", beans)):
            order = self.env["sale.order"].create(
                {"partner_id": buyer.id, "order_line": [Command.create({"product_id": product.id}) for product in products]}
            )
            order.action_confirm()
            order.date_order = day
        self.env["crm.lifecycle.dirty"]._drain(limit=100_000)
        buyer.message_post(body="Two calls agreed", message_type="comment", subtype_xmlid="mail.mt_note")
        self.start_tour(f"/odoo/customer-360/{buyer.id}", "crm_lifecycle_customer_360", login="admin", timeout=120)
        added = self.env["sale.order"].search([("partner_id", "child_of", partner.id), ("state", "=", "draft")])
        self.assertEqual(added.order_line.product_id, beans)

    def test_quotation(self):
        beans, filters = self.env["product.product"].create([{"name": "Aster Beans"}, {"name": "Aster Filters"}])
        self.env["res.partner"].create({"name": "Aster Coffee", "is_company": True})
        pair = {"company_id": self.env.company.id, "weight": 0.8, "together": 8, "baskets": 10}
        self.env["crm.product.affinity"].create([{**pair, "product_id": beans.id, "other_id": filters.id}])
        self.start_tour("/odoo/sales/new", "crm_lifecycle_goes_with", login="admin")

    def test_journey(self):
        self.env["res.partner"].create({"name": "Aster Coffee", "is_company": True, "customer_rank": 1})
        self.env["crm.lifecycle.dirty"]._drain(limit=100_000)
        self.start_tour("/odoo", "crm_lifecycle_journey", login="admin")

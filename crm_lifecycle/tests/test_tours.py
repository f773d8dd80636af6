from odoo.tests import HttpCase, tagged


@tagged("post_install", "-at_install")
class TestTours(HttpCase):
    def test_customers(self):
        partner = self.env["res.partner"].create({"name": "Aster Coffee", "is_company": True, "customer_rank": 1})
        self.env["crm.lifecycle.dirty"]._drain(limit=100_000)
        self.assertTrue(partner.lifecycle_customer_id)
        self.start_tour("/odoo", "crm_lifecycle_customers", login="admin")

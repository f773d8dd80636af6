from odoo.tests import HttpCase, tagged

from .common import LoyaltyCommon


@tagged("post_install", "-at_install")
class TestTour(LoyaltyCommon, HttpCase):
    def test_points_on_the_customer_and_a_new_rule(self):
        self._card(self.customer, points=1200)
        self.start_tour(f"/odoo/contacts/{self.customer.id}", "crm_lifecycle_loyalty_points", login="admin")
        self.start_tour("/odoo", "crm_lifecycle_loyalty_rule", login="admin")
        rule = self.Rule.search([("name", "=", "Thanks from the tour")])
        self.assertEqual((rule.stage_id, rule.points, rule.budget_points), (self.stage_loyal, 150, 3000))

from odoo.tests import HttpCase, new_test_user, tagged

from .common import LoyaltyCommon, OrderMixin


@tagged("post_install", "-at_install")
class TestTour(OrderMixin, LoyaltyCommon, HttpCase):
    def test_points_on_the_customer_and_a_new_rule(self):
        self._card(self.customer, points=1200)
        self.start_tour(f"/odoo/contacts/{self.customer.id}", "crm_lifecycle_loyalty_points", login="admin")
        self.start_tour("/odoo", "crm_lifecycle_loyalty_rule", login="admin")
        rule = self.Rule.search([("name", "=", "Thanks from the tour")])
        self.assertEqual((rule.stage_id, rule.points, rule.budget_points), (self.stage_loyal, 150, 3000))

    def test_from_the_order_to_the_points_and_back(self):
        """Promised by the order, usable when it is paid, taken back by the credit note: as staff see it."""
        self._prepare_sales()
        self.env["loyalty.program"].search([]).action_archive()
        self.program = self._sales_program(hold_until="paid")
        order = self._order(self.customer, 100)
        order._update_programs_and_rewards()
        self.start_tour(f"/odoo/action-sale.action_quotations/{order.id}", "crm_lifecycle_loyalty_earned", login="admin")
        card = self.Card.search([("partner_id", "=", self.customer.id)])
        self.assertEqual((order.state, card.points), ("sale", 0))
        move = self._invoice_order(order)
        address = f"/odoo/action-account.action_move_out_invoice_type/{move.id}"
        self.start_tour(address, "crm_lifecycle_loyalty_paid", login="admin")
        self.assertEqual(card.points, 100)
        self.start_tour(address, "crm_lifecycle_loyalty_credited", login="admin")
        self.assertEqual(card.points, 0)

    def test_the_customer_reads_the_statement_and_uses_points(self):
        self._prepare_sales()
        portal = new_test_user(self.env, "loyalty_tour", groups="base.group_portal")
        card = self._card(portal.partner_id)
        self.Entry._post([self._entry(card, f"n{number:03}", number + 1, description=f"Gift {number}") for number in range(100)])
        self.start_tour(f"/my/loyalty_card/{card.id}/history", "crm_lifecycle_loyalty_portal", login="loyalty_tour")
        self.env["loyalty.program"].search([]).action_archive()
        self._card(portal.partner_id, self._sales_program(), points=80)
        order = self._order(portal.partner_id, 100)
        order.message_subscribe(portal.partner_id.ids)
        order.state = "sent"
        self.start_tour(f"/my/orders/{order.id}", "crm_lifecycle_loyalty_portal_order", login="loyalty_tour")
        self.assertEqual(order.amount_total, 70)

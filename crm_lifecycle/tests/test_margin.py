from odoo import Command
from odoo.exceptions import AccessError
from odoo.tests import new_test_user, tagged

from .common import LifecycleCase


@tagged("post_install", "-at_install")
class TestMargin(LifecycleCase):
    """What was earned, by the costs of the day on which the invoice was posted."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.product = cls.env["product.product"].create({"name": "Tea", "standard_price": 6, "type": "consu"})

    def sold(self, *lines, partner=None, **values):
        """A posted invoice of (quantity, price, values of the line)."""
        commands = [
            Command.create({"product_id": self.product.id, "quantity": quantity, "price_unit": price, "tax_ids": [Command.clear()], **more})
            for quantity, price, more in lines
        ]
        move = self.invoice(partner or self.acme, "2026-01-10", post=False, **values)
        move.invoice_line_ids = [Command.clear(), *commands]
        move.action_post()
        return move

    def earned(self, move):
        return move.lifecycle_margin, move.lifecycle_costed

    def test_cost_of_the_day(self):
        move = self.sold((2, 10, {}))
        self.assertEqual(self.earned(move), (8, 20))
        self.product.standard_price = 9
        self.assertEqual(self.earned(move), (8, 20), "what was earned is not what would be earned today")
        move.button_draft()
        move.action_post()
        self.assertEqual(self.earned(move), (2, 20), "posted again, it has the costs of that day")

    def test_cost_unknown(self):
        self.product.standard_price = 0
        self.assertEqual(self.earned(self.sold((2, 10, {}))), (0, 0))
        self.product.standard_price = 6
        part = self.sold((1, 10, {}), (1, 5, {"product_id": False, "name": "Freight"}))
        self.assertEqual(self.earned(part), (4, 10), "the line without a cost is left out of both")
        self.drain()
        self.assertEqual((self.customer(self.acme).margin, self.customer(self.acme).costed_revenue), (4, 10))

    def test_other_unit(self):
        dozen = self.env.ref("uom.product_uom_dozen")
        self.assertEqual(self.earned(self.sold((2, 100, {"product_uom_id": dozen.id}))), (56, 200))

    def test_credit_note_takes_back_in_proportion(self):
        move = self.sold((2, 10, {}))
        self.product.standard_price = 9
        self.assertEqual(self.earned(self.credit(move, "2026-02-01", amount=2.5)), (-2, -5), "by the cost of the invoice, not of today")
        self.drain()
        self.assertEqual(self.customer(self.acme).margin, 6)
        whole = self.sold((3, 10, {}))
        self.credit(whole, "2026-02-01")
        self.drain()
        self.assertEqual((self.customer(self.acme).margin, self.customer(self.acme).costed_revenue), (6, 15))

    def test_credit_note_without_an_invoice(self):
        self.assertEqual(self.earned(self.sold((2, 10, {}), move_type="out_refund")), (-8, -20))

    def test_foreign_currency(self):
        euro = self.env["res.currency"].with_context(active_test=False).search([("name", "=", "EUR")])
        euro.active = True
        self.env["res.currency.rate"].create({"currency_id": euro.id, "rate": 0.5, "name": "2026-01-01", "company_id": self.company.id})
        move = self.sold((2, 10, {}), currency_id=euro.id)
        self.assertEqual(self.earned(move), (28, 40), "20 euros are 40 in company currency, the cost is 12")

    def test_cost_of_the_company(self):
        other = self.other_company()
        self.product.with_company(other).standard_price = 1
        move = self.sold(
            (2, 10, {}),
            company_id=other.id,
            journal_id=self.env["account.journal"].search([("type", "=", "sale"), ("company_id", "=", other.id)], limit=1).id,
        )
        self.assertEqual(self.earned(move), (18, 20))

    def test_cost_on_the_order(self):
        if "purchase_price" not in self.env["sale.order.line"]._fields:
            # The suite's database has it; a firm's own may not.
            self.skipTest("sale_margin is not installed")
        self.product.invoice_policy = "order"
        line = {"product_id": self.product.id, "product_uom_qty": 2, "price_unit": 10, "purchase_price": 7, "tax_ids": [Command.clear()]}
        order = self.env["sale.order"].create({"partner_id": self.acme.id, "order_line": [Command.create(line)]})
        order.action_confirm()
        move = order._create_invoices()
        move.action_post()
        self.assertEqual(self.earned(move), (6, 20))
        self.company.lifecycle_basis = "orders"
        self.customers._refresh_partners(self.acme)
        self.assertEqual((self.customer(self.acme).margin, self.customer(self.acme).costed_revenue), (6, 20))

    def test_salesperson_sees_no_margin(self):
        self.sold((2, 10, {}))
        self.drain()
        salesperson = new_test_user(self.env, "margin_sales", "sales_team.group_sale_salesman")
        with self.assertRaises(AccessError):
            self.customer(self.acme).with_user(salesperson).margin  # noqa: B018

    def test_queries(self):
        """One statement for all invoices of a batch, beside the one that marks their customers; the amounts go with the state."""
        moves = self.env["account.move"].browse()
        for _number in range(3):
            moves |= self.sold((2, 10, {}))
        moves.button_draft()
        self.product.standard_price = 9
        self.env.flush_all()
        with self.assertQueryCount(1, flush=False):
            moves._record_margin()
        dirty = {field.name for field, ids in self.env._field_dirty.items() if not ids.isdisjoint(moves.ids)}
        self.assertEqual(dirty, {"lifecycle_margin"}, "nothing is written before the state is")

    def test_cost_no_longer_known(self):
        move = self.sold((2, 10, {}))
        move.button_draft()
        self.product.standard_price = 0
        move.action_post()
        self.assertEqual(self.earned(move), (0, 0))
        self.product.standard_price = 6
        note = self.credit(move, "2026-02-01", amount=10)
        self.assertEqual(self.earned(note), (-8, -20), "an invoice of unknown cost has no proportion to give back")

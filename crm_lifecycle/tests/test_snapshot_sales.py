from datetime import timedelta

from odoo import Command, fields
from odoo.tests import tagged

from .common import LifecycleCase


@tagged("post_install", "-at_install")
class TestSnapshotSales(LifecycleCase):
    def section(self, name):
        return self.acme.crm_lifecycle_snapshot([name])["sections"][name]

    def test_opportunities_that_are_still_to_be_won(self):
        values = {"type": "opportunity", "partner_id": self.acme_buyer.id, "company_id": self.company.id}
        going, won, lost = self.env["crm.lead"].create([{**values, "name": name} for name in ("Going", "Won", "Lost")])
        won.action_set_won()
        lost.action_set_lost()
        self.assertEqual([row["id"] for row in self.section("sales")["opportunities"]["rows"]], [going.id])

    def test_orders_that_are_still_to_be_delivered(self):
        product = self.env["product.product"].create({"name": "Advice", "type": "service"})
        line = Command.create({"product_id": product.id, "product_uom_qty": 2})
        orders = self.env["sale.order"].create([{"partner_id": self.acme_buyer.id, "order_line": [line]} for _order in range(2)])
        orders.action_confirm()
        orders[0].order_line.qty_delivered = 2
        orders[1].order_line.qty_delivered = 1
        self.assertEqual([row["id"] for row in self.section("sales")["to_deliver"]["rows"]], orders[1].ids)
        self.acme_buyer.parent_id = self.env["res.partner"].create({"name": "Other", "is_company": True})
        self.assertFalse(self.section("sales")["to_deliver"]["total"])
        orders.partner_id = self.acme
        self.assertEqual([row["id"] for row in self.section("sales")["to_deliver"]["rows"]], orders[1].ids)

    def test_quotations_and_orders_that_are_open(self):
        product = self.env["product.product"].create({"name": "Rice", "type": "consu", "invoice_policy": "order"})
        line = Command.create({"product_id": product.id, "product_uom_qty": 2, "price_unit": 5, "tax_ids": [Command.clear()]})
        orders = self.env["sale.order"].create(
            [
                {"partner_id": self.acme_buyer.id, "date_order": f"2026-01-{day:02} 10:00:00", "order_line": [line]}
                for day in (*range(1, 9), 1, 2)
            ]
        )
        quotations, sold, cancelled = orders[:7], orders[7:9], orders[9]
        quotations[6].action_quotation_sent()
        sold.action_confirm()
        sold[0].date_order, sold[1].date_order = "2026-01-20 10:00:00", "2026-01-21 10:00:00"
        sold[0].order_line.qty_delivered = 2
        sold[1]._create_invoices()
        cancelled._action_cancel()
        found = self.section("sales")
        lists = {
            name: (found[name]["total"], [row["id"] for row in found[name]["rows"]]) for name in ("quotations", "to_deliver", "to_invoice")
        }
        self.assertEqual(
            lists,
            {
                "quotations": (7, [order.id for order in reversed(quotations[2:])]),
                "to_deliver": (1, sold[1].ids),
                "to_invoice": (1, sold[0].ids),
            },
        )
        row = found["to_invoice"]["rows"][0]
        self.assertEqual(
            (row["name"], row["date"], row["amount"], row["currency_id"]), (sold[0].name, "2026-01-20", 10, self.company.currency_id.id)
        )

    def test_meetings_to_come(self):
        now = fields.Datetime.now()
        meetings = self.env["calendar.event"].create(
            [
                {"name": "Visit", "partner_ids": [Command.set(self.acme_buyer.ids)], "start": start, "stop": start + timedelta(hours=1)}
                for start in (now - timedelta(days=2), now + timedelta(days=2))
            ]
        )
        self.assertEqual([row["id"] for row in self.section("contact")["meetings"]], meetings[1].ids)

    def test_what_was_bought_is_what_was_paid_for(self):
        bought, gift, returned = self.env["product.product"].create([{"name": name} for name in ("Tea", "Sample", "Cup")])
        lines = [(bought, 1, 5), (gift, 1, 0), (returned, -1, 2)]
        self.invoice(
            self.acme_buyer,
            "2026-01-10",
            invoice_line_ids=[
                Command.create({"product_id": product.id, "quantity": quantity, "price_unit": price, "tax_ids": [Command.clear()]})
                for product, quantity, price in lines
            ],
        )
        self.assertEqual([row["id"] for row in self.section("sales")["products"]], bought.ids)

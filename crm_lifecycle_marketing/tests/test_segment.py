from odoo import Command
from odoo.exceptions import AccessError, ValidationError
from odoo.tests import new_test_user

from .common import MarketingCase


class TestSegment(MarketingCase):
    def test_always_current(self):
        segment = self.env["crm.lifecycle.segment"].create(
            {"name": "Buyers", "customer_domain": f"[('partner_id', 'in', {self.buyers.ids}), ('purchase_days', '>', 0)]"}
        )
        self.assertEqual(segment.customer_count, 0)
        self.invoice(self.buyers[0], "2026-01-10")
        self.drain()
        segment.invalidate_recordset()
        self.assertEqual((segment.customer_count, segment.contact_count), (1, 1))
        self.assertEqual(self.customers.search(segment.action_open_customers()["domain"]).partner_id, self.buyers[0])

    def test_conditions(self):
        """Stage, health, product bought, consent, and days counted from today."""
        coffee, tea = self.env["product.product"].create([{"name": "Coffee"}, {"name": "Tea"}])
        move = self.invoice(self.buyers[0], "2026-01-10", post=False)
        move.invoice_line_ids.product_id = coffee
        move.action_post()
        refunded = self.invoice(self.buyers[1], "2026-01-10", post=False)
        refunded.invoice_line_ids.product_id = tea
        refunded.action_post()
        self.drain()
        self.buyers[2].lifecycle_no_mail = True
        here = f"('partner_id', 'in', {self.buyers.ids})"
        for condition, expected in (
            (f"('bought_product_ids', 'in', {coffee.ids})", self.buyers[0]),
            ("('bought_product_ids.name', 'ilike', 'tea')", self.buyers[1]),
            ("('mail_allowed', '=', False)", self.buyers[2]),
            ("('health', '!=', False)", self.buyers[:2]),
            ("('last_purchase_date', '<', 'today -1d')", self.buyers[:2]),
        ):
            with self.subTest(condition):
                segment = self.env["crm.lifecycle.segment"].create({"name": "One", "customer_domain": f"[{here}, {condition}]"})
                self.assertEqual(segment.customer_count, len(expected))
                self.assertEqual(self.customers.search(segment._get_customer_domain()).partner_id, expected)
        self.assertEqual(self.customer(self.buyers[0]).bought_product_ids, coffee)

    def test_bad_conditions(self):
        for bad in (
            "",
            "[(",
            "[('nothing', '=', 1)]",
            "__import__('os')",
            "[('partner_id', 'in', uid)]",
            "[('health', '=', 'x', 'y')]",
            "7",
        ):
            with self.subTest(bad), self.assertRaises(ValidationError):
                self.env["crm.lifecycle.segment"].create({"name": "Bad", "customer_domain": bad or "("})

    def test_a_field_that_is_gone(self):
        """An addon whose field the condition names is uninstalled: the list still opens, and nobody is written to by mistake."""
        self.env.cr.execute("UPDATE crm_lifecycle_segment SET customer_domain = %s WHERE id = %s", ["[('gone', '=', 1)]", self.segment.id])
        self.segment.invalidate_recordset()
        self.assertEqual((self.segment.customer_count, self.segment.contact_count), (0, 0))

    def test_rights(self):
        """Nobody learns by a condition what they may not read; other companies' segments are out of sight."""
        segments = self.env["crm.lifecycle.segment"].with_user(self.marketer)
        segments.create({"name": "By stage", "customer_domain": "[('stage_id', '!=', False)]"})
        with self.assertRaises(AccessError):
            segments.create({"name": "By revenue", "customer_domain": "[('net_revenue', '>', 1000)]"})
        other = self.other_company()
        foreign = self.env["crm.lifecycle.segment"].create({"name": "Theirs", "company_id": other.id})
        self.assertNotIn(foreign, segments.search([]))
        seller = new_test_user(self.env, "seller", groups="crm_lifecycle.crm_lifecycle_group_user")
        self.assertGreaterEqual(self.segment.with_user(seller).customer_count, 40)
        with self.assertRaises(AccessError):
            self.segment.with_user(seller).name = "Mine"

    def test_other_company(self):
        """The same contact is another customer elsewhere."""
        other = self.other_company()
        self.invoice(self.buyers[0], "2026-01-10")
        self.drain()
        segment = self.env["crm.lifecycle.segment"].create(
            {"name": "Theirs", "company_id": other.id, "customer_domain": "[('purchase_days', '>', 0)]"}
        )
        self.assertEqual(segment.customer_count, 0)

    def test_contacts_of_a_customer(self):
        firm = self.env["res.partner"].create(
            {
                "name": "Firm",
                "is_company": True,
                "customer_rank": 1,
                "email": "firm@example.com",
                "child_ids": [Command.create({"name": "One", "email": "one@example.com"}), Command.create({"name": "Two"})],
            }
        )
        self.drain()
        segment = self.env["crm.lifecycle.segment"].create({"name": "Firm", "customer_domain": f"[('partner_id', '=', {firm.id})]"})
        self.assertEqual(segment.contact_count, 1)
        segment.recipients = "contacts"
        self.assertEqual(segment.contact_count, 2)

from freezegun import freeze_time
from odoo import Command, fields
from odoo.exceptions import AccessError
from odoo.tests import new_test_user, tagged

from .common import LifecycleCase

TODAY = "2026-06-30"


@tagged("post_install", "-at_install")
class TestSnapshotMoney(LifecycleCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        common = {"company_id": cls.company.id, "company_ids": [Command.set(cls.company.ids)]}
        cls.accountant = new_test_user(cls.env, "lc_accountant", "account.group_account_readonly,account.group_account_invoice", **common)
        cls.sales = new_test_user(cls.env, "lc_seller", "sales_team.group_sale_salesman", **common)

    def money(self, partner=None, user=None):
        partner = (partner or self.acme).with_user(user or self.accountant)
        return partner.crm_lifecycle_snapshot(["money"])["sections"].get("money")

    def ledger(self, partner=None, companies=None):
        """What Odoo's journal items say of the family, posted ones on receivable accounts."""
        family = self.env["res.partner"].with_context(active_test=False).search([("commercial_partner_id", "=", (partner or self.acme).id)])
        items = self.env["account.move.line"].search(
            [
                ("partner_id", "in", family.ids),
                ("account_type", "=", "asset_receivable"),
                ("parent_state", "=", "posted"),
                ("company_id", "in", (companies or self.company).ids),
            ]
        )
        return sum(items.mapped("balance"))

    def pay(self, move, amount, day="2026-03-01", **values):
        wizard = self.env["account.payment.register"].with_context(active_model="account.move", active_ids=move.ids)
        wizard.create({"payment_date": day, "amount": amount, **values})._create_payments()

    def assertLedger(self, partner=None):
        money = self.money(partner)
        self.assertEqual(self.company.currency_id.compare_amounts(money["balance"], self.ledger(partner)), 0)
        self.assertAlmostEqual(sum(money["ageing"].values()), money["balance"], 2)
        return money

    def test_balance_is_that_of_the_ledger(self):
        self.assertEqual(self.assertLedger()["balance"], 0)
        first = self.invoice(self.acme, "2026-01-10", 100.10)
        self.assertEqual(self.assertLedger()["balance"], 100.10)
        self.invoice(self.acme_buyer, "2026-02-10", 33.33)
        self.assertEqual(self.assertLedger()["balance"], 133.43)
        self.pay(first, 40.07)
        self.assertEqual(self.assertLedger()["balance"], 93.36)
        self.credit(first, "2026-03-05", 10)
        self.assertEqual(self.assertLedger()["balance"], 83.36)
        self.invoice(self.acme, "2026-03-10", 500, post=False)
        self.assertEqual(self.assertLedger()["balance"], 83.36)

    def test_payment_on_a_child_contact(self):
        self.invoice(self.acme, "2026-01-10", 100)
        payment = self.env["account.payment"].create(
            {"partner_id": self.acme_buyer.id, "amount": 30.5, "payment_type": "inbound", "partner_type": "customer", "date": "2026-02-01"}
        )
        payment.action_post()
        if payment.move_id:
            self.assertEqual(self.assertLedger()["balance"], 69.5)

    def test_several_currencies(self):
        euro = self.env.ref("base.EUR")
        yen = self.env.ref("base.JPY")
        (euro | yen).active = True
        for currency, rate in ((euro, 0.7), (yen, 151.37)):
            self.env["res.currency.rate"].create(
                {"currency_id": currency.id, "rate": rate, "company_id": self.company.id, "name": "2026-01-01"}
            )
            self.env["res.currency.rate"].create(
                {"currency_id": currency.id, "rate": rate * 1.13, "company_id": self.company.id, "name": "2026-03-01"}
            )
        self.invoice(self.acme, "2026-01-10", 100.10, currency_id=euro.id)
        other = self.invoice(self.acme, "2026-01-11", 9999, currency_id=yen.id)
        self.pay(other, 3333, day="2026-03-02", currency_id=yen.id)
        self.invoice(self.acme, "2026-01-12", 7.77)
        money = self.assertLedger()
        by_currency = {part["currency_id"]: part["amount"] for part in money["currencies"]}
        self.assertEqual(by_currency, {euro.id: 100.10, yen.id: 6666, self.company.currency_id.id: 7.77})
        self.pay(other, 6666, day="2026-03-03", currency_id=yen.id)
        self.assertLedger()

    def test_branches_keep_the_same_books(self):
        branch = self.env["res.company"].create({"name": "Branch", "parent_id": self.company.id})
        self.env.cr.precommit.run()  # accounts of the branch
        self.accountant.company_ids |= branch
        self.invoice(self.acme, "2026-01-10", 100)
        there = self.acme.with_context(allowed_company_ids=[branch.id, self.company.id])
        move = there.env["account.move"].create(
            {
                "move_type": "out_invoice",
                "partner_id": there.id,
                "invoice_date": "2026-01-11",
                "invoice_line_ids": [Command.create({"name": "Goods", "price_unit": 11, "tax_ids": [Command.clear()]})],
            }
        )
        move.action_post()
        self.assertEqual(move.company_id, branch)
        both = {"allowed_company_ids": [self.company.id, branch.id]}
        self.assertEqual(self.money(self.acme.with_context(**both))["balance"], self.ledger(companies=self.company | branch))
        self.assertEqual(self.money(self.acme.with_context(**both))["balance"], 111)
        self.assertEqual(self.money(self.acme.with_context(allowed_company_ids=self.company.ids))["balance"], 100)

    def test_other_companies_are_not_counted(self):
        other = self.other_company()
        self.accountant.company_ids |= other
        self.invoice(self.acme, "2026-01-10", 100)
        partner = self.acme.with_company(other)
        move = self.env["account.move"].with_company(other)
        foreign = move.create(
            {
                "move_type": "out_invoice",
                "partner_id": partner.id,
                "invoice_date": "2026-01-10",
                "invoice_line_ids": [Command.create({"name": "Goods", "price_unit": 77, "tax_ids": [Command.clear()]})],
            }
        )
        foreign.action_post()
        for companies in ([self.company.id], [self.company.id, other.id]):
            seen = self.acme.with_user(self.accountant).with_context(allowed_company_ids=companies)
            self.assertEqual(seen.crm_lifecycle_snapshot(["money"])["sections"]["money"]["balance"], 100)
            self.assertNotIn(foreign.id, [line["document"] for line in seen.crm_lifecycle_timeline(kinds=["invoice"])["lines"]])

    def test_ageing_by_the_day_each_instalment_is_due(self):
        today = fields.Date.context_today(self.acme)
        for days, amount in ((-5, 1), (0, 2), (1, 4), (30, 8), (31, 16), (60, 32), (61, 64), (90, 128), (91, 256), (400, 512)):
            due = fields.Date.subtract(today, days=days)
            self.invoice(self.acme, fields.Date.subtract(due, days=1), amount, invoice_date_due=due, invoice_payment_term_id=False)
        money = self.assertLedger()
        self.assertEqual(money["ageing"], {"not_due": 3, "days_1_30": 12, "days_31_60": 48, "days_61_90": 192, "days_91": 768})
        self.assertEqual(money["overdue"], 1020)

    def test_what_the_firm_owes_them_is_another_matter(self):
        self.invoice(self.acme, "2026-01-10", 100)
        self.invoice(self.acme, "2026-01-11", 70, move_type="in_invoice")
        self.assertEqual(self.assertLedger()["balance"], 100)

    def test_what_is_invoiced_already_is_not_to_invoice(self):
        product = self.env["product.product"].create(
            {"name": "Tea", "list_price": 10, "taxes_id": [Command.clear()], "invoice_policy": "order"}
        )
        line = Command.create({"product_id": product.id, "product_uom_qty": 5})
        order = self.env["sale.order"].create({"partner_id": self.acme.id, "order_line": [line]})
        order.action_confirm()
        self.assertEqual(self.money()["to_invoice"], 50)
        invoice = order._create_invoices()
        invoice.invoice_line_ids.quantity = 3
        invoice.action_post()
        self.assertEqual(self.money()["to_invoice"], 20)

    def test_revenue_by_month_on_either_basis(self):
        def revenue():
            worth = self.acme.crm_lifecycle_snapshot(["worth"])["sections"]["worth"]
            return {month["month"]: month["revenue"] for month in worth["months"] if month["revenue"]}, worth["revenue_12_months"]

        other = self.env["res.partner"].create({"name": "Other"})
        with freeze_time("2026-03-20 12:00:00"):
            self.credit(self.invoice(self.acme, "2026-01-10", 100), "2026-03-01", 30)
            self.invoice(other, "2026-02-10", 7)
            line = {
                "name": "Goods",
                "product_id": self.env["product.product"].create({"name": "Goods"}).id,
                "price_unit": 40,
                "tax_ids": [],
            }
            orders = [{"partner_id": partner.id, "order_line": [Command.create(line)]} for partner in (self.acme_buyer, other)]
            self.env["sale.order"].create(orders).action_confirm()
            self.drain()
            self.assertEqual(revenue(), ({"2026-01-01": 70}, 70), "a credit note counts on the day of its invoice")
            self.company.lifecycle_basis = "orders"
            self.assertEqual(revenue(), ({"2026-03-01": 40}, 40))

    def test_days_to_pay(self):
        self.assertIsNone(self.money()["days_to_pay"])
        self.pay(self.invoice(self.acme, "2026-01-10"), 10, day="2026-06-20")
        self.assertIsNone(self.money()["days_to_pay"], "a part of it is still owed")
        self.pay(self.invoice(self.acme, "2026-01-10"), 100, day="2026-01-20")
        slow = self.invoice(self.acme_buyer, "2026-01-10")
        self.pay(slow, 60, day="2026-01-12")
        self.pay(slow, 40, day="2026-01-30")
        money = self.money()
        self.assertEqual((money["days_to_pay"], money["paid_invoices"]), (15.0, 2))

    def test_credit_light(self):
        self.company.account_use_credit_limit = True
        self.acme.credit_limit = 150
        self.invoice(self.acme, "2026-01-10", 100)
        self.assertEqual(self.money()["credit_light"], "ok")
        self.assertEqual(self.money(user=self.sales), {"credit_light": "ok"})
        product = self.env["product.product"].create(
            {"name": "Tea", "list_price": 51, "taxes_id": [Command.clear()], "invoice_policy": "order"}
        )
        order = self.env["sale.order"].create({"partner_id": self.acme.id, "order_line": [Command.create({"product_id": product.id})]})
        self.assertEqual(self.money()["credit_light"], "ok")
        order.action_confirm()
        self.assertEqual(self.money()["to_invoice"], 51)
        self.assertEqual(self.money()["credit_light"], "over")
        self.acme.credit_limit = 151
        self.assertEqual(self.money()["credit_light"], "ok")
        self.acme.credit_limit = 150.99
        self.assertEqual(self.money()["credit_light"], "over")
        self.assertEqual(self.money(user=self.sales), {"credit_light": "over"})

    def test_without_the_right_there_is_no_figure(self):
        self.invoice(self.acme, "2026-01-10", 123.45)
        self.drain()
        self.acme.property_payment_term_id = self.env.ref("account.account_payment_term_30days")
        answer = self.acme.with_user(self.sales).crm_lifecycle_snapshot()
        self.assertNotIn("money", answer["sections"])
        worth = answer["sections"]["worth"]
        for name in ("net_revenue", "revenue_12_months", "months", "clv", "expected_spend", "refunded", "margin"):
            self.assertNotIn(name, worth)
        self.assertNotIn("123.45", str({**answer["sections"], "timeline": None}))

    def test_the_right_comes_with_accounting_and_can_be_given(self):
        group = self.env.ref("crm_lifecycle.crm_lifecycle_group_balances")
        for name in ("account.group_account_readonly", "account.group_account_invoice"):
            self.assertIn(group, self.env.ref(name).all_implied_ids)
        self.assertNotIn(group, self.sales.all_group_ids)
        self.invoice(self.acme, "2026-01-10", 100)
        self.sales.group_ids |= group
        self.assertEqual(self.money(user=self.sales)["balance"], 100)
        with self.assertRaises(AccessError):
            self.env["account.payment"].with_user(self.sales).search([])

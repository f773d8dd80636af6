from datetime import timedelta

from odoo import Command, fields
from odoo.tests import new_test_user

from ..domain.uplift import difference, difference_in_shares
from .common_playbook import PlaybookCase


class TestPlaybookResult(PlaybookCase):
    """Forty treated and thirty-five held out, whose runs were 40 days ago; checked against sums by hand."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.treated, cls.held_out = cls.people("Treated", 40), cls.people("Held out", 35)
        cls.playbook_on = cls.playbook(holdout_share=45, result_days=30)
        cls.ran_at = fields.Datetime.now() - timedelta(days=40)
        for partners, state in ((cls.treated, "done"), (cls.held_out, "held_out")):
            cls.record(partners, state)

    @classmethod
    def people(cls, name, count):
        return cls.env["res.partner"].create([{"name": f"{name} {number}"} for number in range(count)])

    @classmethod
    def record(cls, partners, state, days=0, key="first"):
        cls.runs.sudo().create(
            [
                {
                    "playbook_id": cls.playbook_on.id,
                    "company_id": cls.company.id,
                    "partner_id": partner.id,
                    "event_key": key,
                    "event_date": cls.day(-40),
                    "state": state,
                    "ran_at": cls.ran_at + timedelta(days=days),
                }
                for partner in partners
            ]
        )

    def judge(self):
        self.playbooks._update_results()
        return self.playbook_on

    def test_by_hand(self):
        for partner in self.treated[:20]:
            self.invoice(partner, self.day(-20), 100)
        for partner in self.held_out[:5]:
            self.invoice(partner, self.day(-20), 100)
        # None of these counts: before the run, on its day, after the days, a draft, taken back.
        self.invoice(self.held_out[10], self.day(-41), 500)
        self.invoice(self.held_out[11], self.day(-40), 500)
        self.invoice(self.held_out[12], self.day(-9), 500)
        self.invoice(self.held_out[13], self.day(-20), 500, post=False)
        self.credit(self.invoice(self.held_out[14], self.day(-20), 500), self.day(-1))
        self.invoice(self.treated[0], self.day(-10), 60)
        playbook = self.judge()
        self.assertEqual((playbook.result_treated, playbook.result_held_out), (40, 35))
        shares = difference_in_shares(20, 40, 5, 35)
        self.assertAlmostEqual(playbook.result_bought, 20 / 40 - 5 / 35)
        self.assertAlmostEqual(playbook.result_bought_low, shares.low)
        self.assertAlmostEqual(playbook.result_bought_high, shares.high)
        amounts = difference([160] + [100] * 19 + [0] * 20, [100] * 5 + [0] * 30)
        self.assertAlmostEqual(playbook.result_revenue, 2060 / 40 - 500 / 35, 2)
        self.assertAlmostEqual(playbook.result_revenue_low, amounts.low, 2)
        self.assertAlmostEqual(playbook.result_revenue_high, amounts.high, 2)
        self.assertEqual(playbook.result_verdict, "more")
        self.assertIn("35.7 percentage points", playbook.result_text)

    def test_in_words(self):
        self.assertEqual(self.judge().result_verdict, "unclear")
        self.assertIn("No clear difference", self.playbook_on.result_text)
        few = self.playbook(holdout_share=10)
        self.assertIn("No result yet", few.result_text)
        self.runs.sudo().search([("partner_id", "in", self.held_out[:6].ids)]).unlink()
        self.assertEqual(self.judge().result_verdict, "too_few")
        self.assertIn("40 treated and 29 held out", self.playbook_on.result_text)
        self.assertIn("Nobody is held out", self.playbook(holdout_share=0).result_text)

    def test_the_first_run_counts_and_what_was_meant(self):
        """Later runs of a customer, runs whose days are not over and dry runs do not count; failed ones count as treated."""
        self.record(self.treated, "held_out", days=1, key="second")
        self.record(self.people("Young", 5), "done", days=10)
        self.record(self.people("Failed", 3), "failed")
        self.record(self.people("Left", 4), "skipped")
        self.record(self.people("Dry", 2), "done")
        self.runs.sudo().search([("partner_id.name", "=like", "Dry%")]).dry_run = True
        playbook = self.judge()
        self.assertEqual((playbook.result_treated, playbook.result_held_out), (43, 35))

    def test_orders_as_basis(self):
        self.company.lifecycle_basis = "orders"
        product = self.env["product.product"].create({"name": "Goods", "list_price": 100, "taxes_id": []})
        for partner in self.treated[:10]:
            order = self.env["sale.order"].create({"partner_id": partner.id, "order_line": [Command.create({"product_id": product.id})]})
            order.action_confirm()
            order.date_order = self.day(-20)
        playbook = self.judge()
        self.assertAlmostEqual(playbook.result_bought, 0.25)
        self.assertAlmostEqual(playbook.result_revenue, 25)

    def test_amounts_are_for_those_who_see_figures(self):
        self.judge()
        salesperson = new_test_user(self.env, "pb_figures", "sales_team.group_sale_salesman")
        shown = self.playbook_on.with_user(salesperson).read()[0]
        self.assertIn("result_bought", shown)
        self.assertFalse([name for name in shown if "revenue" in name or "margin" in name or "money" in name])

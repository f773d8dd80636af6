from datetime import date

from odoo.exceptions import ValidationError
from odoo.fields import Command
from odoo.tests import freeze_time, tagged

from .common import LoyaltyCommon, OrderMixin


@tagged("post_install", "-at_install")
class TestEvents(OrderMixin, LoyaltyCommon):
    """Rewards for the relationship: each happens once, within budget and cap, and only from the rule's first day on."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls._prepare_sales()
        cls.env["crm.lifecycle.dirty"]._drain(limit=100_000)
        cls.friend = cls.env["res.partner"].create({"name": "Friend", "referred_by_id": cls.contact.id})

    def _buy(self, partner, day, product=None):
        move = self.env["account.move"].create(
            {
                "move_type": "out_invoice",
                "partner_id": partner.id,
                "invoice_date": day,
                "invoice_line_ids": [Command.create({"product_id": (product or self.product).id, "price_unit": 100, "tax_ids": []})],
            }
        )
        move.action_post()
        self.env["crm.lifecycle.dirty"]._drain(limit=100_000)
        return move

    def _event(self, event, **values):
        return self._rule(event=event, stage_id=False, customer_cap=0, date_from="2024-01-01", **values)

    def _given(self, rule, day):
        """How many rewards a rule has given after the job ran twice on a day."""
        with freeze_time(f"{day} 12:00:00"), self.enter_registry_test_mode():
            for __ in range(2):
                self.env.ref("crm_lifecycle_loyalty.ir_cron_reward").method_direct_trigger()
        return self.Entry.search_count([("rule_id", "=", rule.id)])

    def test_birthday(self):
        self._buy(self.customer, "2024-01-10")
        self.customer.birthday = date(2000, 2, 29)
        rule = self._event("birthday")
        self.assertEqual(self._given(rule, "2025-02-27"), 0)
        self.assertEqual(self._given(rule, "2025-02-28"), 1, "of a leap day, in another year")
        self.assertEqual(self._given(rule, "2025-03-02"), 1, "once a year")
        self.assertEqual(self._given(rule, "2028-02-28"), 1)
        self.assertEqual(self._given(rule, "2028-03-03"), 2, "made up for after a few days")
        entry = self.Entry.search([("rule_id", "=", rule.id)], limit=1)
        self.assertEqual((entry.res_model, entry.res_id, entry.partner_id), ("res.partner", self.customer.id, self.customer))

    def test_anniversary(self):
        self._buy(self.customer, "2024-12-31")
        rule = self._event("anniversary")
        self.assertEqual(self._given(rule, "2024-12-31"), 0)
        self.assertEqual(self._given(rule, "2025-12-30"), 0)
        self.assertEqual(self._given(rule, "2025-12-31"), 1)
        self.assertEqual(self._given(rule, "2026-12-31"), 2)

    def test_new_category(self):
        tea = self.env["product.category"].create({"name": "Tea"})
        leaves = self.env["product.product"].create({"name": "Leaves", "categ_id": tea.id, "type": "service"})
        self.product.categ_id = self.env["product.category"].create({"name": "Beans"})
        rule = self._event("new_category")
        self._buy(self.customer, "2024-03-01")
        self.assertEqual(self._given(rule, "2024-03-02"), 0, "the first purchase of all is not a new category")
        self._buy(self.customer, "2024-04-01", leaves)
        self._buy(self.customer, "2024-05-01", leaves)
        self.assertEqual(self._given(rule, "2024-05-02"), 1)

    def test_referral(self):
        rule = self._event("referral", return_days=30)
        move = self._buy(self.friend, "2024-03-01")
        self.assertEqual(self._given(rule, "2024-03-30"), 0)
        self.assertEqual(self._given(rule, "2024-03-31"), 1, "after the days in which it could be returned")
        self.assertEqual(self.Entry.search([("rule_id", "=", rule.id)]).partner_id, self.customer, "the family of who brought them")
        other = self.env["res.partner"].create({"name": "Other", "referred_by_id": self.customer.id})
        move = self._buy(other, "2024-04-01")
        move._reverse_moves([{"invoice_date": "2024-04-05"}], cancel=False).action_post()
        self.env["crm.lifecycle.dirty"]._drain(limit=100_000)
        self.assertEqual(self._given(rule, "2024-06-01"), 1, "what was returned brings nothing")
        with self.assertRaises(ValidationError):
            self.friend.referred_by_id = self.friend

    def test_win_back(self):
        rule = self._event("win_back")
        self._buy(self.customer, "2024-01-01")
        self.env["crm.lifecycle.customer"]._rebuild_all()
        standing = self.env["crm.lifecycle.customer"].search([("partner_id", "=", self.customer.id), ("company_id", "=", self.company.id)])
        self.assertIn(standing.health, ("at_risk", "churned"))
        self.assertEqual(self._given(rule, "2026-11-22"), 1)

    def test_a_cap_and_a_budget(self):
        self._buy(self.customer, "2024-12-31")
        rule = self._event("anniversary")
        rule.write({"customer_cap": 1, "budget_points": 1000})
        self.assertEqual(self._given(rule, "2025-12-31"), 1)
        self.assertEqual(self._given(rule, "2026-12-31"), 1, "at most once a customer")
        rule.write({"customer_cap": 0, "budget_points": 100})
        self.assertEqual(self._given(rule, "2027-12-31"), 1, "the budget is used up")
        with freeze_time("2027-12-31 12:00:00"):
            preview = self.env["crm.loyalty.event.rule.preview"].create({"rule_id": rule.id})
            self.assertEqual((preview.customer_count, preview.left_out), (0, 1))

    def test_ratings_and_surveys_need_their_apps(self):
        for event, model in (("rating", "rating.rating"), ("survey", "survey.survey")):
            if model not in self.env:
                with self.assertRaisesRegex(ValidationError, "not installed"):
                    self._event(event)
            else:
                self.assertEqual(self._given(self._event(event), "2026-11-22"), 0)

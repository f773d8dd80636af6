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

    def test_a_birthday_at_the_end_of_the_year_is_made_up_for_in_the_next(self):
        self._buy(self.customer, "2024-01-10")
        self.customer.birthday = date(2000, 12, 30)
        rule = self._event("birthday")
        self.assertEqual(self._given(rule, "2025-01-08"), 0, "too long ago")
        self.assertEqual(self._given(rule, "2026-01-02"), 1)
        self.assertEqual(self._given(rule, "2026-12-29"), 1)
        self.assertEqual(self._given(rule, "2026-12-30"), 2, "of the next year")

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
        cups = self.env["product.product"].create(
            {"name": "Cups", "categ_id": self.env["product.category"].create({"name": "Cups"}).id, "type": "service"}
        )
        self._buy(self.customer, "2024-06-01", cups)._reverse_moves([{"invoice_date": "2024-06-02"}], cancel=True)
        self.assertEqual(self._given(rule, "2024-06-03"), 1, "what was credited is no purchase")

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

    # -- what every event has in common ------------------------------------------

    def _happen(self, event, partner):
        """Make an event happen to a customer who first bought on 2024-01-10, seen from 2025-01-10."""
        match event:
            case "birthday":
                partner.birthday = date(1990, 1, 10)
            case "new_category":
                category = self.env["product.category"].create({"name": "Tea"})
                self._buy(partner, "2024-06-01", self.env["product.product"].create({"name": "Leaves", "categ_id": category.id}))
            case "referral":
                friend = self.env["res.partner"].create({"name": "New friend", "referred_by_id": partner.id})
                self._buy(friend, "2024-06-01")
            case "rating":
                self._rate(partner)
            case "win_back":
                self.env["crm.lifecycle.customer"]._rebuild_all()
            case "stage":
                # Of the transitions that the first purchase made.
                standing = self.env["crm.lifecycle.customer"].search([("partner_id", "=", partner.id)])
                self.stage_reached = standing.stage_id

    def _rate(self, partner, **values):
        return self.env["rating.rating"].create(
            {
                "res_model_id": self.env["ir.model"]._get_id("res.partner"),
                "res_id": self.contact.id,
                "partner_id": partner.id,
                "rating": 4,
                "consumed": True,
                **values,
            }
        )

    def test_every_event_has_a_preview_a_budget_a_cap_and_a_mail_in_the_customers_language(self):
        self.env["res.lang"]._activate_lang("id_ID")
        for event in ("birthday", "anniversary", "new_category", "referral", "rating", "win_back", "stage"):
            with self.subTest(event), self.env.cr.savepoint() as savepoint:
                here, there, silent = self.env["res.partner"].create(
                    [
                        {"name": f"Here {event}", "email": "here@example.com", "lang": "en_US"},
                        {"name": f"There {event}", "email": "there@example.com", "lang": "id_ID"},
                        {"name": f"Silent {event}", "email": "silent@example.com", "lifecycle_no_mail": True},
                    ]
                )
                for partner in (here, there, silent):
                    self._buy(partner, "2024-01-10")
                    self._happen(event, partner)
                values = {"stage_id": self.stage_reached.id} if event == "stage" else {}
                rule = self._rule(**{"event": event, "stage_id": False, "customer_cap": 1, "date_from": "2024-01-01", **values})
                rule.with_context(lang="id_ID").name = "Terima kasih"
                rule.budget_points = 200
                day = "2026-11-22" if event in ("rating", "win_back") else "2025-01-10"
                with freeze_time(f"{day} 12:00:00"):
                    preview = self.env["crm.loyalty.event.rule.preview"].create({"rule_id": rule.id})
                    self.assertEqual((preview.customer_count, preview.points, preview.left_out), (2, "200 stars", 1))
                self.assertEqual(self._given(rule, day), 2, "as far as the budget goes")
                self.assertTrue(rule.is_exhausted)
                rule.budget_points = 0
                self.assertEqual(self._given(rule, day), 3)
                self.assertEqual(self._given(rule, day), 3)
                mails = {partner: self.env["mail.mail"].search([("recipient_ids", "in", partner.ids)]) for partner in (here, there, silent)}
                self.assertEqual([len(mail) for mail in mails.values()], [1, 1, 0])
                self.assertEqual(mails[here].subject, "100 stars for you: Thank you")
                self.assertIn("Terima kasih", mails[there].subject)
                self.assertIn("Saldo", mails[there].body_html)
                self.assertIn("wish no offers by e-mail", silent.message_ids[0].body)
                self.assertEqual(self.Card.search([("partner_id", "=", silent.id)]).points, 100, "the points are theirs all the same")
                savepoint.rollback()
                self.env.invalidate_all()

    def test_rating(self):
        self._buy(self.customer, "2024-01-10")
        rule = self._event("rating")
        asked = self._rate(self.contact, consumed=False)
        self.assertEqual(self._given(rule, "2026-11-22"), 0, "asked, and not answered")
        asked.consumed = True
        self.assertEqual(self._given(rule, "2026-11-22"), 1)
        self._rate(self.customer)
        self.assertEqual(self._given(rule, "2026-11-22"), 2)

    def test_surveys_need_their_app(self):
        if "survey.survey" not in self.env:
            with self.assertRaisesRegex(ValidationError, "not installed"):
                self._event("survey")

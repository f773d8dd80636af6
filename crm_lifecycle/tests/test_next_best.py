from itertools import combinations
from math import sqrt
from unittest.mock import patch

from odoo import Command
from odoo.exceptions import AccessError, UserError
from odoo.tests import new_test_user, tagged

from .common import LifecycleCase


@tagged("post_install", "-at_install")
class TestNextBest(LifecycleCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.affinity = cls.env["crm.product.affinity"]
        cls.suggestions = cls.env["crm.product.suggestion"]
        category = cls.env["product.category"].create({"name": "Drinks"})
        prices = {"Tea": 10, "Milk": 2, "Cups": 30, "Coffee": 12, "Sugar": 3, "Filter": 5}
        cls.products = {
            name: cls.env["product.product"].create({"name": name, "list_price": price, "categ_id": category.id})
            for name, price in prices.items()
        }
        cls.others = cls.env["res.partner"].create({"name": "Others", "is_company": True})
        cls.baskets = [
            ("Tea", "Milk"),
            ("Tea", "Milk", "Sugar"),
            ("Tea", "Milk"),
            ("Coffee", "Filter"),
            ("Coffee", "Filter", "Sugar"),
            ("Tea",),
        ]
        for day, basket in enumerate(cls.baskets, 1):
            cls.bought(cls.others, f"2026-02-{day:02}", *basket)

    @classmethod
    def bought(cls, partner, day, *names):
        lines = [Command.create({"product_id": cls.products[name].id, "price_unit": 5, "tax_ids": [Command.clear()]}) for name in names]
        move = cls.env["account.move"].create(
            {"move_type": "out_invoice", "partner_id": partner.id, "invoice_date": day, "date": day, "invoice_line_ids": lines}
        )
        move.action_post()
        return move

    def weights(self):
        rows = self.affinity.search([("company_id", "=", self.company.id), ("weight", ">", 0)])
        names = {product.id: name for name, product in self.products.items()}
        return {(names[row.product_id.id], names[row.other_id.id]): row for row in rows}

    def section(self, partner=None, user=None):
        partner = (partner or self.acme).with_user(user or self.env.user)
        return partner.crm_lifecycle_snapshot(["next_best"])["sections"]["next_best"]

    def names(self, kind, **who):
        return [row["name"] for row in self.section(**who)[kind]]

    def test_cosine(self):
        with patch("odoo.addons.crm_lifecycle.models.crm_product_affinity.PRODUCTS", 0):
            self.affinity._compute_company(self.company)
        count = {name: sum(name in basket for basket in self.baskets) for name in self.products}
        expected = {}
        for one, other in combinations(self.products, 2):
            together = sum(one in basket and other in basket for basket in self.baskets)
            if together > 1:
                expected[one, other] = expected[other, one] = together / sqrt(count[one] * count[other])
        found = {pair: row.weight for pair, row in self.weights().items()}
        self.assertEqual(found.keys(), expected.keys())
        for pair, weight in expected.items():
            self.assertAlmostEqual(found[pair], weight, 3)

    def test_ease_and_a_rerun(self):
        self.assertEqual(self.affinity._compute_company(self.company), 5)
        first = {pair: (row.weight, row.together, row.baskets) for pair, row in self.weights().items()}
        self.assertEqual(first["Milk", "Tea"][1:], (3, 3))
        self.assertGreater(first["Milk", "Tea"][0], first.get(("Milk", "Sugar"), (0,))[0])
        self.affinity._compute_company(self.company)
        self.assertEqual({pair: (row.weight, row.together, row.baskets) for pair, row in self.weights().items()}, first)

    def test_credit_notes_drafts_and_other_companies_do_not_count(self):
        self.affinity._compute_company(self.company)
        before = {pair: row.weight for pair, row in self.weights().items()}
        self.credit(self.bought(self.others, "2026-03-01", "Tea", "Milk"), "2026-03-02")
        self.bought(self.others, "2026-03-01", "Cups", "Sugar").button_draft()
        other = self.other_company()
        self.affinity._compute_company(other)
        self.assertFalse(self.affinity.search([("company_id", "=", other.id)]))
        self.affinity._compute_company(self.company)
        self.assertNotIn("Cups", {name for pair in self.weights() for name in pair})
        self.assertEqual(self.weights().keys(), before.keys())

    def test_three_lists_with_reasons(self):
        self.affinity._compute_company(self.company)
        for day in ("2026-01-01", "2026-02-05", "2026-03-19"):
            self.bought(self.acme_buyer, day, "Tea")
        found = self.section()
        self.assertEqual(self.names("reorder"), ["Tea"])
        self.assertIn("Bought every 5–6 weeks", found["reorder"][0]["reason"])
        self.assertEqual(self.names("cross_sell")[0], "Milk")
        self.assertIn("Customers who buy Tea also buy this (75 % of the times)", found["cross_sell"][0]["reason"])
        self.assertEqual(found["up_sell"][0]["name"], "Coffee")
        self.assertIn("20 % dearer", found["up_sell"][0]["reason"])

    def pair(self, one, other, weight, together):
        values = {"company_id": self.company.id, "weight": weight, "together": together, "baskets": 10}
        self.affinity.create({**values, "product_id": self.products[one].id, "other_id": self.products[other].id})

    def test_one_product_by_how_often_several_by_their_weights(self):
        self.pair("Tea", "Cups", 0, 9)
        self.pair("Tea", "Sugar", 0.1, 8)
        self.pair("Tea", "Milk", 0.9, 3)
        self.pair("Coffee", "Milk", 0.1, 1)

        def offered(*names):
            return [row["name"] for row in self.affinity.goes_with([self.products[name].id for name in names])]

        self.assertEqual(offered("Tea"), ["Cups", "Sugar", "Milk"])
        self.assertEqual(offered("Tea", "Tea"), ["Cups", "Sugar", "Milk"])
        self.assertEqual(offered("Tea", "Coffee"), ["Milk", "Sugar"])
        self.assertEqual(offered("Tea", "Cups"), ["Milk", "Sugar"])

    def test_what_goes_with_follows_from_recent_purchases(self):
        self.pair("Coffee", "Filter", 0.9, 5)
        self.pair("Tea", "Milk", 0.1, 5)
        self.bought(self.acme, "2026-01-01", "Coffee")
        for day in range(2, 7):
            self.bought(self.acme, f"2026-01-{day:02}", "Tea")
        self.assertEqual(self.names("cross_sell"), ["Milk"])
        self.bought(self.acme_buyer, "2026-01-07", "Coffee")
        self.assertEqual(self.names("cross_sell"), ["Filter", "Milk"])

    def test_what_is_bought_often_is_due_again(self):
        for day in ("2020-01-01", "2020-02-01"):
            self.bought(self.acme, day, "Sugar")
        self.assertTrue(self.section()["reorder"][0]["due"])

    def test_not_interested_is_remembered(self):
        self.affinity._compute_company(self.company)
        self.bought(self.acme, "2026-03-01", "Tea")
        self.acme.crm_lifecycle_suggestions_shown([[self.products["Milk"].id, "cross_sell"]])
        self.assertIn("Milk", self.names("cross_sell"))
        self.acme_buyer.crm_lifecycle_dismiss(self.products["Milk"].id, "cross_sell")
        self.acme_buyer.crm_lifecycle_dismiss(self.products["Milk"].id, "cross_sell")
        self.assertNotIn("Milk", self.names("cross_sell"))
        memory = self.suggestions.search([("partner_id", "=", self.acme.id)])
        self.assertEqual(memory.outcome, "dismissed")
        memory.action_suggest_again()
        self.assertIn("Milk", self.names("cross_sell"))

    def test_archived_and_unsold_products_are_not_suggested(self):
        self.affinity._compute_company(self.company)
        self.bought(self.acme, "2026-03-01", "Tea")
        self.products["Milk"].sale_ok = False
        self.assertNotIn("Milk", self.names("cross_sell"))
        with self.assertRaises(UserError):
            self.acme.crm_lifecycle_add_to_quotation(self.products["Milk"].id, "cross_sell")

    def test_add_to_quotation(self):
        tea, milk = self.products["Tea"], self.products["Milk"]
        answer = self.acme_buyer.crm_lifecycle_add_to_quotation(tea.id, "reorder", 3)
        order = self.env["sale.order"].browse(answer["order_id"])
        self.assertEqual((order.partner_id, order.order_line.product_id, order.order_line.product_uom_qty), (self.acme_buyer, tea, 3))
        self.assertEqual(self.acme.crm_lifecycle_add_to_quotation(milk.id, "cross_sell")["order_id"], order.id)
        order.action_confirm()
        self.assertNotEqual(self.acme.crm_lifecycle_add_to_quotation(milk.id, "cross_sell")["order_id"], order.id)

    def test_a_colleague_s_quotation_is_left_alone(self):
        common = {"company_id": self.company.id, "company_ids": [Command.set(self.company.ids)]}
        colleague = new_test_user(self.env, "lc_colleague", "sales_team.group_sale_manager", **common)
        theirs = self.env["sale.order"].create({"partner_id": self.acme.id, "user_id": colleague.id})
        answer = self.acme.crm_lifecycle_add_to_quotation(self.products["Tea"].id, "reorder")
        self.assertNotEqual(answer["order_id"], theirs.id)
        self.assertFalse(theirs.order_line)

    def test_what_they_have_is_not_cross_sold(self):
        self.pair("Tea", "Milk", 0.9, 5)
        self.pair("Tea", "Sugar", 0.1, 5)
        self.bought(self.acme, "2026-01-01", "Milk")
        for day in range(2, 8):
            self.bought(self.acme, f"2026-01-{day:02}", "Tea")
        self.assertEqual(self.names("cross_sell"), ["Sugar"])

    def test_what_they_have_is_no_step_up(self):
        for day in range(2, 8):
            self.bought(self.acme, f"2026-01-{day:02}", "Tea")
        self.assertEqual(self.names("up_sell"), ["Coffee"])
        self.bought(self.acme, "2026-01-01", "Coffee")
        self.assertEqual(self.names("up_sell"), [])

    def test_acceptance(self):
        tea, milk = self.products["Tea"].id, self.products["Milk"].id
        self.acme.crm_lifecycle_suggestions_shown([[tea, "reorder"], [milk, "reorder"], [tea, "reorder"]])
        self.acme.crm_lifecycle_add_to_quotation(tea, "reorder")
        self.acme.crm_lifecycle_suggestions_shown([[tea, "reorder"], [milk, "reorder"]])
        [(_kind, count, accepted)] = self.suggestions._read_group(
            [("partner_id", "=", self.acme.id)], ["kind"], ["__count", "acceptance:avg"]
        )
        self.assertEqual((count, accepted), (2, 0.5))

    def test_bad_input(self):
        tea = self.products["Tea"].id
        for products in (
            "x",
            [1],
            [[tea, "nothing"]],
            [["1", "reorder"]],
            [[tea, "reorder", 1]],
            [[tea, "reorder"]] * 101,
            [[True, "reorder"]],
        ):
            with self.subTest(products=products), self.assertRaises(UserError):
                self.acme.crm_lifecycle_suggestions_shown(products)
        for quantity in (0, -1, "1", None, True, float("inf"), float("nan")):
            with self.subTest(quantity=quantity), self.assertRaises(UserError):
                self.acme.crm_lifecycle_add_to_quotation(tea, "reorder", quantity)
        self.acme.crm_lifecycle_suggestions_shown([[2**31 - 1, "reorder"]])
        self.assertFalse(self.suggestions.search([("partner_id", "=", self.acme.id)]))

    def test_rights(self):
        self.bought(self.acme, "2026-03-01", "Tea")
        tea = self.products["Tea"].id
        reader = new_test_user(self.env, "lc_reader", "base.group_user")
        portal = new_test_user(self.env, "lc_portal", "base.group_portal")
        with self.assertRaises(AccessError):
            self.acme.with_user(reader).crm_lifecycle_add_to_quotation(tea, "reorder")
        self.assertNotIn("next_best", self.acme.with_user(reader).crm_lifecycle_snapshot(["next_best"])["sections"])
        for method, args in (("suggestions_shown", [[]]), ("dismiss", [tea, "reorder"]), ("add_to_quotation", [tea, "reorder"])):
            with self.subTest(method), self.assertRaises(AccessError):
                getattr(portal.partner_id.with_user(portal), f"crm_lifecycle_{method}")(*args)
        with self.assertRaises(AccessError):
            self.suggestions.with_user(reader).create({"partner_id": self.acme.id})

    def test_another_kind_of_purchase_is_learnt_from_at_once(self):
        job = self.env.ref("crm_lifecycle.ir_cron_affinity")
        due = [("cron_id", "=", job.id)]
        before = self.env["ir.cron.trigger"].search_count(due)
        self.company.lifecycle_default_gap_days += 1
        self.assertEqual(self.env["ir.cron.trigger"].search_count(due), before)
        self.company.lifecycle_basis = "orders"
        self.assertEqual(self.env["ir.cron.trigger"].search_count(due), before + 1)

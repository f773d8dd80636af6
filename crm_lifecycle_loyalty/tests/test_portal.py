import re

from odoo.tests import HttpCase, new_test_user, tagged
from odoo.tools import mute_logger

from .common import LoyaltyCommon, OrderMixin


@tagged("post_install", "-at_install")
class TestPortal(OrderMixin, LoyaltyCommon, HttpCase):
    """Every route for every kind of user: one's own card and quotation, and nobody else's."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls._prepare_sales()
        cls.env["loyalty.program"].search([]).action_archive()
        cls.program = cls._sales_program()
        cls.owner, cls.colleague, cls.stranger = (
            new_test_user(cls.env, f"loyalty_{name}", groups="base.group_portal", email=f"{name}@example.com")
            for name in ("owner", "colleague", "stranger")
        )
        (cls.owner | cls.colleague).partner_id.parent_id = cls.customer
        cls.seller = new_test_user(cls.env, "loyalty_seller_all", groups="sales_team.group_sale_salesman_all_leads")
        cls.employee = new_test_user(cls.env, "loyalty_employee", groups="base.group_user")
        cls.elsewhere = new_test_user(cls.env, "loyalty_elsewhere", groups="sales_team.group_sale_manager")
        other = cls.env["res.company"].create({"name": "Elsewhere"})
        cls.elsewhere.write({"company_ids": [(6, 0, other.ids)], "company_id": other.id})
        cls.card = cls._card(cls.owner.partner_id, points=80)

    def setUp(self):
        super().setUp()
        self.quote = self._order(self.owner.partner_id, 100)
        self.quote.message_subscribe((self.owner | self.colleague).partner_id.ids)
        self.quote.state = "sent"

    def _log_in(self, user):
        self.authenticate(*((user.login, user.login) if user else (None, None)))

    def _choose(self, points, reward=None, token=None, csrf=True):
        values = {"reward_id": self.program.reward_ids.id if reward is None else reward, "points": points}
        if token:
            values["access_token"] = token
        if csrf:
            values["csrf_token"] = self._csrf()
        with mute_logger("odoo.http"):
            answer = self.url_open(f"/my/orders/{self.quote.id}/points", data=values)
        self.quote.invalidate_recordset()
        return answer

    def _csrf(self):
        return re.search(r'csrf_token: "([^"]+)"', self.url_open("/my").text).group(1)

    def test_the_customer_chooses_how_many_points(self):
        self._log_in(self.owner)
        page = self.url_open(f"/my/orders/{self.quote.id}")
        self.assertIn("You have <b>80 stars</b>", page.text)
        page = self._choose("30")
        self.assertEqual((self.quote.amount_total, self.card.points), (70, 80), "spent when the order is confirmed")
        self.assertIn("You use <b>30 stars</b>", page.text)
        self.assertIn("The customer chose to use 30 stars", " ".join(self.quote.message_ids.mapped("body")))
        self._choose("45,5")
        self.assertEqual(self.quote.amount_total, 55, "whole rewards only")
        self._choose("0")
        self.assertEqual((self.quote.amount_total, len(self.quote.order_line)), (100, 1))
        self._choose("80")
        self.quote.action_confirm()
        self.assertEqual(self.card.points, 100, "and the order earns points for what was paid")
        self._choose("10")
        self.assertEqual(self.quote.amount_total, 20, "a confirmed order is closed")

    def test_bad_input_gets_a_message_and_changes_nothing(self):
        self._log_in(self.owner)
        for points, text in (
            ("81", "You have 80 stars for this order"),
            ("-5", "Use at least 1 stars"),
            ("0.5", "Use at least 1 stars"),
            ("1e300", "Enter how many points"),
            ("nan", "Enter how many points"),
            ("<script>alert(1)</script>", "Enter how many points"),
        ):
            with self.subTest(points):
                page = self._choose(points)
                self.assertIn(text, page.text)
                self.assertNotIn("<script>alert(1)", page.text)
                self.assertEqual(self.quote.amount_total, 100)
        self.assertIn("cannot be used", self._choose("10", reward=999_999_999).text)
        self.assertEqual(self._choose("10", reward="x").status_code, 200)
        self.assertEqual(self._choose("10", csrf=False).status_code, 400)
        self.assertEqual(self.quote.amount_total, 100)

    def test_only_the_holder_of_the_card_chooses(self):
        token = self.quote._portal_ensure_token()
        for user in (self.colleague, self.stranger, self.seller, self.employee, self.elsewhere):
            with self.subTest(user=user.login):
                self._log_in(user)
                self.assertNotIn("80 stars", self.url_open(f"/my/orders/{self.quote.id}?access_token={token}").text)
                self._choose("30")
                self._choose("30", token=token)
                self.assertEqual((self.quote.amount_total, self.quote.points_to_spend), (100, 0))
        self._log_in(None)
        self.assertNotIn("80 stars", self.url_open(f"/my/orders/{self.quote.id}?access_token={token}").text)
        answer = self.url_open(f"/my/orders/{self.quote.id}/points", data={"reward_id": 1, "points": 30, "access_token": token})
        self.assertIn("/web/login", answer.url)
        self.assertEqual(self.quote.amount_total, 100)

    def test_cards_are_their_holders(self):
        self.Entry._post([self._entry(self.card, "secret", 7, description="Only for the owner")])
        for user in (self.colleague, self.stranger, self.seller, self.employee, self.elsewhere, None):
            self._log_in(user)
            for path in ("history", "history/page/1", "history/page/99999", "history?sortby=used"):
                with self.subTest(user=user and user.login, path=path):
                    text = self.url_open(f"/my/loyalty_card/{self.card.id}/{path}").text
                    self.assertNotIn("Only for the owner", text)
                    self.assertNotIn("87 stars", text)
            self.assertNotIn("87 stars", self.url_open("/my").text)
            if user:
                self.assertEqual(self.make_jsonrpc_request(f"/my/loyalty_card/{self.card.id}/values"), {})
        self._log_in(self.owner)
        self.assertIn("Only for the owner", self.url_open(f"/my/loyalty_card/{self.card.id}/history").text)
        self.assertEqual(self.make_jsonrpc_request(f"/my/loyalty_card/{self.card.id}/values")["card"]["points_display"], "87 stars")
        for bad in ("x", "1.5", "-1", "999999999999999999999"):
            with self.subTest(bad), mute_logger("odoo.http", "odoo.sql_db"):
                self.assertNotEqual(self.url_open(f"/my/loyalty_card/{bad}/history").status_code, 500)

    def test_while_it_is_being_paid_the_amount_stays(self):
        self.assertTrue(self.quote._crm_loyalty_offers())
        provider = self.env["payment.provider"].with_context(active_test=False).search([], limit=1)
        method = self.env["payment.method"].with_context(active_test=False).search([], limit=1)
        self.env["payment.transaction"].create(
            {
                "provider_id": provider.id,
                "payment_method_id": method.id,
                "amount": 100,
                "currency_id": self.quote.currency_id.id,
                "partner_id": self.owner.partner_id.id,
                "state": "pending",
                "reference": "being paid",
                "sale_order_ids": [(6, 0, self.quote.ids)],
            }
        )
        self.assertFalse(self.quote._crm_loyalty_offers())

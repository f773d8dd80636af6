from datetime import date

from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import HttpCase, freeze_time, new_test_user, tagged
from odoo.tools import mute_logger

from .common import LoyaltyCommon, OrderMixin


@tagged("post_install", "-at_install")
class TestCorrections(LoyaltyCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.first, cls.second = (new_test_user(cls.env, f"loyalty_manager_{n}", groups="sales_team.group_sale_manager") for n in "ab")
        cls.seller = new_test_user(cls.env, "loyalty_plain", groups="sales_team.group_sale_salesman")
        cls.program.correction_limit = 100

    def setUp(self):
        super().setUp()
        self.card = self._card(self.customer)

    def tearDown(self):
        self.assertEqual(self.card.points, sum(self.card.crm_loyalty_entry_ids.mapped("points")))
        super().tearDown()

    def _correction(self, user, points, **values):
        Correction = self.env["crm.loyalty.correction"].with_user(user)
        return Correction.create({"card_id": self.card.id, "points": points, "reason": "Entered twice", **values})

    def test_small_corrections_need_one_person(self):
        correction = self._correction(self.first, 100)
        correction.action_submit()
        correction.action_submit()
        self.assertEqual((correction.state, self.card.points), ("posted", 100))
        self.assertEqual(
            self.card.crm_loyalty_entry_ids.mapped(lambda entry: (entry.kind, entry.description)), [("correction", "Entered twice")]
        )

    def test_large_corrections_need_two(self):
        correction = self._correction(self.first, 100.01)
        correction.action_submit()
        self.assertEqual((correction.state, self.card.points), ("waiting", 0))
        with self.assertRaisesRegex(AccessError, "Somebody else"):
            correction.action_approve()
        with self.assertRaisesRegex(UserError, "cannot be changed"):
            correction.points = 5
        with self.assertRaises(UserError):
            correction.requested_by_id = self.second
        correction.with_user(self.second).action_approve()
        self.assertEqual((correction.state, correction.decided_by_id, self.card.points), ("posted", self.second, 100.01))
        correction.with_user(self.second).action_approve()
        self.assertEqual(self.card.points, 100.01)
        correction.with_user(self.second).action_refuse()
        self.assertEqual(correction.state, "posted", "what was decided stays decided")
        with self.assertRaises(UserError):
            correction.sudo(False).with_user(self.first).unlink()
        taken = self._correction(self.first, -100.01)
        taken.action_submit()
        self.assertEqual(taken.state, "waiting", "as for what is put on the card")
        taken.with_user(self.second).action_refuse()
        taken.with_user(self.second).action_approve()
        self.assertEqual((taken.state, self.card.points), ("refused", 100.01))

    def test_salespeople_ask_and_do_not_decide(self):
        correction = self._correction(self.seller, 1)
        correction.action_submit()
        self.assertEqual((correction.state, self.card.points), ("waiting", 0))
        for action in ("action_approve", "action_refuse"):
            with self.assertRaises(AccessError):
                getattr(correction, action)()
        with self.assertRaises(UserError):
            self._correction(self.seller, 1).state = "posted"
        self.assertEqual(self._correction(self.seller, 1, state="waiting", requested_by_id=self.first.id).state, "draft")
        correction.with_user(self.first).action_refuse()
        self.assertEqual((correction.state, self.card.points), ("refused", 0))

    def test_odoos_wizard_becomes_a_correction(self):
        wizard = (
            self.env["loyalty.card.update.balance"]
            .with_user(self.seller)
            .create({"card_id": self.card.id, "new_balance": 50, "description": "A gift"})
        )
        wizard.action_update_card_point()
        self.assertEqual(self.card.points, 0)
        self.assertEqual(self.env["crm.loyalty.correction"].search([("card_id", "=", self.card.id)]).state, "waiting")

    def test_a_procedure_with_all_rights_posts_at_once_and_says_why(self):
        wizard = self.env["loyalty.card.update.balance"].create({"card_id": self.card.id, "new_balance": 500, "description": "Redress"})
        wizard.sudo().action_update_card_point()
        self.assertEqual(
            self.card.crm_loyalty_entry_ids.mapped(lambda entry: (entry.kind, entry.points, entry.description)),
            [("correction", 500, "Redress")],
        )
        self.assertEqual(self.card.history_ids.mapped("issued"), [500])

    def test_salespeople_cannot_write_balances(self):
        other = self.env["res.partner"].create({"name": "Friend"})
        for values in ({"points": 5}, {"partner_id": other.id}, {"active": False}, {"expiration_date": "2030-01-01"}):
            with self.subTest(values), self.assertRaises(AccessError), mute_logger("odoo.models"):
                self.card.with_user(self.seller).with_context(crm_loyalty_by_document=True).write(values)
        with self.assertRaises(AccessError), mute_logger("odoo.models"):
            self.env["loyalty.history"].with_user(self.seller).create({"card_id": self.card.id, "description": "Mine", "issued": 100})
        with self.assertRaisesRegex(UserError, "by one person alone"):
            self.card.with_user(self.first).points = 101
        self.card.with_user(self.first).points = 99
        self.assertEqual(self.card.points, 99)
        with self.assertRaisesRegex(UserError, "by one person alone"):
            self.card.with_user(self.first).points = -2
        line = self.env["loyalty.history"].create({"card_id": self.card.id, "description": "Given", "issued": 99})
        with self.assertRaises(AccessError), mute_logger("odoo.models"):
            line.with_user(self.seller).write({"issued": 1})

    def test_bad_corrections_are_refused(self):
        wallet = self._card(self.customer, self._program("Wallet", program_type="ewallet", applies_on="future"))
        for values in ({"points": 0}, {"points": 0.001}, {"reason": "  "}, {"card_id": wallet.id}, {"points": -5, "is_write_off": True}):
            with self.subTest(values), self.assertRaises(ValidationError):
                self._correction(self.first, **{"points": 5, **values})

    def test_a_debt_is_written_off(self):
        self.Entry._post([self._entry(self.card, "debt", -30)])
        context = self.card.action_write_off()["context"]
        correction = self.env["crm.loyalty.correction"].with_user(self.first).with_context(**context).create({})
        correction.action_submit()
        self.assertEqual((self.card.points, correction.state), (0, "posted"))
        self.assertIn("write_off", self.card.crm_loyalty_entry_ids.mapped("kind"))


@tagged("post_install", "-at_install")
class TestLiability(OrderMixin, LoyaltyCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls._prepare_sales()
        cls.env["loyalty.program"].search([]).action_archive()
        cls.program = cls._sales_program(point_value=1, expected_redemption=95, company_id=cls.company.id)
        cls.program.rule_ids.reward_point_amount = 0.1
        accounts = cls.env["account.account"].search([("company_ids", "in", cls.company.id), ("account_type", "=", "income")])
        owed = cls.env["account.account"].search([("company_ids", "in", cls.company.id), ("account_type", "=", "liability_current")])
        journal = cls.env["account.journal"].search([("company_id", "=", cls.company.id), ("type", "=", "general")], limit=1)
        cls.company.write(
            {
                "loyalty_revenue_account_id": accounts[:1].id,
                "loyalty_liability_account_id": owed[:1].id,
                "loyalty_journal_id": journal.id,
            }
        )
        cls.Liability = cls.env["crm.loyalty.liability"]

    def test_a_month_is_named_in_the_readers_language(self):
        self.env["res.lang"]._activate_lang("id_ID")
        month = self.Liability.create({"program_id": self.program.id, "company_id": self.company.id, "date": "2026-10-31"})
        names = [month.with_context(lang=lang).display_name for lang in ("en_US", "id_ID")]
        self.assertEqual(names, ["Sales, October 2026", "Sales, Oktober 2026"])

    def test_the_entry_is_worded_in_the_companys_language(self):
        self.env["res.lang"]._activate_lang("id_ID")
        self.company.partner_id.lang = "id_ID"
        with freeze_time("2026-10-15 12:00:00"):
            self._sell(self.customer, 1000)
        [month] = self.Liability._close(self.company, date(2026, 10, 31))
        self.assertTrue(month.move_id.ref.startswith("Poin loyalitas, 31"), month.move_id.ref)
        self.assertEqual(set(month.move_id.line_ids.mapped("name")), {"Poin diberikan: Sales"})

    def test_illustrative_example_52(self):
        card = self._card(self.customer)
        with freeze_time("2025-06-15 12:00:00"):
            self._sell(self.customer, 100_000)
            self.Entry._post([self._entry(card, "free", 500, expiration_date=False)])
        with freeze_time("2025-12-01 12:00:00"):
            self.Entry._post([self._entry(card, "used", -4_500, kind="redeem")])
        first = self.Liability._close(self.company, date(2025, 12, 31))
        self.assertEqual((first.sales, first.points_issued, first.points_redeemed), (100_000, 10_000, 4_500))
        self.assertEqual((round(first.deferral), round(first.revenue)), (8_676, 4_110))
        self.assertEqual((first.free_points, first.free_value), (500, 475))
        self.assertEqual(first.move_id.state, "draft")
        self.assertEqual(first.move_id.line_ids.mapped("debit"), [first.deferral, 0, first.revenue, 0])
        self.assertFalse(self.Liability._close(self.company, date(2025, 12, 31)), "once")
        with freeze_time("2026-12-01 12:00:00"):
            self.Entry._post([self._entry(card, "used again", -4_000, kind="redeem")])
        self.program.expected_redemption = 97
        second = self.Liability._close(self.company, date(2026, 12, 31))
        self.assertEqual((round(second.revenue), second.points_expected, second.deferral), (3_493, 9_700, 0))
        with self.assertRaises(UserError):
            first.unlink()
        second.unlink()

    def test_what_was_given_back_was_not_redeemed(self):
        card = self._card(self.customer)
        with freeze_time("2025-06-15 12:00:00"):
            self._sell(self.customer, 1_000)
            used = self.Entry._post([self._entry(card, "used", -40, kind="redeem")])
            self.Entry._post([self._entry(card, "back", 30, kind="return", reverses=used.ids)])
        self.assertEqual(self.Liability._close(self.company, date(2025, 6, 30)).points_redeemed, 10)

    def test_what_is_credited_is_not_deferred(self):
        with freeze_time("2025-06-15 12:00:00"):
            self._credit(self._invoice_order(self._sell(self.customer, 1_000)))
        self.assertEqual(self.Liability._close(self.company, date(2025, 6, 30)).balance, 0)

    def test_an_order_that_was_edited_or_cancelled_counts_what_it_sold(self):
        with freeze_time("2025-06-15 12:00:00"):
            raised, lowered, cancelled = (self._sell(self.customer, 1_000) for __ in range(3))
            for order, amount in ((raised, 1_500), (lowered, 400)):
                order.order_line[0].price_unit = amount
                order._update_programs_and_rewards()
        closed = self.Liability._close(self.company, date(2025, 6, 30))
        self.assertEqual((closed.points_issued, closed.sales), (290, 2_900))
        with freeze_time("2025-07-15 12:00:00"):
            cancelled._action_cancel()
        closed = self.Liability._close(self.company, date(2025, 7, 31))
        self.assertEqual((closed.points_issued, closed.sales), (-100, -1_000))


@tagged("post_install", "-at_install")
class TestScreens(OrderMixin, LoyaltyCommon, HttpCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls._prepare_sales()
        cls.portal = new_test_user(cls.env, "loyalty_portal", groups="base.group_portal")
        cls.customer = cls.portal.partner_id

    def setUp(self):
        super().setUp()
        self.card = self._card(self.customer)

    def test_the_statement_has_pages(self):
        tier = self.env["crm.loyalty.tier"].create({"name": "Gold", "program_id": self.program.id, "threshold": 10_000})
        self.Entry._post([self._entry(self.card, f"n{number:03}", number + 1, description=f"Gift {number}") for number in range(100)])
        self.authenticate("loyalty_portal", "loyalty_portal")
        address = f"/my/loyalty_card/{self.card.id}/history"
        first = self.url_open(address)
        self.assertEqual(first.status_code, 200)
        for text in ("5,050 stars", "10,000 stars to Gold", "Gift 99", f"{address}/page/2"):
            self.assertIn(text, first.text)
        self.assertNotIn("Gift 3<", first.text)
        second = self.url_open(f"{address}/page/2")
        self.assertIn("Gift 3<", second.text)
        self.assertNotIn("Gift 99", second.text)
        self.assertIn("/my", self.url_open("/my").url)
        self.assertTrue(tier)

    def test_points_are_written_in_the_readers_language(self):
        self.env["res.lang"]._activate_lang("id_ID")
        self.Entry._post([self._entry(self.card, "numbers", 3414.8)])
        shown = [self.card.with_context(lang=lang).points_display for lang in ("en_US", "id_ID")]
        self.assertEqual(shown, ["3,414.80 stars", "3.414,80 stars"])
        coupon = self.env["loyalty.card"].create(
            {"program_id": self._program("Coupon", program_type="coupons", applies_on="current").id, "points": 1234.5}
        )
        self.assertEqual(coupon.points_display, "1234.50 stars", "what the ledger does not keep stays as it is in Odoo")

    def test_only_ones_own_cards(self):
        other = self._card(self.contact, points=77)
        self.authenticate("loyalty_portal", "loyalty_portal")
        for page in ("history", "history/page/2", "history?sortby=hostile"):
            response = self.url_open(f"/my/loyalty_card/{other.id}/{page}")
            self.assertTrue(response.url.rstrip("/").endswith(("/my", "/my/home")), response.url)
            self.assertNotIn("77 stars", response.text)
        self.assertEqual(self.url_open(f"/my/loyalty_card/{self.card.id}/history?sortby=hostile").status_code, 200)
        self.authenticate(None, None)
        self.assertIn("/web/login", self.url_open(f"/my/loyalty_card/{self.card.id}/history").url)

    def test_coupons_have_pages_too(self):
        wallet = self._card(self.customer, self._program("Wallet", program_type="ewallet", applies_on="future"))
        self.env["loyalty.history"].create([{"card_id": wallet.id, "description": f"Line {n}", "issued": 1} for n in range(100)])
        self.authenticate("loyalty_portal", "loyalty_portal")
        text = self.url_open(f"/my/loyalty_card/{wallet.id}/history").text
        self.assertIn(f"/my/loyalty_card/{wallet.id}/history/page/2", text)
        self.assertNotIn("int:card_id", text)

    def test_the_cockpit_adds_up(self):
        self.env["loyalty.program"].search([("id", "!=", self.program.id)]).action_archive()
        self.Entry._post([self._entry(self.card, "a", 100), self._entry(self.card, "b", -40, kind="redeem")])
        program = self.program.with_user(new_test_user(self.env, "loyalty_boss", groups="sales_team.group_sale_manager"))
        self.assertEqual((program.points_issued, program.points_redeemed, program.points_usable), (100, 40, 60))
        self.assertEqual((program.redemption_rate, program.member_count), (0.4, 1))
        self.assertEqual(program.redeemed_value, 0)

    def test_the_customers_page(self):
        self.env["crm.loyalty.tier"].create({"name": "Gold", "program_id": self.program.id, "threshold": 10_000})
        self.Entry._post([self._entry(self.card, "a", 100, description="A gift", expiration_date="2099-01-01")])
        user = new_test_user(self.env, "loyalty_viewer", groups="sales_team.group_sale_salesman")
        partner = self.customer.with_user(user)
        section = partner.crm_lifecycle_snapshot(["loyalty"])["sections"]["loyalty"]
        self.assertEqual(section["cards"][0]["points"], 100)
        self.assertIn({"label": "Stars", "value": "100 stars"}, section["lines"])
        self.assertIn({"label": "Next Tier", "value": "10,000 stars to Gold"}, section["lines"])
        lines = partner.crm_lifecycle_timeline(kinds=["loyalty"])["lines"]
        self.assertEqual([(line["title"], line["detail"], line["state"]) for line in lines], [("A gift", "+100", "Reward")])
        self.env["res.lang"]._activate_lang("id_ID")
        self.Entry._post([self._entry(self.card, "b", 12_345.5), self._entry(self.card, "c", -1_200, kind="redeem")])
        lines = partner.with_context(lang="id_ID").crm_lifecycle_timeline(kinds=["loyalty"])["lines"]
        self.assertEqual({line["detail"] for line in lines}, {"+100", "+12.345,5", "-1.200"})
        many = self._entry(self.card, "d", 12_345_678_901_234)
        self.Entry._post([many, {**many, "event_key": "e", "points": -many["points"], "kind": "redeem"}])
        lines = partner.with_context(lang="id_ID").crm_lifecycle_timeline(kinds=["loyalty"])["lines"]
        self.assertEqual({line["detail"] for line in lines[:2]}, {"+12.345.678.901.234", "-12.345.678.901.234"})
        self._card(self.env["res.partner"].create({"name": "Ani", "parent_id": self.customer.id}), points=5)
        lines = [
            line for line in partner.crm_lifecycle_snapshot(["loyalty"])["sections"]["loyalty"]["lines"] if line["value"].endswith("stars")
        ]
        self.assertEqual(
            {line["label"]: line["value"] for line in lines},
            {f"Stars ({self.customer.name})": "11,245.50 stars", "Stars (Ani)": "5 stars"},
        )
        self.assertFalse(self.contact.with_user(user).crm_lifecycle_snapshot(["loyalty"])["sections"])

    def test_the_order_says_what_it_gives_and_uses(self):
        self.env["loyalty.program"].search([]).action_archive()
        self.card.action_archive()
        program = self._sales_program(hold_until="paid")
        self._card(self.customer, program, points=80)
        order = self._sell(self.customer, 100, spend=30, program=program)
        seller = new_test_user(self.env, "loyalty_reader", groups="sales_team.group_sale_salesman_all_leads")
        self.assertEqual(order.with_user(seller).loyalty_summary, "holds 50 stars · gives 100 stars, pending · uses 30 stars")
        self.assertFalse(self._order(self.contact).with_user(seller).loyalty_summary)

    def test_the_seller_chooses_how_many_points(self):
        self.env["loyalty.program"].search([("id", "!=", self.program.id)]).action_archive()
        self.program.active = False
        program = self._sales_program()
        self._card(self.customer, program, points=80)
        order = self._order(self.customer, 100)
        order.action_open_reward_wizard()
        order.order_line.filtered("reward_id").unlink()
        wizard = self.env["sale.loyalty.reward.wizard"].create({"order_id": order.id, "selected_reward_id": program.reward_ids.id})
        self.assertTrue(wizard.is_money_for_points)
        wizard.points_to_spend = -1
        with self.assertRaises(ValidationError):
            wizard.action_apply()
        wizard.points_to_spend = 25
        wizard.action_apply()
        self.assertEqual(order.amount_total, 75)

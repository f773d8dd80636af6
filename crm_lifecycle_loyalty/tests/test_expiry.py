from datetime import date, timedelta

import psycopg2
from odoo import fields
from odoo.exceptions import ValidationError
from odoo.tests import freeze_time, tagged
from odoo.tools import mute_logger

from .common import LoyaltyCommon, OrderMixin


@tagged("post_install", "-at_install")
class TestExpiry(OrderMixin, LoyaltyCommon):
    def setUp(self):
        super().setUp()
        self.card = self._card(self.customer)

    def tearDown(self):
        self.assertBalanced()
        super().tearDown()

    def _give(self, key, points, card=None, **values):
        return self.Entry._post([self._entry(card or self.card, key, points, **values)])

    def _cron(self):
        with self.enter_registry_test_mode():
            self.env.ref("crm_lifecycle_loyalty.ir_cron_expire").method_direct_trigger()

    def _mails(self):
        return self.env["mail.mail"].search([("recipient_ids", "in", self.customer.ids)])

    @freeze_time("2024-02-29 12:00:00")
    def test_when_points_expire(self):
        for policy, months, expected in (
            ("never", 12, False),
            ("term", 12, date(2025, 2, 28)),
            ("year_end", 0, date(2024, 12, 31)),
            ("year_end", 12, date(2025, 12, 31)),
            ("inactivity", 6, False),
        ):
            with self.subTest(policy=policy, months=months):
                self.program.write({"expiry_policy": policy, "expire_after": months})
                self._give(f"{policy}{months}", 1)
                self.assertEqual(self.card.crm_loyalty_lot_ids.sorted("id")[-1].expiration_date, expected)

    @freeze_time("2026-12-31 20:00:00")
    def test_the_year_ends_where_the_company_is(self):
        self.program.write({"expiry_policy": "year_end", "expire_after": 0})
        self.company.partner_id.tz = "Asia/Jakarta"
        self.program.company_id = self.company
        self._give("new year", 1)
        self.assertEqual(self.card.crm_loyalty_lot_ids.expiration_date, date(2027, 12, 31))

    def test_expired_points_go_and_what_expires_first_is_spent_first(self):
        today = fields.Date.today()
        self._give("a", 50, expiration_date=today - timedelta(days=1))
        self._give("b", 30, expiration_date=today)
        self._give("c", 20)
        self._give("spent", -10, kind="redeem")
        self._cron()
        self.assertEqual(self.card.points, 50)
        entry = self.Entry.search([("kind", "=", "expire"), ("card_id", "=", self.card.id)])
        self.assertEqual((entry.points, entry.description), (-40, "Points expired"))
        self.assertIn(("Points expired", 40), self.card.history_ids.mapped(lambda line: (line.description, line.used)))
        self._cron()
        self.assertEqual(self.card.points, 50, "a rerun changes nothing")

    def test_points_given_back_to_an_expired_lot_expire_again(self):
        with freeze_time("2026-03-01 12:00:00"):
            self._give("a", 50, expiration_date="2026-03-01")
            spent = self._give("spent", -20, kind="redeem")
        with freeze_time("2026-03-02 12:00:00"):
            self._cron()
            self.assertEqual(self.card.points, 0)
            self._give("back", 20, kind="return", reverses=spent.ids)
            self.assertEqual(self.card.points, 20)
        with freeze_time("2026-03-03 12:00:00"):
            self._cron()
            self.assertEqual(self.card.points, 0)

    def test_the_history_speaks_the_customers_language(self):
        self.env["res.lang"]._activate_lang("id_ID")
        self.customer.lang = "id_ID"
        self._give("a", 5, expiration_date="2020-01-01")
        self._cron()
        self.assertEqual(self.card.history_ids.sorted("id")[-1].description, "Poin kedaluwarsa")

    def test_points_expire_when_the_card_is_not_used(self):
        self.program.write({"expiry_policy": "inactivity", "expire_after": 6})
        with freeze_time("2026-01-31 12:00:00"):
            self._give("a", 50)
            self.card.points_changed_date = "2026-01-31"
        with freeze_time("2026-07-31 12:00:00"):
            self._cron()
            self.assertEqual(self.card.points, 50, "the last day")
        with freeze_time("2026-08-01 12:00:00"):
            self._cron()
            self.assertEqual(self.card.points, 0)

    def test_expired_points_cannot_be_spent_before_the_job_has_come(self):
        self._prepare_sales()
        self.program.active = False
        self.program = self._sales_program(hold_until="paid")
        card = self._card(self.customer, self.program)
        self._give("a", 50, card, expiration_date=fields.Date.today())
        order = self._order(self.customer, 100)
        order._update_programs_and_rewards()
        self._spend(order, 50, self.program)
        self.env.cr.execute("UPDATE crm_loyalty_lot SET expiration_date = '2020-01-01' WHERE card_id = %s", [card.id])
        with self.assertRaises(ValidationError):
            order.action_confirm()

    def test_customers_are_told_before_and_once(self):
        day = fields.Date.today() + timedelta(days=20)
        self._give("a", 50, expiration_date=day)
        self._give("b", 25, expiration_date=day + timedelta(days=5))
        self._give("c", 25, expiration_date=day + timedelta(days=50))
        self._cron()
        mail = self._mails()
        self.assertEqual(len(mail), 1)
        self.assertIn("75 stars will expire on", mail.subject)
        self.assertIn("100 stars", mail.body_html)
        self._cron()
        self.assertEqual(len(self._mails()), 1)
        self.program.expiry_warning_days = 0
        self._give("d", 5, expiration_date=day)
        self._cron()
        self.assertEqual(len(self._mails()), 1)
        self.program.expiry_warning_days = 30
        self.card.active = False
        self._cron()
        self.assertEqual(len(self._mails()), 1, "not of a card that is archived")

    def test_customers_are_told_before_points_expire_by_inactivity(self):
        self.program.write({"expiry_policy": "inactivity", "expire_after": 6})
        with freeze_time("2026-01-31 12:00:00"):
            self._give("a", 50)
            self.card.points_changed_date = "2026-01-31"
        for day, mails in (("2026-06-30", 0), ("2026-07-01", 1), ("2026-07-02", 1)):
            with freeze_time(f"{day} 12:00:00"):
                self._cron()
                self.assertEqual(len(self._mails()), mails, day)
        mail = self._mails()
        self.assertIn("50 stars will expire on 31 July 2026", mail.subject)
        self.assertIn("all of them stay yours", mail.body_html)
        with freeze_time("2026-07-02 12:00:00"):
            self.assertEqual(self.card._crm_loyalty_facts()[self.card.id], (0, 50, date(2026, 7, 31)))
        # Used in time: another day, of which the customer is told again.
        with freeze_time("2026-07-20 12:00:00"):
            self._give("b", -10, kind="redeem")
            self.card.points_changed_date = "2026-07-20"
            self._cron()
        with freeze_time("2026-08-15 12:00:00"):
            self._cron()
        self.assertEqual((self.card.points, len(self._mails())), (40, 1))
        with freeze_time("2026-12-25 12:00:00"):
            self._cron()
        self.assertEqual(len(self._mails()), 2)
        with freeze_time("2027-01-21 12:00:00"):
            self._cron()
        self.assertEqual(self.card.points, 0)

    def test_a_card_that_came_by_import_or_correction_is_used_from_that_day(self):
        made = self._card(self.contact, points=5)
        self._give("a", 5, kind="correction")
        self.assertEqual((made.points_changed_date, self.card.points_changed_date), (fields.Date.today(), fields.Date.today()))

    def test_a_merged_card_was_used_when_either_was(self):
        twin = self._card(self.env["res.partner"].create({"name": "Twin"}), points=5)
        twin.points_changed_date, self.card.points_changed_date = "2026-05-05", "2026-01-01"
        twin._crm_loyalty_move_to(self.card)
        self.assertEqual((self.card.points_changed_date, self.card.points), (date(2026, 5, 5), 5))

    def test_bad_settings_are_refused(self):
        for values in ({"expiry_policy": "term", "expire_after": 0}, {"expire_after": -1}, {"hold_days": -1}, {"expiry_warning_days": -1}):
            with self.subTest(values), self.assertRaises(psycopg2.IntegrityError), mute_logger("odoo.sql_db"), self.env.cr.savepoint():
                self.program.write(values)
                self.env.flush_all()


@tagged("post_install", "-at_install")
class TestTiers(OrderMixin, LoyaltyCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls._prepare_sales()
        cls.env["loyalty.program"].search([]).action_archive()
        cls.program = cls._sales_program(tier_grace_days=30)
        cls.silver, cls.gold = cls.env["crm.loyalty.tier"].create(
            [
                {"name": "Silver", "program_id": cls.program.id, "threshold": 100},
                {"name": "Gold", "program_id": cls.program.id, "threshold": 500, "multiplier": 1.5},
            ]
        )

    def setUp(self):
        super().setUp()
        self.card = self._card(self.customer)

    def _cron(self):
        with self.enter_registry_test_mode():
            self.env.ref("crm_lifecycle_loyalty.ir_cron_judge").method_direct_trigger()

    def test_up_at_once_and_down_one_step_after_grace(self):
        with freeze_time("2024-02-29 12:00:00"):
            self._sell(self.customer, 600)
            self.assertEqual((self.card.tier_id, self.card.tier_since), (self.gold, date(2024, 2, 29)))
        with freeze_time("2025-02-28 12:00:00"):
            self._cron()
            self.assertFalse(self.card.tier_grace_until, "the leap day still counts")
        with freeze_time("2025-03-01 12:00:00"):
            self._cron()
            self.assertEqual((self.card.tier_id, self.card.tier_grace_until), (self.gold, date(2025, 3, 31)))
            self.assertEqual(self.card.tier_since, date(2024, 2, 29), "the tier is the same")
            written = self.card.write_date
            self._cron()
            self.assertEqual(self.card.write_date, written, "a rerun changes nothing")
        with freeze_time("2025-03-31 12:00:00"):
            self._cron()
            self.assertEqual(self.card.tier_id, self.gold, "the last day of grace")
        with freeze_time("2025-04-01 12:00:00"):
            self._cron()
            self.assertEqual((self.card.tier_id, self.card.tier_grace_until), (self.silver, date(2025, 5, 1)))
            self._cron()
            self.assertEqual(self.card.tier_id, self.silver)

    def test_a_calendar_year_where_the_company_is(self):
        self.program.tier_window = "calendar"
        self.company.partner_id.tz = "Asia/Jakarta"
        with freeze_time("2026-12-31 18:00:00"):  # 1 January in Jakarta
            self._sell(self.customer, 600)
            self.assertEqual(self.card.tier_id, self.gold)
        with freeze_time("2027-12-31 12:00:00"):
            self._cron()
            self.assertFalse(self.card.tier_grace_until)
        with freeze_time("2027-12-31 17:00:01"):
            self._cron()
            self.assertEqual(self.card.tier_grace_until, date(2028, 1, 31))

    def test_what_is_taken_back_counts_on_the_day_it_was_earned(self):
        with freeze_time("2026-01-10 12:00:00"):
            order = self._sell(self.customer, 600)
            move = self._invoice_order(order)
        with freeze_time("2026-06-10 12:00:00"):
            self._credit(move, amount=550)
            self._cron()
            self.assertEqual(self.card.tier_grace_until, date(2026, 7, 10))

    def test_a_multiplier_is_an_entry_of_its_own_and_goes_back_with_the_order(self):
        self._sell(self.customer, 600)
        order = self._sell(self.customer, 100)
        earned, bonus = self.Entry.search([("res_id", "=", order.id), ("res_model", "=", "sale.order")], order="id")
        self.assertEqual((earned.points, bonus.points, bonus.kind, bonus.linked_entry_id), (100, 50, "bonus", earned))
        self.assertFalse(bonus.qualifying)
        self._credit(self._invoice_order(order), amount=50)
        self.assertEqual(self.card.points, 600 + 75)
        order._action_cancel()
        self.assertEqual(self.card.points, 600)
        self.assertBalanced()

    def test_tiers_by_spend(self):
        self.program.tier_basis = "spend"
        order = self._sell(self.customer, 600)
        self._cron()
        self.assertFalse(self.card.tier_id)
        move = self._invoice_order(order)
        self._cron()
        self.assertEqual(self.card.tier_id, self.gold)
        self._credit(move, amount=550)
        self.assertEqual(self._missing(), 50, "less what was credited")
        elsewhere = self.env["res.company"].create({"name": "Elsewhere"})
        self.env.cr.execute("UPDATE account_move SET company_id = %s WHERE id = %s", [elsewhere.id, move.id])
        self.assertEqual(self._missing(), 650, "of the program's company")
        self.env.cr.execute("UPDATE account_move SET company_id = %s WHERE id = %s", [self.company.id, move.id])
        move.button_draft()
        self.assertEqual(self._missing(), 650, "what is posted")

    def _missing(self):
        return self.env["crm.loyalty.tier"]._progress(self.card)[self.card.id]["missing"]

    def test_points_for_something_else_than_buying_count_for_no_tier(self):
        self._sell(self.customer, 40)
        self.Entry._post([self._entry(self.card, "gift", 1000)])
        self._cron()
        self.assertEqual((self.card.tier_id, self._missing()), (self.env["crm.loyalty.tier"], 60))

    def test_a_program_for_a_tier(self):
        self._sell(self.env["res.partner"].create({"name": "Somebody"}), 1)  # No program was for a tier until now.
        only_gold = self._sales_program("Gold only", required_tier_ids=self.gold.ids)
        self._sell(self.customer, 600)
        self.assertFalse(self.Card.search([("program_id", "=", only_gold.id)]))
        self._sell(self.customer, 100)
        self.assertEqual(self.Card.search([("program_id", "=", only_gold.id)]).points, 100)
        self.assertEqual(self.contact.loyalty_tier_ids, self.gold)

    def test_progress_is_told(self):
        self.program.tier_window = "calendar"
        with freeze_time("2026-06-10 12:00:00"):
            self._sell(self.customer, 160)
            progress = self.env["crm.loyalty.tier"]._progress(self.card)[self.card.id]
            self.assertEqual((progress["tier"], progress["next"], progress["missing"], progress["share"]), ("Silver", "Gold", 340, 32))
            self.assertEqual(self.card._crm_loyalty_progress_label(), "340 stars to Gold by 12/31/2026")

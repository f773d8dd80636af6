from datetime import date

from odoo.exceptions import AccessError, ValidationError
from odoo.tests import new_test_user, tagged
from odoo.tools import mute_logger

from .common import LoyaltyCommon, OrderMixin


@tagged("post_install", "-at_install")
class TestOrders(OrderMixin, LoyaltyCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env["loyalty.program"].search([("id", "!=", cls.program.id)]).action_archive()
        cls._prepare_sales()
        cls.program.active = False
        cls.program = cls._sales_program()

    def setUp(self):
        super().setUp()
        self.card = self._card(self.customer)

    def tearDown(self):
        self.assertBalanced()
        super().tearDown()

    def entries(self, kind=None):
        entries = self.Entry.search([("program_id", "=", self.program.id)], order="id")
        return entries.filtered(lambda entry: entry.kind == kind) if kind else entries

    def kinds(self):
        return [(entry.kind, entry.points) for entry in self.entries()]

    # -- earning and spending --------------------------------------------------

    def test_an_order_earns_once(self):
        order = self._sell(self.customer, 100)
        self.assertEqual(self.card.points, 100)
        self.assertEqual(self.kinds(), [("earn", 100)])
        entry = self.entries()
        self.assertEqual((entry.res_model, entry.res_id, entry.qualifying), ("sale.order", order.id, True))
        order._crm_loyalty_sync()
        self.assertEqual(self.kinds(), [("earn", 100)])
        self.assertEqual(self.card.history_ids.issued, 100)

    def test_the_customer_chooses_how_much_to_spend(self):
        self._sell(self.customer, 100)
        order = self._sell(self.customer, 50, spend=30)
        self.assertEqual(order.amount_total, 20)
        self.assertEqual(self.card.points, 70 + 50)
        order = self._sell(self.customer, 50, spend=1000)
        self.assertEqual(order.amount_total, 0, "never more than the order costs")
        self.assertEqual(self.card.points, 120)

    def test_cancel_and_confirm_again_count_once(self):
        self._sell(self.customer, 100)
        order = self._order(self.customer, 40)
        for __ in range(50):
            order._update_programs_and_rewards()
            self._spend(order, 10)
            order.action_confirm()
            self.assertEqual(self.card.points, 100 - 10 + 40)
            order._action_cancel()
            self.assertEqual(self.card.points, 100)
            order.action_draft()
        order._update_programs_and_rewards()
        order.action_confirm()
        self.assertEqual(self.card.points, 140)

    def test_redeemed_points_return_to_their_lots(self):
        """Also when another lot came in between, which expires earlier."""
        self.program.write({"expiry_policy": "term", "expire_after": 12})
        self._sell(self.customer, 100)
        lot = self.card.crm_loyalty_lot_ids
        order = self._sell(self.customer, 60, spend=60)
        self.assertEqual(lot.remaining, 40)
        self.Entry._post([self._entry(self.card, "soon", 5, expiration_date="2099-01-01")])
        order._action_cancel()
        lot.invalidate_recordset()
        self.assertEqual(lot.remaining, 100)
        self.assertEqual(sorted(self.card.crm_loyalty_lot_ids.filtered("remaining").mapped("remaining")), [5, 100])

    def test_two_quotes_confirmed_together_cannot_spend_the_same_points(self):
        self._sell(self.customer, 100)
        quotes = self._order(self.customer, 100) | self._order(self.customer, 100)
        for quote in quotes:
            quote._update_programs_and_rewards()
            self._spend(quote, 80)
        self.program.hold_until = "paid"
        with self.assertRaisesRegex(ValidationError, "holds 20 stars"):
            quotes.action_confirm()
        self.assertEqual(self.card.points, 100)
        quotes[0].action_confirm()
        self.assertEqual(self.card.points, 20)

    def test_a_confirmed_order_that_is_edited_moves_the_card(self):
        self._sell(self.customer, 200)
        order = self._sell(self.customer, 100)
        order.order_line.price_unit = 50
        order._update_programs_and_rewards()
        self.assertEqual(self.card.points, 250)
        self._spend(order, 30)
        self.assertEqual(self.card.points, 250 - 30)
        order.order_line.filtered("reward_id").points_cost = 10
        self.assertEqual(self.card.points, 250 - 10)
        order._action_cancel()
        self.assertEqual(self.card.points, 200)

    def test_confirming_costs_few_queries(self):
        """Odoo alone takes 55 for such an order, the note about the changed balance included; all addons together take at most 8 more."""
        self._sell(self.customer, 10)
        order = self._order(self.customer, 100)
        order._update_programs_and_rewards()
        self.env.flush_all()
        self.env.invalidate_all()
        with self.assertQueryCount(63):
            order.action_confirm()
            self.env.flush_all()
        self.assertEqual(self.card.points, 110)

    # -- pending ---------------------------------------------------------------

    def test_points_are_pending_until_the_order_is_paid(self):
        self.program.hold_until = "paid"
        order = self._sell(self.customer, 100)
        self.assertEqual((self.card.points, order.coupon_point_ids.pending), (0, True))
        move = self._invoice_order(order)
        self.assertEqual(self.card.points, 0)
        self.env["account.payment.register"].with_context(active_model="account.move", active_ids=move.ids).create({})._create_payments()
        self.assertEqual((self.card.points, order.coupon_point_ids.pending), (100, False))
        order.coupon_point_ids._release_due()
        self.assertEqual(self.kinds(), [("earn", 100)])

    def test_points_are_pending_until_every_invoice_is_paid(self):
        self.program.hold_until = "paid"
        order = self._sell(self.customer, 10, quantity=10)
        first = order._create_invoices()
        first.invoice_line_ids.quantity = 4
        first.action_post()
        second = self._invoice_order(order)
        for move, held in ((first, 0), (second, 100)):
            register = self.env["account.payment.register"].with_context(active_model="account.move", active_ids=move.ids)
            register.create({})._create_payments()
            self.assertEqual(self.card.points, held)

    def test_points_are_pending_until_delivered(self):
        self.program.hold_until = "delivered"
        order = self._sell(self.customer, 10, quantity=10)
        order.order_line.qty_delivered = 9
        self.assertEqual(self.card.points, 0)
        order.order_line.qty_delivered = 10
        self.assertEqual(self.card.points, 100)

    def test_points_are_pending_until_every_line_is_delivered(self):
        self.program.hold_until = "delivered"
        order = self._order(self.customer, 10)
        order.order_line.copy({"order_id": order.id})
        order._update_programs_and_rewards()
        order.action_confirm()
        for line, held in zip(order.order_line, (0, 20), strict=True):
            line.qty_delivered = 1
            self.assertEqual(self.card.points, held)

    def test_points_are_pending_for_days(self):
        self.program.write({"hold_until": "days", "hold_days": 14})
        order = self._sell(self.customer, 100)
        with self.enter_registry_test_mode():
            self.env.ref("crm_lifecycle_loyalty.ir_cron_release").method_direct_trigger()
        self.assertEqual(self.card.points, 0)
        order.coupon_point_ids.release_date = order.date_order.date()
        with self.enter_registry_test_mode():
            self.env.ref("crm_lifecycle_loyalty.ir_cron_release").method_direct_trigger()
        self.assertEqual(self.card.points, 100)

    def test_pending_points_cannot_be_spent_on_their_own_order(self):
        self.program.hold_until = "paid"
        order = self._order(self.customer, 100)
        order._update_programs_and_rewards()
        self.assertEqual(self._spend(order, 50).get("error"), "The coupon does not have enough points for the selected reward.")

    def test_cancelling_a_pending_order_costs_nothing(self):
        self.program.hold_until = "paid"
        order = self._sell(self.customer, 100)
        order._action_cancel()
        self.assertFalse(self.entries())
        order.action_draft()
        self.program.hold_until = "none"
        order._update_programs_and_rewards()
        order.action_confirm()
        self.assertEqual(self.card.points, 100)

    # -- credit notes ----------------------------------------------------------

    def test_a_credit_note_takes_points_back(self):
        order = self._sell(self.customer, 100)
        move = self._invoice_order(order)
        note = self._credit(move, amount=25)
        self.assertEqual(self.card.points, 75)
        note.button_draft()
        self.assertEqual(self.card.points, 100)
        note.action_post()
        self.assertEqual(self.card.points, 75)
        self.assertEqual(self.card.crm_loyalty_lot_ids.filtered("remaining").entry_id.kind, "earn", "it went back to the lot it came from")

    def test_posting_and_resetting_a_credit_note_fifty_times_counts_once(self):
        move = self._invoice_order(self._sell(self.customer, 100))
        note = self._credit(move, post=False)
        for __ in range(50):
            note.action_post()
            self.assertEqual(self.card.points, 0)
            note.button_draft()
            self.assertEqual(self.card.points, 100)

    def test_any_split_of_a_full_refund_takes_back_what_was_earned(self):
        for parts in ([1], [1, 1, 1], [3], [2, 1]):
            with self.subTest(parts):
                order = self._sell(self.customer, 33.33, quantity=3)
                earned = self.card.points
                self.assertEqual(earned, 99.99)
                move = self._invoice_order(order)
                for part in parts:
                    self._credit(move, quantity=part)
                self.assertEqual(self.card.points, round(earned * (3 - sum(parts)) / 3, 2))
                if sum(parts) < 3:
                    self._credit(move, quantity=3 - sum(parts))
                self.assertEqual(self.card.points, 0)

    def test_credited_and_invoiced_again_keeps_the_points(self):
        order = self._sell(self.customer, 100)
        self._credit(self._invoice_order(order))
        self.assertEqual(self.card.points, 0)
        self._invoice_order(order)
        self.assertEqual(self.card.points, 100)

    def test_a_refund_gives_redeemed_points_back(self):
        self._sell(self.customer, 100)
        order = self._sell(self.customer, 80, spend=60)
        self.assertEqual(self.card.points, 120)
        self._credit(self._invoice_order(order))
        self.assertEqual(self.card.points, 100)

    def test_points_already_spent_become_a_debt_that_the_next_points_pay(self):
        self.env["res.lang"]._activate_lang("id_ID")
        self.customer.user_id = new_test_user(self.env, "loyalty_keeper", groups="sales_team.group_sale_salesman", lang="id_ID")
        move = self._invoice_order(self._sell(self.customer, 100))
        self.program.hold_until = "paid"
        self._sell(self.customer, 90, spend=50)
        self.program.hold_until = "none"
        self._credit(move)
        self.assertEqual(self.card.points, -50)
        self.assertEqual(self.card.crm_loyalty_lot_ids.filtered("remaining").mapped("remaining"), [-50])
        activity = self.customer.activity_ids
        self.assertEqual((activity.summary, activity.user_id), ("Utang poin loyalitas", self.customer.user_id))
        self.assertIn("ditarik kembali", activity.note)
        self._sell(self.customer, 20)
        self.assertEqual((self.card.points, len(self.customer.activity_ids)), (-30, 1), "a debt that shrinks is no news")
        self._sell(self.customer, 50)
        self.assertEqual(self.card.points, 20)
        self.assertEqual(self.card.crm_loyalty_lot_ids.filtered("remaining").mapped("remaining"), [20])

    def test_a_salesperson_confirms_and_cancels(self):
        user = new_test_user(self.env, "loyalty_seller", groups="sales_team.group_sale_salesman")
        self._sell(self.customer, 100)
        order = self._order(self.customer, 50, user_id=user.id).with_user(user)
        order._update_programs_and_rewards()
        self._spend(order, 20)
        order.action_confirm()
        self.assertEqual(self.card.points, 100 - 20 + 50)
        order._action_cancel()
        self.assertEqual(self.card.points, 100)

    def test_what_orders_give_and_spend_cannot_be_written_by_hand(self):
        """By nobody: else a promise, or a cost that is negative, would be a balance."""
        self._sell(self.customer, 100)
        order = self._sell(self.customer, 50, spend=20)
        draft = self._order(self.customer, 10)
        for login, groups in (
            ("loyalty_rpc_a", "sales_team.group_sale_salesman_all_leads"),
            ("loyalty_rpc_b", "sales_team.group_sale_manager"),
        ):
            user = new_test_user(self.env, login, groups=groups)
            there = order.with_user(user)
            gain, line = there.coupon_point_ids, there.order_line.filtered("reward_id")
            spending = {
                "order_id": order.id,
                "product_id": self.product.id,
                "coupon_id": self.card.id,
                "points_cost": -1000,
                "price_unit": 0,
            }
            for work in (
                lambda: gain.write({"points": 1000}),  # noqa: B023
                lambda: gain.write({"multiplier": 50, "pending": False}),  # noqa: B023
                lambda: gain.create({"order_id": draft.id, "coupon_id": self.card.id, "points": 1000}),  # noqa: B023
                lambda: gain.unlink(),  # noqa: B023
                lambda: line.write({"points_cost": 0}),  # noqa: B023
                lambda: line.write({"points_cost": -1000}),  # noqa: B023
                lambda: there.order_line.create(spending),  # noqa: B023
                lambda: there.with_context(crm_loyalty_rewarding=True).order_line.create(spending),  # noqa: B023
            ):
                with (
                    self.assertRaises(AccessError),
                    mute_logger("odoo.models", "odoo.addons.base.models.ir_model"),
                    self.env.cr.savepoint(),
                ):
                    work()
            self.assertEqual(self.card.points, 130)
        forged = self._order(self.customer, 10).with_user(user)
        forged.order_line.create({**spending, "order_id": forged.id})
        forged.action_confirm()
        self.assertEqual(self.card.points, 140, "a cost that no reward has is no cost, and no gift")

    def test_a_salesperson_confirms_what_is_free_and_pending(self):
        user = new_test_user(self.env, "loyalty_free", groups="sales_team.group_sale_salesman")
        self.program.hold_until = "paid"
        self.program.rule_ids.write({"reward_point_mode": "order", "reward_point_amount": 7})
        order = self._order(self.customer, 0, user_id=user.id).with_user(user)
        order._update_programs_and_rewards()
        order.action_confirm()
        self.assertEqual(self.card.points, 7, "nothing is to be paid")

    def test_orders_of_merged_customers(self):
        twin = self.env["res.partner"].create({"name": "Toko Melati (2)"})
        other = self._card(twin)
        order = self._sell(twin, 100)
        self._sell(self.customer, 10)
        self.env["base.partner.merge.automatic.wizard"].create({})._merge([self.customer.id, twin.id], self.customer)
        self.assertEqual((self.card.points, other.points, other.merged_into_id), (110, 0, self.card))
        order._action_cancel()
        self.assertEqual((self.card.points, other.points), (10, 0))

    def test_redeemed_points_of_a_merged_customer_keep_their_day(self):
        twin = self.env["res.partner"].create({"name": "Toko Melati (2)"})
        day = date(2099, 1, 31)
        self.Entry._post([self._entry(self._card(twin), "gift", 100, expiration_date=day)])
        order = self._sell(twin, 90, spend=60)
        self.env["base.partner.merge.automatic.wizard"].create({})._merge([self.customer.id, twin.id], self.customer)
        self.assertEqual(self._left(), [(40, day), (90, False)])
        order._action_cancel()
        self.assertEqual(self.card.points, 100)
        self.assertEqual(self._left(), [(40, False), (60, day)])

    def _left(self):
        lots = self.card.crm_loyalty_lot_ids.filtered("remaining")
        return sorted(lots.mapped(lambda lot: (lot.remaining, lot.expiration_date)))

    def test_opening_entries(self):
        """A program that had cards and orders before the ledger knew it."""
        order = self._sell(self.customer, 100)
        self._card(self.contact, points=7.5)
        self.env.cr.execute("ALTER TABLE crm_loyalty_entry DISABLE TRIGGER USER")
        self.env.cr.execute("DELETE FROM crm_loyalty_lot; DELETE FROM crm_loyalty_entry")
        self.env.cr.execute("ALTER TABLE crm_loyalty_entry ENABLE TRIGGER USER")
        self.env["sale.order.line"].flush_model()
        self.env.invalidate_all()
        self.card._crm_loyalty_lock()
        self.env.cr.execute("UPDATE loyalty_card SET points = 130 WHERE id = %s", [self.card.id])
        self.program._crm_loyalty_open()
        self.assertBalanced()
        self.assertEqual(sorted(self.kinds()), [("earn", 100), ("opening", 7.5), ("opening", 30)])
        self.program._crm_loyalty_open()
        self.assertEqual(len(self.entries()), 3)
        order._action_cancel()
        self.assertEqual(self.card.points, 30)

"""Real transactions of real threads, each with a cursor of its own; what they commit is taken away again."""

import threading
import uuid
from functools import partial

from odoo import SUPERUSER_ID, api
from odoo.exceptions import ValidationError
from odoo.fields import Command
from odoo.modules.registry import Registry
from odoo.service.model import retrying
from odoo.tests import BaseCase, get_db_name, tagged
from odoo.tools import mute_logger
from psycopg2 import OperationalError

from ..analytics import ledger
from .common import forget_program

QUIET = mute_logger("odoo.sql_db", "odoo.service.model", "odoo.addons.base.models.ir_mail_server")


@tagged("post_install", "-at_install")
class TestParallel(BaseCase):
    def setUp(self):
        super().setUp()
        self.registry_ = Registry(get_db_name())
        self.mark = uuid.uuid4().hex
        with self.registry_.cursor() as cr:
            env = api.Environment(cr, SUPERUSER_ID, {})
            self.company_id = env.ref("base.main_company").id
            self.active_ids = env["loyalty.program"].search([]).ids
            env["loyalty.program"].browse(self.active_ids).action_archive()
            product = env["product.product"].create({"name": self.mark, "type": "service", "list_price": 1, "taxes_id": [Command.clear()]})
            program = env["loyalty.program"].create(
                {
                    "name": self.mark,
                    "program_type": "loyalty",
                    "applies_on": "both",
                    "trigger": "auto",
                    "hold_until": "paid",
                    "rule_ids": [Command.create({"reward_point_mode": "money", "reward_point_amount": 1, "minimum_qty": 0})],
                    "reward_ids": [Command.create({"discount_mode": "per_point", "discount": 1, "required_points": 1})],
                }
            )
            partner = env["res.partner"].create({"name": self.mark})
            card = env["loyalty.card"].create({"program_id": program.id, "partner_id": partner.id, "points": 100})
            self.product_id, self.program_id, self.partner_id, self.card_id = product.id, program.id, partner.id, card.id
        self.addCleanup(self.forget)

    def forget(self):
        with self.registry_.cursor() as cr:
            forget_program(cr, self.program_id)
            env = api.Environment(cr, SUPERUSER_ID, {})
            env["loyalty.program"].browse(self.active_ids).action_unarchive()
            env["product.product"].browse(self.product_id).unlink()
            env["res.partner"].browse(self.partner_id).unlink()

    def together(self, works):
        """Run each work(env) in a transaction of its own thread, again as long as PostgreSQL asks for it; give what they raised."""
        raised, start = [], threading.Barrier(len(works))

        def run(work):
            start.wait()
            for __ in range(200):
                try:
                    with self.registry_.cursor() as cr:
                        env = api.Environment(cr, SUPERUSER_ID, {"loyalty_no_mail": True, "tracking_disable": True})
                        return retrying(partial(work, env), env)
                except OperationalError:
                    continue
                except Exception as error:  # noqa: BLE001
                    return raised.append(error)
            return raised.append(TimeoutError("never got through"))

        threads = [threading.Thread(target=run, args=(work,)) for work in works]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(300)
        self.assertFalse([thread for thread in threads if thread.is_alive()])
        return raised

    def quotes(self, count, points):
        with self.registry_.cursor() as cr:
            env = api.Environment(cr, SUPERUSER_ID, {})
            program, card = env["loyalty.program"].browse(self.program_id), env["loyalty.card"].browse(self.card_id)
            orders = env["sale.order"].create(
                [
                    {
                        "partner_id": self.partner_id,
                        "points_to_spend": points,
                        "order_line": [Command.create({"product_id": self.product_id, "price_unit": 1000})],
                    }
                    for __ in range(count)
                ]
            )
            for order in orders:
                order._update_programs_and_rewards()
                order._apply_program_reward(program.reward_ids, card)
            return orders.ids

    def state(self):
        with self.registry_.cursor() as cr:
            env = api.Environment(cr, SUPERUSER_ID, {})
            self.assertEqual(env.execute_query(ledger.differences()), [])
            entries = env["crm.loyalty.entry"].search([("card_id", "=", self.card_id)])
            return env["loyalty.card"].browse(self.card_id).points, sorted(entries.mapped("kind"))

    @QUIET
    def test_a_card_that_affords_k_redemptions_gives_exactly_k(self):
        for count, points, afforded in ((2, 100, 1), (8, 30, 3), (32, 25, 4)):
            with self.subTest(threads=count):
                if count > 2:
                    self.forget()
                    self.doCleanups()
                    self.setUp()
                ids = self.quotes(count, points)
                raised = self.together(
                    [lambda env, order_id=order_id: env["sale.order"].browse(order_id).action_confirm() for order_id in ids]
                )
                self.assertEqual({type(error) for error in raised}, {ValidationError})
                self.assertEqual(len(raised), count - afforded)
                held, kinds = self.state()
                self.assertEqual(held, 100 - points * afforded)
                self.assertEqual(kinds, ["other", *["redeem"] * afforded])

    @QUIET
    def test_events_replayed_a_hundred_times_by_eight_threads_post_once(self):
        [order_id] = self.quotes(1, 40)

        def again(env):
            order = env["sale.order"].browse(order_id)
            if order.state != "sale":
                order.action_confirm()
            for __ in range(100):
                order.invalidate_recordset()
                order._crm_loyalty_sync()
                order.coupon_point_ids.write({"pending": False})
                order._crm_loyalty_sync()
                env["crm.loyalty.entry"]._post(
                    [
                        {
                            "card_id": self.card_id,
                            "points": 7,
                            "event_key": self.mark,
                            "company_id": self.company_id,
                            "description": "Gift",
                        }
                    ]
                )

        self.assertEqual(self.together([again] * 8), [])
        held, kinds = self.state()
        self.assertEqual(kinds, ["earn", "event", "other", "redeem"])
        self.assertEqual(held, 100 - 40 + 1000 + 7)

import threading
import uuid

import psycopg2
from odoo import SUPERUSER_ID, api
from odoo.exceptions import UserError, ValidationError
from odoo.modules.registry import Registry
from odoo.service.model import retrying
from odoo.tests import BaseCase, get_db_name, tagged
from odoo.tools import mute_logger

from .common import LoyaltyCommon, forget_program


@tagged("post_install", "-at_install")
class TestEntries(LoyaltyCommon):
    def test_a_posting_moves_the_card_and_the_history(self):
        card = self._card(self.customer, points=5)
        entries = self.Entry._post([self._entry(card, "t:1", 10.5), self._entry(card, "t:2", -3)])
        self.assertEqual(len(entries), 2)
        self.assertEqual(card.points, 12.5)
        self.assertEqual(sorted(entries.mapped("points")), [-3, 10.5])
        self.assertEqual(entries.program_id, self.program)
        self.assertEqual(entries.partner_id, self.customer)
        self.assertEqual([(line.issued, line.used) for line in card.history_ids.sorted("issued")], [(0, 3), (10.5, 0)])
        self.assertEqual(card.points_display, "12.50 stars")

    def test_points_are_exact(self):
        card = self._card(self.customer)
        entries = self.Entry._post([self._entry(card, f"t:{number}", 0.1) for number in range(3)])
        self.assertEqual(card.points, 0.3)
        self.env.cr.execute(
            "SELECT SUM(points) = 0.3, pg_typeof(SUM(points))::text FROM crm_loyalty_entry WHERE id = ANY(%s)", [entries.ids]
        )
        self.assertEqual(self.env.cr.fetchone(), (True, "numeric"))

    def test_an_event_posts_once(self):
        card = self._card(self.customer)
        self.assertEqual(len(self.Entry._post([self._entry(card, "t:1"), self._entry(card, "t:1")])), 1)
        self.assertFalse(self.Entry._post([self._entry(card, "t:1", 99)]))
        self.assertEqual(card.points, 10)
        self.assertEqual(len(card.history_ids), 1)

    def test_cards_that_the_ledger_keeps_and_others_are_written_together(self):
        card, wallet = self._card(self.customer), self._card(self.customer, self._program("Wallet", program_type="ewallet"))
        (card | wallet).write({"points": 5})
        self.assertEqual((card.points, wallet.points), (5, 5))
        self.assertEqual((card.crm_loyalty_entry_ids.mapped("points"), len(wallet.crm_loyalty_entry_ids)), ([5], 0))

    def test_nothing_to_post(self):
        self.assertFalse(self.Entry._post([]))

    def test_append_only_for_the_orm(self):
        entry = self.Entry._post([self._entry(self._card(self.customer), "t:1")])
        with self.assertRaises(UserError):
            entry.write({"points": 1000})
        with self.assertRaises(UserError):
            entry.unlink()
        with self.assertRaises(UserError):
            self.Entry.create({"card_id": entry.card_id.id, "points": 1})

    @mute_logger("odoo.sql_db")
    def test_append_only_for_sql(self):
        entry = self.Entry._post([self._entry(self._card(self.customer), "t:1")])
        for statement in (
            "UPDATE crm_loyalty_entry SET points = 1000 WHERE id = %s",
            "DELETE FROM crm_loyalty_entry WHERE id = %s",
            "TRUNCATE crm_loyalty_entry CASCADE",
        ):
            with self.subTest(statement), self.assertRaisesRegex(psycopg2.IntegrityError, "append-only"), self.env.cr.savepoint():
                self.env.cr.execute(statement, [entry.id] if "%s" in statement else None)
        self.env.cr.execute("SELECT points FROM crm_loyalty_entry WHERE id = %s", [entry.id])
        self.assertEqual(float(self.env.cr.fetchone()[0]), 10)

    def test_wrong_postings_are_refused(self):
        card = self._card(self.customer)
        other = self.env["res.company"].create({"name": "Elsewhere"})
        elsewhere = self._card(self.customer, self._program("Theirs", company_id=other.id))
        coupon = self._card(self.customer, self._program("Coupons", program_type="coupons", applies_on="current", trigger="with_code"))
        wallet = self._card(self.customer, self._program("Wallet", program_type="ewallet", applies_on="future"))
        with self.assertRaisesRegex(ValidationError, "0 points"):
            self.Entry._post([self._entry(card, "t:0", 0.001)])
        with self.assertRaisesRegex(ValidationError, "Elsewhere"):
            self.Entry._post([self._entry(card, "t:ok"), self._entry(elsewhere, "t:1")])
        with self.assertRaisesRegex(ValidationError, "does not collect points"):
            self.Entry._post([self._entry(coupon, "t:2")])
        with self.assertRaisesRegex(ValidationError, "does not collect points"):
            self.Entry._post([self._entry(wallet, "t:3")])
        self.assertFalse(self.Entry.search([("event_key", "=like", "t:%")]), "nothing half-posted")
        self.assertEqual(card.points, 0)

    def test_a_branch_may_use_its_head_offices_program(self):
        head = self.env["res.company"].create({"name": "Head"})
        branch = self.env["res.company"].create({"name": "Branch", "parent_id": head.id})
        card = self._card(self.customer, self._program("Group", company_id=head.id))
        self.assertTrue(self.Entry._post([self._entry(card, "t:1", company_id=branch.id)]))

    def test_a_card_with_entries_stays(self):
        card = self._card(self.customer)
        self.Entry._post([self._entry(card, "t:1")])
        with self.assertRaisesRegex(ValidationError, "Archive it instead"):
            card.unlink()
        card.action_archive()
        self._card(self.contact).unlink()

    def test_merged_contacts_keep_their_points(self):
        twin = self.env["res.partner"].create({"name": "Toko Melati (2)"})
        first, second = self._card(self.customer), self._card(twin)
        self.Entry._post([self._entry(first, "t:1", 30), self._entry(second, "t:2", 12)])
        self.env["base.partner.merge.automatic.wizard"].create({})._merge([self.customer.id, twin.id], self.customer)
        cards = self.Card.with_context(active_test=False).search([("program_id", "=", self.program.id)])
        self.assertEqual(sum(cards.mapped("points")), 42)
        entries = self.Entry.search([("event_key", "in", ("t:1", "t:2"))])
        self.assertEqual(sum(entries.mapped("points")), 42)
        self.assertEqual(entries.partner_id, self.customer)

    def test_milestone_mails_of_the_program_still_go_out(self):
        template = self.env["mail.template"].create(
            {"name": "Milestone", "model_id": self.env.ref("loyalty.model_loyalty_card").id, "subject": "50!", "use_default_to": True}
        )
        self.program.communication_plan_ids = [(0, 0, {"trigger": "points_reach", "points": 50, "mail_template_id": template.id})]
        card = self._card(self.customer, points=45)
        before = self.env["mail.mail"].search_count([])
        self.Entry._post([self._entry(card, "t:1", 4)])
        self.assertEqual(self.env["mail.mail"].search_count([]), before)
        self.Entry._post([self._entry(card, "t:2", 1)])
        self.assertEqual(self.env["mail.mail"].search_count([]), before + 1)


@tagged("post_install", "-at_install")
class TestEntriesInParallel(BaseCase):
    """Real transactions of real threads; what they make is committed, and taken away again."""

    def setUp(self):
        super().setUp()
        self.registry_ = Registry(get_db_name())
        self.mark = uuid.uuid4().hex
        with self.registry_.cursor() as cr:
            env = api.Environment(cr, SUPERUSER_ID, {})
            self.company_id = env.ref("base.main_company").id
            program = env["loyalty.program"].create(
                {
                    "name": f"Parallel {self.mark}",
                    "program_type": "loyalty",
                    "applies_on": "both",
                    "trigger": "auto",
                    "reward_ids": [(0, 0, {"required_points": 200})],
                }
            )
            partners = env["res.partner"].create([{"name": f"{self.mark} {number}"} for number in range(4)])
            self.program_id, self.partner_ids = program.id, partners.ids
        self.addCleanup(self._forget)

    def _forget(self):
        with self.registry_.cursor() as cr:
            forget_program(cr, self.program_id)
            api.Environment(cr, SUPERUSER_ID, {})["res.partner"].browse(self.partner_ids).unlink()

    def _post(self, failures, start):
        start.wait()
        try:
            with self.registry_.cursor() as cr:
                env = api.Environment(cr, SUPERUSER_ID, {})

                def work():
                    partners = env["res.partner"].browse(self.partner_ids)
                    cards = env["loyalty.card"]._ensure_family_cards(env["loyalty.program"].browse(self.program_id), partners)
                    env["crm.loyalty.entry"]._post(
                        [
                            {
                                "card_id": cards[partner.id].id,
                                "points": 7,
                                "event_key": f"{self.mark}:{partner.id}",
                                "company_id": self.company_id,
                                "description": "Gift",
                            }
                            for partner in partners
                        ]
                    )

                retrying(work, env)
        except Exception as error:  # noqa: BLE001
            failures.append(error)

    @mute_logger("odoo.sql_db", "odoo.service.model")
    def test_threads_that_post_the_same_events_post_them_once(self):
        for count in (2, 8):
            failures, start = [], threading.Barrier(count)
            threads = [threading.Thread(target=self._post, args=(failures, start)) for __ in range(count)]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join(60)
            self.assertFalse(failures)
            with self.registry_.cursor() as cr:
                cr.execute("SELECT count(*), SUM(points) FROM crm_loyalty_entry WHERE program_id = %s", [self.program_id])
                self.assertEqual(cr.fetchone(), (4, 28))
                cr.execute("SELECT count(*), SUM(points) FROM loyalty_card WHERE program_id = %s", [self.program_id])
                self.assertEqual(cr.fetchone(), (4, 28.0), "one card a customer, also when all of them had none")
                cr.execute(
                    "SELECT count(*) FROM loyalty_history h JOIN loyalty_card c ON c.id = h.card_id WHERE c.program_id = %s",
                    [self.program_id],
                )
                self.assertEqual(cr.fetchone(), (4,))

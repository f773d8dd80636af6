from unittest.mock import patch

from odoo import SUPERUSER_ID, fields
from odoo.addons.account.tests.common import AccountTestInvoicingCommon
from odoo.exceptions import UserError, ValidationError
from odoo.fields import Command
from odoo.tests import new_test_user, tagged
from odoo.tools import mute_logger

from .common import LoyaltyCommon

# Seven purchases in more than 150 days: the last one makes a customer Loyal.
DAYS = ["2026-01-10", "2026-02-10", "2026-03-10", "2026-04-10", "2026-05-10", "2026-06-01", "2026-06-15"]


@tagged("post_install", "-at_install")
class TestEventRule(LoyaltyCommon, AccountTestInvoicingCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env["res.lang"]._activate_lang("id_ID")
        cls.env["crm.lifecycle.dirty"]._drain(limit=100_000)

    @classmethod
    def setup_independent_user(cls):
        return cls.env["res.users"].browse(SUPERUSER_ID)

    def _buy(self, partner, days, post=True):
        moves = self.env["account.move"].create(
            [
                {
                    "move_type": "out_invoice",
                    "partner_id": partner.id,
                    "invoice_date": day,
                    "invoice_line_ids": [Command.create({"name": "Coffee", "quantity": 1, "price_unit": 100, "tax_ids": []})],
                }
                for day in days
            ]
        )
        if post:
            moves.action_post()
        return moves

    def _job(self):
        self.env["crm.lifecycle.dirty"]._drain(limit=100_000)

    def _cron(self):
        with self.enter_registry_test_mode():
            self.env.ref("crm_lifecycle_loyalty.ir_cron_reward").method_direct_trigger()

    def _make_loyal(self, partner, days=DAYS):
        moves = self._buy(partner, days)
        self._job()
        return moves

    def _standing(self, partner):
        return self.env["crm.lifecycle.customer"].search([("partner_id", "=", partner.id), ("company_id", "=", self.company.id)])

    def _mails(self, partner):
        return self.env["mail.mail"].search([("recipient_ids", "in", partner.ids)])

    # -- from the invoice to the mail --------------------------------------------

    def test_seventh_invoice_gives_points_and_a_mail(self):
        rule = self._rule()
        self._make_loyal(self.customer, DAYS[:-1])
        self.assertFalse(rule.granted_count)
        self._make_loyal(self.customer, DAYS[-1:])
        customer = self._standing(self.customer)
        self.assertEqual(customer.stage_id, self.stage_loyal)
        entry = self.Entry.search([("rule_id", "=", rule.id)])
        self.assertEqual((entry.partner_id, entry.points, entry.kind, entry.description), (self.customer, 100, "event", "Thank you"))
        self.assertEqual(entry.company_id, self.company)
        transition = self.env[entry.res_model].browse(entry.res_id)
        self.assertEqual((transition.partner_id, transition.to_stage_id), (self.customer, self.stage_loyal))
        self.assertEqual(entry.card_id.points, 100)
        self.assertEqual(entry.card_id.history_ids.description, "Thank you")
        self.assertEqual(self.contact.crm_loyalty_summary, "100 stars")
        self.assertEqual((rule.granted_count, rule.granted_points), (1, 100))
        mail = self._mails(self.customer)
        self.assertEqual(mail.subject, "100 stars for you: Thank you")
        for text in ("Toko Melati", "+100 stars", "Stars", "200 stars", "5% on your order", self.company.name):
            self.assertIn(text, mail.body_html)
        self.assertNotIn("/my", mail.body_html, "no link for somebody who cannot log in")
        self.assertIn(mail.mail_message_id, self.customer.message_ids)

    def test_again_and_again_gives_once(self):
        rule = self._rule()
        moves = self._make_loyal(self.customer)
        moves[-1].button_draft()
        self._job()
        moves[-1].action_post()
        self._job()
        self.env["crm.lifecycle.customer"]._rebuild_all()
        self.env["crm.lifecycle.transition"].search([("partner_id", "=", self.customer.id)])._after_recorded()
        self._cron()
        self.assertEqual(len(self.Entry.search([("rule_id", "=", rule.id)])), 1)
        self.assertEqual(rule.granted_points, 100)
        self.assertEqual(len(self._mails(self.customer)), 1)

    def test_mail_speaks_the_customers_language(self):
        self.customer.lang = "id_ID"
        rule = self._rule()
        rule.with_context(lang="id_ID").name = "Terima kasih"
        self._make_loyal(self.customer)
        mail = self._mails(self.customer)
        self.assertIn("Terima kasih", mail.subject)
        self.assertIn("Saldo", mail.body_html)
        self.assertNotIn("Your balance", mail.body_html)
        self.assertEqual(self.Entry.search([("rule_id", "=", rule.id)]).description, "Terima kasih")

    def test_portal_customer_gets_a_link(self):
        self.env["res.users"].with_context(no_reset_password=True).create(
            {
                "name": "Melati",
                "login": "melati_portal",
                "partner_id": self.customer.id,
                "group_ids": [Command.set(self.env.ref("base.group_portal").ids)],
            }
        )
        self._rule()
        self._make_loyal(self.customer)
        self.assertIn(f'{self.customer.get_base_url()}/my"', self._mails(self.customer).body_html)

    def test_without_an_address_a_note_is_left(self):
        self.customer.email = False
        before = self.env["mail.mail"].search_count([])
        rule = self._rule()
        self._make_loyal(self.customer)
        self.assertEqual(rule.granted_count, 1)
        self.assertEqual(self.env["mail.mail"].search_count([]), before)
        note = self.customer.message_ids[:1]
        self.assertIn("100 stars", note.body)
        self.assertIn("no e-mail address", note.body)
        self.assertTrue(note.subtype_id.internal)

    def test_contacts_card_is_used_and_written_to(self):
        card = self._card(self.contact, points=5)
        self._rule()
        self._make_loyal(self.customer)
        self.assertEqual(card.points, 105)
        self.assertFalse(self.Card.search([("partner_id", "=", self.customer.id)]))
        self.assertTrue(self._mails(self.contact))

    def test_rule_without_mail_is_silent(self):
        rule = self._rule(mail_template_id=False)
        before = self.env["mail.mail"].search_count([])
        self._make_loyal(self.customer)
        self.assertEqual(rule.granted_count, 1)
        self.assertEqual(self.env["mail.mail"].search_count([]), before)

    # -- who gets it ---------------------------------------------------------------

    def test_stage_reached_before_the_start_is_not_rewarded(self):
        rule = self._rule(date_from="2026-06-16")
        moves = self._make_loyal(self.customer)
        self._cron()
        self.assertFalse(rule.granted_count)
        # Lost and found again by a corrected document: still reached before the start.
        moves[-1].button_draft()
        self._job()
        moves[-1].write({"invoice_date": "2026-06-15"})
        moves[-1].action_post()
        self._job()
        self._cron()
        self.assertFalse(rule.granted_count)

    def test_a_credited_purchase_is_no_new_reaching(self):
        """Loyal in June, Champion in November, Loyal again by a credit note: a rule that starts between gives nothing."""
        more = ["2026-07-01", "2026-08-01", "2026-09-01", "2026-10-01", "2026-11-01"]
        moves = self._make_loyal(self.customer, DAYS + more)
        self.assertEqual(self._standing(self.customer).stage_id, self.stage_champion)
        late = self._rule(date_from="2026-10-01")
        moves[-1]._reverse_moves(
            [{"invoice_date": fields.Date.to_date("2026-11-20"), "date": fields.Date.to_date("2026-11-20")}]
        ).action_post()
        self._job()
        self.assertEqual(self._standing(self.customer).stage_id, self.stage_loyal)
        self._cron()
        self.assertFalse(late.granted_count)

    def _history(self, partner, *steps):
        """Write transitions (day, from, to) as the engine does, by SQL: such as it cannot make of documents today."""
        ids = []
        for day, before, after in steps:
            self.env.cr.execute(
                """INSERT INTO crm_lifecycle_transition (partner_id, company_id, kind, effective_at, from_stage_id, to_stage_id, recorded_at)
                   VALUES (%s, %s, 'stage', %s, %s, %s, now()) RETURNING id""",
                [partner.id, self.company.id, day, before.id, after.id],
            )
            ids += self.env.cr.fetchone()
        return self.env["crm.lifecycle.transition"].browse(ids)

    def test_falling_back_and_climbing_again_is_not_reaching(self):
        established = self.env.ref("crm_lifecycle.crm_lifecycle_stage_established")
        rule = self._rule(date_from="2026-04-01")
        fallen = self._history(
            self.customer, ("2026-03-01", established, self.stage_champion), ("2026-05-01", self.stage_champion, self.stage_loyal)
        )
        self.assertFalse(rule._candidates_of(fallen), "down from a further stage")
        other = self.env["res.partner"].create({"name": "Again"})
        again = self._history(
            other,
            ("2026-01-01", established, self.stage_loyal),
            ("2026-02-01", self.stage_loyal, established),
            ("2026-05-01", established, self.stage_loyal),
        )
        self.assertFalse(rule._candidates_of(again), "there before the start")
        rule.date_from = "2025-12-01"
        self.assertEqual([row[0] for row in rule._candidates_of(again)], other.ids)

    def test_other_stage_company_and_archived_rules_give_nothing(self):
        other = self.env["res.company"].create({"name": "Elsewhere"})
        rules = self._rule(stage_id=self.stage_champion.id)
        rules |= self._rule(company_id=other.id, program_id=self._program("Shared", company_id=False).id)
        rules |= self._rule(active=False)
        retired = self._program("Retired")
        rules |= self._rule(program_id=retired.id)
        retired.active = False
        self._make_loyal(self.customer)
        self._cron()
        self.assertEqual(rules.mapped("granted_count"), [0, 0, 0, 0])

    def test_safety_net_rewards_whom_a_new_rule_reaches(self):
        self._make_loyal(self.customer)
        rule = self._rule(date_from="2026-06-01")
        self.assertFalse(rule.granted_count)
        self._cron()
        self.assertEqual(rule.granted_count, 1)
        self._cron()
        self.assertEqual(rule.granted_count, 1)
        self.assertEqual(len(self._mails(self.customer)), 1)

    def test_budget_goes_to_those_who_came_first(self):
        late = self.env["res.partner"].create({"name": "Late"})
        self._make_loyal(late, [*DAYS[:-1], "2026-06-20"])
        self._make_loyal(self.customer)
        rule = self._rule(budget_points=150, date_from="2026-06-01")
        preview = self.env["crm.loyalty.event.rule.preview"].create({"rule_id": rule.id})
        self.assertEqual((preview.customer_count, preview.points, preview.left_out), (1, "100 stars", 1))
        self.assertEqual(preview.partner_ids, self.customer)
        self._cron()
        self.assertEqual((rule.granted_count, rule.granted_points, rule.is_exhausted), (1, 100, True))
        self.assertEqual(self.Entry.search([("rule_id", "=", rule.id)]).partner_id, self.customer)
        rule.budget_points = 200
        self._cron()
        self.assertEqual((rule.granted_count, rule.granted_points), (2, 200))

    def test_preview_counts_and_posts_nothing(self):
        self._make_loyal(self.customer)
        rule = self._rule(date_from="2026-06-01")
        action = rule.action_preview()
        preview = self.env[action["res_model"]].browse(action["res_id"])
        self.assertEqual((preview.customer_count, preview.points), (1, "100 stars"))
        self.assertEqual(preview.summary, "Would reach 1 customer, 100 stars")
        self.assertFalse(self.Entry.search([("rule_id", "=", rule.id)]))
        self._cron()
        preview.invalidate_recordset()
        self.assertEqual(preview.customer_count, 0)

    def test_merged_customers_are_rewarded_once(self):
        rule = self._rule()
        self._make_loyal(self.customer)
        twin = self.env["res.partner"].create({"name": "Twin"})
        self.env["base.partner.merge.automatic.wizard"].create({})._merge([self.customer.id, twin.id], twin)
        self._job()
        self._cron()
        stage = self._standing(twin).stage_id
        self.assertEqual(stage, self.stage_loyal)
        self.assertEqual(rule.granted_count, 1)

    def test_trouble_with_a_reward_does_not_stop_the_job(self):
        """And the daily job makes up for it, with points even when the mail cannot be made."""
        rule = self._rule()
        with (
            mute_logger("odoo.addons.crm_lifecycle_loyalty.models.crm_loyalty_event_rule"),
            patch.object(type(self.Entry), "_post", side_effect=ValidationError("no")),
        ):
            self._make_loyal(self.customer)
        stage = self._standing(self.customer).stage_id
        self.assertEqual(stage, self.stage_loyal)
        self.assertFalse(rule.granted_count)
        rule.mail_template_id.body_html = "<t t-out='object.does_not_exist'/>"
        with mute_logger("odoo.addons.crm_lifecycle_loyalty.models.crm_loyalty_event_rule", "odoo.addons.mail.models.mail_render_mixin"):
            self._cron()
        self.assertEqual(rule.granted_count, 1)

    # -- what a rule may not be ------------------------------------------------------

    def test_bad_rules_are_refused(self):
        other = self.env["res.company"].create({"name": "Elsewhere"})
        coupons = self._program("Coupons", program_type="coupons", applies_on="current", trigger="with_code")
        wrong_mail = self.env.ref("loyalty.mail_template_loyalty_card")
        for values, message in (
            ({"points": 0}, "more than 0"),
            ({"points": -5}, "more than 0"),
            ({"points": 0.001}, "more than 0"),
            ({"budget_points": -1}, "cannot be negative"),
            ({"budget_points": 99}, "smaller than one reward"),
            ({"program_id": self._program("Theirs", company_id=other.id).id}, "belongs to Elsewhere"),
            ({"program_id": coupons.id}, "does not collect points"),
            ({"stage_id": False}, "Choose the stage"),
            ({"mail_template_id": wrong_mail.id}, "not made for loyalty entries"),
        ):
            with (
                self.subTest(values),
                self.assertRaisesRegex(ValidationError, message),
                mute_logger("odoo.sql_db"),
                self.env.cr.savepoint(),
            ):
                self._rule(**values)

    def test_a_rule_that_gave_points_stays(self):
        rule = self._rule()
        self._make_loyal(self.customer)
        with self.assertRaisesRegex(UserError, "Archive it instead"):
            rule.unlink()
        rule.action_archive()
        self._rule().unlink()

    def test_quick_start(self):
        self.env["loyalty.program"].search([]).action_archive()
        manager = new_test_user(self.env, "loyalty_quick", groups="sales_team.group_sale_manager", company_id=self.company.id)
        self.assertFalse(self.env["product.product"].with_user(manager).has_access("create"))
        action = self.Rule.with_user(manager).action_quick_start()
        program = self.env["loyalty.program"].browse(action["context"]["default_program_id"])
        self.assertTrue(program.is_nominative)
        self.assertEqual(program.with_context(lang="id_ID").portal_point_name, "poin")
        self.assertEqual(program.with_context(lang="id_ID").reward_ids.description, "Diskon 5% untuk satu pesanan")
        self.assertEqual((program.rule_ids.reward_point_mode, program.rule_ids.reward_point_amount), ("order", 10))
        rule = self.Rule.with_context(**action["context"]).create({})
        self.assertEqual((rule.stage_id, rule.points), (self.stage_loyal, 100))
        self.assertEqual(self.Rule.action_quick_start()["context"]["default_program_id"], program.id, "made once")

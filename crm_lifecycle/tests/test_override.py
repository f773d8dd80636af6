from datetime import timedelta

from odoo import fields
from odoo.exceptions import AccessError, ValidationError
from odoo.tests import new_test_user, tagged
from odoo.tools import mute_logger
from psycopg2 import IntegrityError

from .common import LifecycleCase


@tagged("post_install", "-at_install")
class TestOverride(LifecycleCase):
    def setUp(self):
        super().setUp()
        self.today = fields.Date.context_today(self.acme)
        self.invoice(self.acme, "2026-01-10")
        self.drain()

    def set_stage(self, **values):
        return self.env["crm.lifecycle.override"].create(
            {"partner_id": self.acme.id, "company_id": self.company.id, "stage_id": self.stage("loyal").id, "reason": "Contract", **values}
        )

    def test_holds_until_its_end_and_then_gives_way(self):
        override = self.set_stage(date_until=self.today + timedelta(days=10))
        customer = self.customer(self.acme)
        self.assertEqual(customer.stage_id, self.stage("loyal"))
        self.assertEqual(customer.computed_stage_id, self.stage("first_purchase"))
        self.assertEqual(customer.override_id, override)
        self.assertEqual(customer.next_review_date, self.today + timedelta(days=11))
        self.assertEqual(customer.furthest_phase, "retain")
        self.invoice(self.acme, str(self.today))
        self.drain()
        self.assertEqual(customer.computed_stage_id, self.stage("developing"), "the computed stage keeps running")
        self.assertEqual(customer.stage_id, self.stage("loyal"))
        self.customers._refresh_partners(self.acme, self.today + timedelta(days=11))
        self.assertEqual(customer.stage_id, self.stage("developing"))
        self.assertFalse(customer.computed_stage_id)
        self.assertEqual(customer.furthest_phase, "retain", "the high-water mark stays")
        steps = self.transitions.search(
            [("partner_id", "=", self.acme.id), ("kind", "=", "stage"), ("superseded_at", "=", False)], order="effective_at"
        )
        self.assertEqual(steps.mapped("reason"), ["First purchase", "Contract", "The stage set by hand has ended"])

    def test_can_be_ended_and_taken_back(self):
        self.set_stage()
        customer = self.customer(self.acme)
        customer.action_end_override()
        self.assertEqual(customer.stage_id, self.stage("first_purchase"))
        older = self.set_stage(date_from=self.today - timedelta(days=5))
        self.assertEqual(customer.stage_since, self.today - timedelta(days=5))
        customer.action_end_override()
        self.assertEqual(customer.stage_id, self.stage("first_purchase"))
        self.assertEqual(older.date_until, self.today - timedelta(days=1))

    def test_given_to_another_customer(self):
        override = self.set_stage()
        firm = self.env["res.partner"].create({"name": "Another", "customer_rank": 1, "company_id": self.company.id})
        override.partner_id = firm
        self.assertEqual(self.customer(self.acme).stage_id, self.stage("first_purchase"))
        self.assertEqual(self.customer(firm).stage_id, self.stage("loyal"))

    def test_one_begun_yesterday_has_been(self):
        override = self.set_stage(date_from=self.today - timedelta(days=1))
        override.action_end()
        self.assertEqual(override.exists().date_until, self.today - timedelta(days=1))

    def test_the_one_that_began_last_holds(self):
        self.set_stage(date_from=self.today - timedelta(days=3), stage_id=self.stage("champion").id)
        self.set_stage(date_from=self.today - timedelta(days=9))
        self.assertEqual(self.customer(self.acme).stage_id, self.stage("champion"))

    def test_rests_while_the_contact_belongs_to_a_firm(self):
        self.set_stage()
        holding = self.env["res.partner"].create({"name": "Holding", "is_company": True})
        self.acme.write({"parent_id": holding.id, "is_company": False})
        self.drain()
        self.assertFalse(self.customer(self.acme))
        self.assertEqual(self.customer(holding).stage_id, self.stage("first_purchase"))
        self.acme.parent_id = False
        self.drain()
        self.assertEqual(self.customer(self.acme).stage_id, self.stage("loyal"))

    def test_bad_input_is_refused(self):
        with self.assertRaisesRegex(ValidationError, "set the stage of the firm"):
            self.set_stage(partner_id=self.acme_buyer.id)
        with self.assertRaisesRegex(ValidationError, "day to come"):
            self.set_stage(date_from=self.today + timedelta(days=1))
        for wrong in ({"reason": False}, {"date_until": self.today - timedelta(days=1)}):
            with self.subTest(wrong), mute_logger("odoo.sql_db"), self.assertRaises(IntegrityError), self.env.cr.savepoint():
                self.set_stage(**wrong)

    def test_who_may(self):
        common = {"company_id": self.company.id, "company_ids": [(6, 0, self.company.ids)]}
        staff = new_test_user(self.env, "lc_staff", "base.group_user", **common)
        user = new_test_user(self.env, "lc_user", "crm_lifecycle.crm_lifecycle_group_user", **common)
        with self.assertRaises(AccessError):
            self.set_stage().with_user(staff).write({"reason": "x"})
        self.env["crm.lifecycle.override"].with_user(user).create(
            {"partner_id": self.acme.id, "company_id": self.company.id, "stage_id": self.stage("champion").id, "reason": "x"}
        )
        self.assertEqual(self.customer(self.acme).stage_id, self.stage("champion"))

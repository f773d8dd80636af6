from odoo.addons.base.tests.test_ir_cron import CronMixinCase
from odoo.exceptions import ValidationError
from odoo.tests import Form, tagged
from odoo.tools import mute_logger
from psycopg2 import IntegrityError

from .common import LifecycleCase


@tagged("post_install", "-at_install")
class TestStage(LifecycleCase, CronMixinCase):
    def test_negative_numbers_are_refused(self):
        for stage, field in (("loyal", "min_tenure_days"), ("lead", "min_purchases")):
            with self.subTest(field), mute_logger("odoo.sql_db"), self.assertRaises(IntegrityError), self.env.cr.savepoint():
                self.stage(stage).write({field: -1})
                self.env.flush_all()

    def test_rule_that_hides_another_is_refused(self):
        with self.assertRaisesRegex(ValidationError, "Nobody could ever be in the stage Established"):
            self.stage("loyal").write({"min_purchases": 3, "min_tenure_days": 10})

    def test_order_that_hides_a_stage_is_refused(self):
        with self.assertRaisesRegex(ValidationError, "Nobody could ever be in the stage"):
            self.stage("prospect").sequence = 99

    def test_buying_needs_a_purchase(self):
        with self.assertRaisesRegex(ValidationError, "at least one purchase"):
            self.stage("first_purchase").min_purchases = 0

    def test_used_stage_cannot_be_deleted(self):
        self.invoice(self.acme, "2026-01-10")
        self.drain()
        with self.assertRaisesRegex(ValidationError, "archive it instead"):
            self.stage("first_purchase").unlink()

    def test_changed_rule_starts_a_rebuild(self):
        cron = self.env.ref("crm_lifecycle.ir_cron_rebuild")
        with self.capture_triggers(cron.id) as captured:
            self.stage("loyal").min_purchases = 9
            self.stage("loyal").description = "No rule changed"
        self.assertEqual(len(captured.records), 1)
        self.assertTrue(cron.active)

    def test_archived_stage_is_no_longer_entered(self):
        self.invoice(self.acme, "2026-01-10")
        self.invoice(self.acme, "2026-02-10")
        self.stage("developing").active = False
        self.customers._rebuild_all()
        self.assertEqual(self.customer(self.acme).stage_id, self.stage("first_purchase"))

    def test_count_opens_the_customers(self):
        self.invoice(self.acme, "2026-01-10")
        self.drain()
        stage = self.stage("first_purchase")
        self.assertGreaterEqual(stage.customer_count, 1)
        self.assertIn(self.customer(self.acme), self.customers.search(stage.action_open_customers()["domain"]))

    def test_preview_tells_what_saving_does(self):
        partners = self.env["res.partner"].create([{"name": f"Preview {number}"} for number in range(3)])
        for partner in partners:
            self.invoice(partner, "2026-01-10")
            self.invoice(partner, "2026-02-10")
        self.drain()
        self.env["crm.lifecycle.override"].create(
            {"partner_id": partners[0].id, "company_id": self.company.id, "stage_id": self.stage("champion").id, "reason": "x"}
        )
        stage = self.stage("established")
        moved, inside = stage._count_effect()
        self.assertEqual(moved, 0)
        with Form(stage) as form:
            form.min_purchases = 2
            form.min_tenure_days = 31
            told = form.preview
            expected = self.customers.search_count(
                [
                    ("computed_stage_id", "in", (False, self.stage("developing").id)),
                    ("purchase_days", ">=", 2),
                    ("stage_id", "in", self.movable()),
                ]
            )
            self.assertGreaterEqual(expected, 3)
            self.assertIn(f"{inside + expected} customers are in this stage; saving it moves {expected} customers", told)
            form.min_purchases, form.min_tenure_days = 4, 60

    def movable(self):
        return (self.stage("developing") + self.stage("champion")).ids

import math
from datetime import date, timedelta

from odoo import Command
from odoo.addons.base.tests.test_ir_cron import CronMixinCase
from odoo.tests import tagged
from odoo.tools import mute_logger
from psycopg2 import IntegrityError

from ..analytics import documents
from .common import LifecycleCase


@tagged("post_install", "-at_install")
class TestHealth(LifecycleCase, CronMixinCase):
    """Days pass for one customer who buys on 10 January and 9 February: a rhythm of 60 days, drawn from their own 30 and the usual 60."""

    def setUp(self):
        super().setUp()
        self.invoice(self.acme, "2026-01-10")
        self.invoice(self.acme, "2026-02-09")
        # Posting counts the contact among Odoo's customers from today on, a day that these tests do not reach.
        self.acme.customer_rank = 0
        self.drain()

    def refresh(self, as_of):
        return self.customers._refresh(documents.partners(self.acme.ids), date.fromisoformat(as_of))

    def state(self):
        customer = self.customer(self.acme)
        return customer.health, str(customer.health_since), str(customer.next_review_date)

    def test_days_pass(self):
        gap = (30 * 60**3) ** 0.25
        at_risk = date(2026, 2, 9) + timedelta(days=int(2 * gap) + 1)
        churned = date(2026, 2, 9) + timedelta(days=181)
        self.refresh("2026-02-09")
        self.assertEqual(self.state(), ("active", "2026-01-10", str(at_risk)))
        self.assertAlmostEqual(self.customer(self.acme).expected_gap, gap, 2)
        self.assertEqual(self.customer(self.acme).next_purchase_date, date(2026, 2, 9) + timedelta(days=round(gap)))
        self.refresh(str(at_risk - timedelta(days=1)))
        self.assertEqual(self.state()[0], "active")
        self.refresh(str(at_risk))
        self.assertEqual(self.state(), ("at_risk", str(at_risk), str(churned)))
        self.refresh("2026-10-01")
        self.assertEqual(self.state(), ("churned", str(churned), "False"))
        self.invoice(self.acme, "2026-10-02")
        self.acme.customer_rank = 0
        self.refresh("2026-10-02")
        self.assertEqual(self.state(), ("won_back", "2026-10-02", "2026-12-31"))
        self.refresh("2026-12-31")
        self.assertEqual(self.state()[0], "active")

    def test_only_those_whose_day_has_come_are_read(self):
        self.refresh("2026-02-10")
        due = self.customer(self.acme).next_review_date
        self.env.cr.execute("UPDATE crm_lifecycle_customer SET next_review_date = NULL WHERE partner_id <> %s", [self.acme.id])
        self.env.invalidate_all()
        self.assertEqual(self.customers._review_due(due - timedelta(days=1)), 0)
        self.assertEqual(self.customers._review_due(due), 1)
        self.assertEqual(self.customer(self.acme).health, "at_risk")
        self.assertEqual(self.customers._review_due(due), 0, "judged once, a customer waits for the next day")

    def test_daily_weekly_and_one_rebuild_agree(self):
        def history():
            kept = [
                [step[name] for name in ("effective_at", "kind", "to_health", "to_stage_id", "trigger", "rhythm_days")] for step in steps()
            ]
            return kept, self.customer(self.acme).read(["health", "health_since", "stage_id", "next_review_date", "expected_gap"])

        def steps():
            return self.transitions.search([("partner_id", "=", self.acme.id), ("superseded_at", "=", False)], order="effective_at, kind")

        told = []
        for days in (1, 7, 300):
            self.env.cr.execute("DELETE FROM crm_lifecycle_transition WHERE partner_id = %s", [self.acme.id])
            self.env.cr.execute("DELETE FROM crm_lifecycle_customer WHERE partner_id = %s", [self.acme.id])
            self.env.invalidate_all()
            day = date(2026, 1, 10)
            while day < date(2026, 11, 6):
                self.refresh(str(day))
                day += timedelta(days=days)
            self.refresh("2026-11-06")
            told.append(history())
            told[-1][1][0].pop("id")
        self.assertEqual(told[0], told[1])
        self.assertEqual(told[0], told[2])

    def test_reasons(self):
        self.refresh("2026-10-01")
        self.invoice(self.acme, "2026-10-02")
        self.refresh("2027-01-10")
        steps = self.transitions.search(
            [("partner_id", "=", self.acme.id), ("superseded_at", "=", False), ("kind", "=", "health")], order="effective_at"
        )
        self.assertEqual(
            steps.mapped("reason"),
            [
                "Bought on 01/10/2026",
                "Last purchase 02/09/2026, own rhythm 50 days, at risk from 05/21/2026",
                "Last purchase 02/09/2026, own rhythm 50 days, lost after 181 days",
                "Bought again on 10/02/2026 after having been lost",
                "Kept since coming back on 10/02/2026",
            ],
        )
        self.assertEqual(steps[1].mapped("from_label") + steps[1].mapped("to_label"), ["Active", "At risk"])

    def test_invoice_of_a_day_to_come_waits_for_its_day(self):
        self.refresh("2026-02-10")
        self.invoice(self.acme, "2026-02-20")
        self.refresh("2026-02-10")
        self.assertEqual(self.customer(self.acme).purchase_days, 2)
        self.assertEqual(self.customer(self.acme).next_review_date, date(2026, 2, 20))
        self.refresh("2026-02-20")
        self.assertEqual(self.customer(self.acme).purchase_days, 3)

    def test_settings_that_make_no_sense_are_refused(self):
        for values in ({"lifecycle_churn_factor": 2.0}, {"lifecycle_default_gap_days": 0}, {"lifecycle_won_back_days": -1}):
            with self.subTest(values), mute_logger("odoo.sql_db"), self.assertRaises(IntegrityError), self.env.cr.savepoint():
                self.company.write(values)
                self.env.flush_all()

    def test_settings_change_the_judgement(self):
        with self.capture_triggers(self.env.ref("crm_lifecycle.ir_cron_rebuild").id) as captured:
            self.company.write({"lifecycle_at_risk_factor": 1.0})
        self.assertEqual(len(captured.records), 1)
        self.refresh("2026-02-09")
        self.assertEqual(str(self.customer(self.acme).next_review_date), "2026-04-01")

    def grown(self):
        """The company knew a first gap a year before, so that what it has seen since counts."""
        self.env["crm.lifecycle.rhythm"].create(
            {"company_id": self.company.id, "segment": 0, "month": "2025-01-01", "mean_log_gap": 1.0, "gaps": 1}
        )

    def test_young_firm_does_not_trust_its_short_gaps(self):
        versions = [
            {"company_id": self.company.id, "segment": 0, "month": f"2026-0{month}-01", "mean_log_gap": 1.0, "gaps": 100}
            for month in range(1, 8)
        ]
        self.env["crm.lifecycle.rhythm"].search([("company_id", "=", self.company.id)]).unlink()
        self.env["crm.lifecycle.rhythm"].create(versions)
        young, grown = self.env["res.partner"].create([{"name": "Early"}, {"name": "Late"}])
        self.invoice(young, "2026-06-30")
        self.invoice(grown, "2026-07-01")
        self.customers._refresh(documents.partners((young + grown).ids), date(2026, 7, 2))
        self.assertEqual(self.customer(young).expected_gap, self.company.lifecycle_default_gap_days)
        self.assertAlmostEqual(self.customer(grown).expected_gap, math.e, 2)

    def test_segment_with_enough_gaps_sets_the_pace(self):
        country = self.env.ref("base.id")
        self.company.lifecycle_segment = "country"
        self.grown()
        self.acme.country_id = country
        self.env["crm.lifecycle.rhythm"].create(
            [
                {"company_id": self.company.id, "segment": segment, "month": "2026-01-01", "mean_log_gap": 3.0, "gaps": gaps}
                for segment, gaps in ((0, 10), (country.id, 30))
            ]
        )
        self.invoice(self.acme, "2026-01-30")
        self.env["crm.lifecycle.rhythm"].create(
            {"company_id": self.company.id, "segment": country.id, "month": "2026-02-01", "mean_log_gap": 2.0, "gaps": 100}
        )
        self.refresh("2026-02-09")
        self.assertAlmostEqual(self.customer(self.acme).expected_gap, (20 * 10 * 2.718281828**6) ** 0.2, 2)

    def test_first_listed_tag_sets_the_pace(self):
        retail, wholesale, other = self.env["res.partner.category"].create([{"name": name} for name in ("Retail", "Wholesale", "Other")])
        self.acme.category_id = other + retail + wholesale
        self.company.lifecycle_segment = "tag"
        self.company.lifecycle_tag_ids = [
            Command.create({"category_id": retail.id, "sequence": 2}),
            Command.create({"category_id": wholesale.id, "sequence": 1}),
        ]

        def pace():
            self.env["crm.lifecycle.rhythm"].search([("company_id", "=", self.company.id)]).unlink()
            self.grown()
            versions = [(0, 1.0), (retail.id, 2.0), (wholesale.id, 3.0), (other.id, 5.0)]
            self.env["crm.lifecycle.rhythm"].create(
                [
                    {"company_id": self.company.id, "segment": segment, "month": month, "mean_log_gap": mean, "gaps": 30}
                    for segment, mean in versions
                    for month in ("2026-01-01", "2026-02-01")
                ]
            )
            self.refresh("2026-02-09")
            return round((4 * math.log(self.customer(self.acme).expected_gap) - math.log(30)) / 3, 2)

        self.assertEqual(pace(), 3, "the first in the list, whatever the order of the tags")
        self.company.lifecycle_tag_ids.filtered(lambda tag: tag.category_id == wholesale).sequence = 3
        self.assertEqual(pace(), 2)
        self.acme.category_id -= retail
        self.assertEqual(pace(), 3)
        self.acme.category_id = other
        self.assertEqual(pace(), 1, "a tag that is not listed does not count")

    def test_list_of_tags_judges_everybody_again(self):
        tag = self.env["res.partner.category"].create({"name": "Retail"})
        cron = self.env.ref("crm_lifecycle.ir_cron_rebuild")
        self.company.lifecycle_segment = "tag"
        self.refresh("2026-02-09")
        rhythms = [("company_id", "=", self.company.id)]
        for change in (
            lambda: self.company.write({"lifecycle_tag_ids": [Command.create({"category_id": tag.id})]}),
            lambda: self.company.lifecycle_tag_ids.write({"sequence": 3}),
            lambda: self.company.lifecycle_tag_ids.unlink(),
        ):
            self.assertTrue(self.env["crm.lifecycle.rhythm"].search(rhythms))
            with self.capture_triggers(cron.id) as captured:
                change()
            self.assertTrue(captured.records)
            self.assertFalse(self.env["crm.lifecycle.rhythm"].search(rhythms), "the segments' rhythm starts anew")
            self.refresh("2026-02-09")

    @mute_logger("odoo.sql_db")
    def test_tag_is_listed_once_and_kept_while_listed(self):
        tag = self.env["res.partner.category"].create({"name": "Retail"})
        self.company.lifecycle_tag_ids = [Command.create({"category_id": tag.id})]
        with self.assertRaises(IntegrityError), self.env.cr.savepoint():
            self.company.lifecycle_tag_ids = [Command.create({"category_id": tag.id})]
        with self.assertRaises(IntegrityError), self.env.cr.savepoint():
            tag.unlink()

    def test_orders_as_the_basis(self):
        self.company.lifecycle_basis = "orders"
        product = self.env["product.product"].create(
            {"name": "Thing", "list_price": 70, "taxes_id": [Command.clear()], "invoice_policy": "order"}
        )
        order = self.env["sale.order"].create(
            {
                "partner_id": self.acme.id,
                "company_id": self.company.id,
                "order_line": [Command.create({"product_id": product.id, "product_uom_qty": 2})],
            }
        )
        self.drain()
        self.assertEqual(self.customer(self.acme).purchase_days, 0, "invoices do not count beside orders")
        order.action_confirm()
        self.drain()
        self.assertEqual((self.customer(self.acme).purchase_days, self.customer(self.acme).net_revenue), (1, 140))
        order.order_line.product_uom_qty = 3
        self.drain()
        self.assertEqual(self.customer(self.acme).net_revenue, 210)
        order._action_cancel()
        self.drain()
        self.assertEqual(self.customer(self.acme).purchase_days, 0)

from datetime import timedelta

from odoo import fields
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import tagged

from .redress_case import RedressCase


@tagged("post_install", "-at_install")
class TestLessons(RedressCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.packing = cls.env.ref("crm_lifecycle_complaints.crm_complaint_cause_packing")
        cls.late = cls.env.ref("crm_lifecycle_complaints.crm_complaint_cause_late")
        cls.now = fields.Datetime.now()

    def about(self, days_ago=1, cause=None, **values):
        return self.complain(
            received_at=self.now - timedelta(days=days_ago),
            occurrence_cause_id=(cause or self.packing).id,
            product_id=self.jar.id,
            **values,
        )

    def someone(self, name):
        return self.env["res.partner"].create({"name": name})

    def pareto(self):
        self.env.flush_all()
        self.env.invalidate_all()
        return {row.cause_id: row for row in self.env["crm.complaint.pareto"].search([("company_id", "=", self.company.id)])}

    def test_cause_tree(self):
        self.assertEqual(self.packing.complete_name, "Product / Packing")
        product = self.packing.parent_id
        with self.assertRaises(UserError):
            product.parent_id = self.packing
        with self.assertRaises(ValidationError):
            self.packing.aspect = "escape"
        self.about()
        action = product.action_view_complaints()
        self.assertEqual(self.env["crm.complaint"].search_count(action["domain"]), 1)

    def test_pareto_by_count_cost_and_revenue(self):
        for _each in range(3):
            self.about()
        late = self.about(cause=self.late)
        self.about(days_ago=400)
        redress = self.draft(late, self.invoice(), 2, user=self.manager)
        redress.action_request()
        customer = self.env["crm.lifecycle.customer"].search([("partner_id", "=", self.customer.id), ("company_id", "=", self.company.id)])
        if not customer:
            customer = self.env["crm.lifecycle.customer"].create({"partner_id": self.customer.id, "company_id": self.company.id})
        customer.write({"expected_purchases": 4, "expected_spend": 250})
        rows = self.pareto()
        packing, late = rows[self.packing], rows[self.late]
        self.assertEqual((packing.complaints, packing.customers, packing.redress_cost), (3, 1, 0))
        self.assertEqual((late.complaints, late.redress_cost), (1, 22.2))
        self.assertEqual((packing.revenue_at_risk, late.revenue_at_risk), (1000, 1000), "a customer's revenue once for each cause")
        self.assertEqual((packing.cumulated_count, late.cumulated_count), (0.75, 1))
        self.assertEqual((late.cumulated_cost, packing.cumulated_cost), (1, 1))
        self.assertEqual(self.about().revenue_at_risk, 1000)

    def test_causes_are_named_in_the_users_language(self):
        self.about()
        self.about().occurrence_cause_id = False
        self.packing.with_context(lang="id_ID").name = "Pengemasan"
        self.packing.parent_id.with_context(lang="id_ID").name = "Produk"
        self.env.flush_all()
        rows = self.env["crm.complaint.pareto"].search([("company_id", "=", self.company.id)])
        self.assertEqual({row.cause for row in rows}, {"Product / Packing", "Unknown cause"})
        indonesian = rows.with_context(lang="id_ID")
        indonesian.invalidate_recordset()
        self.assertEqual({row.cause for row in indonesian}, {"Produk / Pengemasan", "Penyebab belum diketahui"})
        cause = self.packing.with_context(lang="id_ID")
        self.assertEqual((cause.display_name, self.packing.display_name), ("Produk / Pengemasan", "Product / Packing"))
        self.assertEqual(cause.complete_name, "Product / Packing", "sorted alike in every language")

    def test_trend_is_said_only_beyond_chance(self):
        for _each in range(12):
            self.about(days_ago=3)
        self.about(days_ago=3, cause=self.late)
        rows = self.pareto()
        self.assertEqual((rows[self.packing].trend, rows[self.late].trend), ("rising", "steady"))

    def test_reports_are_the_administrators(self):
        for model in ("crm.complaint.pareto", "crm.complaint.handling", "crm.complaint.quality.cost", "crm.complaint.recovery"):
            self.env[model].with_user(self.manager).search([])
            with self.assertRaises(AccessError):
                self.env[model].with_user(self.agent).search([])
        self.assertNotIn("revenue_at_risk", self.env["crm.complaint.pareto"].with_user(self.manager).fields_get())
        self.assertNotIn("revenue_at_risk", self.env["crm.complaint"].with_user(self.agent).fields_get())

    def test_repeats(self):
        first = self.about(days_ago=80)
        again = self.about(days_ago=10)
        self.assertEqual(again.repeat_of_id, first)
        self.assertFalse(self.about(days_ago=5, partner_id=self.someone("Other").id).repeat_of_id)
        self.assertFalse(self.about(days_ago=5, cause=self.late).repeat_of_id)
        again.occurrence_cause_id = self.late
        self.assertFalse(again.repeat_of_id)
        again.occurrence_cause_id = self.packing
        self.company.complaint_repeat_days = 30
        self.env["crm.complaint.cluster"]._cron_detect()
        self.assertFalse(again.repeat_of_id)

    def test_clusters_and_buyers_not_heard_of(self):
        silent, loud = self.someone("Silent"), [self.someone(name) for name in "ABC"]
        for partner in [silent, *loud]:
            self.invoice((self.jar, 1, 10), partner=partner)
        self.invoice((self.box, 1, 10), partner=self.someone("Buys else"))
        for partner in loud[:2]:
            self.about(partner_id=partner.id, lot_name="L1")
        self.about(partner_id=loud[0].id, lot_name="L1")
        clusters = self.env["crm.complaint.cluster"]
        mine = [("company_id", "=", self.company.id)]
        clusters._cron_detect()
        self.assertFalse(clusters.search(mine), "two customers only")
        self.about(partner_id=loud[2].id, lot_name="L1")
        clusters._cron_detect()
        clusters._cron_detect()
        [cluster] = clusters.search(mine)
        self.assertEqual((cluster.lot_name, cluster.customer_count, len(cluster.complaint_ids)), ("L1", 3, 4))
        self.assertEqual(self.env["res.partner"].search(cluster.action_view_silent()["domain"]), silent)
        cluster.is_handled = True
        clusters._cron_detect()
        self.assertTrue(cluster.is_handled)
        self.about(partner_id=silent.id, lot_name="L1")
        clusters._cron_detect()
        self.assertFalse(cluster.is_handled, "it has grown")
        self.assertEqual(cluster.silent_count, 0)

    def test_effect_of_a_corrective_action(self):
        action = self.env["crm.complaint.action"].create(
            {
                "name": "Padding",
                "cause_id": self.packing.id,
                "product_ids": self.jar.ids,
                "company_id": self.company.id,
                "date_deadline": "2030-01-01",
            }
        )
        self.assertEqual(action.effect, "Nothing to compare yet")
        with self.assertRaises(ValidationError):
            action.state = "effective"
        today = fields.Date.today()
        for days in (40, 5):
            move = self.invoice((self.jar, 500, 1), post=False)
            move.invoice_date = today - timedelta(days=days)
            move.action_post()
        for _each in range(10):
            self.about(days_ago=40)
        self.about(days_ago=5)
        action.write({"state": "done", "done_date": today - timedelta(days=30), "watch_days": 30})
        self.assertEqual((action.complaints_before, action.complaints_after), (10, 1))
        self.assertEqual((action.rate_before, action.rate_after), (20, 2))
        self.assertIn("10 % of the rate before", action.effect)
        self.assertIn("fewer than before", action.effect)
        self.env["crm.complaint.action"]._cron_check()
        self.env["crm.complaint.action"]._cron_check()
        self.assertEqual(len(action.activity_ids), 1)

    def test_cost_of_poor_quality(self):
        supplier = self.someone("Glassworks")
        self.env["product.supplierinfo"].create({"partner_id": supplier.id, "product_tmpl_id": self.jar.product_tmpl_id.id})
        self.draft(self.about(), self.invoice(), 2, user=self.manager).action_request()
        cancelled = self.draft(self.about(), self.invoice(), 2, user=self.manager)
        cancelled.action_request()
        cancelled.with_user(self.manager).action_cancel()
        self.env.flush_all()
        [row] = self.env["crm.complaint.quality.cost"].search([("company_id", "=", self.company.id)])
        self.assertEqual((row.product_id, row.supplier_id, row.cause_id, row.quantity), (self.jar, supplier, self.packing, 2))
        self.assertAlmostEqual(row.cost, 22.2)

    def test_first_contact_and_age(self):
        solved, asked_again = self.about(days_ago=2), self.about(days_ago=40, cause=self.late)
        for complaint in (solved, asked_again):
            self.decide_and_close(complaint)
        asked_again.action_reopen()
        self.env.flush_all()
        rows = {row.complaint_id: row for row in self.env["crm.complaint.handling"].search([("company_id", "=", self.company.id)])}
        self.assertEqual((rows[solved].first_contact_share, rows[solved].age_class), (1, False))
        self.assertEqual(rows[asked_again].age_class, "d")
        self.decide_and_close(asked_again)
        self.env.flush_all()
        self.env.invalidate_all()
        [row] = self.env["crm.complaint.handling"].search([("complaint_id", "=", asked_again.id)])
        self.assertEqual(row.first_contact_share, 0)

    def test_outcome_of_recovery(self):
        stage = self.env["crm.lifecycle.stage"].search([], limit=1)
        day = fields.Date.today() - timedelta(days=200)
        came_back, stayed_away, peer = self.someone("Back"), self.someone("Away"), self.someone("Peer")
        for partner in (came_back, stayed_away, peer):
            self.env["crm.lifecycle.transition"].create(
                {
                    "partner_id": partner.id,
                    "company_id": self.company.id,
                    "kind": "stage",
                    "to_stage_id": stage.id,
                    "effective_at": day - timedelta(days=100),
                    "recorded_at": self.now,
                }
            )
        for partner in (came_back, peer):
            move = self.invoice(partner=partner, post=False)
            move.invoice_date = day + timedelta(days=30)
            move.action_post()
        for partner in (came_back, stayed_away):
            self.complain(
                partner_id=partner.id,
                received_at=day - timedelta(days=5),
                stage_id=self.closed.id,
                decision="accept",
                decision_reason="x",
                closed_at=fields.Datetime.to_datetime(day),
            )
        action = self.env["crm.complaint.recovery"].with_user(self.manager).action_open()
        rows = self.env["crm.complaint.recovery"].with_user(self.manager).search(action["domain"]).sorted("horizon", reverse=True)
        self.assertEqual(rows.mapped("horizon"), ["90", "180"])
        for row in rows:
            self.assertEqual((row.outcome, row.cases, row.bought_again, row.peers, row.peers_bought_again), ("explained", 2, 1, 1, 1))
            self.assertEqual(row.interval, "9 – 91 %")

    def test_held_back_while_open(self):
        clerk = self.make_user("clerk", "base.group_user")
        family = (self.customer | self.siti).with_user(clerk).with_context(allowed_company_ids=self.company.ids)
        self.assertEqual(family._filter_contactable("marketing"), family)
        complaint = self.complain()
        self.assertFalse(family._filter_contactable("marketing"), "the whole family")
        self.assertTrue(all(family.mapped("hold_marketing")))
        self.assertEqual(family._filter_contactable("dunning"), family)
        self.company.complaint_hold_dunning = True
        self.assertFalse(family._filter_contactable("dunning"))
        found = self.env["res.partner"].search([("hold_marketing", "=", True), ("id", "in", family.ids)])
        self.assertEqual(set(found.ids), set(family.ids))
        self.assertFalse(self.env["res.partner"].search([("hold_marketing", "=", False), ("id", "in", family.ids)]))
        self.decide_and_close(complaint)
        family.invalidate_recordset()
        self.assertEqual(family._filter_contactable("marketing"), family)

from odoo.tests import tagged

from .common import LifecycleCase


@tagged("post_install", "-at_install")
class TestPartner(LifecycleCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.invoice(cls.acme_buyer, "2026-01-10")
        cls.stranger = cls.env["res.partner"].create({"name": "Stranger"})
        cls.drain()
        cls.some = cls.acme + cls.acme_buyer + cls.stranger

    def test_stage_of_the_firm_shows_on_its_contacts(self):
        self.assertEqual(self.acme.lifecycle_stage_id, self.stage("first_purchase"))
        self.assertEqual(self.acme_buyer.lifecycle_stage_id, self.stage("first_purchase"))
        self.assertFalse(self.stranger.lifecycle_stage_id)
        self.assertEqual(self.acme.lifecycle_phase, "acquire")
        self.assertEqual(self.acme.action_open_lifecycle()["res_id"], self.customer(self.acme).id)

    def test_search(self):
        def found(*domain):
            return self.env["res.partner"].search([("id", "in", self.some.ids), *domain])

        stage = self.stage("first_purchase")
        self.assertEqual(found(("lifecycle_stage_id", "=", stage.id)), self.acme + self.acme_buyer)
        self.assertEqual(found(("lifecycle_stage_id", "!=", stage.id)), self.stranger)
        self.assertEqual(found(("lifecycle_phase", "=", "acquire")), self.acme + self.acme_buyer)
        self.assertEqual(found(("lifecycle_phase", "=", "retain")), self.env["res.partner"])
        self.assertEqual(found(("lifecycle_customer_id", "=", False)), self.stranger)
        self.assertEqual(found(("lifecycle_customer_id", "!=", False)), self.acme + self.acme_buyer)

    def test_group_by(self):
        groups = self.env["res.partner"]._read_group([("id", "in", self.some.ids)], ["lifecycle_stage_id"], ["__count"])
        self.assertEqual(dict(groups), {self.stage("first_purchase"): 2, self.env["crm.lifecycle.stage"]: 1})
        groups = self.env["res.partner"]._read_group([("id", "in", self.some.ids)], ["lifecycle_phase"], ["__count"])
        self.assertEqual(dict(groups), {"acquire": 2, False: 1})
        self.assertTrue(self.env["res.partner"].fields_get(["lifecycle_stage_id"])["lifecycle_stage_id"]["groupable"])

    def test_constant_queries(self):
        many = self.env["res.partner"].create([{"name": f"N{number}"} for number in range(80)])
        self.env.flush_all()
        for partners in (many[:1], many):
            self.env.invalidate_all()
            partners.mapped("commercial_partner_id")
            with self.assertQueryCount(2):
                partners.mapped("lifecycle_stage_id")

    def test_other_company_sees_its_own(self):
        other = self.other_company()
        self.assertFalse(self.acme.with_company(other).lifecycle_stage_id)
        self.assertFalse(
            self.env["res.partner"].with_company(other).search([("id", "=", self.acme.id), ("lifecycle_customer_id", "!=", False)])
        )

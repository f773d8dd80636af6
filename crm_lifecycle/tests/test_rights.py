from odoo.exceptions import AccessError
from odoo.tests import new_test_user, tagged

from .common import LifecycleCase


@tagged("post_install", "-at_install")
class TestRights(LifecycleCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.invoice(cls.acme, "2026-01-10")
        cls.drain()
        cls.record = cls.customer(cls.acme)
        common = {"company_id": cls.company.id, "company_ids": [(6, 0, cls.company.ids)]}
        cls.sales = new_test_user(cls.env, "lc_sales", "sales_team.group_sale_salesman", **common)
        cls.all_sales = new_test_user(cls.env, "lc_all", "sales_team.group_sale_salesman_all_leads", **common)
        cls.head = new_test_user(cls.env, "lc_manager", "crm_lifecycle.crm_lifecycle_group_manager", **common)
        cls.portal = new_test_user(cls.env, "lc_portal", "base.group_portal", **common)
        cls.other = cls.other_company()
        cls.stranger = new_test_user(
            cls.env, "lc_other", "sales_team.group_sale_manager", company_id=cls.other.id, company_ids=[(6, 0, cls.other.ids)]
        )

    def test_nobody_writes_facts_or_history(self):
        step = self.transitions.search([("partner_id", "=", self.acme.id)])
        for user in (self.sales, self.head):
            for record in (self.record, step):
                with self.subTest(user=user.login, model=record._name), self.assertRaises(AccessError):
                    record.with_user(user).write({"company_id": self.company.id})
                with self.subTest(user=user.login, model=record._name), self.assertRaises(AccessError):
                    record.with_user(user).unlink()
                with self.assertRaises(AccessError):
                    record.with_user(user).create({})

    def test_figures_are_for_those_who_see_all_documents(self):
        with self.assertRaises(AccessError):
            self.record.with_user(self.sales).read(["net_revenue"])
        with self.assertRaises(AccessError):
            self.record.with_user(self.sales)._read_group([], [], ["net_revenue:sum"])
        with self.assertRaises(AccessError):
            self.record.with_user(self.sales).search([("net_revenue", ">", 50)])
        self.assertNotIn("net_revenue", self.record.with_user(self.sales).fields_get())
        self.assertEqual(self.record.with_user(self.sales).stage_id, self.stage("first_purchase"))
        self.assertEqual(self.record.with_user(self.all_sales).net_revenue, 100)

    def test_portal_sees_nothing(self):
        for model in ("crm.lifecycle.customer", "crm.lifecycle.transition", "crm.lifecycle.stage", "crm.lifecycle.dirty"):
            with self.subTest(model), self.assertRaises(AccessError):
                self.env[model].with_user(self.portal).search([])

    def test_other_company_sees_nothing(self):
        for model in ("crm.lifecycle.customer", "crm.lifecycle.transition"):
            found = self.env[model].with_user(self.stranger).with_context(active_test=False).search([])
            self.assertFalse(found.filtered(lambda record: record.sudo().company_id != self.other))
        with self.assertRaises(AccessError):
            self.record.with_user(self.stranger).read(["stage_id"])
        self.assertFalse(self.acme.with_user(self.stranger).lifecycle_stage_id)

    def test_rules_are_for_administrators(self):
        with self.assertRaises(AccessError):
            self.stage("loyal").with_user(self.sales).write({"min_purchases": 9})
        with self.assertRaises(AccessError):
            self.env["crm.lifecycle.customer"].with_user(self.sales).action_rebuild()
        self.stage("loyal").with_user(self.head).write({"min_purchases": 9})
        self.assertEqual(self.env["crm.lifecycle.customer"].with_user(self.head).action_rebuild()["tag"], "display_notification")

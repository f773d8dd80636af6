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
            cls.env,
            "lc_other",
            "sales_team.group_sale_manager,base.group_allow_export",
            company_id=cls.other.id,
            company_ids=[(6, 0, cls.other.ids)],
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
        self.assertEqual(self.env["crm.lifecycle.customer"].with_user(self.head).action_rebuild()["tag"], "crm_lifecycle.rebuild")

    def test_other_company_learns_nothing_by_any_way(self):
        """Not by grouping, exporting, naming, nor by what contacts, opportunities and orders show of their customer."""
        self.acme.name = "Acme of the First Company"
        self.env["crm.lifecycle.override"].create(
            {"partner_id": self.acme.id, "company_id": self.company.id, "stage_id": self.stage("champion").id, "reason": "Contract"}
        )
        self.env["crm.lifecycle.value.fit"]._fit(self.company)
        self.company.lifecycle_rfm_min_customers = 5
        models = (
            "crm.lifecycle.customer",
            "crm.lifecycle.transition",
            "crm.lifecycle.override",
            "crm.lifecycle.cut.points",
            "crm.lifecycle.value.fit",
        )
        for name in models:
            model = self.env[name].with_user(self.stranger).with_context(active_test=False)
            with self.subTest(name):
                self.assertTrue(
                    self.env[name].sudo().search_count([("company_id", "=", self.company.id)]) or name == "crm.lifecycle.cut.points"
                )
                self.assertFalse(model.search([("company_id", "=", self.company.id)]))
                self.assertNotIn(self.company, [company for company, _count in model._read_group([], ["company_id"], ["__count"])])
                self.assertFalse(model.search([]).export_data(["company_id/name"])["datas"])
        customers = self.customers.with_user(self.stranger)
        self.assertFalse(customers.name_search("Acme"))
        with self.assertRaises(AccessError):
            self.record.with_user(self.stranger).export_data(["stage_id/name"])
        with self.assertRaises(AccessError):
            self.record.with_user(self.stranger).display_name
        contacts = self.env["res.partner"].with_user(self.stranger)
        for domain in (
            [("lifecycle_customer_id", "!=", False)],
            [("lifecycle_customer_id", "in", self.record.ids)],
            [("lifecycle_customer_id.purchase_days", ">", 0)],
            [("lifecycle_customer_id", "any", [("company_id", "=", self.company.id)])],
            [("lifecycle_stage_id", "=", self.stage("champion").id)],
            [("lifecycle_stage_id", "!=", False)],
            [("lifecycle_health", "!=", False)],
            [("lifecycle_phase", "=", "retain")],
        ):
            with self.subTest(domain):
                self.assertNotIn(self.acme, contacts.search(domain))
        names = ["lifecycle_stage_id", "lifecycle_phase", "lifecycle_health", "lifecycle_stage_since"]
        self.assertFalse(any(self.acme.with_user(self.stranger).read(names)[0][name] for name in names))
        self.assertEqual(
            self.acme.with_user(self.stranger).export_data(["lifecycle_stage_id/name", "lifecycle_health"])["datas"], [["", ""]]
        )
        own = [("id", "=", self.acme.id)]
        self.assertEqual(
            contacts._read_group(own, ["lifecycle_stage_id", "lifecycle_health"], ["__count"]),
            [(self.env["crm.lifecycle.stage"], False, 1)],
        )
        lead = self.env["crm.lead"].create(
            {"name": "x", "type": "opportunity", "partner_id": self.acme.id, "company_id": self.other.id, "user_id": self.stranger.id}
        )
        order = self.env["sale.order"].with_company(self.other).create({"partner_id": self.acme.id, "user_id": self.stranger.id})
        for document in (lead.with_user(self.stranger), order.with_user(self.stranger)):
            self.assertFalse(document.lifecycle_stage_id)
            self.assertFalse(document.lifecycle_health)
            self.assertFalse(document.search([("lifecycle_stage_id", "=", self.stage("champion").id)]))
        self.assertFalse(self.stage("champion").with_user(self.stranger).customer_count)
        self.assertEqual(self.stage("champion").with_user(self.stranger)._count_effect(), (0, 0))

    def test_who_works_for_both_sees_the_company_they_are_in(self):
        both = self.company + self.other
        user = new_test_user(
            self.env, "lc_both", "sales_team.group_sale_manager", company_id=self.company.id, company_ids=[(6, 0, both.ids)]
        )
        here, there = ({"allowed_company_ids": company.ids} for company in (self.company, self.other))
        acme = self.acme.with_user(user)
        self.assertEqual(acme.with_context(**here).lifecycle_stage_id, self.stage("first_purchase"))
        self.assertFalse(acme.with_context(**there).lifecycle_stage_id)
        self.assertFalse(self.customers.with_user(user).with_context(**there).search([("partner_id", "=", self.acme.id)]))
        self.assertEqual(
            self.customers.with_user(user).with_context(allowed_company_ids=both.ids).search([("partner_id", "=", self.acme.id)]),
            self.record,
        )

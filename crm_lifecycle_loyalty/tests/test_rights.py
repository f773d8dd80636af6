from odoo.exceptions import AccessError
from odoo.tests import new_test_user, tagged
from odoo.tools import mute_logger

from .common import LoyaltyCommon

OPERATIONS = ("read", "write", "create", "unlink")
NOTHING, READ, ASK, ALL = "", "read", "read write create", "read write create unlink"


@tagged("post_install", "-at_install")
class TestRights(LoyaltyCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.users = {
            name: new_test_user(cls.env, f"loyalty_{name}", groups=groups)
            for name, groups in {
                "portal": "base.group_portal",
                "employee": "base.group_user",
                "lifecycle": "crm_lifecycle.crm_lifecycle_group_user",
                "salesperson": "sales_team.group_sale_salesman",
                "manager": "crm_lifecycle.crm_lifecycle_group_manager",
                "sales_manager": "sales_team.group_sale_manager",
                "accountant": "account.group_account_invoice",
                "auditor": "account.group_account_readonly",
                "public": "base.group_public",
            }.items()
        }

    def test_what_each_group_may_do(self):
        allowed = {
            "crm.loyalty.entry": {"lifecycle": READ, "salesperson": READ, "manager": READ, "sales_manager": READ},
            "crm.loyalty.lot": {"lifecycle": READ, "salesperson": READ, "manager": READ, "sales_manager": READ},
            "crm.loyalty.allocation": {"lifecycle": READ, "salesperson": READ, "manager": READ, "sales_manager": READ},
            "crm.loyalty.tier": {"lifecycle": READ, "salesperson": READ, "manager": ALL, "sales_manager": ALL},
            "crm.loyalty.correction": {"lifecycle": ASK, "salesperson": ASK, "manager": ALL, "sales_manager": ALL},
            "crm.loyalty.liability": {"accountant": READ, "auditor": READ},
            "crm.loyalty.event.rule": {"lifecycle": READ, "salesperson": READ, "manager": ALL, "sales_manager": ALL},
            "crm.loyalty.event.rule.preview": {"manager": ALL, "sales_manager": ALL},
        }
        for model, groups in allowed.items():
            for name, user in self.users.items():
                for operation in OPERATIONS:
                    with self.subTest(model=model, user=name, operation=operation):
                        self.assertEqual(
                            self.env[model].with_user(user).has_access(operation), operation in groups.get(name, NOTHING).split()
                        )

    def test_lifecycle_users_read_cards_and_do_not_write_them(self):
        user = self.users["lifecycle"]
        for model in ("loyalty.card", "loyalty.history", "loyalty.program", "loyalty.reward"):
            self.assertTrue(self.env[model].with_user(user).has_access("read"))
            self.assertFalse(self.env[model].with_user(user).has_access("write"))

    def test_balances_are_for_lifecycle_users(self):
        self._card(self.customer, points=5)
        for name in ("lifecycle", "salesperson", "manager"):
            self.assertEqual(self.customer.with_user(self.users[name]).crm_loyalty_summary, "5 stars")
        with self.assertRaises(AccessError), mute_logger("odoo.models"):
            self.customer.with_user(self.users["employee"]).read(["crm_loyalty_summary"])

    def test_other_companies_are_not_seen(self):
        other = self.env["res.company"].create({"name": "Elsewhere"})
        program = self._program("Theirs", company_id=other.id)
        rule = self._rule(company_id=other.id, program_id=program.id)
        entry = self.Entry._post([self._entry(self._card(self.customer, program), "t:1", company_id=other.id)])
        user = self.users["manager"]
        for record in rule, entry:
            self.assertFalse(record.with_user(user).search([("id", "=", record.id)]))
            with self.assertRaises(AccessError), mute_logger("odoo.models", "odoo.addons.base.models.ir_rule"):
                record.with_user(user).read(["company_id"])

    def test_our_screens_offer_no_way_to_write_points(self):
        """For nobody: neither the list, nor the card, nor the balance wizard."""
        for kind, view in (("list", "loyalty_card_view_list"), ("form", "loyalty_card_view_form"), ("kanban", "loyalty_card_view_kanban")):
            arch = self.env.ref(f"crm_lifecycle_loyalty.{view}")
            views = self.Card.with_user(self.users["sales_manager"]).get_views([(arch.id, kind)])
            text = views["views"][kind]["arch"]
            self.assertIn('edit="0"', text)
            self.assertNotIn("action_loyalty_update_balance", text)
        action = self.env["ir.actions.act_window"]._for_xml_id("crm_lifecycle_loyalty.loyalty_card_action")
        self.assertEqual(
            {view for view, __ in action["views"]},
            {self.env.ref(f"crm_lifecycle_loyalty.loyalty_card_view_{kind}").id for kind in ("list", "kanban", "form")},
        )

    def test_preview_counts_customers_the_reader_may_not_open(self):
        rule = self._rule().with_user(self.users["manager"])
        action = rule.action_preview()
        self.assertEqual(self.env[action["res_model"]].with_user(self.users["manager"]).browse(action["res_id"]).customer_count, 0)
        with self.assertRaises(AccessError), mute_logger("odoo.models"):
            rule.with_user(self.users["salesperson"]).action_preview()

from odoo.exceptions import AccessError, UserError
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

    def test_nobody_writes_the_ledger(self):
        """Neither by their rights nor, on the entries, as the administrator with all of them."""
        entry = self.Entry._post([self._entry(self._card(self.customer), "t:1")])
        lot = entry.card_id.crm_loyalty_lot_ids
        for name, user in self.users.items():
            for record, values in ((entry, {"points": 9}), (lot, {"remaining": 9})):
                with self.subTest(name), self.assertRaises(UserError), mute_logger("odoo.models"):
                    record.with_user(user).write(values)
                with self.subTest(name), self.assertRaises(UserError), mute_logger("odoo.models"):
                    record.with_user(user).unlink()

    def test_balances_cannot_be_written_by_rpc_import_or_wizard(self):
        card = self._card(self.customer, points=50)
        for name in ("portal", "employee", "lifecycle", "salesperson", "accountant"):
            user = self.users[name]
            Card = self.Card.with_user(user)
            self._refused(name, card.with_user(user).write, {"points": 999})
            self._refused(name, Card.create, {"program_id": self.program.id, "partner_id": self.contact.id, "points": 999})
            if name in ("lifecycle", "salesperson"):
                result = Card.load(["code", "program_id/.id", "points"], [["X-1", str(self.program.id), "999"]])
                self.assertTrue(result["messages"], name)
                result = Card.load([".id", "points"], [[str(card.id), "999"]])
                self.assertTrue(result["messages"], name)
            else:
                self._refused(name, Card.load, [".id", "points"], [[str(card.id), "999"]])
            self._refused(name, self._generate, user)
            self._refused(name, self._update_balance_at_once, user, card)
        self.assertEqual(card.points, 50)
        self.assertEqual(self.Entry.search_count([("program_id", "=", self.program.id)]), 1)

    def test_managers_of_a_till_hand_out_cards_up_to_the_limit(self):
        """As they do in Odoo, where a till is installed."""
        keepers = self.env.ref("point_of_sale.group_pos_manager", raise_if_not_found=False)
        if not keepers:
            keepers = self.env["res.groups"].create({"name": "Till managers"})
            self.env["ir.model.data"].create(
                {"module": "point_of_sale", "name": "group_pos_manager", "model": "res.groups", "res_id": keepers.id}
            )
        rights = {"group_id": keepers.id, "perm_read": True, "perm_write": True, "perm_create": True}
        for model in ("loyalty.card", "loyalty.program", "loyalty.reward", "loyalty.mail"):
            self.env["ir.model.access"].create({"name": model, "model_id": self.env["ir.model"]._get_id(model), **rights})
        user = new_test_user(self.env, "loyalty_till", groups="base.group_user,point_of_sale.group_pos_manager")
        self.program.correction_limit = 100
        card = self.Card.with_user(user).create({"program_id": self.program.id, "partner_id": self.contact.id, "points": 60})
        card.points = 90
        self.assertEqual(card.sudo().crm_loyalty_entry_ids.mapped("points"), [30, 60])
        with self.assertRaisesRegex(UserError, "by one person alone"):
            card.points = 191

    def _refused(self, name, work, *arguments):
        with (
            self.subTest(user=name, work=work.__name__),
            self.assertRaises(UserError),
            mute_logger("odoo.models", "odoo.addons.base.models.ir_model", "odoo.addons.base.models.ir_rule"),
            self.env.cr.savepoint(),
        ):
            work(*arguments)

    def _generate(self, user):
        wizard = self.env["loyalty.generate.wizard"].with_user(user)
        wizard.create(
            {
                "program_id": self.program.id,
                "mode": "selected",
                "customer_ids": self.customer.ids,
                "points_granted": 999,
                "description": "Mine",
            }
        ).generate_coupons()

    def _update_balance_at_once(self, user, card):
        """The wizard only asks for a correction, which such a user cannot approve."""
        wizard = self.env["loyalty.card.update.balance"].with_user(user)
        wizard.create({"card_id": card.id, "new_balance": 999, "description": "Mine"}).action_update_card_point()
        correction = self.env["crm.loyalty.correction"].search([("card_id", "=", card.id)], limit=1)
        self.assertEqual((correction.state, card.points), ("waiting", 50))
        correction.with_user(user).action_approve()

    def test_other_companies_see_nothing_of_any_model(self):
        other = self.env["res.company"].create({"name": "Elsewhere"})
        program = self._program("Theirs", company_id=other.id)
        card = self._card(self.customer, program)
        entry = self.Entry._post([self._entry(card, "t:1", company_id=other.id), self._entry(card, "t:2", -1, company_id=other.id)])[0]
        correction = self.env["crm.loyalty.correction"].create({"card_id": card.id, "points": 1, "reason": "Twice", "company_id": other.id})
        records = [
            entry,
            entry.card_id.crm_loyalty_lot_ids,
            self.env["crm.loyalty.allocation"].search([("lot_id.card_id", "=", card.id)]),
            self.env["crm.loyalty.tier"].create({"name": "Gold", "program_id": program.id, "threshold": 1}),
            self._rule(company_id=other.id, program_id=program.id),
            correction,
            self.env["crm.loyalty.liability"].create({"program_id": program.id, "company_id": other.id, "date": "2026-01-31"}),
        ]
        self.assertTrue(all(records))
        for name in ("lifecycle", "salesperson", "sales_manager", "accountant", "auditor"):
            user = self.users[name]
            for record in records:
                with self.subTest(user=name, model=record._name):
                    theirs = record.with_user(user)
                    if not theirs.has_access("read"):
                        with self.assertRaises(AccessError), mute_logger("odoo.models", "odoo.addons.base.models.ir_rule"):
                            theirs.read(["display_name"])
                    else:
                        self.fail("readable")
        for name in ("sales_manager", "manager"):
            for action in ("action_submit", "action_approve", "action_refuse"):
                self._refused(name, getattr(correction.with_user(self.users[name]), action))

    def test_a_preview_is_ones_own(self):
        preview = self.env["crm.loyalty.event.rule.preview"].with_user(self.users["manager"]).create({"rule_id": self._rule().id})
        with self.assertRaises(AccessError), mute_logger("odoo.models", "odoo.addons.base.models.ir_rule"):
            preview.with_user(self.users["sales_manager"]).read(["summary"])

    def test_preview_counts_customers_the_reader_may_not_open(self):
        rule = self._rule().with_user(self.users["manager"])
        action = rule.action_preview()
        self.assertEqual(self.env[action["res_model"]].with_user(self.users["manager"]).browse(action["res_id"]).customer_count, 0)
        with self.assertRaises(AccessError), mute_logger("odoo.models"):
            rule.with_user(self.users["salesperson"]).action_preview()

from odoo.exceptions import AccessError
from odoo.tests import tagged
from odoo.tools import mute_logger

from .common import ComplaintCase


@tagged("post_install", "-at_install")
class TestRights(ComplaintCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.complaint = cls.env["crm.complaint"].create({"name": "Ours", "partner_id": cls.siti.id, "team_id": cls.team.id})
        cls.other_company = cls.env["res.company"].create({"name": "Other"})
        cls.outsider = cls.make_user("outsider", "crm_lifecycle_complaints_group_manager", cls.other_company)
        cls.clerk = cls.make_user("clerk", "base.group_user")
        cls.portal = cls.make_user("portal", "base.group_portal")
        cls.portal.partner_id.parent_id = cls.customer
        cls.portal_stranger = cls.make_user("portal_stranger", "base.group_portal")

    def can(self, user, operation):
        complaint = self.complaint.with_user(user).with_context(allowed_company_ids=user.company_ids.ids)
        return complaint.has_access(operation)

    @mute_logger("odoo.models", "odoo.addons.base.models.ir_rule")
    def test_who_may_do_what(self):
        rights = {
            self.agent: {"read", "write", "create"},
            self.stranger: set(),
            self.manager: {"read", "write", "create", "unlink"},
            self.outsider: set(),
            self.clerk: set(),
            self.portal: {"read"},
            self.portal_stranger: set(),
        }
        for user, allowed in rights.items():
            for operation in ("read", "write", "create", "unlink"):
                with self.subTest(user=user.login, operation=operation):
                    self.assertEqual(self.can(user, operation), operation in allowed)
            with self.subTest(user=user.login):
                if user == self.clerk:
                    with self.assertRaises(AccessError):
                        self.env["crm.complaint"].with_user(user).search([])
                else:
                    found = (
                        self.complaint.browse()
                        .with_user(user)
                        .with_context(allowed_company_ids=user.company_ids.ids)
                        .search([("id", "=", self.complaint.id)])
                    )
                    self.assertEqual(bool(found), "read" in allowed)

    def test_assignee_and_leader_see_it_without_being_members(self):
        self.complaint.user_id = self.stranger
        self.assertTrue(self.can(self.stranger, "write"))
        self.complaint.user_id = False
        self.assertFalse(self.can(self.stranger, "read"))
        self.team.user_id = self.stranger
        self.assertTrue(self.can(self.stranger, "write"))

    def test_portal_sees_no_internal_fields(self):
        fields = self.env["crm.complaint"].with_user(self.portal).fields_get()
        for name in ("severity", "safety_risk", "user_id", "category_id", "decision", "decision_reason", "customer_lang"):
            self.assertNotIn(name, fields)
        with self.assertRaises(AccessError):
            self.complaint.with_user(self.portal).read(["severity"])
        self.assertEqual(self.complaint.with_user(self.portal).read(["name"])[0]["name"], "Ours")

    def test_portal_changes_nothing(self):
        for call in (
            lambda record: record.write({"name": "Mine"}),
            lambda record: record.write({"stage_id": self.closed.id}),
            lambda record: record.action_reopen() or record.action_assign_to_me(),
            lambda record: record.action_close() and record.write({"decision": "accept"}),
            lambda record: record.unlink(),
        ):
            with self.assertRaises(AccessError):
                call(self.complaint.with_user(self.portal))

    def test_configuration_is_the_administrators(self):
        for model in ("crm.complaint.team", "crm.complaint.stage", "crm.complaint.category"):
            self.assertFalse(self.env[model].with_user(self.agent).has_access("write"))
            self.assertTrue(self.env[model].with_user(self.manager).has_access("write"))
            self.assertFalse(self.env[model].with_user(self.portal).has_access("read"))
            self.assertFalse(self.env[model].with_user(self.clerk).has_access("read"))

    def test_other_companys_teams_and_categories(self):
        theirs = self.env["crm.complaint.team"].create({"name": "Theirs", "company_id": self.other_company.id})
        category = self.env["crm.complaint.category"].create({"name": "Theirs", "company_id": self.other_company.id})
        self.assertFalse(self.env["crm.complaint.team"].with_user(self.manager).search([("id", "=", theirs.id)]))
        self.assertFalse(self.env["crm.complaint.category"].with_user(self.manager).search([("id", "=", category.id)]))

    def test_agent_does_all_of_their_work_with_their_own_rights(self):
        agents = self.complaint.with_user(self.agent)
        agents.action_assign_to_me()
        agents.action_acknowledge()
        agents.severity = "grave"
        self.env["crm.complaint.close"].with_user(self.agent).with_context(default_complaint_id=agents.id).create(
            {"decision": "accept", "decision_reason": "Because."}
        ).action_close()
        self.assertTrue(agents.is_closed)
        agents.action_reopen()
        self.assertFalse(agents.is_closed)

    def test_menu_is_for_the_group(self):
        root = self.env.ref("crm_lifecycle_complaints.crm_lifecycle_complaints_menu_root")
        self.assertIn(root.id, self.env["ir.ui.menu"].with_user(self.agent)._visible_menu_ids())
        self.assertNotIn(root.id, self.env["ir.ui.menu"].with_user(self.clerk)._visible_menu_ids())
        configuration = self.env.ref("crm_lifecycle_complaints.crm_lifecycle_complaints_menu_configuration")
        self.assertNotIn(configuration.id, self.env["ir.ui.menu"].with_user(self.agent)._visible_menu_ids())

from odoo import Command
from odoo.tests import TransactionCase, new_test_user, tagged


@tagged("post_install", "-at_install")
class TestCall(TransactionCase):
    def test_a_complaint_from_a_call(self):
        agent = new_test_user(
            self.env,
            "cc_complaints",
            "crm_lifecycle.crm_lifecycle_group_user,crm_lifecycle_complaints.crm_lifecycle_complaints_group_user",
        )
        partner = self.env["res.partner"].create({"name": "Aster Coffee", "phone": "+62 812 3456 7890"})
        call = self.env["crm.call"].create({"number": "+6281234567890", "partner_id": partner.id, "user_id": agent.id}).with_user(agent)
        self.assertIn("action_new_complaint", [action["method"] for action in call.cards()[0]["actions"]])
        action = call.action_new_complaint()
        self.env["crm.complaint.team"].search([], limit=1).member_ids = [Command.link(agent.id)]
        complaint = self.env["crm.complaint"].with_user(agent).with_context(**action["context"]).create({"name": "Wet bags"})
        self.assertEqual((complaint.partner_id, complaint.channel), (partner, "phone"))
        agent.group_ids = [Command.unlink(self.env.ref("crm_lifecycle_complaints.crm_lifecycle_complaints_group_user").id)]
        self.assertNotIn("action_new_complaint", [action["method"] for action in call._card_actions()])

from odoo.tests import tagged

from .common import ComplaintCase


@tagged("post_install", "-at_install")
class TestChat(ComplaintCase):
    def converse(self, partner, user=None):
        channel = self.env["discuss.channel"].with_user(user or self.agent)._get_or_create_chat(partner.ids)
        channel.message_post(body="What happened?", message_type="comment")
        channel.sudo().message_post(body="<p>The jar was <b>cracked</b>.</p>", author_id=partner.id, message_type="comment")
        return channel

    def found(self):
        return self.env["crm.complaint"].search([("channel", "=", "chat")])

    def test_conversation_becomes_a_complaint(self):
        channel = self.converse(self.siti)
        channel.execute_command_complaint(body="/complaint")
        self.assertFalse(self.found(), "without a subject the usage is shown")
        channel.execute_command_complaint(body="<p>/complaint Cracked jar</p>")
        complaint = self.found()
        self.assertEqual((complaint.name, complaint.partner_id, complaint.team_id), ("Cracked jar", self.siti, self.team))
        self.assertIn("Siti Rahmawati: ", complaint.narrative)
        self.assertLess(complaint.narrative.index("What happened?"), complaint.narrative.index("cracked"))

    def test_only_by_those_who_handle_complaints(self):
        clerk = self.make_user("clerk", "base.group_user")
        self.converse(self.siti, clerk).execute_command_complaint(body="/complaint x")
        self.assertFalse(self.found())

    def test_colleagues_are_no_customers(self):
        self.converse(self.manager.partner_id).execute_command_complaint(body="/complaint Told by a colleague")
        self.assertFalse(self.found().partner_id)

from odoo import models
from odoo.tools import html2plaintext

COMMAND = "/complaint"
MESSAGES_LIMIT = 200


class DiscussChannel(models.Model):
    _inherit = "discuss.channel"

    def execute_command_complaint(self, **kwargs):
        """``/complaint What it is about``: make a complaint of a conversation, one of the live chat for instance."""
        self.ensure_one()
        subject = html2plaintext(kwargs.get("body") or "").strip().removeprefix(COMMAND).strip()
        if not self.env["crm.complaint"].has_access("create"):
            message = self.env._("Only those who handle complaints can make one of a conversation.")
        elif not subject:
            message = self.env._("Say what it is about: %(command)s the jar arrived cracked", command=COMMAND)
        else:
            complaint = self.env["crm.complaint"].create(self._prepare_complaint(subject))
            message = self.env._("Complaint received: %(complaint)s", complaint=complaint._get_html_link())
        self.env.user._bus_send_transient_message(self, message)

    def _prepare_complaint(self, subject):
        """The values of a complaint with the conversation as its narrative. A visitor who is nobody's contact stays unknown."""
        people = self.channel_partner_ids.filtered("partner_share")
        customer = people if len(people) == 1 and not people.is_public else people.browse()
        # sudo(): guests' names.
        messages = self.message_ids.sudo().filtered(lambda each: each.message_type == "comment").sorted("id")[-MESSAGES_LIMIT:]
        lines = [
            f"{message.author_id.name or message.author_guest_id.name or message.email_from or ''}: {html2plaintext(message.body)}"
            for message in messages
        ]
        return {"name": subject[:250], "narrative": "\n".join(lines), "partner_id": customer.id, "channel": "chat"}

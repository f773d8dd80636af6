from odoo import api, models

from ..analytics.contacts import CONVERSATIONS

# Messages that somebody wrote.
WRITTEN = ("email", "comment", "email_outgoing", "sms", "whatsapp")


class MailMessage(models.Model):
    """Mails to and from customers, and activities done, are contacts with them."""

    _inherit = "mail.message"

    _lifecycle_written_idx = models.Index(f"(date DESC, id DESC) WHERE message_type IN {WRITTEN}")

    @api.model_create_multi
    def create(self, vals_list):
        messages = super().create(vals_list)
        documents = {}
        for message in messages.sudo():
            if message.model in CONVERSATIONS and (message.mail_activity_type_id or message.message_type in ("email", "comment")):
                documents.setdefault(message.model, set()).add(message.res_id)
        partners = set()
        for model, ids in documents.items():
            records = self.env[model].sudo().browse(ids).exists()
            partners.update(records.ids if model == "res.partner" else records.partner_id.ids)
        self.env["crm.account.plan"]._refresh_customers(partners)
        return messages

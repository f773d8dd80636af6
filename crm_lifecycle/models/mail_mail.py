from odoo import fields, models
from odoo.fields import Domain


class MailMail(models.Model):
    """Mails for which nobody asked wait for the hours of whoever reads them. Whether they are still welcome is asked when they go."""

    _inherit = "mail.mail"

    lifecycle_unasked = fields.Boolean("Nobody Asked for It", readonly=True)

    def send(self, *args, **kwargs):
        unwelcome = self._get_unwelcome()
        if unwelcome:
            unwelcome._withdraw()
        return super(MailMail, self - unwelcome).send(*args, **kwargs)

    def _get_unwelcome(self):
        """Those that nobody asked for, to contacts who may not be written to any more, or whose firm may not."""
        unasked = self.filtered(lambda mail: mail.lifecycle_unasked and mail.state == "outgoing")
        if not unasked:
            return unasked
        people = unasked.recipient_ids | unasked.recipient_ids.commercial_partner_id
        welcome = people.search(Domain("id", "in", people.ids) & people._lifecycle_reachable("email"))
        return unasked.filtered(lambda mail: (mail.recipient_ids | mail.recipient_ids.commercial_partner_id) - welcome)

    def _withdraw(self):
        """Take mails back that will not go, as if they had never been written: their customer's page must not show them."""
        runs = self.env["crm.lifecycle.playbook.run"].sudo().search([("mail_message_id", "in", self.mail_message_id.ids)])
        runs.reason = "unreachable"
        self.env["crm.voice.request"].sudo().browse(self.filtered(lambda mail: mail.model == "crm.voice.request").mapped("res_id")).unlink()
        # The mails of what was deleted are gone with it.
        self.exists().unlink()

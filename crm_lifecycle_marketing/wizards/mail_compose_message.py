from odoo import models


class MailComposeMessage(models.TransientModel):
    _inherit = "mail.compose.message"

    def _get_optout_emails(self, mail_values_dict):
        """The last look before a mailing's batch is written, whatever it is sent to: a wish or a complaint may have come in meanwhile."""
        emails = [*super()._get_optout_emails(mail_values_dict)]
        mailing = self.mass_mailing_id
        if mailing.use_exclusion_list:
            batch = {email for data in self._get_recipients_data(mail_values_dict).values() for email in data["mail_to_normalized"]}
            emails += mailing._get_unwelcome(batch)
        return emails

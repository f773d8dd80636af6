from odoo import api, fields, models


class MailComposeMessage(models.TransientModel):
    _inherit = "mail.compose.message"

    complaint_recipient = fields.Char("To", compute="_compute_complaint_recipient")

    @api.depends("model", "res_ids")
    def _compute_complaint_recipient(self):
        for composer in self:
            ids = composer._evaluate_res_ids() if composer.model == "crm.complaint" else []
            composer.complaint_recipient = self.env["crm.complaint"].browse(ids)._get_customer_address() if len(ids) == 1 else False

from odoo import models
from odoo.exceptions import AccessError


class IrAttachment(models.Model):
    _inherit = "ir.attachment"

    def _check_access(self, operation):
        """Customers may read a complaint, and so all of its files, had core its way; they get those of messages they may read."""
        result = super()._check_access(operation)
        if self.env.su or self.env.user._is_internal():
            return result
        forbidden = result[0] if result else self.browse()
        files = (self - forbidden).sudo().filtered(lambda each: each.res_model == "crm.complaint" and each.res_id and not each.public)
        for complaint_id, group in files.grouped("res_id").items():
            shown = self.env["crm.complaint"].browse(complaint_id)._get_portal_messages().attachment_ids
            forbidden += (group - shown).sudo(False)
        if not forbidden:
            return result
        return forbidden, result[1] if result else lambda: AccessError(self.env._("You are not allowed to read this file."))

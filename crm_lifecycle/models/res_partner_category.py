from odoo import models


class ResPartnerCategory(models.Model):
    _inherit = "res.partner.category"

    def write(self, vals):
        """Tags may be given to contacts from the tag's side as well."""
        if "partner_ids" not in vals:
            return super().write(vals)
        before = self.partner_ids
        result = super().write(vals)
        self.env["crm.lifecycle.dirty"]._mark(before | self.partner_ids)
        return result

from odoo import models


class ResCompany(models.Model):
    """Numbers without a country code are dialled in the company's country."""

    _inherit = "res.company"

    def write(self, vals):
        result = super().write(vals)
        if "country_id" in vals:
            self.env["crm.lifecycle.phone"]._read_again(self)
        return result

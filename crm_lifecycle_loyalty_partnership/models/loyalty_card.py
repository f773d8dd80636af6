from odoo import models


class LoyaltyCard(models.Model):
    _inherit = "loyalty.card"

    def _crm_loyalty_tier_changed(self):
        result = super()._crm_loyalty_tier_changed()
        self.sudo().partner_id.commercial_partner_id._crm_loyalty_grade()
        return result

from odoo import models


class MergePartnerAutomatic(models.TransientModel):
    _inherit = "base.partner.merge.automatic.wizard"

    def _update_foreign_keys(self, src_partners, dst_partner):
        """Odoo would delete all plans but one, with what is written on them."""
        self.env["crm.account.plan"]._join_merged(src_partners, dst_partner)
        return super()._update_foreign_keys(src_partners, dst_partner)

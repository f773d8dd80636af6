from odoo import models


class MergePartnerAutomatic(models.TransientModel):
    _inherit = "base.partner.merge.automatic.wizard"

    def _update_foreign_keys(self, src_partners, dst_partner):
        """Let the histories of the merged contacts give way to the one that their documents give together.

        Odoo moves rows by plain SQL, and deletes those that meet a unique index: the believed transitions of the sources
        are closed first, and move along as history.
        """
        partners = (src_partners + dst_partner).commercial_partner_id | src_partners | dst_partner
        self.env["crm.lifecycle.customer"]._forget(src_partners)
        self.env["crm.lifecycle.transition"]._move(src_partners, dst_partner)
        self.env["crm.lifecycle.phone"]._keep_merged(src_partners.ids, dst_partner)
        result = super()._update_foreign_keys(src_partners, dst_partner)
        self.env["crm.lifecycle.dirty"]._mark(partners - src_partners)
        return result

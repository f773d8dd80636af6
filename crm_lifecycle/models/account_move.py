from odoo import models

from ..analytics.documents import SALES_MOVES

MOVED_BY = {"state", "partner_id", "invoice_date", "company_id", "reversed_entry_id"}


class AccountMove(models.Model):
    _inherit = "account.move"

    def write(self, vals):
        watched = self.filtered(lambda move: move.move_type in SALES_MOVES) if MOVED_BY & vals.keys() else self.browse()
        if not watched:
            return super().write(vals)
        posted = watched.filtered(lambda move: move.state == "posted")
        before = posted.partner_id
        result = super().write(vals)
        after = (posted | watched.filtered(lambda move: move.state == "posted")).partner_id
        self.env["crm.lifecycle.dirty"]._mark(before | after)
        return result

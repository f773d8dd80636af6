from odoo import fields, models
from odoo.tools import SQL

from ..analytics import margin
from ..analytics.documents import SALES_MOVES

MOVED_BY = {"state", "partner_id", "invoice_date", "company_id", "reversed_entry_id"}
MARGIN = ("lifecycle_margin", "lifecycle_costed")


class AccountMove(models.Model):
    _inherit = "account.move"

    lifecycle_margin = fields.Monetary(
        "Margin at Posting",
        readonly=True,
        copy=False,
        currency_field="company_currency_id",
        groups="account.group_account_readonly,account.group_account_invoice",
        help="Revenue less cost of the lines whose cost was known when the invoice was posted.",
    )
    lifecycle_costed = fields.Monetary(
        "Revenue of Known Cost",
        readonly=True,
        copy=False,
        currency_field="company_currency_id",
        groups="account.group_account_readonly,account.group_account_invoice",
    )

    def write(self, vals):
        watched = self.filtered(lambda move: move.move_type in SALES_MOVES) if MOVED_BY & vals.keys() else self.browse()
        if not watched:
            return super().write(vals)
        posted = watched.filtered(lambda move: move.state == "posted")
        # A credit note counts on the day of the invoice it reverses, as long as that is posted.
        before = posted.partner_id | watched.filtered("posted_before").reversal_move_ids.partner_id
        result = super().write(vals)
        after = (posted | watched.filtered(lambda move: move.state == "posted")).partner_id
        self.env["crm.lifecycle.dirty"]._mark(before | after)
        return result

    def unlink(self):
        partners = self.filtered(lambda move: move.state == "posted" and move.move_type in SALES_MOVES).partner_id
        result = super().unlink()
        self.env["crm.lifecycle.dirty"]._mark(partners)
        return result

    def _post(self, soft=True):
        posted = super()._post(soft)
        posted.filtered(lambda move: move.move_type in SALES_MOVES)._record_margin()
        return posted

    def _record_margin(self):
        """Keep what was earned by the costs of today: they will have changed when somebody asks."""
        if self:
            self.env.flush_all()
            order_costs = "purchase_price" in self.env["sale.order.line"]._fields
            self.env.cr.execute(margin.record(SQL("move.id = ANY(%s)", self.ids), order_costs))
            self.invalidate_recordset(MARGIN, flush=False)

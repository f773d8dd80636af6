from odoo import fields, models
from odoo.tools import SQL

from ..analytics import margin
from ..analytics.documents import SALES_MOVES

MOVED_BY = {"state", "partner_id", "invoice_date", "company_id", "reversed_entry_id"}
MARGIN = ("lifecycle_margin", "lifecycle_costed")


class AccountMove(models.Model):
    _inherit = "account.move"

    # In company currency. Not monetary: Odoo would look up the currency of every invoice of a batch, twice.
    lifecycle_margin = fields.Float(
        "Margin at Posting",
        digits=0,
        readonly=True,
        copy=False,
        groups="account.group_account_readonly,account.group_account_invoice",
        help="Revenue less cost of the lines whose cost was known when the invoice was posted.",
    )
    lifecycle_costed = fields.Float(
        "Revenue of Known Cost",
        digits=0,
        readonly=True,
        copy=False,
        groups="account.group_account_readonly,account.group_account_invoice",
    )

    def write(self, vals):
        watched = self.filtered(lambda move: move.move_type in SALES_MOVES) if MOVED_BY & vals.keys() else self.browse()
        if not watched:
            return super().write(vals)
        posted = watched.filtered(lambda move: move.state == "posted")
        # A credit note counts on the day of the invoice it reverses, as long as that is posted.
        before = posted.partner_id | watched.filtered("posted_before").reversal_move_ids.partner_id
        if vals.get("state") == "posted":
            watched._record_margin()
        result = super().write(vals)
        after = (posted | watched.filtered(lambda move: move.state == "posted")).partner_id
        self.env["crm.lifecycle.dirty"]._mark(before | after)
        return result

    def unlink(self):
        partners = self.filtered(lambda move: move.state == "posted" and move.move_type in SALES_MOVES).partner_id
        result = super().unlink()
        self.env["crm.lifecycle.dirty"]._mark(partners)
        return result

    def _record_margin(self):
        """Keep what is earned by the costs of today: they will have changed when somebody asks. Odoo writes it with the state it writes anyway."""
        self.env.flush_all()
        order_costs = "purchase_price" in self.env["sale.order.line"]._fields
        moves = self.sudo()
        with self.env.protecting([self._fields[name] for name in MARGIN], moves):
            for move_id, earned, costed in self.env.execute_query(margin.earned(SQL("move.id = ANY(%s)", self.ids), order_costs)):
                move = moves.browse(move_id)
                move.lifecycle_margin, move.lifecycle_costed = earned, costed

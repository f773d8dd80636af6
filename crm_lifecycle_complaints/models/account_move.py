from odoo import fields, models
from odoo.tools import SQL


class AccountMove(models.Model):
    _inherit = "account.move"

    complaint_redress_ids = fields.One2many("crm.complaint.redress", "move_id", "Redress")

    def _lock_for_redress(self):
        """Let one transaction at a time credit these invoices: another one that waited starts again and sees this one's work."""
        for move in self.sorted("id"):
            self.env.cr.execute(SQL("UPDATE account_move SET write_date = write_date WHERE id = %s", move.id))

    def _reverse_moves(self, default_values_list=None, cancel=False):
        self.filtered(lambda move: move.is_sale_document(include_receipts=True))._lock_for_redress()
        return super()._reverse_moves(default_values_list, cancel)

    def _get_refundable(self):
        """What was invoiced, taxes included, less credit notes (drafts count) and redress given or requested in another form.

        In the currency of the document; negative if more was given than invoiced.
        """
        self.ensure_one()
        credited = sum(self.reversal_move_ids.filtered(lambda move: move.state != "cancel").mapped("amount_total"))
        reserved = sum(
            self.complaint_redress_ids.filtered(
                lambda redress: redress.state in ("requested", "done") and not redress.credit_note_id
            ).mapped("amount")
        )
        return self.currency_id.round(self.amount_total - credited - reserved)


class AccountMoveLine(models.Model):
    _inherit = "account.move.line"

    credited_line_id = fields.Many2one(
        "account.move.line",
        "Credits Line",
        readonly=True,
        copy=False,
        index="btree_not_null",
        ondelete="set null",
        help="The line of the invoice that this line of a credit note reverses.",
    )

    def _copy_data_extend_business_fields(self, values):
        result = super()._copy_data_extend_business_fields(values)
        values["credited_line_id"] = self.id
        return result

    def _get_refundable(self):
        """What is left on a line of an invoice, taxes included: as for the document, see :meth:`account.move._get_refundable`."""
        self.ensure_one()
        credits = self.search(
            [("credited_line_id", "=", self.id), ("parent_state", "!=", "cancel"), ("move_id.move_type", "=", "out_refund")]
        )
        redresses = self.env["crm.complaint.redress.line"].search(
            [("move_line_id", "=", self.id), ("state", "in", ("requested", "done")), ("redress_id.credit_note_id", "=", False)]
        )
        return self.currency_id.round(self.price_total - sum(credits.mapped("price_total")) - sum(redresses.mapped("total")))

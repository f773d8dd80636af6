"""Reminders of payment wait while a complaint is open, where the company wishes so."""

from odoo import api, fields, models
from odoo.addons.crm_lifecycle.models.boolean_search import search_boolean
from odoo.fields import Domain


class AccountMove(models.Model):
    _inherit = "account.move"

    is_overdue = fields.Boolean(
        "Payment Overdue",
        compute="_compute_dunning",
        search="_search_is_overdue",
        help="A posted customer invoice that is not paid although its due date has passed.",
    )
    dunning_held = fields.Boolean(
        "Reminder Held Back",
        compute="_compute_dunning",
        search="_search_dunning_held",
        help="No reminder of payment is due while a complaint of the customer is open.",
    )

    @api.depends("state", "move_type", "payment_state", "invoice_date_due", "amount_residual", "partner_id")
    @api.depends_context("allowed_company_ids")
    def _compute_dunning(self):
        overdue = self.filtered_domain(self._get_overdue_domain())
        held = overdue.partner_id.filtered("hold_dunning")
        for move in self:
            move.is_overdue = move in overdue
            move.dunning_held = move in overdue and move.partner_id in held

    @api.model
    def _get_overdue_domain(self):
        return (
            Domain("state", "=", "posted")
            & Domain("move_type", "in", ("out_invoice", "out_receipt"))
            & Domain("payment_state", "in", ("not_paid", "partial"))
            & Domain("invoice_date_due", "<", fields.Date.context_today(self))
        )

    @api.model
    def _search_is_overdue(self, operator, value):
        return search_boolean(self._get_overdue_domain(), operator, value)

    @api.model
    def _search_dunning_held(self, operator, value):
        return search_boolean(self._get_overdue_domain() & Domain("partner_id.hold_dunning", "=", True), operator, value)

    @api.model
    def _lifecycle_to_remind(self):
        """The invoices whose payment may be reminded of now: the one Domain for whatever sends reminders."""
        return self._get_overdue_domain() & Domain("partner_id.hold_dunning", "=", False)

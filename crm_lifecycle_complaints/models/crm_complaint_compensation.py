"""Redress on the complaint itself."""

from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError

from .crm_complaint_redress import GIVEN


class CrmComplaint(models.Model):
    _inherit = "crm.complaint"

    redress_ids = fields.One2many("crm.complaint.redress", "complaint_id", groups="base.group_user")
    redress_count = fields.Integer(compute="_compute_redress", groups="base.group_user")
    redress_cost = fields.Monetary(
        "Cost of Redress", compute="_compute_redress", currency_field="company_currency_id", groups="base.group_user"
    )
    company_currency_id = fields.Many2one(related="company_id.currency_id", string="Company Currency", groups="base.group_user")

    def _compute_redress(self):
        groups = self.env["crm.complaint.redress"]._read_group(
            [("complaint_id", "in", self.ids)], ["complaint_id", "state"], ["__count", "cost:sum"]
        )
        counts, costs = {}, {}
        for complaint, state, count, cost in groups:
            counts[complaint] = counts.get(complaint, 0) + count
            if state in GIVEN:
                costs[complaint] = costs.get(complaint, 0.0) + cost
        for complaint in self:
            complaint.redress_count = counts.get(complaint._origin, 0)
            complaint.redress_cost = costs.get(complaint._origin, 0.0)

    @api.constrains("stage_id")
    def _check_redress_before_closing(self):
        """The customer is told of the decision when the complaint is closed: what is still open would not be part of it."""
        waiting = self.sudo().filtered("is_closed").redress_ids.filtered(lambda redress: redress.state in ("draft", "requested"))
        if waiting:
            raise ValidationError(
                self.env._(
                    "Complaint %(number)s has redress that is not decided: %(redress)s. Have it approved, or cancel it, before you close.",
                    number=waiting[0].complaint_id.number,
                    redress=", ".join(waiting.mapped("display_name")),
                )
            )

    def write(self, vals):
        """A customer who got redress cannot be exchanged for another one: the limits are theirs."""
        if "partner_id" not in vals:
            return super().write(vals)
        families = {
            complaint: complaint.commercial_partner_id
            for complaint in self.sudo()
            if complaint.redress_ids.filtered(lambda redress: redress.state in GIVEN)
        }
        result = super().write(vals)
        for complaint, family in families.items():
            if complaint.commercial_partner_id != family:
                raise UserError(
                    self.env._(
                        "%(customer)s got redress for complaint %(number)s. Cancel it before you link the complaint to another customer.",
                        customer=family.display_name,
                        number=complaint.number,
                    )
                )
        return result

    def action_give_redress(self):
        """Open a draft of redress for the complaint."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Give Redress"),
            "res_model": "crm.complaint.redress",
            "view_mode": "form",
            "context": self._get_redress_defaults(),
        }

    def _get_redress_defaults(self):
        """What is known of the redress already: the invoice, or its line, that the complaint is about."""
        self.ensure_one()
        defaults = {"default_complaint_id": self.id}
        complaint = self.sudo()
        if complaint.invoice_id:
            defaults["default_move_id"] = complaint.invoice_id.id
        if complaint.invoice_line_id:
            defaults["default_line_ids"] = [(0, 0, {"move_line_id": complaint.invoice_line_id.id})]
        return defaults

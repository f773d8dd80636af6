from odoo import api, fields, models

from ..domain.redress import Limit, widest


class CrmComplaintRedressLimit(models.Model):
    """How much redress the members of a group may give without asking another person."""

    _name = "crm.complaint.redress.limit"
    _description = "Redress Limit"
    _order = "company_id, group_id"
    _rec_name = "group_id"

    group_id = fields.Many2one("res.groups", "Role", required=True, ondelete="cascade", index=True)
    company_id = fields.Many2one("res.company", index=True, help="Only for this company; empty means for all.")
    currency_id = fields.Many2one("res.currency", compute="_compute_currency_id")
    unlimited = fields.Boolean(help="They need nobody's approval.")
    per_case = fields.Monetary("For a Case", help="What they may give for one complaint, everything given for it counted.")
    per_customer = fields.Monetary(
        "For a Customer in 12 Months", help="What they may give to one customer, everything the customer got in twelve months counted."
    )

    _one_each = models.UniqueIndex("(group_id, COALESCE(company_id, 0))", "There is a limit for this role already.")
    _positive = models.Constraint("CHECK (per_case >= 0 AND per_customer >= 0)", "A limit cannot be negative.")

    @api.depends("company_id")
    @api.depends_context("company")
    def _compute_currency_id(self):
        for limit in self:
            limit.currency_id = (limit.company_id or self.env.company).currency_id

    @api.model
    def _limit_of(self, user, company):
        """What a user may give in a company: the widest of their roles' limits."""
        rows = self.sudo().search([("group_id", "in", user.sudo().all_group_ids.ids), ("company_id", "in", [False, company.id])])
        return widest(Limit(None, None) if row.unlimited else Limit(row.per_case, row.per_customer) for row in rows)

from dateutil.relativedelta import relativedelta
from odoo import api, fields, models
from odoo.exceptions import ValidationError


class CrmAccountPlanMake(models.TransientModel):
    """Makes account plans for many customers."""

    _name = "crm.account.plan.make"
    _description = "Make Account Plans"

    customer_ids = fields.Many2many("crm.lifecycle.customer", string="Customers")
    objective = fields.Text()
    date_from = fields.Date("From", required=True, default=lambda self: fields.Date.context_today(self))
    date_to = fields.Date("Until", required=True, default=lambda self: fields.Date.context_today(self) + relativedelta(years=1, days=-1))
    own_contact_days = fields.Integer("Rhythm (days)", help="Days between two contacts. Empty: those set for each customer's class.")
    existing = fields.Integer("Have One Already", compute="_compute_existing")

    @api.depends("customer_ids")
    def _compute_existing(self):
        for wizard in self:
            # sudo(): a colleague's plan is a plan, too.
            plans = self.env["crm.account.plan"].sudo().search([("partner_id", "in", wizard.customer_ids.partner_id.ids)])
            keys = {(plan.partner_id, plan.company_id) for plan in plans}
            wizard.existing = sum((customer.partner_id, customer.company_id) in keys for customer in wizard.customer_ids._origin)

    def action_make(self):
        """Make the missing plans, and show those of the chosen customers."""
        self.ensure_one()
        if self.date_to < self.date_from:
            raise ValidationError(self.env._("An account plan cannot end before it begins."))
        names = ("objective", "date_from", "date_to", "own_contact_days")
        self.env["crm.account.plan"].make(self.customer_ids, {name: self[name] for name in names})
        action = self.env["ir.actions.act_window"]._for_xml_id("crm_lifecycle.crm_account_plan_action")
        return {**action, "domain": [("partner_id", "in", self.customer_ids.partner_id.ids)], "context": {}}

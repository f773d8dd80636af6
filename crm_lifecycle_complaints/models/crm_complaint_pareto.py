from odoo import fields, models
from odoo.addons.crm_lifecycle.models.crm_lifecycle_customer import FIGURES

from ..analytics import lessons

YEAR = 365


class CrmComplaintPareto(models.Model):
    """Which causes matter most, of the last year: by number, by cost of redress, by revenue at risk."""

    _name = "crm.complaint.pareto"
    _description = "Causes by Weight"
    _auto = False
    _order = "complaints desc, id"
    _rec_name = "cause"

    company_id = fields.Many2one("res.company", readonly=True)
    currency_id = fields.Many2one(related="company_id.currency_id")
    cause_id = fields.Many2one("crm.complaint.cause", "Known Cause", readonly=True)
    cause = fields.Char(readonly=True)
    complaints = fields.Integer(readonly=True)
    open = fields.Integer(readonly=True)
    customers = fields.Integer(readonly=True)
    redress_cost = fields.Monetary("Cost of Redress", readonly=True)
    revenue_at_risk = fields.Monetary("Revenue at Risk", readonly=True, groups=FIGURES, help="A year's revenue of the customers concerned.")
    cumulated_count = fields.Float("Complaints, Cumulated", readonly=True, aggregator=None)
    cumulated_cost = fields.Float("Cost, Cumulated", readonly=True, aggregator=None)
    cumulated_revenue = fields.Float("Revenue, Cumulated", readonly=True, aggregator=None, groups=FIGURES)
    recent_count = fields.Integer("Last 28 Days", readonly=True)
    earlier_count = fields.Float("28 Days Before, on Average", readonly=True, digits=(16, 1))
    trend = fields.Selection(
        [("rising", "Rising"), ("steady", "Steady"), ("falling", "Falling")],
        readonly=True,
        help="The last 28 days against the 84 days before; rising and falling are said only where chance hardly explains it.",
    )

    @property
    def _table_query(self):
        return lessons.pareto(YEAR, self.env.lang or "en_US", self.env._("Unknown cause"))

    def action_view_complaints(self):
        """Open the complaints of the cause."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id("crm_lifecycle_complaints.crm_complaint_action")
        since = fields.Datetime.subtract(fields.Datetime.now(), days=YEAR)
        domain = [("occurrence_cause_id", "=", self.cause_id.id), ("company_id", "=", self.company_id.id), ("received_at", ">=", since)]
        return {**action, "domain": domain, "context": {}}

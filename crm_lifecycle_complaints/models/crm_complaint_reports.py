"""Read-only reports. Each is a query of ``analytics.lessons``, so that nothing has to be refreshed."""

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


class CrmComplaintQualityCost(models.Model):
    """What poor quality costs, by product and supplier."""

    _name = "crm.complaint.quality.cost"
    _description = "Cost of Poor Quality"
    _auto = False
    _order = "cost desc, id"
    _rec_name = "product_id"

    company_id = fields.Many2one("res.company", readonly=True)
    currency_id = fields.Many2one(related="company_id.currency_id")
    complaint_id = fields.Many2one("crm.complaint", readonly=True)
    family_id = fields.Many2one("res.partner", "Customer", readonly=True)
    product_id = fields.Many2one("product.product", readonly=True)
    supplier_id = fields.Many2one("res.partner", readonly=True, help="The first supplier of the product.")
    cause_id = fields.Many2one("crm.complaint.cause", readonly=True)
    category_id = fields.Many2one("crm.complaint.category", readonly=True)
    kind = fields.Selection(
        selection=lambda self: self.env["crm.complaint.redress"]._fields["kind"]._description_selection(self.env), readonly=True
    )
    done_at = fields.Datetime("Given on", readonly=True)
    quantity = fields.Float(readonly=True)
    cost = fields.Monetary(readonly=True)

    @property
    def _table_query(self):
        return lessons.quality_cost()


class CrmComplaintHandling(models.Model):
    """How complaints are handled: their age, whether the first contact solved them, how often they come back, what they cost."""

    _name = "crm.complaint.handling"
    _description = "Handling of Complaints"
    _auto = False
    _order = "age_days desc, id"
    _rec_name = "complaint_id"

    company_id = fields.Many2one("res.company", readonly=True)
    currency_id = fields.Many2one(related="company_id.currency_id")
    complaint_id = fields.Many2one("crm.complaint", readonly=True)
    team_id = fields.Many2one("crm.complaint.team", readonly=True)
    user_id = fields.Many2one("res.users", "Assigned to", readonly=True)
    category_id = fields.Many2one("crm.complaint.category", readonly=True)
    cause_id = fields.Many2one("crm.complaint.cause", readonly=True)
    product_id = fields.Many2one("product.product", readonly=True)
    partner_id = fields.Many2one("res.partner", "Customer", readonly=True)
    policy_id = fields.Many2one("crm.complaint.sla.policy", "Service Level", readonly=True)
    severity = fields.Selection([("minor", "Minor"), ("serious", "Serious"), ("grave", "Grave")], readonly=True)
    channel = fields.Selection(
        selection=lambda self: self.env["crm.complaint"]._fields["channel"]._description_selection(self.env), readonly=True
    )
    decision = fields.Selection([("accept", "Accept"), ("redress", "Redress without admission"), ("reject", "Reject")], readonly=True)
    is_closed = fields.Boolean("Closed", readonly=True)
    received_at = fields.Datetime("Received on", readonly=True)
    closed_at = fields.Datetime("Closed on", readonly=True)
    age_days = fields.Float("Age (days)", readonly=True, aggregator="avg", digits=(16, 1), help="Until closing, or until now.")
    age_class = fields.Selection(
        [("a", "Less than 3 days"), ("b", "3 to 6 days"), ("c", "7 to 29 days"), ("d", "30 to 89 days"), ("e", "90 days or more")],
        "Age of Open Ones",
        readonly=True,
    )
    first_contact_share = fields.Float(
        "Solved at First Contact",
        readonly=True,
        aggregator="avg",
        help="Share of the closed ones that the customer neither asked about again, nor had reopened, nor had before.",
    )
    repeat_share = fields.Float("Repeats", readonly=True, aggregator="avg")
    redress_cost = fields.Monetary("Cost of Redress", readonly=True)

    @property
    def _table_query(self):
        return lessons.handling()

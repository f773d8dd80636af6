from odoo import fields, models

from ..analytics import lessons


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

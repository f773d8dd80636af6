from odoo import fields, models
from odoo.tools import SQL

REJUDGED_BY = {
    "lifecycle_basis",
    "lifecycle_segment",
    "lifecycle_default_gap_days",
    "lifecycle_shrinkage",
    "lifecycle_at_risk_factor",
    "lifecycle_churn_factor",
    "lifecycle_churn_min_days",
    "lifecycle_won_back_days",
    "lifecycle_past_until",
}


class ResCompany(models.Model):
    _inherit = "res.company"

    lifecycle_basis = fields.Selection(
        [("invoices", "Posted invoices"), ("orders", "Confirmed sales orders")],
        "Purchases are",
        default="invoices",
        required=True,
        help="What counts as a purchase. Never both, or each sale would count twice.",
    )
    lifecycle_segment = fields.Selection(
        [
            ("company", "All customers"),
            ("country", "Customers of the same country"),
            ("industry", "Customers of the same industry"),
            ("tag", "Customers with the same tag"),
        ],
        "Compare with",
        default="company",
        required=True,
        help="Whose rhythm of buying a customer is compared with while little is known of their own.",
    )
    lifecycle_tag_ids = fields.One2many(
        "crm.lifecycle.tag",
        "company_id",
        "Tags",
        groups="base.group_system",
        help="The tags that customers are compared by. A customer with several of them belongs to the first one in this list.",
    )
    lifecycle_default_gap_days = fields.Integer(
        "Usual Gap", default=60, help="Days between two purchases, as long as there is no experience: fewer than 30 repeat purchases."
    )
    lifecycle_shrinkage = fields.Float(
        "Weight of Others", default=3.0, help="How many purchases of their own it takes to outweigh the rhythm of comparable customers."
    )
    lifecycle_at_risk_factor = fields.Float(
        "At Risk after",
        default=2.0,
        help="A customer is at risk when more than this many of their expected gaps have passed without a purchase.",
    )
    lifecycle_churn_factor = fields.Float(
        "Lost after",
        default=3.5,
        help="A customer counts as lost when more than this many of their expected gaps have passed without a purchase.",
    )
    lifecycle_churn_min_days = fields.Integer(
        "Lost after at Least", default=180, help="Nobody counts as lost before this many days without a purchase."
    )
    lifecycle_won_back_days = fields.Integer(
        "Won Back for",
        default=90,
        help="For this many days after coming back, or one expected gap if longer, a lost customer counts as won back.",
    )

    lifecycle_past_until = fields.Date(
        "Imported Sales until",
        help="Sales imported from before Odoo count up to this day, later ones do not: from the next day on the documents in Odoo count.",
    )

    lifecycle_rfm_min_customers = fields.Integer(
        "Scores from",
        default=30,
        help="Customers are scored and classed when at least this many have bought. It takes effect with the next cut-points.",
    )
    lifecycle_value_min_repeat = fields.Integer(
        "Forecasts from", default=200, help="Forecasts are made when at least this many customers have bought on more than one day."
    )
    lifecycle_value_min_days = fields.Integer(
        "Forecasts after", default=180, help="Forecasts are made when the first purchase is at least this many days past."
    )
    lifecycle_value_discount_rate = fields.Float(
        "Yearly Discount", default=0.10, digits=(16, 4), help="How much less a sum is worth that comes a year later."
    )
    lifecycle_value_horizon_months = fields.Integer(
        "Value Horizon", default=36, help="How many months ahead the customer lifetime value counts."
    )

    _lifecycle_positive = models.Constraint(
        "CHECK (lifecycle_default_gap_days > 0 AND lifecycle_shrinkage > 0 AND lifecycle_at_risk_factor > 0 "
        "AND lifecycle_churn_min_days > 0 AND lifecycle_won_back_days >= 0)",
        "The customer lifecycle needs positive numbers of days and positive factors.",
    )
    _lifecycle_limits = models.Constraint(
        "CHECK (lifecycle_default_gap_days <= 3650 AND lifecycle_shrinkage <= 1000 AND lifecycle_churn_factor <= 100 "
        "AND lifecycle_churn_min_days <= 36500 AND lifecycle_won_back_days <= 36500)",
        "Nobody would ever be lost: the usual gap can be 3,650 days at most, the weight of others 1,000 purchases, “lost after” 100 gaps, "
        "and other days 36,500.",
    )
    _lifecycle_order = models.Constraint(
        "CHECK (lifecycle_churn_factor > lifecycle_at_risk_factor)",
        "A customer must be at risk before being lost: “lost after” has to be more than “at risk after”.",
    )
    _lifecycle_value_minimum = models.Constraint(
        "CHECK (lifecycle_rfm_min_customers >= 5 AND lifecycle_value_min_repeat >= 10 AND lifecycle_value_min_days >= 28)",
        "Scores need at least 5 customers; forecasts need at least 10 customers who came back, and 28 days.",
    )
    _lifecycle_value_discount = models.Constraint(
        "CHECK (lifecycle_value_discount_rate >= 0 AND lifecycle_value_discount_rate <= 1)",
        "The yearly discount must be between 0 % and 100 %.",
    )
    _lifecycle_value_horizon = models.Constraint(
        "CHECK (lifecycle_value_horizon_months BETWEEN 1 AND 120)",
        "The customer lifetime value can look 1 to 120 months ahead.",
    )

    def unlink(self):
        self.env["crm.lifecycle.customer"].sudo()._delete(SQL("company_id = ANY(%s)", self.ids))
        return super().unlink()

    def write(self, vals):
        result = super().write(vals)
        if REJUDGED_BY & vals.keys():
            if {"lifecycle_basis", "lifecycle_segment", "lifecycle_past_until"} & vals.keys():
                self._lifecycle_segments_changed()
            if {"lifecycle_basis", "lifecycle_past_until"} & vals.keys():
                self.env["crm.lifecycle.cut.points"]._start_anew(self)
            if "lifecycle_basis" in vals:
                self.env.ref("crm_lifecycle.ir_cron_affinity").sudo()._trigger()
            self.env["crm.lifecycle.stage"]._reconsider_everybody()
        return result

    def _lifecycle_segments_changed(self):
        """Have the rhythm of the segments and everybody's judged again."""
        self.env["crm.lifecycle.rhythm"]._start_anew(self)
        self.env["crm.lifecycle.stage"]._reconsider_everybody()

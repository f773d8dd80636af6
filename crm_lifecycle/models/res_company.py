from odoo import fields, models

REJUDGED_BY = {
    "lifecycle_basis",
    "lifecycle_segment",
    "lifecycle_default_gap_days",
    "lifecycle_shrinkage",
    "lifecycle_at_risk_factor",
    "lifecycle_churn_factor",
    "lifecycle_churn_min_days",
    "lifecycle_won_back_days",
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
        [("company", "All customers"), ("country", "Customers of the same country"), ("industry", "Customers of the same industry")],
        "Compare with",
        default="company",
        required=True,
        help="Whose rhythm of buying a customer is compared with while little is known of their own.",
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

    _lifecycle_positive = models.Constraint(
        "CHECK (lifecycle_default_gap_days > 0 AND lifecycle_shrinkage > 0 AND lifecycle_at_risk_factor > 0 "
        "AND lifecycle_churn_min_days > 0 AND lifecycle_won_back_days >= 0)",
        "The customer lifecycle needs positive numbers of days and positive factors.",
    )
    _lifecycle_order = models.Constraint(
        "CHECK (lifecycle_churn_factor > lifecycle_at_risk_factor)",
        "A customer must be at risk before being lost: “lost after” has to be more than “at risk after”.",
    )

    def write(self, vals):
        result = super().write(vals)
        if REJUDGED_BY & vals.keys():
            if {"lifecycle_basis", "lifecycle_segment"} & vals.keys():
                self.env["crm.lifecycle.rhythm"]._start_anew(self)
            self.env["crm.lifecycle.stage"]._reconsider_everybody()
        return result

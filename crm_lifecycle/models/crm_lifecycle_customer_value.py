from odoo import api, fields, models
from odoo.tools import SQL

from ..analytics import value
from .crm_lifecycle_customer import FIGURES

SEGMENTS = [
    ("champion", "Champions"),
    ("loyal", "Loyal"),
    ("potential", "Potential Loyalists"),
    ("new", "New"),
    ("promising", "Promising"),
    ("attention", "Need Attention"),
    ("sleepy", "About to Sleep"),
    ("at_risk", "At Risk"),
    ("keep", "Can't Lose Them"),
    ("hibernating", "Hibernating"),
    ("lost", "Lost"),
]


class CrmLifecycleCustomer(models.Model):
    _inherit = "crm.lifecycle.customer"

    r_score = fields.Integer(
        "Recency Score",
        readonly=True,
        aggregator="avg",
        help="1 to 5: how recent the last purchase is among all customers who have bought.",
    )
    f_score = fields.Integer(
        "Frequency Score", readonly=True, aggregator="avg", help="1 to 5: how many purchases, among all customers who have bought."
    )
    m_score = fields.Integer(
        "Monetary Score", readonly=True, aggregator="avg", help="1 to 5: how much revenue, among all customers who have bought."
    )
    rfm_segment = fields.Selection(SEGMENTS, "Segment (RFM)", readonly=True)
    pareto_class = fields.Selection(
        [("a", "A"), ("b", "B"), ("c", "C")],
        readonly=True,
        help="A: the customers who bring the first 80 % of the margin, B: those up to 95 %, C: the others. Of the revenue where the cost of too many sales is unknown.",
    )

    value_date = fields.Date(
        "Forecast of", readonly=True, help="The day from which the forecasts look ahead. Empty: no forecast, for want of purchases."
    )
    alive_probability = fields.Float(
        "Probability Alive",
        readonly=True,
        aggregator="avg",
        help="Probability that the customer had not dropped out for good on the day of the forecast. "
        "To rank who comes back, use the churn risk: it also knows how often they buy.",
    )
    expected_purchases = fields.Float(
        "Purchases Expected", readonly=True, aggregator="sum", help="Purchases expected in the 365 days after the day of the forecast."
    )
    churn_risk = fields.Float(
        readonly=True, aggregator="avg", help="Chance that no purchase follows in the 365 days after the day of the forecast."
    )
    expected_spend = fields.Monetary(
        "Spend per Purchase Expected",
        readonly=True,
        groups=FIGURES,
        aggregator="avg",
        help="Net revenue expected of the next purchase: the customer's own mean, drawn towards that of all customers while they have bought little.",
    )
    clv = fields.Monetary(
        "Customer Lifetime Value",
        readonly=True,
        groups=FIGURES,
        help="Present value of the net revenue expected within the horizon set in the settings, after the day of the forecast. It is revenue, not margin.",
    )

    @api.model
    def _follow(self, scope: SQL | None, changed=True) -> int:
        """Also score those whose facts have changed."""
        followed = super()._follow(scope, changed)
        if changed or followed:
            self._score(scope)
        return followed

    @api.model
    def _cron_rebuild(self):
        """Also have the first cut-points drawn of companies that have none yet."""
        result = super()._cron_rebuild()
        if self.env["crm.lifecycle.cut.points"]._get_companies_without():
            self.env.ref("crm_lifecycle.ir_cron_draw").sudo()._trigger()
        return result

    @api.model
    def _score(self, scope: SQL | None) -> int:
        """Bring scores, segments and classes in line with facts and cut-points. Returns the number of rows that changed."""
        [(written,)] = self.env.execute_query(value.score(scope, fields.Date.context_today(self)))
        if written:
            self.invalidate_model(value.SCORES)
        return written

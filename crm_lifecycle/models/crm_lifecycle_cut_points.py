from odoo import api, fields, models

from ..analytics import value
from .crm_lifecycle_customer import FIGURES


class CrmLifecycleCutPoints(models.Model):
    """Where the scores of a company's customers change, frozen on a day.

    Scores compare dates and sums with these, so a customer's scores change by purchases and credit notes, or when new
    cut-points are drawn, but never because a day has passed or because others have bought.
    """

    _name = "crm.lifecycle.cut.points"
    _description = "Score Cut-Points"
    _order = "date desc, company_id"
    _rec_name = "date"

    company_id = fields.Many2one("res.company", required=True, readonly=True, ondelete="cascade")
    currency_id = fields.Many2one(related="company_id.currency_id")
    date = fields.Date(required=True, readonly=True, help="Drawn from the documents up to this day.")
    customers = fields.Integer(readonly=True, help="Customers who had bought by then.")
    recency_1 = fields.Date("Recency 2 after", readonly=True)
    recency_2 = fields.Date("Recency 3 after", readonly=True)
    recency_3 = fields.Date("Recency 4 after", readonly=True)
    recency_4 = fields.Date("Recency 5 after", readonly=True)
    frequency_1 = fields.Integer("Frequency 2 above", readonly=True, aggregator=None)
    frequency_2 = fields.Integer("Frequency 3 above", readonly=True, aggregator=None)
    frequency_3 = fields.Integer("Frequency 4 above", readonly=True, aggregator=None)
    frequency_4 = fields.Integer("Frequency 5 above", readonly=True, aggregator=None)
    monetary_1 = fields.Monetary("Monetary 2 above", readonly=True, groups=FIGURES, aggregator=None)
    monetary_2 = fields.Monetary("Monetary 3 above", readonly=True, groups=FIGURES, aggregator=None)
    monetary_3 = fields.Monetary("Monetary 4 above", readonly=True, groups=FIGURES, aggregator=None)
    monetary_4 = fields.Monetary("Monetary 5 above", readonly=True, groups=FIGURES, aggregator=None)
    pareto_by = fields.Selection(
        [("margin", "Margin"), ("revenue", "Revenue")],
        "Classes by",
        readonly=True,
        default="revenue",
        help="Margin where the cost is known of at least 80 % of the revenue, else revenue.",
    )
    pareto_a = fields.Monetary("Class A from", readonly=True, groups=FIGURES, aggregator=None)
    pareto_b = fields.Monetary("Class B from", readonly=True, groups=FIGURES, aggregator=None)

    _version_key = models.UniqueIndex("(company_id, date)")

    @api.model
    def _draw(self, companies, as_of=None):
        """Draw the cut-points of companies from the documents up to ``as_of``, or from today's facts if left out, and score everybody by them.

        Companies with too few customers get none; drawing twice for a day replaces that day's. Returns the cut-points.
        """
        self.env.flush_all()
        order_margin = "margin" in self.env["sale.order"]._fields
        population = value.buyers(companies.ids, as_of, order_margin) if as_of else value.buyers_now(companies.ids)
        as_of = as_of or fields.Date.context_today(self)
        limits = {company.id: company.lifecycle_rfm_min_customers for company in companies.sudo()}
        values = []
        for company, customers, *rest in self.env.execute_query(value.cut_points(population)):
            if customers >= limits[company]:
                names = (*value.CUTS, "pareto_by", "pareto_a", "pareto_b")
                values.append({"company_id": company, "date": as_of, "customers": customers, **dict(zip(names, rest, strict=True))})
        drawn_for = [each["company_id"] for each in values]
        self.sudo().search([("company_id", "in", drawn_for), ("date", "=", as_of)]).unlink()
        drawn = self.sudo().create(values)
        self.env.flush_all()
        self.env["crm.lifecycle.customer"]._score(None)
        return drawn

    @api.model
    def _get_companies_without(self):
        """The companies that have no cut-points."""
        return self.env["res.company"].sudo().search([("id", "not in", self.sudo().search([]).company_id.ids)])

    @api.model
    def _draw_missing(self):
        """Draw the first cut-points of companies that have none yet."""
        if missing := self._get_companies_without():
            self._draw(missing)

    @api.model
    def _start_anew(self, companies):
        """Forget the cut-points of companies whose purchases are counted otherwise now, and have their customers forecast again."""
        self.sudo().search([("company_id", "in", companies.ids)]).unlink()
        self.env.ref("crm_lifecycle.ir_cron_fit").sudo()._trigger()

    @api.model
    def _cron_draw(self):
        """Monthly: new cut-points for all companies, from the documents."""
        self._draw(self.env["res.company"].sudo().search([]), fields.Date.context_today(self))

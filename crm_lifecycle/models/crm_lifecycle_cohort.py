from odoo import fields, models
from odoo.tools import SQL

from ..analytics import cohorts
from .crm_lifecycle_measures import AMOUNTS

# The ratios of the report: what is divided by what, over all rows of a group.
RATIOS = {
    "retention:avg": ("kept_buyer", "bought_before"),
    "nrr:avg": ("renewed", "revenue_before"),
    "grr:avg": ("kept", "revenue_before"),
}


class CrmLifecycleCohort(models.Model):
    """What each customer brought in a calendar year, beside the year before: cohorts by their first purchase."""

    _name = "crm.lifecycle.cohort"
    _description = "Cohort"
    _auto = False
    _order = "year desc, partner_id"
    _rec_name = "partner_id"
    _depends = {
        "account.move": ["partner_id", "company_id", "state", "move_type", "invoice_date", "reversed_entry_id", "amount_untaxed_signed"],
        "sale.order": ["partner_id", "company_id", "state", "date_order", "amount_untaxed", "currency_rate"],
        "crm.lifecycle.past.sale": ["partner_id", "company_id", "day", "amount"],
        "res.partner": ["commercial_partner_id", "tz"],
        "res.company": ["lifecycle_basis", "lifecycle_past_until", "partner_id"],
        "crm.lifecycle.customer": ["partner_id", "company_id", "first_purchase_date"],
    }

    partner_id = fields.Many2one("res.partner", "Customer", readonly=True)
    company_id = fields.Many2one("res.company", readonly=True)
    currency_id = fields.Many2one(related="company_id.currency_id")
    cohort = fields.Date("First Purchase", readonly=True)
    year = fields.Date(readonly=True, help="The calendar year, by its first day.")
    age = fields.Integer("Years since First Purchase", readonly=True, aggregator=None)
    bought = fields.Integer("Buyers", readonly=True, help="Customers who brought something in the year.")
    bought_before = fields.Integer(
        "Buyers of the Year before",
        readonly=True,
        help="Customers who brought something in the year before; of the running year, by the same day.",
    )
    kept_buyer = fields.Integer("Buyers Kept", readonly=True, help="Customers who brought something in both years.")
    retention = fields.Float(
        "Buyers Kept (%)", readonly=True, aggregator="avg", help="Buyers of the year before who bought again, as a share."
    )
    revenue = fields.Monetary(readonly=True, groups=AMOUNTS, help="Sales without taxes, less credit notes.")
    revenue_before = fields.Monetary(
        "Revenue of the Year before", readonly=True, groups=AMOUNTS, help="Of the running year, by the same day of the year before."
    )
    renewed = fields.Monetary("Revenue of Buyers of the Year before", readonly=True, groups=AMOUNTS)
    kept = fields.Monetary(
        "Revenue Kept", readonly=True, groups=AMOUNTS, help="Of each customer at most what they brought in the year before."
    )
    nrr = fields.Float(
        "Net Revenue Retention",
        readonly=True,
        aggregator="avg",
        groups=AMOUNTS,
        help="Revenue of those who bought in the year before, divided by what they brought then.",
    )
    grr = fields.Float(
        "Gross Revenue Retention",
        readonly=True,
        aggregator="avg",
        groups=AMOUNTS,
        help="The same without growth: of each customer at most what they brought in the year before.",
    )

    @property
    def _table_query(self):
        ratio = [
            SQL("%s::float8 / NULLIF(%s, 0) AS %s", SQL.identifier(part), SQL.identifier(whole), SQL.identifier(name.split(":")[0]))
            for name, (part, whole) in RATIOS.items()
        ]
        today = SQL("%s::date", fields.Date.context_today(self))
        return SQL("SELECT *, %s FROM (%s) customer_year", SQL(", ").join(ratio), cohorts.cohort_years(today))

    def _read_group_select(self, aggregate_spec, query):
        """The ratio of the sums, not the mean of the ratios."""
        if aggregate_spec not in RATIOS:
            return super()._read_group_select(aggregate_spec, query)
        self._check_field_access(self._fields[aggregate_spec.split(":")[0]], "read")
        part, whole = (SQL.identifier(query.table, name) for name in RATIOS[aggregate_spec])
        return SQL("SUM(%s)::float8 / NULLIF(SUM(%s), 0)", part, whole)

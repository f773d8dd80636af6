from odoo import fields, models

from ..analytics import forecast
from .crm_lifecycle_customer import FIGURES
from .crm_lifecycle_transition import HEALTH


class CrmPurchaseForecast(models.Model):
    """The report of what customers will probably buy: their stored forecasts, spread over the months."""

    _name = "crm.purchase.forecast"
    _inherit = "crm.lifecycle.of.customer"
    _description = "Purchase Forecast"
    _auto = False
    _order = "month, expected_purchases desc, id"
    _rec_name = "customer_id"
    _depends = {
        "crm.lifecycle.customer": [
            "partner_id", "company_id", "stage_id", "health", "pareto_class", "value_date", "expected_purchases", "expected_spend", "active",
        ],
        "res.partner": ["user_id"],
        "res.company": ["currency_id"],
    }  # fmt: skip

    customer_id = fields.Many2one("crm.lifecycle.customer", "Where They Stand", readonly=True)
    partner_id = fields.Many2one("res.partner", "Customer", readonly=True)
    company_id = fields.Many2one("res.company", readonly=True)
    currency_id = fields.Many2one("res.currency", readonly=True)
    user_id = fields.Many2one("res.users", "Salesperson", readonly=True)
    stage_id = fields.Many2one("crm.lifecycle.stage", readonly=True)
    health = fields.Selection(HEALTH, readonly=True)
    pareto_class = fields.Selection([("a", "A"), ("b", "B"), ("c", "C")], "Class", readonly=True)
    month = fields.Date(readonly=True)
    value_date = fields.Date("Forecast of", readonly=True)
    expected_purchases = fields.Float("Purchases Expected", readonly=True, digits=(16, 2))
    expected_revenue = fields.Monetary(
        readonly=True, groups=FIGURES, help="Purchases expected times the spend expected of a purchase, without taxes, not discounted."
    )

    @property
    def _table_query(self):
        return forecast.months()

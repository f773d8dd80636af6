from dateutil.relativedelta import relativedelta
from odoo import fields, models
from odoo.tools import SQL

from ..analytics import snapshot

BALANCES = "crm_lifecycle.crm_lifecycle_group_balances"
MONTHS = 12
FACTS = (
    "purchase_days",
    "first_purchase_date",
    "last_purchase_date",
    "next_purchase_date",
    "expected_gap",
    "r_score",
    "f_score",
    "m_score",
    "rfm_segment",
    "pareto_class",
    "value_date",
    "alive_probability",
    "churn_risk",
    "expected_purchases",
)
# Amounts, which only some may see.
WORTH = ("net_revenue", "margin", "refunded", "expected_spend", "clv")


class ResPartner(models.Model):
    """What a customer is worth, and what they owe."""

    _inherit = "res.partner"

    def _lifecycle_section_worth(self):
        """Value of the customer. Figures that a field's groups keep from the reader are absent."""
        customers = self.env["crm.lifecycle.customer"]
        figures = [name for name in WORTH if name in customers._fields and customers._has_field_access(customers._fields[name], "read")]
        this_month = fields.Date.context_today(self).replace(day=1)
        first = this_month - relativedelta(months=MONTHS - 1)
        revenue = snapshot.months(self.id, self.env.company.id, first) if "net_revenue" in figures else SQL("NULL")
        found = yield snapshot.worth(self._lifecycle_customer_query(), [*FACTS, *figures], revenue)
        if not (customer := found["customer"]):
            return None
        worth = {"currency_id": self.env.company.currency_id.id, **{name: customer[name] for name in (*FACTS, *figures)}}
        for name in ("rfm_segment", "pareto_class"):
            worth[name] = dict(customers._fields[name]._description_selection(self.env)).get(customer[name])
        if "net_revenue" in figures:
            revenue = {month["month"]: month["revenue"] for month in found["months"] or []}
            months = [str(first + relativedelta(months=number)) for number in range(MONTHS)]
            worth["months"] = [{"month": month, "revenue": revenue.get(month, 0)} for month in months]
            worth["revenue_12_months"] = sum(revenue.values())
        return worth

    def _lifecycle_section_money(self):
        """Balance, ageing, credit and pace of paying; without the right to see balances at most whether the credit limit is kept.

        The figures are read with all rights, since a salesperson's own rules would leave invoices out and give a wrong sum. They cover
        the companies of ``_lifecycle_companies()``.
        """
        may_see = self.env.user.has_group(BALANCES)
        company, partner = self.env.company, self.sudo()
        if not may_see and not company.account_use_credit_limit:
            return None
        limit, term = (partner._field_to_sql("res_partner", name) for name in ("credit_limit", "property_payment_term_id"))
        money = yield snapshot.money(self.id, self._lifecycle_companies().ids, fields.Date.context_today(self), limit, term)
        limit = money["credit_limit"] if company.account_use_credit_limit else None
        light = {}
        if limit:
            light["credit_light"] = (
                "over" if company.currency_id.compare_amounts(money["balance"] + money["to_invoice"], limit) > 0 else "ok"
            )
        if not may_see:
            return light or None
        term = money["payment_term"] or {}
        foreign = any(part["currency_id"] != company.currency_id.id for part in money["currencies"] or [])
        return {
            **money,
            **light,
            "currency_id": company.currency_id.id,
            "credit_limit": limit or None,
            "currencies": money["currencies"] if foreign else [],
            "payment_term": term.get(self.env.lang) or term.get("en_US"),
        }

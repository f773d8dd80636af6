from dateutil.relativedelta import relativedelta
from odoo import fields, models
from odoo.tools import SQL

from ..analytics import receivables, snapshot

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
        found = yield self._lifecycle_ask_worth
        if not (customer := found["customer"]):
            return None
        customers, figures, first = self.env["crm.lifecycle.customer"], self._lifecycle_worth_figures(), self._lifecycle_first_month()
        worth = {"currency_id": self.env.company.currency_id.id, **{name: customer[name] for name in (*FACTS, *figures)}}
        for name in ("rfm_segment", "pareto_class"):
            worth[name] = dict(customers._fields[name]._description_selection(self.env)).get(customer[name])
        if "net_revenue" in figures:
            revenue = {month["month"]: month["revenue"] for month in found["months"] or []}
            months = [str(first + relativedelta(months=number)) for number in range(MONTHS)]
            worth["months"] = [{"month": month, "revenue": revenue.get(month, 0)} for month in months]
            worth["revenue_12_months"] = sum(revenue.values())
        return worth

    def _lifecycle_ask_worth(self):
        figures = self._lifecycle_worth_figures()
        revenue = SQL("NULL")
        if "net_revenue" in figures:
            company = self.env.company
            revenue = snapshot.months(self.id, company.id, company.lifecycle_basis, self._lifecycle_first_month())
        return snapshot.worth(self._lifecycle_customer_query(), [*FACTS, *figures], revenue)

    def _lifecycle_worth_figures(self):
        """Names of the amounts that the reader may see."""
        customers = self.env["crm.lifecycle.customer"]
        return [name for name in WORTH if name in customers._fields and customers._has_field_access(customers._fields[name], "read")]

    def _lifecycle_first_month(self):
        return fields.Date.context_today(self).replace(day=1) - relativedelta(months=MONTHS - 1)

    def _lifecycle_section_money(self):
        """Balance, ageing, credit and pace of paying; without the right to see balances at most whether the credit limit is kept.

        The figures are read with all rights, since a salesperson's own rules would leave invoices out and give a wrong sum. They cover
        the companies of ``_lifecycle_companies()``.
        """
        may_see = self.env.user.has_group(BALANCES)
        company = self.env.company
        if not may_see and not company.account_use_credit_limit:
            return None
        money = yield self._lifecycle_ask_money
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

    def _lifecycle_ask_money(self):
        limit, term = (self.sudo()._field_to_sql("res_partner", name) for name in ("credit_limit", "property_payment_term_id"))
        return receivables.money(self.id, self._lifecycle_companies().ids, fields.Date.context_today(self), limit, term)

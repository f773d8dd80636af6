from odoo import api, fields, models
from odoo.addons.crm_lifecycle.domain.uplift import Amounts, difference, difference_in_shares
from odoo.addons.crm_lifecycle.models.crm_lifecycle_customer import FIGURES
from odoo.exceptions import UserError

from ..analytics import campaign
from ..domain.campaign import acquisition_cost, campaign_return, value_to_cost

SHOWN = ("treated", "held", "buyers", "buyers_held")


class UtmCampaign(models.Model):
    """What a campaign cost, and what it returned against those who were held out of it."""

    _inherit = "utm.campaign"

    lifecycle_holdout = fields.Integer(
        "Held Out (%)",
        default=10,
        help="Share of the customers whom the campaign leaves alone, chosen by chance: what they buy without it shows what it brought.",
    )
    lifecycle_window_days = fields.Integer(
        "Measured for (days)", default=30, required=True, help="How long after they were chosen the purchases of customers count."
    )
    lifecycle_spend = fields.Monetary(
        "Spend", currency_field="currency_id", help="What the campaign cost in all: agency, printing, discounts, hours."
    )

    lifecycle_treated = fields.Integer("Written to", compute="_compute_lifecycle_results")
    lifecycle_held = fields.Integer("Held out", compute="_compute_lifecycle_results")
    lifecycle_measured_until = fields.Date("Measured until", compute="_compute_lifecycle_results")
    lifecycle_bought_treated = fields.Float("Bought, of those written to", compute="_compute_lifecycle_results", digits=(16, 4))
    lifecycle_bought_held = fields.Float("Bought, of those held out", compute="_compute_lifecycle_results", digits=(16, 4))
    lifecycle_bought_words = fields.Char("Difference", compute="_compute_lifecycle_results")
    lifecycle_margin_treated = fields.Monetary(
        "Margin per customer written to", compute="_compute_lifecycle_results", currency_field="currency_id", groups=FIGURES
    )
    lifecycle_margin_held = fields.Monetary(
        "Margin per customer held out", compute="_compute_lifecycle_results", currency_field="currency_id", groups=FIGURES
    )
    lifecycle_margin_gained = fields.Monetary(
        "Incremental Margin",
        compute="_compute_lifecycle_results",
        currency_field="currency_id",
        groups=FIGURES,
        help="The difference of the margin per customer between those written to and those held out, times those written to.",
    )
    lifecycle_margin_words = fields.Char("Margin Interval", compute="_compute_lifecycle_results", groups=FIGURES)
    lifecycle_costed_share = fields.Float(
        "Revenue of Known Cost", compute="_compute_lifecycle_results", groups=FIGURES, help="Share of the revenue that the margin is of."
    )
    lifecycle_roi = fields.Float("ROI", compute="_compute_lifecycle_results", groups=FIGURES, help="(Incremental margin − spend) / spend.")
    lifecycle_roi_words = fields.Char("ROI Interval", compute="_compute_lifecycle_results", groups=FIGURES)
    lifecycle_won = fields.Integer(
        "New Customers",
        compute="_compute_lifecycle_results",
        help="Customers written to who bought for the first time ever within the window.",
    )
    lifecycle_cac = fields.Monetary(
        "CAC",
        compute="_compute_lifecycle_results",
        currency_field="currency_id",
        groups=FIGURES,
        help="Customer acquisition cost: spend / new customers.",
    )
    lifecycle_clv_cac = fields.Float(
        "CLV : CAC",
        compute="_compute_lifecycle_results",
        groups=FIGURES,
        help="Mean lifetime value of the new customers with a forecast, as margin by the share of margin in the revenue of known cost, for each unit spent on winning one.",
    )
    lifecycle_verdict = fields.Char("In Words", compute="_compute_lifecycle_results")

    _lifecycle_holdout = models.Constraint(
        "CHECK (lifecycle_holdout BETWEEN 0 AND 90)", "Between 0 % and 90 % can be held out of a campaign."
    )
    _lifecycle_window = models.Constraint(
        "CHECK (lifecycle_window_days BETWEEN 1 AND 365)", "A campaign can be measured for 1 to 365 days."
    )
    _lifecycle_spend_positive = models.Constraint("CHECK (lifecycle_spend >= 0)", "The spend of a campaign cannot be negative.")

    def write(self, vals):
        if "lifecycle_holdout" in vals:
            changed = self.filtered(lambda each: each.lifecycle_holdout != vals["lifecycle_holdout"])
            if changed and self.env["crm.lifecycle.campaign.member"].sudo().search_count([("campaign_id", "in", changed.ids)], limit=1):
                raise UserError(
                    self.env._(
                        "Once a mailing of the campaign has gone out, the share held out cannot change: nothing could be compared any more."
                    )
                )
        return super().write(vals)

    @api.depends("lifecycle_spend", "lifecycle_window_days", "company_id")
    @api.depends_context("allowed_company_ids", "lang")
    def _compute_lifecycle_results(self):
        self.env.flush_all()
        results = self.env["crm.lifecycle.campaign.result"].sudo()
        rows = self.env.execute_query_dict(campaign.totals(results._table_query, self.ids, self.env.companies.ids)) if self.ids else []
        found = {(row["campaign_id"], row["held_out"]): row for row in rows}
        for each in self.sudo():
            treated, held = (found.get((each.id, arm), {}) for arm in (False, True))
            each.update(each._get_lifecycle_results(treated, held))

    def _get_lifecycle_results(self, treated, held):
        """The figures of one campaign from its two rows of ``analytics.campaign.totals``, which may be empty."""
        n, m = treated.get("customers", 0), held.get("customers", 0)
        margin = difference(
            *(Amounts(row["customers"], row["margin"], row["margin_variance"]) if row else Amounts(0) for row in (treated, held))
        )
        share = difference_in_shares(treated.get("buyers", 0), n, held.get("buyers", 0), m)
        returns = campaign_return(margin, n, self.lifecycle_spend)
        won = treated.get("won", 0)
        cost = acquisition_cost(self.lifecycle_spend, won)
        costed = treated.get("costed", 0) or 0
        rate = treated["margin"] * n / costed if costed else None
        value = treated["clv"] * rate if rate is not None and treated.get("clv") is not None else None
        return {
            "lifecycle_treated": n,
            "lifecycle_held": m,
            "lifecycle_measured_until": treated.get("measured_until"),
            "lifecycle_bought_treated": treated["buyers"] / n if n else 0,
            "lifecycle_bought_held": held["buyers"] / m if m else 0,
            "lifecycle_bought_words": self._in_words(share, lambda number: self._points(number)),
            "lifecycle_margin_treated": treated.get("margin", 0),
            "lifecycle_margin_held": held.get("margin", 0),
            "lifecycle_margin_gained": returns.margin or 0,
            "lifecycle_margin_words": self._interval(returns.margin_low, returns.margin_high, self._money),
            "lifecycle_costed_share": costed / treated["revenue"] if treated.get("revenue") else 0,
            "lifecycle_roi": returns.roi or 0,
            "lifecycle_roi_words": self._interval(returns.roi_low, returns.roi_high, self._percent),
            "lifecycle_won": won,
            "lifecycle_cac": cost or 0,
            "lifecycle_clv_cac": value_to_cost(value, cost) or 0,
            "lifecycle_verdict": self._get_lifecycle_verdict(margin, n, m),
        }

    def _get_lifecycle_verdict(self, margin, treated, held):
        if not treated:
            return self.env._("No mailing of this campaign has gone to a segment yet.")
        if not held:
            return self.env._("Nobody was held out, so nobody knows what these customers would have bought without the campaign.")
        match margin.verdict:
            case "too_few":
                return self.env._(
                    "Too few customers to tell: %(treated)s written to, %(held)s held out; it takes 30 of each.", treated=treated, held=held
                )
            case "more":
                return self.env._("Those written to bought more than chance explains.")
            case "less":
                return self.env._("Those written to bought less than chance explains.")
        return self.env._("The difference may be chance: its 95 % interval holds 0.")

    def _in_words(self, found, formatted):
        return self._interval(found.low, found.high, formatted) if found.estimate is not None else False

    def _interval(self, low, high, formatted):
        if low is None or high is None or not (abs(low) < float("inf") and abs(high) < float("inf")):
            return False
        return self.env._("95 %% interval: %(low)s to %(high)s", low=formatted(low), high=formatted(high))

    def _money(self, amount):
        currency = self.currency_id or self.env.company.currency_id
        return currency.format(amount)

    def _percent(self, share):
        return f"{self.env['ir.qweb.field.float'].value_to_html(share * 100, {'precision': 0})} %"

    def _points(self, share):
        return self.env._("%(points)s points", points=self.env["ir.qweb.field.float"].value_to_html(share * 100, {"precision": 1}))

    def action_open_lifecycle_results(self):
        """Open the results of this campaign."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Campaign Results"),
            "res_model": "utm.campaign",
            "res_id": self.id,
            "view_mode": "form",
            "views": [(self.env.ref("crm_lifecycle_marketing.utm_campaign_view_form_results").id, "form")],
        }

    def action_open_lifecycle_members(self):
        """Open the customers behind a figure, by the filters that the context asks for (``search_default_…``)."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id("crm_lifecycle_marketing.crm_lifecycle_campaign_result_action")
        asked = {key: value for key, value in self.env.context.items() if key.startswith("search_default_")}
        return {**action, "domain": [("campaign_id", "=", self.id)], "context": asked}

from math import isfinite

from odoo import api, fields, models
from odoo.tools import formatLang

from ..analytics import playbook as analytics
from ..domain.uplift import FEWEST, Amounts, difference, difference_in_shares
from .crm_lifecycle_customer import FIGURES


class CrmLifecyclePlaybook(models.Model):
    """What a playbook brings: those it treated against those held out by chance."""

    _inherit = "crm.lifecycle.playbook"

    result_verdict = fields.Selection(
        [
            ("none", "No result yet"),
            ("too_few", "Too few to tell"),
            ("unclear", "No clear difference"),
            ("more", "More bought"),
            ("less", "Fewer bought"),
        ],
        "Result",
        readonly=True,
        copy=False,
        default="none",
    )
    result_at = fields.Datetime("Judged on", readonly=True, copy=False)
    result_treated = fields.Integer("Treated", readonly=True, copy=False, aggregator="sum")
    result_held_out = fields.Integer("Held Out for Comparison", readonly=True, copy=False, aggregator="sum")
    result_treated_bought = fields.Float("Treated Who Bought", readonly=True, copy=False, aggregator=None)
    result_held_out_bought = fields.Float("Held Out Who Bought", readonly=True, copy=False, aggregator=None)
    result_bought = fields.Float("More Bought", readonly=True, copy=False, aggregator=None, help="Difference of the two shares.")
    result_bought_low = fields.Float(readonly=True, copy=False, aggregator=None)
    result_bought_high = fields.Float(readonly=True, copy=False, aggregator=None)
    result_currency_id = fields.Many2one("res.currency", readonly=True, copy=False)
    result_revenue = fields.Monetary(
        "Revenue a Customer", readonly=True, copy=False, aggregator=None, currency_field="result_currency_id", groups=FIGURES
    )
    result_revenue_low = fields.Monetary(readonly=True, copy=False, aggregator=None, currency_field="result_currency_id", groups=FIGURES)
    result_revenue_high = fields.Monetary(readonly=True, copy=False, aggregator=None, currency_field="result_currency_id", groups=FIGURES)
    result_margin = fields.Monetary(
        "Margin a Customer", readonly=True, copy=False, aggregator=None, currency_field="result_currency_id", groups=FIGURES
    )
    result_margin_low = fields.Monetary(readonly=True, copy=False, aggregator=None, currency_field="result_currency_id", groups=FIGURES)
    result_margin_high = fields.Monetary(readonly=True, copy=False, aggregator=None, currency_field="result_currency_id", groups=FIGURES)
    result_text = fields.Text("Result in Words", compute="_compute_result_text")
    result_money_text = fields.Text(compute="_compute_result_money_text", groups=FIGURES)

    def action_update_results(self):
        """Judge again."""
        self.check_access("write")
        self._update_results()

    @api.model
    def _update_results(self):
        """Compare those treated with those held out, for all playbooks at once; nightly, since a run is judged by days."""
        playbooks = self.sudo().with_context(active_test=False).search([])
        self.env.flush_all()
        groups = {}
        statement = analytics.results(playbooks.ids, fields.Date.context_today(self), "margin" in self.env["sale.order"]._fields)
        for playbook_id, treated, *figures in self.env.execute_query(statement):
            groups[playbook_id, treated] = figures
        nobody = (0, 0, 0.0, 0.0, 0.0, 0.0, [])
        for playbook in playbooks:
            values = playbook._prepare_result(groups.get((playbook.id, True), nobody), groups.get((playbook.id, False), nobody))
            playbook.write({**values, "result_at": fields.Datetime.now()})

    def _prepare_result(self, treated, held_out):
        """Values of the result; each group: customers, buyers, mean revenue, its variance, mean margin, its variance, currencies."""
        n, buyers, revenue, revenue_variance, margin, margin_variance, currencies = treated
        m, other_buyers, other_revenue, other_revenue_variance, other_margin, other_margin_variance, other_currencies = held_out
        bought = difference_in_shares(buyers, n, other_buyers, m)
        values = {
            "result_treated": n,
            "result_held_out": m,
            "result_verdict": bought.verdict if n and m else "none",
            "result_treated_bought": buyers / n if n else 0.0,
            "result_held_out_bought": other_buyers / m if m else 0.0,
            **self._interval("result_bought", bought),
        }
        # Amounts of companies with different currencies are not added up.
        one_currency = len({*currencies, *other_currencies}) == 1
        values["result_currency_id"] = currencies[0] if one_currency and currencies else False
        empty = Amounts(0)
        for name, ours, theirs in (
            ("result_revenue", (n, revenue, revenue_variance), (m, other_revenue, other_revenue_variance)),
            ("result_margin", (n, margin, margin_variance), (m, other_margin, other_margin_variance)),
        ):
            groups = [Amounts(size, mean, variance or 0.0) if one_currency else empty for size, mean, variance in (ours, theirs)]
            values |= self._interval(name, difference(*groups))
        return values

    @staticmethod
    def _interval(name, found):
        bounds = {name: found.estimate or 0.0, f"{name}_low": found.low, f"{name}_high": found.high}
        return {key: value if isfinite(value) else 0.0 for key, value in bounds.items()}

    @api.depends("result_verdict", "result_treated", "result_held_out", "holdout_share", "result_days", "result_bought")
    @api.depends_context("lang")
    def _compute_result_text(self):
        for playbook in self:
            playbook.result_text = playbook._get_result_text()

    def _get_result_text(self) -> str:
        """What the playbook brings, in words."""
        figures = {
            "treated": self.result_treated,
            "held_out": self.result_held_out,
            "days": self.result_days,
            "fewest": FEWEST,
            "estimate": self._points(self.result_bought),
            "low": self._points(self.result_bought_low),
            "high": self._points(self.result_bought_high),
        }
        if not self.holdout_share and not self.result_held_out:
            return self.env._("Nobody is held out, so there is nothing to compare with.")
        match self.result_verdict:
            case "too_few":
                return self.env._(
                    "Too few to tell: %(treated)s treated and %(held_out)s held out. At least %(fewest)s of each are needed.", **figures
                )
            case "unclear":
                return self.env._(
                    "No clear difference: within %(days)s days between %(low)s and %(high)s percentage points more have bought than of those held out.",
                    **figures,
                )
            case "more":
                return self.env._(
                    "It works: %(estimate)s percentage points more have bought within %(days)s days than of those held out (95 %% interval: %(low)s to %(high)s).",
                    **figures,
                )
            case "less":
                return self.env._(
                    "It does harm: %(estimate)s percentage points have bought within %(days)s days, compared with those held out (95 %% interval: %(low)s to %(high)s).",
                    **figures,
                )
        return self.env._("No result yet. Runs are judged after %(days)s days.", **figures)

    def _points(self, share):
        return formatLang(self.env, share * 100, digits=1)

    @api.depends("result_revenue", "result_margin", "result_currency_id", "result_verdict")
    @api.depends_context("lang")
    def _compute_result_money_text(self):
        for playbook in self:
            judged = playbook.result_verdict not in (False, "none", "too_few") and playbook.result_currency_id
            playbook.result_money_text = playbook._get_money_text() if judged else False

    def _get_money_text(self) -> str:
        amounts = {
            name: formatLang(self.env, self[f"result_{name}"], currency_obj=self.result_currency_id)
            for name in ("revenue", "revenue_low", "revenue_high", "margin", "margin_low", "margin_high")
        }
        return self.env._(
            "Revenue a customer: %(revenue)s (%(revenue_low)s to %(revenue_high)s). Margin a customer, where the cost is known: %(margin)s (%(margin_low)s to %(margin_high)s).",
            **amounts,
        )

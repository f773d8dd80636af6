import logging
from datetime import timedelta
from functools import partial

from odoo import api, fields, models
from odoo.service.model import retrying

from ..analytics import value
from .crm_lifecycle_customer import FIGURES

_logger = logging.getLogger(__name__)

YEAR = 365.0 / 7  # in weeks, the unit of the models
# From so many customers on, days are rounded to weeks for the fit; amounts are fitted on a sample of this size.
MANY = 50_000
MAX_HOLDOUT_DAYS = 273
# Above it, how much customers spend has to do with how often they buy, against what the Gamma-Gamma model assumes.
MAX_CORRELATION = 0.30


class CrmLifecycleValueFit(models.Model):
    """A fit of the models behind forecasts and lifetime value to one company's purchases, and how good its forecasts have been."""

    _name = "crm.lifecycle.value.fit"
    _description = "Value Model"
    _order = "date desc, id desc"
    _rec_name = "date"

    company_id = fields.Many2one("res.company", required=True, readonly=True, index=True, ondelete="cascade")
    currency_id = fields.Many2one(related="company_id.currency_id")
    date = fields.Date(required=True, readonly=True, help="Purchases up to this day went into the fit; forecasts look ahead from it.")
    state = fields.Selection(
        [("fitted", "Fitted"), ("too_little", "Too little data"), ("failed", "No result")], required=True, readonly=True, default="fitted"
    )
    conclusion = fields.Text(compute="_compute_conclusion")
    customers = fields.Integer("Customers Who Bought", readonly=True)
    repeat_customers = fields.Integer("Customers Who Came Back", readonly=True, help="Customers with purchases on more than one day.")
    history_days = fields.Integer("Days since the First Purchase", readonly=True, aggregator=None)
    min_repeat = fields.Integer("Customers Asked for", readonly=True, aggregator=None)
    min_days = fields.Integer("Days Asked for", readonly=True, aggregator=None)

    r = fields.Float(
        readonly=True, digits=(16, 4), aggregator=None, help="Shape of the purchase rates: the smaller, the more customers differ."
    )
    alpha = fields.Float(
        "α", readonly=True, digits=(16, 4), aggregator=None, help="Scale of the purchase rates, in weeks: r / α is the mean rate a week."
    )
    a = fields.Float(
        readonly=True, digits=(16, 4), aggregator=None, help="a / (a + b) is the mean probability to drop out after a purchase."
    )
    b = fields.Float(
        readonly=True, digits=(16, 4), aggregator=None, help="a / (a + b) is the mean probability to drop out after a purchase."
    )
    log_likelihood = fields.Float(readonly=True, digits=(16, 2), aggregator=None)
    parameters_at_bound = fields.Boolean(readonly=True)

    spend_customers = fields.Integer("Customers in the Spend Model", readonly=True)
    spend_p = fields.Float(
        "p", readonly=True, digits=(16, 4), aggregator=None, help="Shape of a customer's amounts: the greater, the more alike they are."
    )
    spend_q = fields.Float("q", readonly=True, digits=(16, 4), aggregator=None, help="Shape of the differences between customers.")
    spend_v = fields.Float(
        "v", readonly=True, digits=(16, 4), aggregator=None, groups=FIGURES, help="Scale of the amounts, in company currency."
    )
    spend_log_likelihood = fields.Float(readonly=True, digits=(16, 2), aggregator=None)
    mean_spend = fields.Monetary("Mean Spend per Purchase", readonly=True, groups=FIGURES, aggregator=None)
    spend_correlation = fields.Float(
        "Correlation of Spend and Frequency",
        readonly=True,
        digits=(16, 3),
        aggregator=None,
        help="Spearman's rank correlation; the model assumes 0.",
    )
    discount_rate = fields.Float("Yearly Discount", readonly=True, digits=(16, 4), aggregator=None)
    horizon_months = fields.Integer("Value Horizon (months)", readonly=True, aggregator=None)

    holdout_start = fields.Date(
        "Forecast from", readonly=True, help="The models were fitted to the purchases up to this day only, and then asked for the rest."
    )
    holdout_customers = fields.Integer("Customers in the Test", readonly=True)
    correlation = fields.Float(readonly=True, digits=(16, 3), aggregator=None, help="Correlation of predicted and actual purchases.")
    error = fields.Float(
        "Mean Error",
        readonly=True,
        digits=(16, 3),
        aggregator=None,
        help="Mean difference of predicted and actual purchases, whatever its sign.",
    )
    ratio = fields.Float(
        "Predicted / Actual",
        readonly=True,
        digits=(16, 3),
        aggregator=None,
        help="All purchases predicted by all that came. Such models usually predict too few.",
    )
    auc = fields.Float(
        "Ranking", readonly=True, digits=(16, 3), aggregator=None,
        help="How often the forecast ranked a customer who came back above one who did not (AUC): 0.5 is chance, 1 is perfect.",
    )  # fmt: skip
    auc_recency = fields.Float(
        "Ranking by Recency", readonly=True, digits=(16, 3), aggregator=None, help="The same by the day of the last purchase alone."
    )
    line_ids = fields.One2many("crm.lifecycle.value.fit.line", "fit_id", "Forecast and Outcome", readonly=True)
    chart = fields.Json(compute="_compute_chart")

    @api.depends(
        "state",
        "customers",
        "repeat_customers",
        "history_days",
        "spend_correlation",
        "spend_customers",
        "holdout_start",
        "parameters_at_bound",
    )
    @api.depends_context("lang")
    def _compute_conclusion(self):
        for fit in self:
            fit.conclusion = " ".join(fit._get_conclusions())

    def _get_conclusions(self) -> list[str]:
        """What the fit says, in sentences of the user's language."""
        self.ensure_one()
        if self.state == "too_little":
            return [
                self.env._(
                    "Too little data for forecasts: %(repeat)s customers came back and the first purchase was %(days)s days ago; "
                    "%(min_repeat)s customers and %(min_days)s days are asked for. No forecast is shown.",
                    repeat=self.repeat_customers,
                    days=self.history_days,
                    min_repeat=self.min_repeat,
                    min_days=self.min_days,
                )
            ]
        if self.state == "failed":
            return [self.env._("The purchases of these customers follow no pattern that the model could find. No forecast is shown.")]
        sentences = [
            self.env._("Fitted to %(count)s customers, of whom %(repeat)s came back.", count=self.customers, repeat=self.repeat_customers)
        ]
        if not self.holdout_start:
            sentences.append(self.env._("The history is too short to test the forecast against what came."))
        if self.parameters_at_bound:
            sentences.append(
                self.env._("Customers hardly differ in this respect or that: the forecasts hold, but do not interpret the parameters.")
            )
        if not self.spend_customers:
            sentences.append(self.env._("What customers spend could not be modelled: no lifetime value is shown."))
        elif abs(self.spend_correlation) > MAX_CORRELATION:
            sentences.append(
                self.env._(
                    "Beware: what customers spend is correlated with how often they buy (%(correlation)s), while the model of spend assumes "
                    "that it is not. Lifetime values are biased where the two go together.",
                    correlation=f"{self.spend_correlation:.2f}",
                )
            )
        return sentences

    @api.depends("line_ids")
    @api.depends_context("lang")
    def _compute_chart(self):
        for fit in self:
            lines = fit.line_ids
            labels = [str(line.repeats) for line in lines]
            if labels and lines[-1].repeats >= 7:
                labels[-1] = self.env._("%(number)s or more", number=lines[-1].repeats)
            fit.chart = {
                "labels": labels,
                "title": self.env._("Repeat purchases before the forecast"),
                "predicted": {"label": self.env._("Predicted purchases"), "values": lines.mapped("predicted")},
                "actual": {"label": self.env._("Actual purchases"), "values": lines.mapped("actual")},
            }

    def action_open_lines(self):
        """Open the comparison of forecast and outcome as a list and a chart of its own."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id("crm_lifecycle.crm_lifecycle_value_fit_line_action")
        return {**action, "domain": [("fit_id", "=", self.id)]}

    @api.model
    def action_fit(self):
        """Fit all companies again in the background and say so."""
        self.env["crm.lifecycle.stage"].check_access("write")
        self.env.ref("crm_lifecycle.ir_cron_fit").sudo()._trigger()
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {
                "type": "info",
                "title": self.env._("Forecast started"),
                "message": self.env._("The models are being fitted again in the background."),
            },
        }

    # ------------------------------------------------------------------
    # Fitting
    # ------------------------------------------------------------------

    @api.model
    def _cron_fit(self):
        """Weekly: fit each company and write its customers' forecasts, a company a transaction; retried where documents were
        booked at the same moment. A company that fails keeps its former forecasts and does not hold up the others."""
        companies = self.env["res.company"].sudo().search([])
        for done, company in enumerate(companies, 1):
            try:
                retrying(partial(self._fit, company), self.env)
            except Exception:
                _logger.exception("No forecast for company %s", company.id)
                self.env.cr.rollback()
            self.env["ir.cron"]._commit_progress(1, remaining=len(companies) - done)

    @api.model
    def _fit(self, company, as_of=None):
        """Fit the models to a company's purchases up to ``as_of`` (today if left out), and write its customers' forecasts.

        Returns the new record. With too little data it says so, and the customers have no forecasts.
        """
        as_of = as_of or fields.Date.context_today(self)
        company = company.sudo()
        self.env.flush_all()
        for statement in value.collect(company.id, as_of):
            self.env.cr.execute(statement)
        [(customers, repeat, days)] = self.env.execute_query(value.size())
        values = {
            "company_id": company.id,
            "date": as_of,
            "customers": customers,
            "repeat_customers": repeat,
            "history_days": days,
            "min_repeat": company.lifecycle_value_min_repeat,
            "min_days": company.lifecycle_value_min_days,
            "discount_rate": company.lifecycle_value_discount_rate,
            "horizon_months": company.lifecycle_value_horizon_months,
        }
        purchases = None
        if repeat < company.lifecycle_value_min_repeat or days < company.lifecycle_value_min_days:
            values["state"] = "too_little"
        else:
            step = 7 if customers > MANY else 1
            purchases = self._fit_purchases(self.env.execute_query(value.groups(step)))
            values.update(self._prepare_fitted(company, as_of, purchases, step) if purchases else {"state": "failed"})
        if purchases is None:
            self.env.cr.execute(value.clear(company.id))
        self.env["crm.lifecycle.customer"].invalidate_model(value.FORECASTS)
        return self.sudo().create(values)

    def _prepare_fitted(self, company, as_of, purchases, step) -> dict:
        """Write the forecasts; returns the values of the record."""
        spend, spend_values = self._fit_spend(company)
        self._forecast(company, as_of, purchases, spend)
        return {
            "state": "fitted",
            "r": purchases.r,
            "alpha": purchases.alpha,
            "a": purchases.a,
            "b": purchases.b,
            "log_likelihood": purchases.log_likelihood,
            "parameters_at_bound": purchases.at_bound,
            **spend_values,
            **self._judge(as_of, step),
        }

    def _fit_purchases(self, rows):
        """The MBG/NBD model of rows (repeats, recency, age, …, customers) in days; None where nothing fits."""
        import numpy as np

        from ..domain import mbg_nbd

        table = np.array(rows, float).T
        try:
            fitted = mbg_nbd.fit(table[0], table[1] / 7, np.maximum(table[2], table[1]) / 7, table[-1])
        except ValueError:
            return None
        return fitted if fitted.converged else None

    def _fit_spend(self, company):
        """The Gamma-Gamma model of the amounts, or None, and the values of the record."""
        import numpy as np

        from ..domain import gamma_gamma

        number, mean = np.array(self.env.execute_query(value.spends(MANY)), float).T
        try:
            fitted = gamma_gamma.fit(number, mean)
        except ValueError:
            return None, {}
        if not fitted.converged or fitted.mean_spend is None:
            return None, {}
        return fitted, {
            "spend_customers": fitted.customers,
            "spend_p": fitted.p,
            "spend_q": fitted.q,
            "spend_v": fitted.v,
            "spend_log_likelihood": fitted.log_likelihood,
            "mean_spend": company.currency_id.round(fitted.mean_spend),
            "spend_correlation": gamma_gamma.rank_correlation(number, mean),
        }

    def _forecast(self, company, as_of, purchases, spend):
        """Write the forecasts of the company's customers: numpy for the few pairs (repeats, weeks), SQL for the many customers."""
        import numpy as np

        from ..domain import mbg_nbd

        repeats, weeks = np.array(self.env.execute_query(value.pairs())).T
        yearly = mbg_nbd.expected_purchases_if_alive(purchases, repeats, weeks, YEAR)
        horizon = company.lifecycle_value_horizon_months * YEAR / 12
        rate = np.log1p(company.lifecycle_value_discount_rate) / YEAR
        discounted = mbg_nbd.discounted_purchases_if_alive(purchases, repeats, weeks, horizon, rate)
        for statement in value.expect(repeats.tolist(), weeks.tolist(), yearly.tolist(), discounted.tolist()):
            self.env.cr.execute(statement)
        self.env.execute_query(value.forecast(company.id, as_of, purchases, spend, company.currency_id.decimal_places))

    def _judge(self, as_of, step) -> dict:
        """Fit to all but the last quarter of the history (at most 39 weeks), forecast that, compare; nothing where it was too short."""
        import numpy as np

        from ..domain import holdout, mbg_nbd

        [(_customers, _repeat, days)] = self.env.execute_query(value.size())
        length = min(days // 4, MAX_HOLDOUT_DAYS)
        until = as_of - timedelta(days=length)
        rows = self.env.execute_query(value.groups_until(until, step))
        fitted = self._fit_purchases([(*row[:3], row[4]) for row in rows]) if length >= 7 and rows else None
        if fitted is None or not fitted.repeat_customers:
            return {}
        repeats, recency, age, later, counts = np.array(rows, float).T
        age = np.maximum(age, recency)
        predicted = mbg_nbd.expected_purchases(fitted, repeats, recency / 7, age / 7, length / 7)
        judged = holdout.judge(repeats, age - recency, predicted, later, counts)
        return {
            "holdout_start": until,
            "holdout_customers": judged.customers,
            "correlation": judged.correlation,
            "error": judged.error,
            "ratio": judged.ratio,
            "auc": judged.auc,
            "auc_recency": judged.auc_recency,
            "line_ids": [
                fields.Command.create(
                    {"repeats": each.repeats, "customers": each.customers, "predicted": each.predicted, "actual": each.actual}
                )
                for each in judged.buckets
            ],
        }

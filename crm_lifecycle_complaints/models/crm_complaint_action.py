from odoo import api, fields, models
from odoo.exceptions import ValidationError

from ..analytics import lessons
from ..domain.effect import rate_ratio


class CrmComplaintAction(models.Model):
    """What stops a cause from recurring: who does it until when, and whether complaints became fewer afterwards."""

    _name = "crm.complaint.action"
    _description = "Corrective Action"
    _inherit = ["mail.thread", "mail.activity.mixin"]
    _order = "state, date_deadline, id desc"
    _check_company_auto = True

    name = fields.Char("Corrective Action", required=True, tracking=True)
    cause_id = fields.Many2one("crm.complaint.cause", required=True, index=True, check_company=True, ondelete="restrict", tracking=True)
    complaint_ids = fields.Many2many(
        "crm.complaint", "crm_complaint_action_rel", "action_id", "complaint_id", "Complaints", check_company=True
    )
    product_ids = fields.Many2many(
        "product.product", "crm_complaint_action_product_rel", "action_id", "product_id", "Products", help="Empty means all products."
    )
    company_id = fields.Many2one("res.company", required=True, index=True, default=lambda self: self.env.company)
    user_id = fields.Many2one(
        "res.users",
        "Owner",
        required=True,
        index=True,
        tracking=True,
        default=lambda self: self.env.user,
        domain="[('share', '=', False), ('company_ids', 'in', company_id)]",
    )
    date_deadline = fields.Date("Due on", required=True, index=True, tracking=True)
    description = fields.Html("What Is Done")
    state = fields.Selection(
        [
            ("open", "Open"),
            ("done", "Done, being watched"),
            ("effective", "Effective"),
            ("ineffective", "Not effective"),
            ("dropped", "Dropped"),
        ],
        default="open",
        required=True,
        index=True,
        tracking=True,
    )
    done_date = fields.Date("Done on", tracking=True, copy=False)
    watch_days = fields.Integer("Watched for", default=90, help="Days before and after the action that are compared.")
    check_date = fields.Date("To Be Checked on", compute="_compute_check_date", store=True, index=True)

    complaints_before = fields.Integer(compute="_compute_effect")
    complaints_after = fields.Integer(compute="_compute_effect")
    units_before = fields.Float("Units Sold Before", compute="_compute_effect", digits=(16, 0))
    units_after = fields.Float("Units Sold After", compute="_compute_effect", digits=(16, 0))
    rate_before = fields.Float("Per 1,000 Sold Before", compute="_compute_effect", digits=(16, 2))
    rate_after = fields.Float("Per 1,000 Sold After", compute="_compute_effect", digits=(16, 2))
    effect = fields.Char(compute="_compute_effect", help="The rate after as a share of the rate before, with its 95 % interval.")

    _watch_positive = models.Constraint("CHECK (watch_days BETWEEN 1 AND 3660)", "Watch for 1 to 3,660 days.")

    @api.depends("done_date", "watch_days")
    def _compute_check_date(self):
        for action in self:
            action.check_date = fields.Date.add(action.done_date, days=action.watch_days) if action.done_date else False

    @api.depends("done_date", "watch_days", "cause_id", "product_ids")
    def _compute_effect(self):
        for action in self:
            before, after, ratio = action._measure_effect()
            action.complaints_before, action.units_before = before
            action.complaints_after, action.units_after = after
            action.rate_before = 1000 * before[0] / before[1] if before[1] > 0 else 0
            action.rate_after = 1000 * after[0] / after[1] if after[1] > 0 else 0
            if not ratio or ratio.value is None:
                action.effect = self.env._("Nothing to compare yet")
            else:
                verdicts = {
                    "less": self.env._("fewer than before"),
                    "more": self.env._("more than before"),
                    "unclear": self.env._("too few to tell"),
                }
                action.effect = self.env._(
                    "%(share)s %% of the rate before (%(low)s to %(high)s %%): %(verdict)s",
                    share=f"{100 * ratio.value:.0f}" if ratio.value != float("inf") else "∞",
                    low=f"{100 * ratio.low:.0f}",
                    high=f"{100 * ratio.high:.0f}" if ratio.high != float("inf") else "∞",
                    verdict=verdicts[ratio.verdict],
                )

    @api.constrains("state", "done_date")
    def _check_done(self):
        for action in self:
            if action.state in ("done", "effective", "ineffective") and not action.done_date:
                raise ValidationError(
                    self.env._("Say when '%(action)s' was done: from that day on its effect is measured.", action=action.name)
                )

    def action_done(self):
        """Note that it was done today; from now on its effect is watched."""
        for action in self:
            action.write({"state": "done", "done_date": action.done_date or fields.Date.context_today(action)})

    def action_effective(self):
        """Close it as effective."""
        self.write({"state": "effective"})

    def action_ineffective(self):
        """Close it as not effective."""
        self.write({"state": "ineffective"})

    def _measure_effect(self):
        """((complaints, units) before, the same after, their :class:`Ratio` or None). The days after end today at the latest."""
        nothing = (0, 0.0)
        if not self.done_date or not self.cause_id:
            return nothing, nothing, None
        self.env.flush_all()
        tomorrow = fields.Date.add(fields.Date.context_today(self), days=1)
        spans = (
            (fields.Date.subtract(self.done_date, days=self.watch_days), self.done_date),
            (self.done_date, min(fields.Date.add(self.done_date, days=self.watch_days), tomorrow)),
        )
        products = self.product_ids._origin.ids
        before, after = (
            self.env.execute_query(lessons.complaints_and_units(self.company_id.id, self.cause_id._origin.id, products, *span))[0]
            for span in spans
        )
        return before, after, rate_ratio(before[0], float(before[1]), after[0], float(after[1]))

    @api.model
    def _cron_check(self):
        """Remind owners of actions whose days of watching are over, once each."""
        due = self.search([("state", "=", "done"), ("check_date", "<=", fields.Date.today()), ("activity_ids", "=", False)])
        for action in due:
            words = action.with_context(lang=action.user_id.lang)
            action.activity_schedule(
                "mail.mail_activity_data_todo",
                user_id=action.user_id.id,
                summary=words.env._("Check whether it was effective"),
                note=words.effect,
            )

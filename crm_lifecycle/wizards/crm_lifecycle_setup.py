from dataclasses import replace

import numpy as np
from odoo import api, fields, models
from odoo.tools import SQL

from ..analytics import binary, documents, replay, thresholds
from ..domain.replay import HEALTH
from ..domain.thresholds import Rhythm, propose, propose_stages

# More commercial partners than this are judged by a sample.
SAMPLE = 30_000
SETTINGS = {
    "default_gap_days": "lifecycle_default_gap_days",
    "at_risk_factor": "lifecycle_at_risk_factor",
    "churn_factor": "lifecycle_churn_factor",
    "churn_min_days": "lifecycle_churn_min_days",
}


class CrmLifecycleSetup(models.TransientModel):
    """Thresholds proposed from how the firm's own customers buy, and what they would give."""

    _name = "crm.lifecycle.setup"
    _description = "Guided Set-up"
    _rec_name = "company_id"

    company_id = fields.Many2one("res.company", required=True, readonly=True, default=lambda self: self.env.company)
    buyers = fields.Integer("Customers Who Have Bought", readonly=True)
    gaps = fields.Integer("Repeat Purchases", readonly=True)
    has_proposal = fields.Boolean(readonly=True)
    default_gap_days_now = fields.Integer("Usual Gap Now", related="company_id.lifecycle_default_gap_days")
    at_risk_factor_now = fields.Float("At Risk after, Now", related="company_id.lifecycle_at_risk_factor")
    churn_factor_now = fields.Float("Lost after, Now", related="company_id.lifecycle_churn_factor")
    churn_min_days_now = fields.Integer("Lost after at Least, Now", related="company_id.lifecycle_churn_min_days")
    default_gap_days = fields.Integer("Usual Gap")
    at_risk_factor = fields.Float("At Risk after")
    churn_factor = fields.Float("Lost after")
    churn_min_days = fields.Integer("Lost after at Least")
    stage_ids = fields.One2many("crm.lifecycle.setup.stage", "setup_id")
    health_chart = fields.Json(compute="_compute_charts")
    stage_chart = fields.Json(compute="_compute_charts")

    @api.model
    def default_get(self, names):
        values = super().default_get(names)
        self.env["crm.lifecycle.stage"].check_access("write")
        self.env.flush_all()
        company = self.env.company.sudo()
        buyers = dict(self.env.execute_query(thresholds.buyers(company.id)))
        [(gaps, *figures)] = self.env.execute_query(
            thresholds.rhythm(documents.purchase_days(self._get_scope()[0]), company.id, company.lifecycle_shrinkage)
        )
        rhythm = Rhythm(gaps, *(float(figure or 0) for figure in figures))
        limits = propose(rhythm)
        stages = self.env["crm.lifecycle.stage"].search([("condition", "=", "bought")])
        now = [(stage.min_purchases, stage.min_tenure_days) for stage in stages]
        asked = propose_stages(buyers, now, rhythm.usual_gap)
        proposed = {
            "buyers": sum(buyers.values()),
            "gaps": gaps,
            "has_proposal": bool(limits or asked),
            **{name: getattr(limits, name) if limits else company[setting] for name, setting in SETTINGS.items()},
            "stage_ids": [
                fields.Command.create({"stage_id": stage.id, "purchases": purchases, "days": days})
                for stage, (purchases, days) in zip(stages, asked or now, strict=True)
            ],
        }
        return {**values, **{name: value for name, value in proposed.items() if name in names}}

    @api.depends("default_gap_days", "at_risk_factor", "churn_factor", "churn_min_days", "stage_ids.purchases", "stage_ids.days")
    @api.depends_context("lang")
    def _compute_charts(self):
        health = dict(self.env["crm.lifecycle.customer"]._fields["health"]._description_selection(self.env))
        stages = self.env["crm.lifecycle.stage"].search([])
        labels = {"predicted": self.env._("Now"), "actual": self.env._("Proposed")}
        for setup in self:
            count = setup._get_counter()
            counts = {"predicted": count(), "actual": count(*setup._get_proposed())}
            setup.health_chart = {
                "title": self.env._("Customers by health"),
                "labels": [health[key] for key in HEALTH],
                **{side: {"label": labels[side], "values": counts[side][0]} for side in labels},
            }
            setup.stage_chart = {
                "title": self.env._("Customers by stage"),
                "labels": stages.mapped("name"),
                **{side: {"label": labels[side], "values": [counts[side][1].get(stage.id, 0) for stage in stages]} for side in labels},
            }

    def action_apply(self):
        """Set what is proposed, and have everybody judged again, with a dialog that shows how far it is."""
        self.ensure_one()
        self.env["crm.lifecycle.stage"].check_access("write")
        self.company_id.sudo().write({setting: self[name] for name, setting in SETTINGS.items()})
        # First as wide as either asks, from the last stage on, then as proposed: no step hides a stage behind another one.
        for line in reversed(self.stage_ids):
            line.stage_id.write(
                {"min_purchases": max(line.purchases, line.purchases_now), "min_tenure_days": max(line.days, line.days_now)}
            )
        for line in self.stage_ids:
            line.stage_id.write({"min_purchases": line.purchases, "min_tenure_days": line.days})
        return self.env["crm.lifecycle.customer"].action_rebuild()

    @api.model
    def action_start(self):
        """What the app opens with: the set-up for whoever may do it while there are no customers, else the customers."""
        if self.env["crm.lifecycle.stage"].has_access("write") and not self.env["crm.lifecycle.customer"].search_count(
            [("company_id", "in", self.env.companies.ids)], limit=1
        ):
            return self.env["ir.actions.act_window"]._for_xml_id("crm_lifecycle.crm_lifecycle_setup_action")
        return self.env["ir.actions.act_window"]._for_xml_id("crm_lifecycle.crm_lifecycle_customer_action")

    @api.model
    def _get_scope(self) -> tuple[SQL | None, int]:
        """Everybody or, of a large firm, one in so many."""
        [(partners,)] = self.env.execute_query(SQL("SELECT count(*) FROM res_partner WHERE commercial_partner_id = id"))
        step = partners // SAMPLE + 1
        return (documents.every(step) if step > 1 else None), step

    def _get_proposed(self):
        """(rules of stages, settings) as proposed, as the engine takes them."""
        asked = {line.stage_id._origin.id: line for line in self.stage_ids}
        rules = [
            replace(rule, min_purchases=asked[rule.stage_id].purchases, min_tenure_days=asked[rule.stage_id].days)
            if rule.stage_id in asked
            else rule
            for rule in self.env["crm.lifecycle.stage"]._get_rules()
        ]
        settings = replay.settings(self.env.execute_query(replay.companies()))[self.company_id._origin.id]
        health = replace(
            settings.health,
            at_risk_factor=self.at_risk_factor,
            churn_factor=self.churn_factor,
            churn_min_days=self.churn_min_days,
        )
        return rules, {self.company_id._origin.id: replace(settings, health=health, default_gap_days=self.default_gap_days)}

    def _get_counter(self):
        """A function of rules and settings that gives (customers by health, by stage) of the company as a rebuild would give them."""
        scope, step = self._get_scope()
        today = fields.Date.context_today(self)
        customers = self.env["crm.lifecycle.customer"].sudo()
        self.env["crm.lifecycle.rhythm"].sudo()._ensure(today)
        moments = binary.fetch(self.env.cr, customers._moments(scope), replay.MOMENT)

        def count(rules=None, companies=None) -> tuple[list[int], dict[int, int]]:
            facts, _steps = customers._get_judge(scope, today, rules, companies)(moments)
            own = facts["company_id"] == self.company_id._origin.id
            health = np.bincount(facts["health"][own], minlength=len(HEALTH) + 1)[1 : len(HEALTH) + 1] * step
            stages, counts = np.unique(facts["stage_id"][own], return_counts=True)
            return health.tolist(), dict(zip(stages.tolist(), (counts * step).tolist(), strict=True))

        return count

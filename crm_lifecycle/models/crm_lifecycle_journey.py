from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain
from odoo.tools import SQL

from ..analytics import journey
from .crm_lifecycle_stage import PHASES
from .crm_lifecycle_transition import HEALTH


class CrmLifecycleJourney(models.AbstractModel):
    """The report on how customers move, as believed today, within what the reader may see."""

    _name = "crm.lifecycle.journey"
    _description = "Customer Journey"

    @api.model
    @api.readonly
    def get_report(self, domain: list, date_from: str, date_to: str) -> dict:
        """The moves, stays and cohorts from ``date_from`` to ``date_to``, both included, in plain values for the browser.

        ``domain``: customers to look at, on ``crm.lifecycle.customer``, archived ones included. Days to come do not count. Lists: ``stages`` (with
        the figures of ``analytics.journey.stays``), ``flows`` (from and to a stage), ``cohorts`` (customers, and figures by months and
        measure) and ``measures`` (what a cohort can be measured by, with labels).
        """
        start, end = self._get_period(date_from, date_to)
        customers = self.env["crm.lifecycle.customer"].with_context(active_test=False)
        believed = self.env["crm.lifecycle.transition"]._search([("superseded_at", "=", False), ("customer_id", "any", domain)])
        names = ("partner_id", "company_id", "kind", "from_stage_id", "to_stage_id", "to_health", "effective_at")
        rows = believed.subselect(*(SQL.identifier(believed.table, name) for name in names))
        found = customers._search(Domain(domain) & Domain("first_purchase_date", ">=", start) & Domain("first_purchase_date", "<=", end))
        buyers = found.subselect(*(SQL.identifier(found.table, name) for name in ("partner_id", "company_id", "first_purchase_date")))
        return {
            "start": fields.Date.to_string(start),
            "end": fields.Date.to_string(end),
            **self._get_moves(rows, start, end),
            "cohorts": self._get_cohorts(rows, buyers, end),
            "measures": self._get_measures(),
        }

    @api.model
    def _get_period(self, date_from: str, date_to: str):
        try:
            start, end = fields.Date.to_date(date_from), fields.Date.to_date(date_to)
        except (TypeError, ValueError):
            start = end = None
        if not start or not end:
            raise UserError(self.env._("Choose a first and a last day for the report."))
        end = min(end, fields.Date.context_today(self))
        if start > end:
            raise UserError(self.env._("The first day of the report must be before the last one, and not after today."))
        return start, end

    def _get_moves(self, rows, start, end) -> dict:
        flows = self.env.execute_query(journey.flows(rows, start, end))
        stays = {stage: figures for stage, *figures in self.env.execute_query(journey.stays(rows, start, end))}
        names = ("before", "entries", "exits", "after", "closed_days", "running_days")
        stages = self.env["crm.lifecycle.stage"].with_context(active_test=False).search([])
        return {
            "stages": [
                {
                    "id": stage.id,
                    "name": stage.name,
                    "phase": stage.phase,
                    **dict(zip(names, stays.get(stage.id, (0, 0, 0, 0, None, None)), strict=True)),
                }
                for stage in stages
                if stage.active or stage.id in stays
            ],
            "flows": [{"from": former or False, "to": stage, "count": count} for former, stage, count in flows],
        }

    def _get_cohorts(self, rows, buyers, end) -> list[dict]:
        found = {}
        for cohort, months, measure, customers in self.env.execute_query(journey.cohorts(rows, buyers, end)):
            figures = found.setdefault(cohort, {}).setdefault(months, {})
            figures[measure] = customers
        return [
            {
                "month": fields.Date.to_string(cohort),
                # Whoever has bought has a health ever after, from the month of the first purchase on.
                "customers": sum(count for measure, count in by_month.get(0, {}).items() if measure in dict(HEALTH)),
                "figures": [by_month.get(months, {}) for months in range(max(by_month) + 1)],
            }
            for cohort, by_month in sorted(found.items())
        ]

    def _get_measures(self) -> dict:
        health = dict(self.env["crm.lifecycle.transition"]._fields["to_health"]._description_selection(self.env))
        phases = dict(self.env["crm.lifecycle.stage"]._fields["phase"]._description_selection(self.env))
        return {"health": [[key, health[key]] for key, _name in HEALTH], "phase": [[key, phases[key]] for key, _name in PHASES]}

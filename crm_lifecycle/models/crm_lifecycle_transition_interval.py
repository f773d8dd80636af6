from odoo import api, fields, models
from odoo.fields import Domain
from odoo.tools import SQL

from ..analytics import journey


class CrmLifecycleTransition(models.Model):
    """A transition as the beginning of an interval, and the customer it belongs to."""

    _inherit = "crm.lifecycle.transition"

    customer_id = fields.Many2one(
        "crm.lifecycle.customer", "Where They Stand Now", compute="_compute_customer_id", search="_search_customer_id"
    )
    until = fields.Date(compute="_compute_until", search="_search_until", help="The day of the next change. Empty: none since.")
    days = fields.Integer(compute="_compute_until", help="Days from this change to the next one, or to today.")

    @api.depends("partner_id", "company_id")
    def _compute_customer_id(self):
        customers = (
            self.env["crm.lifecycle.customer"]
            .with_context(active_test=False)
            .search([("partner_id", "in", self.partner_id.ids), ("company_id", "in", self.company_id.ids)])
        )
        by_key = {(customer.partner_id, customer.company_id): customer for customer in customers}
        for transition in self:
            transition.customer_id = by_key.get((transition.partner_id, transition.company_id))

    def _search_customer_id(self, operator, value):
        if operator not in ("in", "any"):
            return NotImplemented
        customers = self.env["crm.lifecycle.customer"].with_context(active_test=False)
        found = customers._search(Domain("id", "in", value) if operator == "in" else Domain(value))
        keys = found.subselect(SQL.identifier(found.table, "partner_id"), SQL.identifier(found.table, "company_id"))
        return Domain.custom(
            to_sql=lambda model, alias, query: SQL(
                "(%s, %s) IN %s", SQL.identifier(alias, "partner_id"), SQL.identifier(alias, "company_id"), keys
            )
        )

    @api.depends("effective_at", "superseded_at")
    def _compute_until(self):
        self.flush_model()
        today = fields.Date.context_today(self)
        ends = dict(
            self.env.execute_query(
                SQL("SELECT id, %s FROM crm_lifecycle_transition WHERE id = ANY(%s)", journey.until("crm_lifecycle_transition"), self.ids)
            )
        )
        for transition in self:
            transition.until = ends.get(transition._origin.id)
            believed = transition.effective_at and not transition.superseded_at
            transition.days = ((transition.until or today) - transition.effective_at).days if believed else 0

    def _search_until(self, operator, value):
        if operator == "in":
            parts = [Domain.custom(to_sql=self._compare_until(SQL("IS NULL")))] if False in value else []
            days = [each for each in value if each]
            if days:
                parts.append(Domain.custom(to_sql=self._compare_until(SQL("= ANY(%s)", days))))
            return Domain.OR(parts)
        if operator in ("<", "<=", ">", ">="):
            return Domain.custom(to_sql=self._compare_until(SQL("%s %s", SQL(operator), value)))
        return NotImplemented

    @api.model
    def _compare_until(self, comparison: SQL):
        return lambda model, alias, query: SQL("%s %s", journey.until(alias), comparison)

from odoo import fields, models


class DigestDigest(models.Model):
    _inherit = "digest.digest"

    kpi_lifecycle_new = fields.Boolean("New Customers")
    kpi_lifecycle_new_value = fields.Integer(compute="_compute_kpi_lifecycle_new_value")
    kpi_lifecycle_lost = fields.Boolean("Customers Lost")
    kpi_lifecycle_lost_value = fields.Integer(compute="_compute_kpi_lifecycle_lost_value")
    kpi_lifecycle_won_back = fields.Boolean("Customers Won Back")
    kpi_lifecycle_won_back_value = fields.Integer(compute="_compute_kpi_lifecycle_won_back_value")

    def _compute_kpi_lifecycle_new_value(self):
        self._calculate_company_based_kpi("crm.lifecycle.customer", "kpi_lifecycle_new_value", date_field="first_purchase_date")

    def _compute_kpi_lifecycle_lost_value(self):
        self._count_lifecycle_changes("kpi_lifecycle_lost_value", "churned")

    def _compute_kpi_lifecycle_won_back_value(self):
        self._count_lifecycle_changes("kpi_lifecycle_won_back_value", "won_back")

    def _count_lifecycle_changes(self, name, health):
        self._calculate_company_based_kpi(
            "crm.lifecycle.transition",
            name,
            date_field="effective_at",
            additional_domain=[("superseded_at", "=", False), ("to_health", "=", health)],
        )

    def _compute_kpis_actions(self, company, user):
        actions = super()._compute_kpis_actions(company, user)
        opened = "crm_lifecycle.crm_lifecycle_measures_action"
        return {**actions, "kpi_lifecycle_new": opened, "kpi_lifecycle_lost": opened, "kpi_lifecycle_won_back": opened}

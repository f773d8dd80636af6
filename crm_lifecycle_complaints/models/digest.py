from odoo import fields, models
from odoo.exceptions import AccessError
from odoo.fields import Domain


class DigestDigest(models.Model):
    _inherit = "digest.digest"

    kpi_complaints = fields.Boolean("Complaints Received")
    kpi_complaints_value = fields.Integer(compute="_compute_kpi_complaints_value")
    kpi_grave_complaints = fields.Boolean("Grave Complaints: Customers at Risk")
    kpi_grave_complaints_value = fields.Integer(compute="_compute_kpi_grave_complaints_value")

    def _compute_kpi_complaints_value(self):
        if not self.env.user.has_group("crm_lifecycle_complaints.crm_lifecycle_complaints_group_user"):
            raise AccessError(self.env._("Complaints are for those who handle them: not counted for this digest."))
        self._calculate_company_based_kpi("crm.complaint", "kpi_complaints_value", date_field="received_at")

    def _compute_kpi_grave_complaints_value(self):
        if not self.env.user.has_group("crm_lifecycle_complaints.crm_lifecycle_complaints_group_user"):
            raise AccessError(self.env._("Complaints are for those who handle them: not counted for this digest."))
        grave = Domain("severity", "=", "grave") | Domain("safety_risk", "=", True)
        self._calculate_company_based_kpi("crm.complaint", "kpi_grave_complaints_value", date_field="received_at", additional_domain=grave)

    def _compute_kpis_actions(self, company, user):
        actions = super()._compute_kpis_actions(company, user)
        actions["kpi_grave_complaints"] = "crm_lifecycle_complaints.crm_complaint_action"
        actions["kpi_complaints"] = "crm_lifecycle_complaints.crm_complaint_action"
        return actions

"""How urgent a complaint is, and how fast its customer is served."""

from odoo import api, fields, models

from ..domain.priority import priority


class CrmComplaint(models.Model):
    _inherit = "crm.complaint"

    service_class_id = fields.Many2one(
        "crm.complaint.service.class",
        compute="_compute_service_class_id",
        store=True,
        readonly=False,
        precompute=True,
        index="btree_not_null",
        check_company=True,
        tracking=True,
        groups="base.group_user",
        help="By the customer's stage and Pareto class on the day of receipt; may be chosen otherwise.",
    )
    priority = fields.Selection(
        [("0", "Low"), ("1", "Normal"), ("2", "High"), ("3", "Urgent")],
        compute="_compute_priority",
        store=True,
        precompute=True,
        groups="base.group_user",
        help="Severity, raised by the service class of the customer; always urgent where somebody was hurt or could be.",
    )

    @api.depends("commercial_partner_id", "company_id")
    def _compute_service_class_id(self):
        for company, complaints in self.grouped("company_id").items():
            classes = self.env["crm.complaint.service.class"]._classify(company, complaints.commercial_partner_id)
            for complaint in complaints:
                complaint.service_class_id = classes[complaint.commercial_partner_id.id]

    @api.depends("severity", "safety_risk", "service_class_id")
    def _compute_priority(self):
        for complaint in self:
            boost = complaint.sudo().service_class_id.boost
            complaint.priority = str(priority(complaint.severity or "minor", boost, complaint.safety_risk))

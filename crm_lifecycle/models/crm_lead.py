from odoo import fields, models


class CrmLead(models.Model):
    _name = "crm.lead"
    _inherit = ["crm.lead", "crm.lifecycle.document"]

    _lifecycle_told_by = frozenset({"partner_id", "company_id", "type", "date_conversion"})

    lifecycle_stage_id = fields.Many2one(related="partner_id.lifecycle_stage_id", string="Customer Stage")
    lifecycle_health = fields.Selection(related="partner_id.lifecycle_health", string="Customer Health")

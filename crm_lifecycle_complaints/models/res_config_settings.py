from odoo import fields, models


class ResConfigSettings(models.TransientModel):
    _inherit = "res.config.settings"

    complaint_repeat_days = fields.Integer(related="company_id.complaint_repeat_days", readonly=False)
    complaint_cluster_days = fields.Integer(related="company_id.complaint_cluster_days", readonly=False)
    complaint_cluster_min = fields.Integer(related="company_id.complaint_cluster_min", readonly=False)
    complaint_hold_marketing = fields.Boolean(related="company_id.complaint_hold_marketing", readonly=False)
    complaint_hold_dunning = fields.Boolean(related="company_id.complaint_hold_dunning", readonly=False)

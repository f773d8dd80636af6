from odoo import fields, models


class ResConfigSettings(models.TransientModel):
    _inherit = "res.config.settings"

    lifecycle_contact_days_a = fields.Integer(related="company_id.lifecycle_contact_days_a", readonly=False)
    lifecycle_contact_days_b = fields.Integer(related="company_id.lifecycle_contact_days_b", readonly=False)
    lifecycle_contact_days_c = fields.Integer(related="company_id.lifecycle_contact_days_c", readonly=False)
    lifecycle_quotation_days = fields.Integer(related="company_id.lifecycle_quotation_days", readonly=False)

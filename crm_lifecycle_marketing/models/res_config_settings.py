from odoo import fields, models


class ResConfigSettings(models.TransientModel):
    _inherit = "res.config.settings"

    lifecycle_mail_cap = fields.Integer(related="company_id.lifecycle_mail_cap", readonly=False)
    lifecycle_mail_cap_days = fields.Integer(related="company_id.lifecycle_mail_cap_days", readonly=False)

from odoo import fields, models


class ResConfigSettings(models.TransientModel):
    _inherit = "res.config.settings"

    lifecycle_playbook_cap = fields.Integer(related="company_id.lifecycle_playbook_cap", readonly=False)
    lifecycle_mail_from = fields.Float(related="company_id.lifecycle_mail_from", readonly=False)
    lifecycle_mail_until = fields.Float(related="company_id.lifecycle_mail_until", readonly=False)
    lifecycle_playbook_cap_days = fields.Integer(related="company_id.lifecycle_playbook_cap_days", readonly=False)

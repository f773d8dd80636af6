from odoo import fields, models


class ResConfigSettings(models.TransientModel):
    _inherit = "res.config.settings"

    lifecycle_playbook_cap = fields.Integer(related="company_id.lifecycle_playbook_cap", readonly=False)
    lifecycle_playbook_cap_days = fields.Integer(related="company_id.lifecycle_playbook_cap_days", readonly=False)

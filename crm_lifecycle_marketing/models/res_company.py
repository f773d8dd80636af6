from odoo import fields, models


class ResCompany(models.Model):
    _inherit = "res.company"

    lifecycle_mail_cap = fields.Integer(
        "Mailings at Most", default=4, help="No address gets more mailings than this within the days below. 0: as many as are sent."
    )
    lifecycle_mail_cap_days = fields.Integer("Within Days", default=30)

    _lifecycle_mail_cap = models.Constraint(
        "CHECK (lifecycle_mail_cap >= 0 AND lifecycle_mail_cap_days BETWEEN 1 AND 365)",
        "The mailings an address may get must be 0 or more, within 1 to 365 days.",
    )

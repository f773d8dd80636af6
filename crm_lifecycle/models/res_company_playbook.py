from odoo import fields, models


class ResCompany(models.Model):
    _inherit = "res.company"

    lifecycle_playbook_cap = fields.Integer(
        "Approaches at Most", default=4, help="How often all playbooks together approach a customer in the days given. 0: no limit."
    )
    lifecycle_playbook_cap_days = fields.Integer("Days of the Limit", default=30)

    _lifecycle_playbook_cap = models.Constraint(
        "CHECK (lifecycle_playbook_cap >= 0 AND lifecycle_playbook_cap_days BETWEEN 1 AND 3650)",
        "The limit of playbooks is not negative, and counts between 1 and 3,650 days.",
    )

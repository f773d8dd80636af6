from odoo import fields, models


class ResCompany(models.Model):
    _inherit = "res.company"

    complaint_repeat_days = fields.Integer("Repeat Within (days)", default=90)
    complaint_cluster_days = fields.Integer("Cluster Within (days)", default=90)
    complaint_cluster_min = fields.Integer("Customers of a Cluster", default=3)
    complaint_hold_marketing = fields.Boolean("Hold Back Marketing", default=True)
    complaint_hold_dunning = fields.Boolean("Hold Back Dunning")

    _complaint_days = models.Constraint(
        "CHECK (complaint_repeat_days BETWEEN 1 AND 3660 AND complaint_cluster_days BETWEEN 1 AND 3660)",
        "Repeats and clusters are looked for within 1 to 3,660 days.",
    )
    _complaint_cluster_min_positive = models.Constraint("CHECK (complaint_cluster_min >= 2)", "A cluster has at least two customers.")

    def write(self, vals):
        result = super().write(vals)
        if "resource_calendar_id" in vals:
            self.env["crm.complaint"]._after_working_hours_changed(None)
        return result

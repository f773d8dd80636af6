from odoo import fields, models

from ..analytics.playbook import closed_complaints


class CrmLifecyclePlaybook(models.Model):
    _inherit = "crm.lifecycle.playbook"

    event = fields.Selection(selection_add=[("complaint_closed", "A complaint is closed")], ondelete={"complaint_closed": "cascade"})

    def _get_events(self, period):
        return closed_complaints(period) if self.event == "complaint_closed" else super()._get_events(period)

from odoo import models


class CrmCall(models.Model):
    _inherit = "crm.call"

    def _card_actions(self):
        actions = super()._card_actions()
        if self.env["crm.complaint"].has_access("create"):
            actions.append({"method": "action_new_complaint", "label": self.env._("Complaint"), "icon": "fa-exclamation-triangle"})
        return actions

    def action_new_complaint(self):
        """A form for a complaint that came by this call."""
        return self._new_document("crm.complaint", self.env._("New Complaint"), {"default_channel": "phone"})

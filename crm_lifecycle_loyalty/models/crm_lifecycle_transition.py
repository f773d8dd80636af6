from odoo import models


class CrmLifecycleTransition(models.Model):
    _inherit = "crm.lifecycle.transition"

    def _after_recorded(self):
        """Reward customers who reached a stage for which there is a rule."""
        res = super()._after_recorded()
        self.env["crm.loyalty.event.rule"].sudo()._reward_transitions(self)
        return res

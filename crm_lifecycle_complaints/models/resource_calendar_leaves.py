from odoo import api, models


class ResourceCalendarLeaves(models.Model):
    _inherit = "resource.calendar.leaves"

    @api.model_create_multi
    def create(self, vals_list):
        leaves = super().create(vals_list)
        leaves._tell_complaints()
        return leaves

    def write(self, vals):
        self._tell_complaints()
        result = super().write(vals)
        self._tell_complaints()
        return result

    def unlink(self):
        self._tell_complaints()
        return super().unlink()

    def _tell_complaints(self):
        """A day off for everybody moves deadlines; one person's does not."""
        common = self.filtered(lambda leave: not leave.resource_id)
        for leave in common:
            self.env["crm.complaint"]._after_working_hours_changed(leave.calendar_id or None)

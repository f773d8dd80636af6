from odoo import models


class CalendarAttendee(models.Model):
    _inherit = "calendar.attendee"

    def _should_notify_attendee(self, notify_author=False):
        """The calendar writes nothing about the visits of a tour to customers: they have been told by people."""
        if self.partner_id.partner_share and self.env["crm.visit.tour.stop"].sudo().search_count(
            [("event_id", "=", self.event_id.id)], limit=1
        ):
            return False
        return super()._should_notify_attendee(notify_author=notify_author)

from odoo import api, models
from pytz import utc


class ResourceCalendar(models.Model):
    _inherit = "resource.calendar"

    def _read_complaint_hours(self, company, start, stop):
        """The working intervals of a calendar between two moments, leaves of the company taken out; naive UTC. No calendar: no time."""
        if not self:
            return []
        calendar = self.sudo()
        leaves = [("time_type", "=", "leave"), ("company_id", "in", [False, company.id])]
        worked = calendar._work_intervals_batch(utc.localize(start), utc.localize(stop), domain=leaves)[False]
        return [(begin.astimezone(utc).replace(tzinfo=None), end.astimezone(utc).replace(tzinfo=None)) for begin, end, _meta in worked]

    def write(self, vals):
        result = super().write(vals)
        if vals.keys() & {"tz", "two_weeks_calendar", "flexible_hours", "hours_per_day", "full_time_required_hours"}:
            self.env["crm.complaint"]._after_working_hours_changed(self)
        return result


class ResourceCalendarAttendance(models.Model):
    _inherit = "resource.calendar.attendance"

    @api.model_create_multi
    def create(self, vals_list):
        attendances = super().create(vals_list)
        self.env["crm.complaint"]._after_working_hours_changed(attendances.calendar_id)
        return attendances

    def write(self, vals):
        before = self.calendar_id
        result = super().write(vals)
        self.env["crm.complaint"]._after_working_hours_changed(before | self.calendar_id)
        return result

    def unlink(self):
        calendars = self.calendar_id
        result = super().unlink()
        self.env["crm.complaint"]._after_working_hours_changed(calendars)
        return result

from odoo import api, models

MOVES_CONTACT = {"start", "partner_ids", "active"}


class CalendarEvent(models.Model):
    """Meetings are contacts with customers."""

    _inherit = "calendar.event"

    @api.model_create_multi
    def create(self, vals_list):
        events = super().create(vals_list)
        self.env["crm.account.plan"]._refresh_customers(events.partner_ids.ids)
        return events

    def write(self, vals):
        if not MOVES_CONTACT & vals.keys():
            return super().write(vals)
        before = self.partner_ids
        result = super().write(vals)
        self.env["crm.account.plan"]._refresh_customers((before | self.partner_ids).ids)
        return result

    def unlink(self):
        partners = self.partner_ids
        result = super().unlink()
        self.env["crm.account.plan"]._refresh_customers(partners.ids)
        return result

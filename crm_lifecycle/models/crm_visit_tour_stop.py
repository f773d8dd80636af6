from odoo import Command, api, fields, models

from ..domain.visit_tour import Place


class CrmVisitTourStop(models.Model):
    """A customer to visit on a tour."""

    _name = "crm.visit.tour.stop"
    _inherit = "crm.lifecycle.of.customer"
    _description = "Visit on a Tour"
    _order = "sequence, id"
    _rec_name = "partner_id"

    tour_id = fields.Many2one("crm.visit.tour", required=True, index=True, ondelete="cascade")
    sequence = fields.Integer(default=100)
    partner_id = fields.Many2one(
        "res.partner", "Customer", required=True, index=True, ondelete="cascade", domain="[('parent_id', '=', False)]"
    )
    address = fields.Char("Address", related="partner_id.contact_address_inline")
    phone = fields.Char(related="partner_id.phone")
    event_id = fields.Many2one("calendar.event", "Appointment", readonly=True, copy=False, ondelete="set null", index="btree_not_null")
    start = fields.Datetime("Begins", related="event_id.start")
    located = fields.Boolean(compute="_compute_located", help="Its position is known, so that it is on the way.")

    _customer_key = models.UniqueIndex("(tour_id, partner_id)", "This customer is on the tour already.")

    @api.depends("partner_id.partner_latitude", "partner_id.partner_longitude")
    def _compute_located(self):
        for stop in self:
            stop.located = bool(stop.partner_id.partner_latitude or stop.partner_id.partner_longitude)

    def _get_place(self) -> Place:
        partner = self.partner_id
        position = (partner.partner_latitude, partner.partner_longitude) if self.located else None
        return Place(self.id or 0, position, partner.zip or "", partner.city or "")

    def _get_map_point(self) -> str:
        partner = self.partner_id
        return f"{partner.partner_latitude},{partner.partner_longitude}" if self.located else self.address or partner.name or ""

    def _prepare_event(self, start, stop) -> dict:
        tour, partner = self.tour_id, self.partner_id
        return {
            "name": self.env._("Visit: %(customer)s", customer=partner.display_name),
            "start": start,
            "stop": stop,
            "location": self.address,
            "user_id": tour.user_id.id,
            "partner_ids": [Command.set((tour.user_id.partner_id | partner).ids)],
            "show_as": "busy",
        }

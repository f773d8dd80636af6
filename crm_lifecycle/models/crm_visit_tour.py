from datetime import timedelta
from urllib.parse import quote

import pytz
from odoo import Command, api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain

from ..domain.clock import moment
from ..domain.visit_tour import length, route, timetable

MOST_VISITS = 20
QUIETLY = {"no_mail_to_attendees": True, "mail_create_nolog": True, "mail_notrack": True}


class CrmVisitTour(models.Model):
    """A day of visits in one area: customers who are due, in the order of the way, as appointments in the calendar.

    The customers are on the appointments, but the calendar does not write to them: they are told by people.
    """

    _name = "crm.visit.tour"
    _description = "Visit Tour"
    _order = "date desc, id desc"

    name = fields.Char(compute="_compute_name", store=True, readonly=False)
    company_id = fields.Many2one("res.company", required=True, index=True, default=lambda self: self.env.company, ondelete="cascade")
    user_id = fields.Many2one(
        "res.users",
        "Salesperson",
        required=True,
        index=True,
        default=lambda self: self.env.user,
        domain="[('share', '=', False), ('company_ids', 'in', company_id)]",
    )
    date = fields.Date(required=True, default=lambda self: fields.Date.context_today(self) + timedelta(days=1))
    start_time = fields.Float("First Visit at", required=True, default=9.0)
    stay_minutes = fields.Integer("Minutes per Visit", required=True, default=45)
    travel_minutes = fields.Integer("Minutes between Visits", required=True, default=30)
    city = fields.Char()
    zip = fields.Char("ZIP", help="The code, or its beginning.")
    country_state_id = fields.Many2one("res.country.state", "Province")
    only_due = fields.Boolean(default=True, help="Only customers whose account plan asks for a contact by that day.")
    state = fields.Selection(
        [("draft", "Draft"), ("planned", "In the Calendar")], required=True, readonly=True, default="draft", copy=False
    )
    stop_ids = fields.One2many("crm.visit.tour.stop", "tour_id", copy=False)
    visits = fields.Integer(compute="_compute_visits")
    kilometres = fields.Float(
        "Distance (km)", compute="_compute_visits", digits=(16, 1), help="As the crow flies, where positions are known."
    )
    map_url = fields.Char(compute="_compute_map_url")

    _time = models.Constraint("CHECK (start_time >= 0 AND start_time < 24)", "The first visit must begin between 0:00 and 24:00.")
    _minutes = models.Constraint(
        "CHECK (stay_minutes BETWEEN 5 AND 720 AND travel_minutes BETWEEN 0 AND 720)",
        "A visit takes 5 to 720 minutes, the way between two at most 720.",
    )

    @api.depends("date", "city", "zip", "country_state_id")
    def _compute_name(self):
        for tour in self:
            tour.name = tour.city or tour.zip or tour.country_state_id.name or self.env._("Visits")

    @api.depends("stop_ids.partner_id", "stop_ids.sequence")
    def _compute_visits(self):
        for tour in self:
            tour.visits = len(tour.stop_ids)
            tour.kilometres = length([stop._get_place() for stop in tour.stop_ids.sorted("sequence")], tour._get_start_position())

    @api.depends("stop_ids.partner_id", "stop_ids.sequence")
    def _compute_map_url(self):
        for tour in self:
            stops = [quote(stop._get_map_point(), safe="") for stop in tour.stop_ids.sorted("sequence")]
            tour.map_url = "/".join(["https://www.google.com/maps/dir", *stops]) if stops else False

    def _get_start_position(self):
        home = self.company_id.partner_id
        return (home.partner_latitude, home.partner_longitude) if home.partner_latitude or home.partner_longitude else None

    # What the buttons do

    def action_find_customers(self):
        """Add the salesperson's customers of the area who may be visited, the longest due first, and put them in order."""
        self._check_draft()
        domain = self._get_customer_domain()
        plans = self.env["crm.account.plan"]
        due = plans.search(
            Domain("company_id", "=", self.company_id.id)
            & Domain("user_id", "=", self.user_id.id)
            & Domain("next_contact_date", "<=", self.date)
            & Domain("partner_id", "any", domain),
            limit=MOST_VISITS,
        )
        found = due.partner_id
        if not self.only_due:
            mine = domain & Domain("user_id", "=", self.user_id.id) & Domain("customer_rank", ">", 0) & Domain("id", "not in", found.ids)
            found |= found.search(mine, limit=MOST_VISITS)
        room = MOST_VISITS - len(self.stop_ids)
        if not found:
            raise UserError(self.env._("No customer of %(user)s in this area is due for a visit by then.", user=self.user_id.name))
        self.stop_ids = [Command.create({"partner_id": partner.id}) for partner in found[:room]]
        self.action_order()

    def _get_customer_domain(self):
        partners = self.env["res.partner"]
        domain = Domain("parent_id", "=", False) & partners._lifecycle_reachable("visit")
        domain &= Domain("id", "not in", self.stop_ids.partner_id.ids) & Domain("company_id", "in", [False, self.company_id.id])
        if self.city:
            domain &= Domain("city", "=ilike", self.city.strip().replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_"))
        if self.zip:
            domain &= Domain("zip", "=like", self.zip.strip().replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_") + "%")
        if self.country_state_id:
            domain &= Domain("state_id", "=", self.country_state_id.id)
        return domain

    def action_order(self):
        """Put the visits in the order of the way."""
        self._check_draft()
        places = {stop.id: stop for stop in self.stop_ids}
        for number, place in enumerate(route([stop._get_place() for stop in self.stop_ids], self._get_start_position()), 1):
            places[place.key].sequence = number

    def action_plan(self):
        """Make the appointments."""
        self._check_draft()
        stops = self.stop_ids.sorted(lambda stop: (stop.sequence, stop.id))
        if not stops:
            raise UserError(self.env._("Choose customers first."))
        refused = stops.partner_id - stops.partner_id.search(
            Domain("id", "in", stops.partner_id.ids) & stops.partner_id._lifecycle_reachable("visit")
        )
        if refused:
            raise UserError(
                self.env._("%(customer)s does not wish sales visits. Take them off the tour.", customer=refused[0].display_name)
            )
        zone = pytz.timezone(self.user_id.tz or self.env.user.tz or "UTC")
        start = moment(self.date, zone, self.start_time)
        if start < fields.Datetime.now():
            raise UserError(self.env._("The tour would begin in the past. Choose another day or hour."))
        stay, travel = timedelta(minutes=self.stay_minutes), timedelta(minutes=self.travel_minutes)
        times = timetable(start, len(stops), stay, travel)
        if times[-1][1] - start > timedelta(hours=16):
            raise UserError(self.env._("So many visits do not fit into a day. Take some off the tour, or make them shorter."))
        # Written first: somebody who plans the same tour at the same time has to wait, and finds it planned.
        self.state = "planned"
        self.flush_recordset(["state"])
        events = (
            self.env["calendar.event"]
            .with_context(**QUIETLY)
            .create([stop._prepare_event(begin, end) for stop, (begin, end) in zip(stops, times, strict=True)])
        )
        for stop, event in zip(stops, events, strict=True):
            stop.event_id = event

    def action_undo(self):
        """Delete the appointments that have not begun. Visits that took place stay, and so does the tour then."""
        events = self.stop_ids.event_id
        events.filtered(lambda event: event.start > fields.Datetime.now()).with_context(**QUIETLY).unlink()
        for tour in self:
            if not tour.stop_ids.event_id:
                tour.state = "draft"

    def action_open_map(self):
        """Open the way on a map."""
        self.ensure_one()
        if not self.map_url:
            raise UserError(self.env._("Choose customers first."))
        return {"type": "ir.actions.act_url", "url": self.map_url, "target": "new"}

    def action_open_calendar(self):
        """Open the day in the calendar."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id("calendar.action_calendar_event")
        return {
            **action,
            "context": {"initial_date": fields.Date.to_string(self.date), "default_mode": "day"},
            "domain": [("id", "in", self.stop_ids.event_id.ids)],
        }

    def _check_draft(self):
        self.ensure_one()
        self.check_access("write")
        if self.state != "draft":
            raise UserError(self.env._("The tour is in the calendar already. Undo that first."))

    @api.ondelete(at_uninstall=False)
    def _unlink_appointments(self):
        self.action_undo()

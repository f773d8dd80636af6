import re
from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError
from odoo.tools import format_datetime

# What the signature stands for.
SIGNED = {"report", "checklist_ids", "start", "duration", "technician_id", "complaint_id", "signature", "signed_by", "signed_at"}


class CrmComplaintVisit(models.Model):
    """A technician's visit: an appointment in their calendar with the way there and back, a checklist, and a report the customer signs."""

    _name = "crm.complaint.visit"
    _description = "Field Visit"
    _order = "start desc, id desc"
    _check_company_auto = True

    name = fields.Char(compute="_compute_name", search="_search_name")
    complaint_id = fields.Many2one("crm.complaint", required=True, ondelete="cascade", index=True, check_company=True)
    company_id = fields.Many2one(related="complaint_id.company_id", store=True, index=True)
    technician_id = fields.Many2one(
        "res.users",
        required=True,
        index=True,
        check_company=True,
        default=lambda self: self.env.user,
        domain="[('share', '=', False), ('company_ids', 'in', company_id)]",
    )
    start = fields.Datetime("Begins", required=True, default=lambda self: self._get_default_start())
    duration = fields.Float(default=1.0, required=True, help="Hours at the customer's.")
    travel_minutes = fields.Integer("Travel", default=30, help="Minutes for the way there, and as many back; the calendar keeps both free.")
    stop = fields.Datetime("Ends", compute="_compute_stop", store=True)
    address_id = fields.Many2one(
        "res.partner", compute="_compute_address_id", store=True, readonly=False, help="Where the technician goes."
    )
    location = fields.Char("Where", compute="_compute_location")
    event_id = fields.Many2one("calendar.event", "Appointment", readonly=True, copy=False, ondelete="set null", index="btree_not_null")
    state = fields.Selection(
        [("planned", "Planned"), ("done", "Done"), ("cancelled", "Cancelled")], default="planned", required=True, readonly=True, copy=False
    )
    conflict = fields.Char(compute="_compute_conflict")
    checklist_ids = fields.One2many("crm.complaint.visit.item", "visit_id", copy=True)
    report = fields.Html(copy=False, help="What was found and done.")
    signature = fields.Image(copy=False, max_width=1024, max_height=1024)
    signed_by = fields.Char(copy=False, help="Who signed for the customer.")
    signed_at = fields.Datetime("Signed on", readonly=True, copy=False)

    _positive = models.Constraint("CHECK (duration > 0 AND duration <= 240)", "A visit lasts more than nothing, and 240 hours at most.")
    _travel = models.Constraint("CHECK (travel_minutes BETWEEN 0 AND 1440)", "The way takes from nothing to a day.")

    @api.model
    def _get_default_start(self):
        return (fields.Datetime.now() + timedelta(days=1)).replace(minute=0, second=0)

    @api.depends("complaint_id.number", "complaint_id.name")
    def _compute_name(self):
        for visit in self:
            visit.name = self.env._("Visit: %(complaint)s", complaint=visit.complaint_id.display_name or "")

    @api.model
    def _search_name(self, operator, value):
        return [("complaint_id", operator, value)]

    @api.depends("start", "duration")
    def _compute_stop(self):
        for visit in self:
            visit.stop = visit.start and visit.start + timedelta(hours=visit.duration)

    @api.depends("complaint_id")
    def _compute_address_id(self):
        for visit in self:
            visit.address_id = visit.address_id or visit.complaint_id.partner_id

    @api.depends("address_id")
    def _compute_location(self):
        for visit in self:
            # Odoo leaves spaces where there is no state or zip code.
            visit.location = re.sub(r" +,", ",", visit.address_id.contact_address_inline or "")

    @api.depends("technician_id", "start", "stop", "travel_minutes", "state")
    def _compute_conflict(self):
        """What else the technician has at that time, the way included."""
        for visit in self:
            visit.conflict = False
            if visit.technician_id and visit.start and visit.stop and visit.state == "planned":
                begin, end = visit._get_busy()
                other = (
                    self.env["calendar.event"]
                    .sudo()
                    .search(
                        [
                            ("partner_ids", "in", visit.technician_id.partner_id.ids),
                            ("start", "<", end),
                            ("stop", ">", begin),
                            ("show_as", "=", "busy"),
                            ("id", "!=", visit.event_id.id),
                        ],
                        limit=1,
                    )
                )
                if other:
                    visit.conflict = self.env._("%(technician)s is busy at that time.", technician=visit.technician_id.name)

    @api.constrains("start", "duration")
    def _check_start(self):
        for visit in self:
            if visit.start.year > 2200:
                raise ValidationError(self.env._("The visit is too far in the future."))

    @api.model_create_multi
    def create(self, vals_list):
        visits = super().create(vals_list)
        for visit in visits:
            lines = (visit.complaint_id.category_id.visit_checklist or "").splitlines()
            if not visit.checklist_ids:
                visit.checklist_ids = [fields.Command.create({"name": line.strip()}) for line in lines if line.strip()]
            visit._plan()
            visit.complaint_id._message_log(
                body=self.env._(
                    "%(technician)s visits the customer: %(visit)s", technician=visit.technician_id.name, visit=visit._get_html_link()
                )
            )
        return visits

    def write(self, vals):
        if SIGNED & vals.keys() and any(visit.signed_at for visit in self):
            raise UserError(self.env._("The report has been signed: what it says cannot be changed any more."))
        result = super().write(vals)
        if {"technician_id", "start", "duration", "travel_minutes", "address_id"} & vals.keys():
            for visit in self.filtered(lambda visit: visit.state == "planned"):
                visit._plan()
        return result

    @api.ondelete(at_uninstall=False)
    def _unlink_unless_signed(self):
        if any(visit.signed_at for visit in self):
            raise UserError(self.env._("A visit whose report has been signed cannot be deleted."))

    def unlink(self):
        events = self.sudo().event_id
        result = super().unlink()
        events.unlink()
        return result

    def action_done(self):
        """Close the visit with the signed report."""
        for visit in self:
            missing = visit.checklist_ids.filtered(lambda item: not item.done and not item.remark)
            if missing:
                raise UserError(
                    self.env._("Tick the points of the checklist, or say why not: %(points)s", points=", ".join(missing.mapped("name")))
                )
            if not visit.report or not visit.signature or not visit.signed_by:
                raise UserError(self.env._("The report, the signature and the name of whoever signed are needed."))
            visit.write({"state": "done", "signed_at": fields.Datetime.now()})
            visit.sudo().event_id.activity_ids.action_done()
            visit.complaint_id._message_log(
                body=self.env._(
                    "The customer was visited; %(name)s has signed the report: %(visit)s",
                    name=visit.signed_by,
                    visit=visit._get_html_link(),
                )
            )

    def action_cancel(self):
        """Give the time in the calendar free again."""
        planned = self.filtered(lambda visit: visit.state == "planned")
        planned.state = "cancelled"
        planned.sudo().event_id.unlink()

    def action_print(self):
        """Print the report."""
        return self.env.ref("crm_lifecycle_complaints.crm_complaint_visit_report_action").report_action(self)

    def _get_busy(self):
        """When the technician is away: the visit and the way there and back."""
        self.ensure_one()
        travel = timedelta(minutes=self.travel_minutes)
        return self.start - travel, self.stop + travel

    def _format_time(self, moment):
        return format_datetime(self.env, moment, tz=self.technician_id.tz or self.env.user.tz, dt_format="short")

    def _plan(self):
        """Enter the visit into the technician's calendar, or move it there."""
        self.ensure_one()
        begin, end = self._get_busy()
        values = {
            "name": self.name,
            "start": begin,
            "stop": end,
            "user_id": self.technician_id.id,
            "partner_ids": [fields.Command.set(self.technician_id.partner_id.ids)],
            "location": self.location or "",
            "description": self.env._(
                "At the customer's from %(begin)s to %(end)s; the rest is the way there and back.",
                begin=self._format_time(self.start),
                end=self._format_time(self.stop),
            ),
            "show_as": "busy",
            "privacy": "public",
            "res_model_id": self.env["ir.model"]._get_id("crm.complaint"),
            "res_id": self.complaint_id.id,
        }
        # The calendar is the technician's own, whoever plans; nobody is invited by mail.
        calendar = self.env["calendar.event"].sudo().with_context(dont_notify=True)
        if self.event_id:
            calendar.browse(self.event_id.id).write(values)
        else:
            self.sudo().event_id = calendar.create(values)

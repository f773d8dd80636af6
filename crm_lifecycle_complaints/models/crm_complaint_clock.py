import logging
from collections import defaultdict
from datetime import datetime
from functools import cache

from odoo import api, fields, models
from odoo.tools import SQL
from odoo.tools.misc import format_datetime
from pytz import timezone

from ..domain.sla import WorkingTime, read_calendar_clock, read_working_clock

_logger = logging.getLogger(__name__)

# Clocks escalated in one transaction.
BATCH = 500


class CrmComplaintClock(models.Model):
    """A deadline of a complaint. Its beginning and end follow from the complaint, the rest from working hours and pauses."""

    _name = "crm.complaint.clock"
    _description = "Deadline of a Complaint"
    _order = "started_at, id"
    _rec_name = "kind"

    complaint_id = fields.Many2one("crm.complaint", required=True, readonly=True, index=True, ondelete="cascade")
    company_id = fields.Many2one(related="complaint_id.company_id", store=True, index=True)
    team_id = fields.Many2one(related="complaint_id.team_id", store=True, index=True)
    policy_id = fields.Many2one(related="complaint_id.policy_id", store=True, index=True)
    kind = fields.Selection(
        [
            ("first_response", "First response"),
            ("next_response", "Next response"),
            ("resolution", "Resolution"),
            ("statutory", "Limit by law"),
        ],
        required=True,
        readonly=True,
    )
    granted_hours = fields.Float("Working Hours Granted", readonly=True, aggregator="avg")
    granted_days = fields.Integer("Calendar Days Granted", readonly=True, aggregator="avg")
    started_at = fields.Datetime("Started on", required=True, readonly=True)
    stopped_at = fields.Datetime("Stopped on", readonly=True)
    state = fields.Selection(
        [
            ("running", "Running"),
            ("paused", "Paused"),
            ("met", "Met"),
            ("missed", "Missed"),
            ("no_deadline", "No deadline"),
        ],
        readonly=True,
        index=True,
        help="No deadline: the team has no working hours ahead.",
    )
    due_at = fields.Datetime("Due on", readonly=True, help="Empty while paused, and where there is no deadline.")
    warn_at = fields.Datetime("Warn on", readonly=True)
    spent_hours = fields.Float("Time Spent (hours)", readonly=True, aggregator="avg", help="Working hours, for a limit by law all hours.")
    warned_at = fields.Datetime("Warned on", readonly=True)
    escalated_at = fields.Datetime("Escalated on", readonly=True)
    escalated_to_id = fields.Many2one("res.users", "Escalated to", readonly=True, ondelete="set null")
    met_share = fields.Float(
        "Met", compute="_compute_met_share", store=True, aggregator="avg", help="1 where met, 0 where missed; running ones do not count."
    )

    _one_of_a_kind = models.UniqueIndex("(complaint_id, kind) WHERE kind <> 'next_response'")
    _one_response_at_a_time = models.UniqueIndex("(complaint_id) WHERE kind = 'next_response' AND stopped_at IS NULL")
    _to_escalate = models.Index("(due_at) WHERE stopped_at IS NULL AND escalated_at IS NULL")
    _to_warn = models.Index("(warn_at) WHERE stopped_at IS NULL AND warned_at IS NULL")

    @api.depends("state")
    def _compute_met_share(self):
        for clock in self:
            clock.met_share = {"met": 1.0, "missed": 0.0}.get(clock.state)

    # ------------------------------------------------------------------
    # Reading
    # ------------------------------------------------------------------

    def _read_clocks(self, now=None):
        """Bring deadline, state and time spent in line with working hours, pauses and handovers, as of ``now``."""
        now = now or fields.Datetime.now()
        working = self._working_times()
        complaints = self.complaint_id
        pauses = complaints.pause_ids.grouped("complaint_id")
        handovers = complaints.handover_ids.grouped("complaint_id")
        # Complaints that came in together have the same deadlines.
        read_working, read_calendar = cache(read_working_clock), cache(read_calendar_clock)
        changes = defaultdict(list)
        for clock in self:
            complaint = clock.complaint_id
            share = (clock.policy_id.warn_percent or 100) / 100
            if clock.kind == "statutory":
                zone = timezone(complaint._get_calendar().tz or "UTC")
                reading = read_calendar(clock.started_at, clock.granted_days, zone, now, clock.stopped_at or None, share)
            else:
                schedule, begin = [], datetime.min
                for handover in handovers.get(complaint, ()):
                    schedule.append((begin, working(handover.from_team_id, complaint.company_id)))
                    begin = handover.handed_over_at
                schedule.append((begin, working(complaint.team_id, complaint.company_id)))
                reading = read_working(
                    tuple(schedule),
                    clock.started_at,
                    round(clock.granted_hours * 3600),
                    now,
                    clock.stopped_at or None,
                    tuple((pause.started_at, pause.stopped_at or None) for pause in pauses.get(complaint, ())),
                    share,
                )
            values = {
                "state": reading.state,
                "due_at": reading.due_at or False,
                "warn_at": reading.warn_at or False,
                "spent_hours": reading.spent / 3600,
            }
            if any(clock[name] != value for name, value in values.items()):
                changes[tuple(values.items())].append(clock.id)
        for values, ids in changes.items():
            self.browse(ids).write(dict(values))

    def _working_times(self):
        """A function giving the working time of a team in a company; each calendar is read once, as far as needed."""
        origin = min(self.mapped("started_at"), default=fields.Datetime.now()).replace(hour=0, minute=0, second=0, microsecond=0)
        origin = fields.Datetime.subtract(origin, days=origin.weekday() + 7)
        known = {}

        def working(team, company):
            calendar = team._get_calendar(company)
            key = (calendar, company)
            if key not in known:
                known[key] = WorkingTime(lambda start, stop: calendar._read_complaint_hours(company, start, stop), origin)
            return known[key]

        return working

    # ------------------------------------------------------------------
    # Warning and escalation
    # ------------------------------------------------------------------

    @api.model
    def _cron_watch(self):
        """Warn before deadlines and escalate those that have passed, each once. Killed half-way, the next run goes on where it stopped.

        A complaint that cannot be escalated is logged and tried again by the next run; it holds up no other.
        """
        failed = []
        while True:
            now = fields.Datetime.now()
            clocks = self._take_due("warn_at", "warned_at", now, failed) | self._take_due("due_at", "escalated_at", now, failed)
            if not clocks:
                break
            failed += clocks._tell(now)
            remaining = sum(self.sudo().search_count(self._due_domain(*names, now, failed)) for names in self._WATCHED)
            if not self.env["ir.cron"]._commit_progress(len(clocks), remaining=remaining):
                break

    _WATCHED = (("warn_at", "warned_at"), ("due_at", "escalated_at"))

    @api.model
    def _due_domain(self, when, done, now, except_ids):
        return [(when, "<", now), (done, "=", False), ("stopped_at", "=", False), ("id", "not in", except_ids)]

    @api.model
    def _take_due(self, when, done, now, except_ids):
        """Lock some clocks that are due, the earliest first; those another run holds are left to it."""
        self.flush_model()
        rows = self.env.execute_query(
            SQL(
                "SELECT id FROM crm_complaint_clock WHERE stopped_at IS NULL AND %s IS NULL AND %s < %s AND NOT id = ANY(%s) "
                "ORDER BY %s LIMIT %s FOR NO KEY UPDATE SKIP LOCKED",
                SQL.identifier(done),
                SQL.identifier(when),
                now,
                list(except_ids),
                SQL.identifier(when),
                BATCH,
            )
        )
        return self.sudo().browse(row[0] for row in rows)

    def _tell(self, now):
        """Tell people of clocks that are due. Returns the ids of those that failed."""
        try:
            with self.env.cr.savepoint():
                self._tell_batch(now)
        except Exception:
            if len(self) == 1:
                _logger.exception("Deadline %s of complaint %s could not be escalated", self.kind, self.complaint_id.id)
                self.env.invalidate_all()
                return self.ids
            self.env.invalidate_all()
            return [failed for clock in self for failed in clock._tell(now)]
        return []

    def _tell_batch(self, now):
        overdue = self.filtered(lambda clock: clock.due_at and clock.due_at < now)
        (self - overdue)._warn(now)
        overdue._escalate(now)

    def _warn(self, now):
        """Remind whoever is in charge that a deadline comes near."""
        self.write({"warned_at": now})
        self._schedule("crm_lifecycle_complaints.mail_activity_type_warning", lambda clock: clock._get_warned_user())

    def _escalate(self, now):
        """Tell the configured person that a deadline has passed: a to-do on the complaint, and one message for all of them."""
        chosen = {clock.id: clock._get_escalation_user() for clock in self}
        for user, clocks in self.grouped(lambda clock: chosen[clock.id]).items():
            clocks.write({"escalated_at": now, "warned_at": now, "state": "missed", "escalated_to_id": user.id})
        told = self._schedule("crm_lifecycle_complaints.mail_activity_type_escalation", lambda clock: chosen[clock.id])
        for user, complaints in told.items():
            complaints = complaints.with_context(lang=user.lang)
            complaints._tell_together(user.partner_id, complaints.env._("Complaints past their deadline: %(count)s", count=len(complaints)))

    def _schedule(self, type_xmlid, choose):
        """Plan a to-do for each complaint and person. Returns {person: complaints}; where there is nobody, a note says so."""
        activity_type = self.env.ref(type_xmlid)
        model_id = self.env["ir.model"]._get_id("crm.complaint")
        told, values = {}, []
        for (complaint, user), clocks in self.grouped(lambda clock: (clock.complaint_id, choose(clock))).items():
            if not user:
                complaint._message_log(body=self.env._("A deadline needs attention, but there is nobody to tell: the team has no leader."))
                continue
            words = self.with_context(lang=user.lang)
            told[user] = told.get(user, self.env["crm.complaint"]) | complaint
            values.append(
                {
                    "activity_type_id": activity_type.id,
                    "summary": ", ".join(clock.with_env(words.env)._describe() for clock in clocks),
                    "date_deadline": min(clocks.mapped("due_at")).date(),
                    "res_model_id": model_id,
                    "res_id": complaint.id,
                    "user_id": user.id,
                }
            )
        # One mail for each of thousands of to-dos would be a flood; who is told gets one message for all.
        self.env["mail.activity"].with_context(mail_activity_quick_update=True).create(values)
        return told

    def _describe(self):
        kinds = dict(self._fields["kind"]._description_selection(self.env))
        due_at = format_datetime(self.env, self.due_at, tz=self.complaint_id._get_calendar().tz, dt_format="short")
        return self.env._("%(deadline)s: %(due)s", deadline=kinds[self.kind], due=due_at)

    def _get_warned_user(self):
        complaint = self.complaint_id
        return complaint.user_id.filtered("active") or complaint.team_id.user_id.filtered("active")

    def _get_escalation_user(self):
        complaint = self.complaint_id
        for user in (self.policy_id.escalation_user_id, complaint.team_id.user_id, complaint.user_id):
            if user.active and complaint.company_id in user.company_ids:
                return user
        return self.env["res.users"]

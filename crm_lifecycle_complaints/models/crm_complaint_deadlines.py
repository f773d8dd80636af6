"""Deadlines of complaints: what happens to a complaint moves its clocks."""

from odoo import api, fields, models
from odoo.exceptions import UserError

# Only code that holds this very object may write the facts that clocks rest on.
BY_EVENT = object()
FACTS = {"unanswered_since", "answered_at", "waiting_since"}
MOVES_CLOCKS = {
    *FACTS,
    "team_id",
    "severity",
    "partner_id",
    "received_at",
    "first_response_at",
    "stage_id",
    "company_id",
    "active",
    "service_class_id",
}


class CrmComplaint(models.Model):
    _inherit = "crm.complaint"

    policy_id = fields.Many2one(
        "crm.complaint.sla.policy",
        "Service Level",
        compute="_compute_policy_id",
        store=True,
        index="btree_not_null",
        groups="base.group_user",
        help="The first service level whose conditions hold: by team, severity and the customer's class when the complaint came in.",
    )
    clock_ids = fields.One2many("crm.complaint.clock", "complaint_id", "Deadlines", readonly=True, groups="base.group_user")
    pause_ids = fields.One2many("crm.complaint.pause", "complaint_id", "Pauses", readonly=True, groups="base.group_user")
    handover_ids = fields.One2many("crm.complaint.handover", "complaint_id", "Handovers", readonly=True, groups="base.group_user")
    unanswered_since = fields.Datetime(
        readonly=True, copy=False, groups="base.group_user", help="The oldest message of the customer that nobody has answered yet."
    )
    answered_at = fields.Datetime("Last Answered on", readonly=True, copy=False, groups="base.group_user")
    waiting_since = fields.Datetime("Waiting for Customer since", readonly=True, copy=False, groups="base.group_user")
    next_due_at = fields.Datetime("Next Deadline", compute="_compute_next_due_at", store=True, index=True, groups="base.group_user")
    sla_state = fields.Selection(
        [
            ("on_time", "On time"),
            ("soon", "Due soon"),
            ("overdue", "Overdue"),
            ("paused", "Waiting for customer"),
            ("no_deadline", "No deadline"),
        ],
        "Deadline",
        compute="_compute_sla_state",
        groups="base.group_user",
    )

    # Who waits for whom: never both at once, whatever happens at the same moment.
    _not_waiting_while_unanswered = models.Constraint(
        "CHECK (waiting_since IS NULL OR unanswered_since IS NULL)",
        "The customer has written and waits for an answer: a complaint cannot wait for them at the same time.",
    )

    @api.depends("team_id", "severity", "service_class_id", "company_id")
    def _compute_policy_id(self):
        for complaint, policy in self.env["crm.complaint.sla.policy"]._classify(self.sudo()).items():
            complaint.policy_id = policy

    @api.depends("clock_ids.due_at", "clock_ids.stopped_at")
    def _compute_next_due_at(self):
        for complaint in self:
            open_clocks = complaint.clock_ids.filtered(lambda clock: clock.due_at and not clock.stopped_at)
            complaint.next_due_at = min(open_clocks.mapped("due_at"), default=False)

    @api.depends("next_due_at", "waiting_since", "is_closed", "clock_ids.warn_at")
    def _compute_sla_state(self):
        now = fields.Datetime.now()
        for complaint in self:
            running = complaint.clock_ids.filtered(lambda clock: not clock.stopped_at)
            if complaint.is_closed:
                complaint.sla_state = False
            elif complaint.next_due_at and complaint.next_due_at < now:
                complaint.sla_state = "overdue"
            elif complaint.waiting_since:
                complaint.sla_state = "paused"
            elif not complaint.next_due_at:
                complaint.sla_state = "no_deadline"
            else:
                soon = any(clock.warn_at and clock.warn_at <= now for clock in running)
                complaint.sla_state = "soon" if soon else "on_time"

    @api.model_create_multi
    def create(self, vals_list):
        complaints = super().create([self._prepare_facts(vals) for vals in vals_list])
        complaints.sudo()._sync_clocks()
        return complaints

    @api.model
    def _prepare_facts(self, vals):
        """The values of a new complaint: its customer waits from the beginning, unless it is entered as answered or closed."""
        vals = {name: value for name, value in vals.items() if name not in FACTS}
        received_at = vals.setdefault("received_at", fields.Datetime.now())
        if self.env["crm.complaint.stage"].browse(vals.get("stage_id")).is_closed:
            closed_at = vals.setdefault("closed_at", fields.Datetime.now())
            return {"first_response_at": closed_at, **vals, "answered_at": closed_at}
        if vals.get("first_response_at"):
            return {**vals, "answered_at": vals["first_response_at"]}
        return {**vals, "unanswered_since": received_at}

    def write(self, vals):
        if vals.keys() & FACTS and self.env.context.get("complaint_facts") is not BY_EVENT:
            raise UserError(self.env._("Who waits for whom follows from the messages. Use the buttons on the complaint instead."))
        if self.env.context.get("complaint_facts") is BY_EVENT or not vals.keys() & MOVES_CLOCKS:
            return super().write(vals)
        complaints = self.sudo()
        before = {complaint.id: (complaint.team_id, complaint.closed_at) for complaint in complaints}
        unanswered = complaints.filtered(lambda complaint: not complaint.first_response_at)
        result = super().write(vals)
        now = fields.Datetime.now()
        complaints._note_handovers({complaint_id: team for complaint_id, (team, _closed) in before.items()}, now)
        for complaint in unanswered.filtered("first_response_at"):
            complaint._write_facts({"unanswered_since": False, "answered_at": complaint.first_response_at})
        for complaint in complaints:
            closed_at = before[complaint.id][1]
            if complaint.is_closed and not closed_at:
                complaint._note_closing()
            elif closed_at and not complaint.is_closed:
                complaint._note_reopening(closed_at, now)
        complaints._sync_clocks()
        return result

    # ------------------------------------------------------------------
    # What staff do
    # ------------------------------------------------------------------

    def action_wait(self):
        """Pause the working clocks until the customer answers."""
        now = fields.Datetime.now()
        for complaint in self:
            complaint.check_access("write")
            if complaint.is_closed or complaint.waiting_since:
                continue
            if complaint.unanswered_since:
                raise UserError(
                    self.env._(
                        "The customer waits for an answer on %(number)s. Answer first, or use 'Answered Otherwise' if you have spoken to "
                        "them; then you can wait for theirs.",
                        number=complaint.number,
                    )
                )
            self.env["crm.complaint.pause"].sudo().create(
                {"complaint_id": complaint.id, "reason": "waiting", "started_at": now, "user_id": self.env.uid}
            )
            complaint.sudo()._write_facts({"waiting_since": now})
        self.sudo()._sync_clocks()

    def action_stop_waiting(self):
        """Let the working clocks go on."""
        self.check_access("write")
        self.sudo()._end_waiting(fields.Datetime.now())
        self.sudo()._sync_clocks()

    def action_answered_otherwise(self):
        """Note that the customer was answered on the telephone, in person, or needs no answer."""
        self.check_access("write")
        now = fields.Datetime.now()
        for complaint in self.sudo().filtered(lambda complaint: complaint.unanswered_since and not complaint.is_closed):
            complaint._write_facts({"unanswered_since": False, "answered_at": now, "first_response_at": complaint.first_response_at or now})
            complaint._message_log(body=self.env._("Answered otherwise than by message."), author_id=self.env.user.partner_id.id)
        self.sudo()._sync_clocks()

    # ------------------------------------------------------------------
    # What happens to a complaint
    # ------------------------------------------------------------------

    def _message_post_after_hook(self, message, msg_values):
        super()._message_post_after_hook(message, msg_values)
        if message.message_type not in ("comment", "email", "email_outgoing") or message.is_internal or message.subtype_id.internal:
            return
        author = message.author_id.sudo()
        complaint, now = self.sudo(), fields.Datetime.now()
        if not author or author.partner_share:
            complaint._note_customer_wrote(now)
        elif self._reaches_customer(message):
            complaint._note_answer(now)

    def _note_customer_wrote(self, now):
        self.ensure_one()
        self._end_waiting(now)
        if not self.unanswered_since and not self.is_closed:
            self._write_facts({"unanswered_since": now})
        self._sync_clocks()

    def _merge_into(self, target):
        """What is not answered in one of them is not answered."""
        unanswered = [moment for moment in (self | target).sudo().mapped("unanswered_since") if moment]
        result = super()._merge_into(target)
        complaint = target.sudo()
        if unanswered and not complaint.is_closed:
            complaint._end_waiting(fields.Datetime.now())
            complaint._write_facts({"unanswered_since": min(unanswered)})
            complaint._sync_clocks()
        return result

    def _note_answer(self, now):
        self.ensure_one()
        self._write_facts({"unanswered_since": False, "answered_at": now})
        self._sync_clocks()

    def _note_closing(self):
        """The decision is an answer: whatever waited for one has got it."""
        self.ensure_one()
        self._end_waiting(self.closed_at)
        self._write_facts(
            {"unanswered_since": False, "answered_at": self.closed_at, "first_response_at": self.first_response_at or self.closed_at}
        )

    def _note_reopening(self, closed_at, now):
        self.ensure_one()
        self.env["crm.complaint.pause"].create(
            {
                "complaint_id": self.id,
                "reason": "closed",
                "started_at": closed_at,
                "stopped_at": max(now, closed_at),
                "user_id": self.env.uid,
            }
        )

    def _note_handovers(self, teams_before, now):
        self.env["crm.complaint.handover"].create(
            [
                {
                    "complaint_id": complaint.id,
                    "from_team_id": teams_before[complaint.id].id,
                    "to_team_id": complaint.team_id.id,
                    "handed_over_at": now,
                    "user_id": self.env.uid,
                }
                for complaint in self
                if complaint.team_id != teams_before[complaint.id]
            ]
        )

    def _end_waiting(self, now):
        for complaint in self.filtered("waiting_since"):
            pause = complaint.pause_ids.filtered(lambda pause: not pause.stopped_at)
            pause.stopped_at = max(now, complaint.waiting_since)
            complaint._write_facts({"waiting_since": False})

    def _write_facts(self, vals):
        return self.with_context(complaint_facts=BY_EVENT).write(vals)

    # ------------------------------------------------------------------
    # Clocks
    # ------------------------------------------------------------------

    def _sync_clocks(self):
        """Bring the clocks in line with the service level and with what happened. Doing it again changes nothing."""
        clocks = self.env["crm.complaint.clock"]
        missing, stale = [], clocks
        for complaint in self:
            # An archived complaint goes on elsewhere, or not at all: nothing of it is due.
            policy = complaint.policy_id if complaint.active else complaint.policy_id.browse()
            granted = policy._grants() if policy else {}
            for clock in complaint.clock_ids:
                if clock.kind == "next_response":
                    time = (policy.next_response_hours, 0)
                    stop = clock.stopped_at or (not complaint.unanswered_since and (complaint.answered_at or complaint.closed_at))
                    start = clock.started_at
                else:
                    time = granted.get(clock.kind, (0.0, 0))
                    stop = complaint.first_response_at if clock.kind == "first_response" else complaint.closed_at
                    start = complaint.received_at
                if not any(time) and not (clock.stopped_at and stop):
                    stale |= clock
                    continue
                values = {"started_at": start, "stopped_at": stop and max(stop, start)}
                if not (clock.stopped_at and stop):
                    values.update({"granted_hours": time[0], "granted_days": time[1]})
                changed = {name: value for name, value in values.items() if clock[name] != (value or False)}
                if changed:
                    clock.write(changed)
            have = set(complaint.clock_ids.mapped("kind"))
            missing += [complaint._prepare_clock(kind, time) for kind, time in granted.items() if kind not in have]
            asked_again = complaint.unanswered_since and complaint.first_response_at and policy.next_response_hours
            if asked_again and not any(clock.kind == "next_response" and not clock.stopped_at for clock in complaint.clock_ids):
                missing.append(
                    {
                        **complaint._prepare_clock("next_response", (policy.next_response_hours, 0)),
                        "started_at": complaint.unanswered_since,
                        "stopped_at": False,
                    }
                )
        stale.unlink()
        # What has stopped makes room for the next of its kind.
        clocks.flush_model(["stopped_at"])
        clocks.create(missing)
        self.clock_ids._read_clocks()

    def _prepare_clock(self, kind, time):
        stop = self.first_response_at if kind == "first_response" else self.closed_at
        return {
            "complaint_id": self.id,
            "kind": kind,
            "granted_hours": time[0],
            "granted_days": time[1],
            "started_at": self.received_at,
            "stopped_at": stop and max(stop, self.received_at),
        }

    def _get_calendar(self):
        """The working hours that the clocks run by now; may be empty."""
        self.ensure_one()
        return self.team_id._get_calendar(self.company_id)

    def _get_calendars(self):
        """All calendars that the clocks have run by."""
        self.ensure_one()
        calendars = [team._get_calendar(self.company_id) for team in self.handover_ids.from_team_id]
        return self._get_calendar().union(*calendars)

    @api.model
    def _after_working_hours_changed(self, calendars):
        """Read open clocks anew before the transaction ends, once for all changes of it.

        :param calendars: the calendars that changed, None for all of them
        """
        precommit = self.env.cr.precommit
        if "crm.complaint.calendars" not in precommit.data:
            precommit.data["crm.complaint.calendars"] = set()
            precommit.add(self.sudo()._reread_clocks)
        precommit.data["crm.complaint.calendars"].update([None] if calendars is None else calendars.ids)

    def _reread_clocks(self):
        changed = self.env.cr.precommit.data.pop("crm.complaint.calendars", set())
        complaints = self.env["crm.complaint"].sudo().search([("is_closed", "=", False)])
        if None not in changed:
            complaints = complaints.filtered(lambda complaint: not changed.isdisjoint(complaint._get_calendars().ids))
        complaints.clock_ids.filtered(lambda clock: not clock.stopped_at)._read_clocks()
        self.env.flush_all()

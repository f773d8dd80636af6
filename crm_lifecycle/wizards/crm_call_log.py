from datetime import timedelta

import pytz
from odoo import api, fields, models
from odoo.exceptions import UserError


class CrmCallLog(models.TransientModel):
    """A call that no telephone system reported, logged by who made or took it."""

    _name = "crm.call.log"
    _description = "Log a Call"

    partner_id = fields.Many2one("res.partner", "Contact", required=True)
    direction = fields.Selection([("out", "I called"), ("in", "They called")], "Who Called", required=True, default="out")
    answered = fields.Boolean("Spoken With", default=True)
    started_at = fields.Datetime("When", required=True, default=fields.Datetime.now)
    minutes = fields.Float("Duration (min)", default=5)
    outcome_id = fields.Many2one("crm.call.outcome")
    note = fields.Text("What Was Said")

    def action_log(self):
        """Write the call, as one of the current user in the current company.

        :raise UserError: for a call that has not begun, or one of less than no time or more than a day
        """
        self.ensure_one()
        self.partner_id.check_access("read")
        if self.started_at > fields.Datetime.now():
            raise UserError(self.env._("This call has not begun yet. Plan an activity instead."))
        if not 0 <= self.minutes <= 24 * 60:
            raise UserError(self.env._("A call lasts between no time and a day."))
        # A call is otherwise written by telephone systems only, so there is no right to make one.
        call = self.env["crm.call"].sudo().create(self._prepare_call())
        if self.answered:
            call.env.flush_all()
            call._clear_returned(self.env.company.id)
            call.invalidate_model(["to_return"])
        return {"type": "ir.actions.act_window_close"}

    def _prepare_call(self):
        numbers = (
            self.env["crm.lifecycle.phone"].sudo().search([("partner_id", "=", self.partner_id.id), ("source", "=", "field")], limit=1)
        )
        seconds = round(self.minutes * 60) if self.answered else 0
        zone = pytz.timezone(self.env.company.partner_id.tz or self.env.user.tz or "UTC")
        return {
            "company_id": self.env.company.id,
            "user_id": self.env.uid,
            "partner_id": self.partner_id.id,
            "match": "chosen",
            "number": self.partner_id.phone,
            "e164": numbers.e164,
            "direction": self.direction,
            "state": "done" if self.answered else "missed",
            "started_at": self.started_at,
            "answered_at": self.started_at if self.answered else False,
            "ended_at": self.started_at + timedelta(seconds=seconds),
            "talk_seconds": seconds,
            "hour": pytz.utc.localize(self.started_at).astimezone(zone).strftime("%H:00"),
            "outcome_id": self.outcome_id.id,
            "to_return": self.outcome_id.callback or self.direction == "in" and not self.answered,
            "note": self.note,
        }

    @api.onchange("answered")
    def _onchange_answered(self):
        if not self.answered:
            self.minutes = 0

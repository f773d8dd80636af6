from dataclasses import asdict
from datetime import timedelta

import psycopg2
import pytz
from odoo import api, fields, models
from odoo.exceptions import AccessError, ConcurrencyError
from odoo.fields import Domain
from odoo.tools import SQL

from ..domain import cti, phone

BUS = "crm_lifecycle.call"
AGENTS_MAY_WRITE = {"partner_id", "lead_id", "outcome_id", "note"}
# A call has no followers, and nobody is told of its fields in the chatter.
QUIETLY = {"tracking_disable": True, "mail_create_nolog": True, "mail_create_nosubscribe": True}
# A ring that nobody ended, and a talk that nobody ended, are not shown again after so long.
RING_LASTS = timedelta(minutes=5)
TALK_LASTS = timedelta(hours=4)
LOST_AFTER = timedelta(hours=24)
# Events without a call id belong to an open call of the same number that began about then.
SAME_CALL = timedelta(minutes=2)


class CrmCall(models.Model):
    """A telephone call, settled from what the telephone system reported of it."""

    _name = "crm.call"
    _description = "Call"
    _inherit = ["mail.thread", "mail.activity.mixin"]
    _order = "started_at desc, id desc"
    _rec_name = "number_display"

    company_id = fields.Many2one("res.company", required=True, default=lambda self: self.env.company, readonly=True, ondelete="cascade")
    endpoint_id = fields.Many2one("crm.cti.endpoint", "Telephone System", readonly=True, ondelete="set null", index="btree_not_null")
    call_key = fields.Char(readonly=True, copy=False)
    direction = fields.Selection([("in", "Incoming"), ("out", "Outgoing")], required=True, default="in", readonly=True)
    state = fields.Selection(
        [("ringing", "Ringing"), ("talking", "Talking"), ("done", "Answered"), ("missed", "Not answered")],
        required=True,
        default="ringing",
        readonly=True,
        index=True,
    )
    number = fields.Char("Number as Sent", readonly=True, help="The other side's number, as the telephone system sent it.")
    called = fields.Char("Own Number", readonly=True)
    e164 = fields.Char("International", readonly=True, index="btree_not_null")
    number_display = fields.Char("Number", compute="_compute_number_display")
    match = fields.Selection(
        [("known", "Known"), ("maybe", "Maybe"), ("unknown", "Unknown"), ("chosen", "Said by an agent")],
        "Caller",
        required=True,
        default="unknown",
        readonly=True,
        help="Known: exactly this number. Maybe: only the last nine digits are the same.",
    )
    partner_id = fields.Many2one("res.partner", "Contact", index="btree_not_null", ondelete="set null")
    commercial_partner_id = fields.Many2one(
        "res.partner", "Customer", compute="_compute_commercial_partner_id", store=True, readonly=False, ondelete="set null"
    )
    lead_id = fields.Many2one("crm.lead", index="btree_not_null", ondelete="set null")
    user_id = fields.Many2one("res.users", "Agent", readonly=True, index="btree_not_null")
    agent_since = fields.Datetime("With the Agent since", readonly=True)
    agent_took = fields.Boolean("Taken by the Agent", readonly=True)
    team_id = fields.Many2one("crm.team", "Queue", readonly=True, index="btree_not_null")
    started_at = fields.Datetime("Start", required=True, default=fields.Datetime.now, readonly=True, index=True)
    answered_at = fields.Datetime("Answered", readonly=True)
    ended_at = fields.Datetime("End", readonly=True)
    duration = fields.Integer("Duration Reported", readonly=True)
    talk_seconds = fields.Integer("Talk Time", readonly=True, aggregator="avg", help="Exported in seconds.")
    wait_seconds = fields.Integer("Waiting Time", readonly=True, aggregator="avg", help="Exported in seconds.")
    hour = fields.Char("Hour of Day", readonly=True, help="In the company's time zone.")
    recording = fields.Char(readonly=True)
    outcome_id = fields.Many2one("crm.call.outcome", ondelete="restrict")
    note = fields.Text()
    to_return = fields.Boolean(
        "To Call Back", readonly=True, index="btree_not_null", help="Missed, and nobody has spoken with this number since."
    )

    _key_once = models.UniqueIndex("(endpoint_id, call_key) WHERE call_key IS NOT NULL")
    # The timeline of a customer, newest first.
    _customer_idx = models.Index("(commercial_partner_id, started_at DESC, id DESC) WHERE commercial_partner_id IS NOT NULL")
    _open_idx = models.Index("(endpoint_id, number) WHERE ended_at IS NULL")

    @api.depends("partner_id.commercial_partner_id")
    def _compute_commercial_partner_id(self):
        for call in self:
            call.commercial_partner_id = call.partner_id.commercial_partner_id

    @api.depends("number", "e164")
    def _compute_number_display(self):
        for call in self:
            call.number_display = phone.international(call.e164) if call.e164 else call.number or self.env._("Number withheld")

    @api.depends("number_display", "partner_id", "lead_id")
    def _compute_display_name(self):
        for call in self:
            who = call.partner_id.display_name or call.lead_id.display_name
            call.display_name = f"{who} · {call.number_display}" if who else call.number_display

    def write(self, vals):
        if not self.env.su and vals.keys() - AGENTS_MAY_WRITE:
            raise AccessError(self.env._("What a telephone system reported of a call cannot be changed."))
        if vals.get("outcome_id"):
            vals = {**vals, "to_return": self.env["crm.call.outcome"].browse(vals["outcome_id"]).callback}
        return super().write(vals)

    # What telephone systems report

    @api.model
    def _receive(self, line, event) -> int:
        """Settle an event of a connection (see ``crm.cti.endpoint._line``) into its call, and tell the agents. Returns the call's id.

        At most five queries. Two events that make the same call at once are settled one after the other: the second is retried.
        """
        self = self.with_company(line.company_id)
        known = self._open_call(line, event)
        said = cti.facts(event, self._agent(line, event))
        before = cti.Facts(**{name: known[name] or default for name, default in asdict(cti.Facts()).items()}) if known else None
        settled = cti.merge(before, said) if known else said
        values = self._prepare_values(settled, line, before)
        if known:
            call = self.browse(known["id"])
            if event.kind == cti.END and not event.call_id:
                values["call_key"] = event.key()
            if line.team_id and not known["team_id"]:
                values["team_id"] = line.team_id
            call.with_context(**QUIETLY, crm_lifecycle_reported=True).write(values)
        else:
            values |= {"endpoint_id": line.id, "company_id": line.company_id, "call_key": event.key(), "team_id": line.team_id}
            values |= self._prepare_caller(event.number, line)
            try:
                call = self.with_context(**QUIETLY, crm_lifecycle_reported=True).create(values)
                self.env.flush_all()
            except psycopg2.errors.UniqueViolation as error:
                raise ConcurrencyError(str(error)) from error
        if settled.answered_at and settled.ended_at:
            call._clear_returned(line.company_id)
        call._tell(line, known, settled)
        return call.id

    @api.model
    def _agent(self, line, event):
        """The user whom an event means: of a group call that rings, nobody in particular."""
        return line.user_ids[0] if line.user_ids and (event.kind != cti.RING or len(line.user_ids) == 1) else None

    @api.model
    def _open_call(self, line, event):
        """What is stored of the call that an event belongs to, locked."""
        self.flush_model()
        columns = SQL(", ").join(SQL.identifier("call", name) for name in ("id", "team_id", *cti.FACT_NAMES))
        condition = SQL("call.call_key = %s", event.key())
        if not event.call_id and event.number:
            about = event.started_at or event.at
            condition = SQL(
                "(%s OR call.number = %s AND call.ended_at IS NULL AND call.call_key LIKE 'hash:%%' AND call.started_at BETWEEN %s AND %s)",
                condition,
                event.number,
                about - SAME_CALL,
                about + SAME_CALL,
            )
        rows = self.env.execute_query_dict(
            SQL(
                """
                SELECT %s, agent.partner_id AS user_partner_id, ARRAY(
                       SELECT u.partner_id FROM res_users u
                        WHERE u.id IN (SELECT m.user_id FROM crm_team_member m WHERE m.crm_team_id = call.team_id AND m.active)
                           OR call.team_id IS NULL
                          AND u.id IN (SELECT x.user_id FROM crm_cti_extension x WHERE x.endpoint_id = call.endpoint_id)) AS rung_partner_ids
                  FROM crm_call call LEFT JOIN res_users agent ON agent.id = call.user_id
                 WHERE call.endpoint_id = %s AND %s ORDER BY call.id LIMIT 1 FOR NO KEY UPDATE OF call
                """,
                columns,
                line.id,
                condition,
            )
        )
        return rows[0] if rows else None

    @api.model
    def _prepare_values(self, settled, line, before=None):
        """Values of what the events say; of those only that differ from ``before``."""
        values = {name: value for name, value in asdict(settled).items() if before is None or value != getattr(before, name)}
        if not values:
            return {}
        zone = pytz.timezone(line.timezone or "UTC")
        values |= {
            "state": settled.state,
            "talk_seconds": settled.talk_seconds,
            "wait_seconds": settled.wait_seconds,
            "hour": pytz.utc.localize(settled.started_at).astimezone(zone).strftime("%H:00"),
        }
        if settled.ended_at and (before is None or before.state != settled.state):
            values["to_return"] = settled.state == "missed" and settled.direction == "in"
        return values

    @api.model
    def _prepare_caller(self, number, line):
        """Who is calling: certain for one match, or for several in one family (then the firm); with several, the agent is asked."""
        matches = self.env["crm.lifecycle.phone"]._match(number, line.region, line.company_id)
        read = phone.read(number, line.region)
        values = {"e164": read and read.e164, "match": "unknown"}
        if matches:
            values["match"] = "known" if matches[0].known else "maybe"
            families = {match.family_id for match in matches}
            if len(matches) == 1:
                values |= {
                    "partner_id": matches[0].partner_id,
                    "lead_id": matches[0].lead_id,
                    "commercial_partner_id": matches[0].family_id,
                }
            elif len(families) == 1 and None not in families and matches[0].known:
                values["partner_id"] = values["commercial_partner_id"] = families.pop()
        return {"partner_id": None, "commercial_partner_id": None, **values}

    def _clear_returned(self, company_id):
        """Who has been spoken with needs no call-back for the calls missed before."""
        self.env.cr.execute(
            SQL(
                """
                UPDATE crm_call missed SET to_return = false FROM crm_call spoken
                 WHERE spoken.id = %s AND missed.to_return AND missed.e164 = spoken.e164 AND missed.company_id = %s
                   AND missed.started_at <= spoken.started_at
                """,
                self.id,
                company_id,
            )
        )

    def _tell(self, line, known, settled):
        """Tell the browsers of those whom the call concerns: its agent, or everybody it rings for until somebody has it. Only ids travel."""
        partners = set(line.user_partner_ids)
        if known and known["user_id"]:
            partners.add(known["user_partner_id"])
        elif known:
            partners |= set(known["rung_partner_ids"])
        elif not settled.user_id and not line.user_ids:
            partners |= set(line.team_partner_ids)
        for partner in self.env["res.partner"].browse(sorted(partners)):
            partner._bus_send(BUS, {"call_id": self.id, "state": settled.state})

    @api.autovacuum
    def _gc_lost(self):
        """End the calls whose end was never reported."""
        limit = fields.Datetime.now() - LOST_AFTER
        for call in self.search([("ended_at", "=", False), ("started_at", "<", limit)], limit=1000):
            call.write({"ended_at": call.answered_at or call.started_at, "state": "done" if call.answered_at else "missed"})

    # What agents do

    @api.model
    def open_calls(self):
        """Ids of the calls that concern the current user now: for a browser that has just (re)connected."""
        now = fields.Datetime.now()
        mine = Domain("user_id", "=", self.env.uid) | Domain("user_id", "=", False) & Domain("team_id.member_ids", "in", self.env.uid)
        ringing = Domain("state", "=", "ringing") & Domain("started_at", ">", now - RING_LASTS)
        talking = Domain("state", "=", "talking") & Domain("started_at", ">", now - TALK_LASTS)
        return self.search(mine & (ringing | talking), limit=5).ids

    def cards(self):
        """What the cards of these calls show, by the reader's rights: [{id, number, direction, state, match, partner, lead, candidates, …}].

        Somebody else's call is left out: a call that rings at several is the agent's who answers it.
        """
        return [call._card() for call in self.exists()._filtered_access("read")]

    def _card(self):
        candidates = self._candidates()
        return {
            "id": self.id,
            "number": self.number_display,
            "direction": self.direction,
            "state": self.state,
            "match": self.match,
            "started_at": fields.Datetime.to_string(self.started_at),
            "answered_at": fields.Datetime.to_string(self.answered_at) if self.answered_at else False,
            "queue": self.team_id.name or False,
            "partner": self._card_owner(self.partner_id),
            "lead": self._card_owner(self.lead_id),
            "candidates": candidates if len(candidates) > 1 and self.match != "chosen" else [],
            "outcome_id": self.outcome_id.id,
            "outcomes": self.env["crm.call.outcome"].search_read([], ["name"], load=False),
            "note": self.note or "",
            "actions": self._card_actions(),
        }

    def _card_owner(self, record):
        record = record._filtered_access("read")
        return {"id": record.id, "name": record.display_name} if record else False

    def _candidates(self):
        """The contacts and leads that may be calling, as far as the reader may see them."""
        region = self.endpoint_id.sudo().country_id.code or self.company_id.country_id.code
        found = []
        for match in self.env["crm.lifecycle.phone"].sudo()._match(self.e164 or self.number, region, self.company_id.id):
            model, record_id = ("res.partner", match.partner_id) if match.partner_id else ("crm.lead", match.lead_id)
            if self.env[model].browse(record_id)._filtered_access("read"):
                found.append({"model": model, "id": record_id, "name": match.name, "known": match.known})
        return found

    def _card_actions(self):
        """What an agent may start from the card: [{method, label, icon}]; ``method`` is called on the call and returns an action."""
        actions = []
        if self.env["sale.order"].has_access("create"):
            actions.append({"method": "action_new_quotation", "label": self.env._("Quotation"), "icon": "fa-pencil-square-o"})
        if self.env["crm.lead"].has_access("create"):
            actions.append({"method": "action_new_opportunity", "label": self.env._("Opportunity"), "icon": "fa-star-o"})
        return actions

    def choose(self, model, record_id):
        """The agent says who is calling: a contact or a lead. It is remembered for this number."""
        self.ensure_one()
        if model not in ("res.partner", "crm.lead"):
            raise ValueError(model)
        owner = self.env[model].browse(int(record_id))
        owner.check_access("read")
        self.check_access("write")
        call = self.sudo()
        region = self.endpoint_id.sudo().country_id.code or self.company_id.country_id.code
        self.env["crm.lifecycle.phone"]._remember(self.e164 or self.number, region, owner)
        partner = owner if model == "res.partner" else owner.partner_id
        call.write({"partner_id": partner.id, "lead_id": owner.id if model == "crm.lead" else False, "match": "chosen"})
        return self._card()

    @api.model
    def _attach(self, owner):
        """Contacts and leads that are made from a card belong to its call."""
        call = self.browse(self.env.context.get("crm_lifecycle_call_id")).exists()
        if call and len(owner) == 1:
            call.with_context(crm_lifecycle_call_id=False).choose(owner._name, owner.id)

    def log_outcome(self, outcome_id, note):
        """Keep what came of the call."""
        self.ensure_one()
        self.write({"outcome_id": int(outcome_id) if outcome_id else False, "note": (note or "")[:10_000]})

    def action_open_customer(self):
        """The page of the customer, or the lead."""
        self.ensure_one()
        if self.partner_id:
            return self.partner_id.action_open_customer_360()
        record = self.lead_id
        return {"type": "ir.actions.act_window", "res_model": record._name, "res_id": record.id, "views": [(False, "form")]}

    def action_new_quotation(self):
        return self._new_document("sale.order", self.env._("New Quotation"))

    def action_new_opportunity(self):
        context = {"default_type": "opportunity", "default_phone": self.e164 or self.number}
        return self._new_document("crm.lead", self.env._("New Opportunity"), context)

    def action_new_contact(self):
        """A form for a new contact, which the call then belongs to."""
        return {**self._new_document("res.partner", self.env._("New Contact"), self._caller_context()), "target": "new"}

    def action_new_lead(self):
        """A form for a new lead, which the call then belongs to."""
        context = {"default_type": "lead", **self._caller_context()}
        return {**self._new_document("crm.lead", self.env._("New Lead"), context), "target": "new"}

    def _caller_context(self):
        return {"default_phone": self.e164 or self.number, "crm_lifecycle_call_id": self.id}

    def action_plan_callback(self):
        """Plan to call back: an activity of the current user on the call, due today."""
        for call in self:
            call.activity_schedule(
                "mail.mail_activity_data_call", summary=self.env._("Call back %(who)s", who=call.display_name), user_id=self.env.uid
            )
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {"type": "success", "message": self.env._("The call-back is among your activities of today.")},
        }

    def action_call(self):
        """Call the number back, by the telephone system where it offers it."""
        self.ensure_one()
        if self.env["crm.cti.endpoint"].originate(self.e164 or self.number):
            return None
        return {"type": "ir.actions.act_url", "url": f"tel:{self.e164 or self.number}", "target": "self"}

    def _new_document(self, model, name, context=None):
        self.ensure_one()
        defaults = {"default_partner_id": self.partner_id.id, "default_name": False}
        if model == "sale.order" and self.lead_id:
            defaults["default_opportunity_id"] = self.lead_id.id
        return {
            "type": "ir.actions.act_window",
            "name": name,
            "res_model": model,
            "views": [(False, "form")],
            "context": {**{key: value for key, value in defaults.items() if value}, **(context or {})},
        }

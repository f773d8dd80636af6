from datetime import timedelta

from odoo import Command, api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain
from odoo.tools import SQL, format_date, format_time

from ..analytics import my_day, snapshot
from ..domain.clock import moment
from ..domain.my_day import KINDS, Task, queue

MODELS = {
    "callback": "crm.call",
    "visit": "calendar.event",
    "activity": "mail.activity",
    "call_list": "crm.call.list.line",
    "plan": "crm.account.plan",
    "quotation": "sale.order",
    "at_risk": "crm.lifecycle.customer",
    "reorder": "crm.lifecycle.customer",
}
# Who has been contacted is not brought up again for the same cause so soon.
AGAIN_AFTER = timedelta(days=14)
LONGEST_NOTE = 10_000
MEETING = timedelta(minutes=30)


class CrmMyDay(models.AbstractModel):
    """The queue of a salesperson's day: whom to call, visit and follow up, and why. Read from documents at every look; done by real records."""

    _name = "crm.my.day"
    _description = "My Day"

    @api.model
    @api.readonly
    def get_queue(self) -> dict:
        """The current user's tasks of today in the current company, each customer once, in the order of the work.

        :return: ``{"date", "done", "total", "stops", "outcomes": [{"id", "name"}]}``; each stop: ``{"kind", "id", "model", "res_id", "partner_id", "contact_id",
            "name", "place", "phone", "may_call", "time", "reason", "further": [reasons], "amount", "currency_id"}``. Amounts are those of
            quotations that the reader may see.
        """
        self.env["crm.call"].check_access("read")
        today = fields.Date.context_today(self)
        self.env.flush_all()
        unasked = self.env["res.partner"]._lifecycle_reachable("phone")
        [(found,)] = self.env.execute_query(SQL("SELECT %s", snapshot.json_object(self._get_sources(today, unasked))))
        marks = found.pop("marks") or []
        rows = {(kind, row["id"]): row for kind, tasks in found.items() for row in tasks or []}
        tasks = [Task(kind, row["id"], row["customer"], row["at"] or "") for (kind, _id), row in rows.items()]
        stops = queue(tasks, [(mark["kind"], mark["id"]) for mark in marks if mark["waits"]])
        people = self._get_people(rows.values(), unasked)
        done = sum(mark["done"] for mark in marks)
        return {
            "date": fields.Date.to_string(today),
            "done": done,
            "total": done + len(stops),
            "stops": [self._get_stop(stop, rows, people, today) for stop in stops],
            "outcomes": self.env["crm.call.outcome"].search_read([], ["name"], load=False),
        }

    @api.model
    def finish(self, kind: str, task_id: int, how: str = "call", outcome_id=False, note: str = "") -> dict:
        """Do a task: write what was done as a call, a meeting or a done activity. Returns the queue as it is now.

        ``how``: ``call`` or ``meeting``; a visit is its own meeting. A task that is done already is not done twice.

        :raise AccessError: for documents that the user may not read
        :raise UserError: for anything else than a task
        """
        if how not in ("call", "meeting"):
            raise UserError(self.env._("A task is done by a call or a meeting."))
        if not isinstance(note, str):
            raise UserError(self.env._("The note must be text."))
        record, contact = self._get_task(kind, task_id)
        today = fields.Date.context_today(self)
        if record and self.env["crm.my.day.mark"]._mark([(kind, task_id)], today):
            self._write_done(kind, record, contact, how, outcome_id, note.strip()[:LONGEST_NOTE])
        return self.get_queue()

    @api.model
    def snooze(self, kind: str, task_id: int, days: int = 1) -> dict:
        """Put a task off by 1 to 30 days: an activity gets a later day, everything else waits. Returns the queue as it is now."""
        if isinstance(days, bool) or not isinstance(days, int) or not 1 <= days <= 30:
            raise UserError(self.env._("A task can be put off by 1 to 30 days."))
        record, _contact = self._get_task(kind, task_id)
        today = fields.Date.context_today(self)
        until = today + timedelta(days=days)
        if record and kind == "activity":
            record.date_deadline = until
        elif record:
            self.env["crm.my.day.mark"]._mark([(kind, task_id)], today, until)
        return self.get_queue()

    # What a day may hold

    def _get_sources(self, today, unasked) -> dict:
        """By kind of task, an expression that gives a JSON list of tasks; ``marks``: what is done and put off.

        ``unasked``: the contacts who may be called unasked.
        """
        me, company = self.env.user, self.env.company
        comment = self.env["ir.model.data"]._xmlid_to_res_id("mail.mt_comment")
        here, mine = Domain("company_id", "=", company.id), Domain("user_id", "=", me.id)
        start, end = moment(today, self.env.tz), moment(today + timedelta(days=1), self.env.tz)
        partners = self.env["res.partner"]
        any_way = unasked | partners._lifecycle_reachable("visit") | partners._lifecycle_reachable("email")
        team = Domain("user_id", "=", False) & (
            Domain("team_id.member_ids", "in", me.ids) | Domain("commercial_partner_id.user_id", "=", me.id)
        )
        customers = here & Domain("partner_id", "any", Domain("user_id", "=", me.id) & unasked)
        sources = {
            "callback": my_day.callbacks(self._query("crm.call", here & Domain("to_return", "=", True) & (mine | team))),
            "visit": my_day.visits(
                self._query(
                    "calendar.event",
                    Domain("partner_ids", "in", me.partner_id.ids)
                    & Domain("partner_ids", "any!", [("partner_share", "=", True)])
                    & Domain("start", ">=", start)
                    & Domain("start", "<", end),
                ),
                me.partner_id.id,
            ),
            "activity": my_day.activities(
                me.id,
                today,
                {
                    model: my_day.with_activity(self._query(model, Domain.TRUE), model, partner, me.id, today)
                    for model, partner in self._get_activity_models().items()
                    if self.env[model].has_access("read")
                },
                self.env.lang or "en_US",
            ),
            "plan": my_day.plans(
                self._query(
                    "crm.account.plan",
                    here & mine & Domain("next_contact_date", "<=", today) & Domain("partner_id", "any", any_way),
                )
            ),
            "at_risk": my_day.customers(
                self._query("crm.lifecycle.customer", customers & Domain("health", "=", "at_risk")),
                "health_since",
                today - AGAIN_AFTER,
                comment,
            ),
            "reorder": my_day.customers(
                self._query(
                    "crm.lifecycle.customer",
                    customers & Domain("health", "in", ("active", "won_back")) & Domain("next_purchase_date", "<=", today),
                ),
                "next_purchase_date",
                today - AGAIN_AFTER,
                comment,
            ),
            "marks": my_day.marks(me.id, company.id, today),
        }
        if self.env["sale.order"].has_access("read"):
            # Sent on the day before, or earlier, than the days of grace.
            grace = today - timedelta(days=company.lifecycle_quotation_days - 1)
            sent = here & mine & Domain("state", "=", "sent") & Domain("date_order", "<", moment(grace, self.env.tz))
            sources["quotation"] = my_day.quotations(self._query("sale.order", sent), grace, comment)
        lines = Domain("list_id.user_id", "=", me.id) & Domain("list_id.active", "=", True) & Domain("list_id.company_id", "=", company.id)
        lines &= Domain("state", "=", "todo") & Domain("next_call_date", "<=", today) & Domain("partner_id", "any", unasked)
        sources["call_list"] = my_day.call_list_lines(self._query("crm.call.list.line", lines))
        return sources

    def _query(self, model, domain):
        return self.env[model]._search(Domain(domain))

    def _get_activity_models(self) -> dict:
        """Models whose activities belong to the day of a salesperson, with the field of their contact."""
        return {
            "res.partner": "id",
            "crm.lead": "partner_id",
            "sale.order": "partner_id",
            "crm.call": "partner_id",
            "crm.account.plan": "partner_id",
        }

    def _get_people(self, rows, unasked) -> dict:
        """What is shown of the contacts concerned that the reader may see, by id."""
        ids = {row[name] for row in rows for name in ("customer", "contact")} - {None}
        partners = self.env["res.partner"].search_fetch([("id", "in", list(ids))], ["complete_name", "name", "phone", "city"])
        callable_ids = set(self.env["res.partner"]._search(Domain("id", "in", partners.ids) & unasked))
        return {
            partner.id: {
                "name": partner.name or partner.complete_name,
                "phone": partner.phone or "",
                "city": partner.city or "",
                "may_call": partner.id in callable_ids,
            }
            for partner in partners
        }

    def _get_stop(self, stop, rows, people, today) -> dict:
        row = rows[stop.task.key]
        nobody = {"name": "", "phone": "", "city": "", "may_call": False}
        customer, contact = people.get(row["customer"], nobody), people.get(row["contact"], nobody)
        phone = row.get("number") or contact["phone"] or customer["phone"]
        # Who has called, or whose quotation is open, waits to hear from us.
        asked = any(task.kind in ("callback", "quotation", "visit") for task in (stop.task, *stop.further))
        reason, *reasons = (self._get_reason(task.kind, rows[task.key], today) for task in (stop.task, *stop.further))
        return {
            "kind": stop.task.kind,
            "id": stop.task.id,
            "model": row.get("model") or MODELS[stop.task.kind],
            "res_id": row.get("document") or stop.task.id,
            "partner_id": row["customer"] if row["customer"] in people else False,
            "contact_id": row["contact"] if row["contact"] in people else False,
            "name": customer["name"] or row.get("number") or row.get("name") or self.env._("Number withheld"),
            "contact": contact["name"] if row["contact"] != row["customer"] else "",
            "place": customer["city"],
            "phone": phone or "",
            "may_call": bool(phone) and (asked or customer["may_call"]),
            "how": "meeting" if stop.task.kind == "visit" or row.get("category") == "meeting" else "call",
            "late": bool(row["at"]) and row["at"][:10] < fields.Date.to_string(today),
            "time": self._local_time(row["at"]) if stop.task.kind == "visit" else "",
            "reason": reason,
            # Several calls may ask for the same thing.
            "further": [further for further in dict.fromkeys(reasons) if further != reason],
            "amount": row.get("amount"),
            "currency_id": row.get("currency_id"),
        }

    def _local_time(self, at):
        return format_time(self.env, fields.Datetime.to_datetime(at), time_format="short") if at else ""

    # Why, in words

    def _get_reason(self, kind, row, today) -> str:
        return getattr(self, f"_reason_{kind}")(row, today)

    def _day(self, value):
        return format_date(self.env, fields.Date.to_date(value))

    def _ago(self, value, today):
        days = (today - fields.Date.to_date(value)).days
        return self.env["res.partner"]._lifecycle_span(days) if days > 1 else self.env._("1 day")

    def _reason_callback(self, row, today):
        day = fields.Date.to_date(row["at"][:10])
        when = self._day(day) if day < today else self._local_time(row["at"])
        if row["missed"]:
            return (
                self.env._("Called on %(when)s and reached nobody", when=when)
                if day < today
                else self.env._("Called at %(when)s and reached nobody", when=when)
            )
        return self.env._("Was promised a call on %(when)s", when=self._day(day))

    def _reason_visit(self, row, today):
        return self.env._("%(subject)s, %(place)s", subject=row["name"], place=row["location"]) if row["location"] else row["name"]

    def _reason_activity(self, row, today):
        what = ": ".join(filter(None, (row["type"], row["summary"])))
        if fields.Date.to_date(row["at"]) < today:
            return self.env._("%(what)s, planned for %(day)s", what=what, day=self._day(row["at"]))
        return self.env._("%(what)s, planned for today", what=what)

    def _reason_call_list(self, row, today):
        return self.env._("On the call list “%(name)s”", name=row["name"])

    def _reason_plan(self, row, today):
        days = row["contact_days"]
        if not row["last_contact_date"]:
            return self.env._("Account plan: no contact yet, one every %(days)s days is planned", days=days)
        if row["pareto_class"]:
            return self.env._(
                "Account plan: last contact on %(day)s, class %(class)s is contacted every %(days)s days",
                day=self._day(row["last_contact_date"]),
                days=days,
                **{"class": row["pareto_class"].upper()},
            )
        return self.env._(
            "Account plan: last contact on %(day)s, one every %(days)s days is planned", day=self._day(row["last_contact_date"]), days=days
        )

    def _reason_quotation(self, row, today):
        if row["valid_until"]:
            return self.env._(
                "Quotation %(name)s sent on %(day)s, not heard of since; valid until %(until)s",
                name=row["name"],
                day=self._day(row["at"]),
                until=self._day(row["valid_until"]),
            )
        return self.env._("Quotation %(name)s sent on %(day)s, not heard of since", name=row["name"], day=self._day(row["at"]))

    def _reason_at_risk(self, row, today):
        return self.env._(
            "At risk since %(day)s: usually buys every %(rhythm)s, last %(ago)s ago",
            day=self._day(row["health_since"]),
            rhythm=self.env["res.partner"]._lifecycle_span(round(row["expected_gap"] or 0)),
            ago=self._ago(row["last_purchase_date"], today),
        )

    def _reason_reorder(self, row, today):
        return self.env._(
            "Expected to buy again on %(day)s: usually buys every %(rhythm)s, last %(ago)s ago",
            day=self._day(row["next_purchase_date"]),
            rhythm=self.env["res.partner"]._lifecycle_span(round(row["expected_gap"] or 0)),
            ago=self._ago(row["last_purchase_date"], today),
        )

    # Doing it

    def _get_task(self, kind, task_id):
        """The record of a task that the user may read, and the contact concerned; an empty record if it is gone."""
        if kind not in KINDS or isinstance(task_id, bool) or not isinstance(task_id, int) or not 0 < task_id < 2**31:
            raise UserError(self.env._("This is no task of a day: %(task)s", task=str(kind)[:40]))
        record = self.env[MODELS[kind]].browse(task_id).exists()
        partners = self.env["res.partner"]
        if not record:
            return record, partners
        record.check_access("read")
        match kind:
            case "visit":
                guests = record.partner_ids.filtered(lambda person: person.partner_share and person != self.env.user.partner_id)
                return record, guests.sorted("id")[:1]
            case "activity":
                if record.user_id != self.env.user:
                    raise UserError(self.env._("This activity is a colleague's."))
                document = self.env[record.res_model].browse(record.res_id)
                field = self._get_activity_models().get(record.res_model)
                return record, (document if field == "id" else document[field]) if field else partners
            case "callback":
                return record, record.partner_id or record.commercial_partner_id
        return record, record.partner_id

    def _write_done(self, kind, record, contact, how, outcome_id, note):
        call, outcome = self.env["crm.call"], self.env["crm.call.outcome"].browse(self._get_id(outcome_id)).exists()
        spoken = how == "call" and (kind != "activity" or record.activity_type_id.category == "phonecall")
        if kind == "activity":
            record.action_feedback(feedback=note)
        elif kind == "visit" and contact and note:
            contact.message_post(body=self.env._("Visited: %(note)s", note=note))
        if kind == "callback" and not contact:
            # Nobody knows whose number it is: what came of it is kept on the call itself.
            record.write({"note": note, "outcome_id": outcome.id})
            # sudo(): whether a call waits is not for agents to write; that they called back is.
            record.sudo().to_return = outcome.callback
        elif spoken and kind != "visit" and contact:
            call = call.log_call(contact.id, outcome.id, note)
        elif kind not in ("visit", "activity"):
            self._write_meeting(contact, note)
        if contact:
            if not call:
                call._spoken_with(contact.commercial_partner_id, call)
            self.env["crm.call.list.line"]._contacted(contact.commercial_partner_id, call)

    def _get_id(self, value):
        if value and (isinstance(value, bool) or not isinstance(value, int)):
            raise UserError(self.env._("The outcome must be one of the outcomes of calls."))
        return value or 0

    def _write_meeting(self, contact, note):
        """A meeting with a customer that has just taken place; nobody is invited by mail."""
        now = fields.Datetime.now().replace(second=0)
        self.env["calendar.event"].with_context(no_mail_to_attendees=True, mail_create_nolog=True).create(
            {
                "name": self.env._("Meeting with %(customer)s", customer=contact.display_name),
                "start": now - MEETING,
                "stop": now,
                "description": note,
                "partner_ids": [Command.set((self.env.user.partner_id | contact).ids)],
            }
        )

import re
from collections import defaultdict
from datetime import UTC, datetime, timedelta
from html import unescape

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain
from odoo.tools import SQL, Query

from ..analytics import places, timeline
from ..analytics.documents import SALES_MOVES
from ..analytics.timeline import OtherKind, TimelineFilter, TimelineSource
from .mail_message import WRITTEN

PAGE = 20
MOST = 100
# The beginning of a mail as plain text: without tags, entities and runs of blanks.
PLAIN_BODY = SQL(
    """btrim(regexp_replace(regexp_replace(left(mail_message.body, 4000), '<(style|script)[^>]*>.*?</\\1>|<[^>]*>|&(nbsp|#160);', ' ', 'gi'),
                            '\\s+', ' ', 'g'))"""
)
READ_BODY = SQL("replace(replace(replace(%s, '&lt;', '<'), '&gt;', '>'), '&amp;', '&')", PLAIN_BODY)
CURSOR = re.compile(r"(\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d{6})\|([a-z_]{1,40})\|(\d{1,10})")


class ResPartner(models.Model):
    """Everything that passed between the firm and the whole family of contacts, newest first."""

    _inherit = "res.partner"

    @api.readonly
    def crm_lifecycle_timeline(self, cursor=None, kinds=None, person_ids=None, date_from=None, date_to=None, text=None, limit=PAGE):
        """A page of the timeline of the customer that this contact belongs to.

        :param str cursor: the ``next`` of the page before; None for the newest lines
        :param list kinds: only these kinds
        :param list person_ids: only lines with these contacts
        :param str date_from: first day, ``YYYY-MM-DD``, in the reader's time zone
        :param str date_to: last day
        :param str text: only lines whose title or text holds this
        :return: ``{"lines": [{"kind", "id", "model", "document", "date", "title", "detail", "state", "amount", "currency_id", "person_id",
            "person"}, …], "next": str or None, "kinds": [{"kind", "label", "icon"}, …]}``; ``date`` is a day where the document has no
            hour, else a moment in UTC. A document that the reader may not see is absent.
        :raise UserError: for a cursor, a day or a list that is none
        """
        partner, _name, members = self._lifecycle_seen()
        text = (text if isinstance(text, str) else "").strip()[:200]
        chosen = TimelineFilter(
            kinds=partner._lifecycle_checked_list(kinds, str),
            person_ids=partner._lifecycle_checked_list(person_ids, int),
            date_from=partner._lifecycle_moment(date_from),
            date_to=partner._lifecycle_moment(date_to, days=1),
            typed=bool(text),
        )
        return partner._lifecycle_timeline_page(chosen, timeline.patterns(text), cursor, limit, members)

    def _lifecycle_timeline_sources(self):
        """What is on the timeline: a list of ``TimelineSource`` (see there), to be extended by ``super()``.

        ``self`` is the one commercial partner. A source whose model the reader may not read is left out by the caller. Index the date
        column together with the contact where a family may have many documents::

            def _lifecycle_timeline_sources(self):
                return super()._lifecycle_timeline_sources() + [
                    TimelineSource(
                        kind="complaint", label=self.env._("Complaints"), icon="fa-exclamation-triangle", model="crm.complaint",
                        domain=self._lifecycle_here(), date="create_date", title="name", state="state",
                    )
                ]
        """
        here = self._lifecycle_here()
        refunded = SQL("account_move.move_type = 'out_refund'")
        sources = [
            TimelineSource(
                kind="opportunity",
                label=self.env._("Opportunities"),
                icon="fa-handshake-o",
                model="crm.lead",
                domain=here,
                date="create_date",
                title="name",
                detail="stage_id.name",
                amount=SQL("NULLIF(crm_lead.expected_revenue, 0)"),
                currency=SQL("%s", self.env.company.currency_id.id),
            ),
            TimelineSource(
                kind="order",
                label=self.env._("Quotations and Orders"),
                icon="fa-shopping-cart",
                model="sale.order",
                domain=here,
                date="date_order",
                title="name",
                detail="client_order_ref",
                state="state",
                amount="amount_total",
                currency="currency_id",
            ),
            TimelineSource(
                kind="invoice",
                label=self.env._("Invoices"),
                icon="fa-file-text-o",
                model="account.move",
                domain=here & Domain("state", "=", "posted") & Domain("move_type", "in", SALES_MOVES),
                date="invoice_date",
                day=True,
                title="name",
                detail="ref",
                state="payment_state",
                amount=SQL("CASE WHEN %s THEN -account_move.amount_total ELSE account_move.amount_total END", refunded),
                currency="currency_id",
                other=OtherKind(kind="refund", label=self.env._("Credit Notes"), icon="fa-undo", when=refunded),
            ),
            TimelineSource(
                kind="payment",
                label=self.env._("Payments"),
                icon="fa-money",
                model="account.payment",
                domain=here & Domain("state", "in", ("in_process", "paid")) & Domain("partner_type", "=", "customer"),
                date="date",
                day=True,
                title="name",
                detail="memo",
                state="state",
                amount=SQL(
                    "CASE WHEN account_payment.payment_type = 'outbound' THEN -account_payment.amount ELSE account_payment.amount END"
                ),
                currency="currency_id",
            ),
            TimelineSource(
                kind="meeting",
                label=self.env._("Meetings"),
                icon="fa-calendar",
                model="calendar.event",
                query=self._lifecycle_meetings(Domain.TRUE),
                date="start",
                title="name",
                detail="location",
                person=SQL("NULL"),
                thread=False,
            ),
        ]
        if "stock.picking" in self.env:
            sources.append(
                TimelineSource(
                    kind="delivery",
                    label=self.env._("Deliveries"),
                    icon="fa-truck",
                    model="stock.picking",
                    domain=here & Domain("picking_type_code", "=", "outgoing"),
                    date=SQL("COALESCE(stock_picking.date_done, stock_picking.scheduled_date)"),
                    title="name",
                    detail="origin",
                    state="state",
                )
            )
        if "mailing.trace" in self.env:
            sources += self._lifecycle_mailing_sources()
        return sources

    def _lifecycle_mailing_sources(self):
        """Mailings sent to contacts of the family, with whether they were opened; and those in which they clicked on a link."""
        contacts = self.with_context(active_test=False)._search([("commercial_partner_id", "=", self.id)])
        mailing = {
            "model": "mailing.trace",
            "domain": Domain("model", "=", "res.partner") & Domain("res_id", "in", contacts),
            "title": "mass_mailing_id.subject",
            "detail": "email",
            "person": "res_id",
            "thread": False,
            "document": (SQL("'mailing.mailing'"), SQL("mailing_trace.mass_mailing_id")),
        }
        return [
            TimelineSource(
                kind="mailing", label=self.env._("Mailings"), icon="fa-bullhorn", date="sent_datetime", state="trace_status", **mailing
            ),
            TimelineSource(
                kind="mailing_click",
                label=self.env._("Clicks in Mailings"),
                icon="fa-mouse-pointer",
                date="links_click_datetime",
                **mailing,
            ),
        ]

    def _lifecycle_mail_source(self, sources, chosen, limit):
        """Mails and notes on the family's contacts and on the documents of the other sources, as far as the reader may see these."""
        contacts = self.with_context(active_test=False)._search([("commercial_partner_id", "=", self.id)])
        threads, domains = [("res.partner", contacts)], defaultdict(lambda: Domain.FALSE)
        for source in sources:
            if source.thread and "message_ids" in self.env[source.model]._fields:
                if source.query is None:
                    domains[source.model] |= source.domain
                else:
                    threads.append((source.model, source.query))
        threads += [(model, self.env[model]._search(domain, active_test=False)) for model, domain in domains.items()]
        documents = [(model, query.select(SQL.identifier(query.table, "id"))) for model, query in threads if not query.is_empty()]
        written = self.env["mail.message"]._search([("message_type", "in", WRITTEN)], bypass_access=True)
        newest = written.select(SQL("mail_message.*"))
        written.add_where(SQL("mail_message.model = thread.model AND mail_message.res_id = ANY(thread.ids)"))
        # Arrays: looked up by index; else the planner may read everybody's messages to join them.
        messages = SQL(
            "SELECT message.* FROM (%s) thread CROSS JOIN LATERAL (%s) message",
            SQL(" UNION ALL ").join(
                SQL("SELECT %s AS model, array_agg(id) AS ids FROM (%s) document", model, ids) for model, ids in documents
            ),
            written.select(SQL("mail_message.*")),
        )
        if chosen == TimelineFilter(kinds=chosen.kinds):
            messages = places.either(timeline.newest_messages(newest, documents, messages, limit), messages)
        return TimelineSource(
            kind="message",
            label=self.env._("Mails and Notes"),
            icon="fa-envelope-o",
            model="mail.message",
            query=Query(self.env, "mail_message", SQL("(%s)", messages)),
            date="date",
            title="subject",
            detail=PLAIN_BODY,
            searched=(SQL("mail_message.body"), READ_BODY),
            state="message_type",
            person="author_id",
            late=True,
            document=(SQL("mail_message.model"), SQL("mail_message.res_id")),
        )

    def _lifecycle_section_timeline(self):
        rows = yield self._lifecycle_ask_timeline
        kinds = self._lifecycle_question("_lifecycle_ask_timeline")[1] or self._lifecycle_ask_timeline()[1]
        return self._lifecycle_timeline_lines(rows, kinds, PAGE)

    def _lifecycle_ask_timeline(self):
        """A page of the lines after a position, and what ``_lifecycle_timeline_lines`` needs to read them."""
        return self._lifecycle_timeline_asked(TimelineFilter(), PAGE)

    def _lifecycle_timeline_page(self, chosen, patterns, cursor, limit, members):
        if not isinstance(limit, int) or not 1 <= limit <= MOST:
            raise UserError(self.env._("A page of the timeline has 1 to %(most)s lines.", most=MOST))
        after = self._lifecycle_position(cursor)
        if limit == PAGE and chosen == TimelineFilter():
            return self._lifecycle_answered({"timeline": self._lifecycle_section_timeline()}, after, members)["timeline"]
        # Written as it is kept for all lines, so with nobody's id, if that can be.
        anybody = self.browse(places.PARTNER) if self._lifecycle_question("_lifecycle_ask_timeline")[0] else self
        question, kinds = anybody._lifecycle_timeline_asked(chosen, limit)
        [rows] = self._lifecycle_ask([question], after, members and self._lifecycle_in_family(members), patterns)
        return self._lifecycle_timeline_lines(rows, kinds, limit)

    def _lifecycle_timeline_asked(self, chosen, limit):
        """The question for a page, and of each source (its kinds, whether it has days only, labels of its states)."""
        sources = [
            source
            for source in self._lifecycle_timeline_sources()
            if source.model in self.env and self.env[source.model].has_access("read")
        ]
        sources.append(self._lifecycle_mail_source(sources, chosen, limit + 1))
        kinds = [
            (
                [{"kind": each.kind, "label": each.label, "icon": each.icon} for each in source.kinds],
                source.day,
                self._lifecycle_state_labels(source) if source.state else {},
            )
            for source in sources
        ]
        return timeline.page(self.env, sources, chosen, limit + 1), kinds

    def _lifecycle_timeline_lines(self, rows, kinds, limit):
        lines, rows = [], rows or []
        for row in rows[:limit]:
            kind, (_kinds, day, states) = row["kind"], kinds[row["source"]]
            lines.append(
                {
                    "kind": kind,
                    "id": row["id"],
                    "model": row["model"],
                    "document": row["document"],
                    "date": row["date"][:10] if day else row["date"][:19],
                    "title": row["title"] or "",
                    "detail": unescape(row["detail"] or "") if kind == "message" else row["detail"] or "",
                    "state": states.get(row["state"], ""),
                    "amount": row["amount"],
                    "currency_id": row["currency"],
                    "person_id": row["person"],
                    "person": row["name"] or "",
                }
            )
        more = len(rows) > limit
        named = {kind["kind"]: {**kind} for of_source, _day, _states in kinds for kind in of_source}
        following = "|".join(str(rows[limit - 1][name]) for name in ("date", "kind", "id")) if more else None
        return {"lines": lines, "next": following, "kinds": list(named.values())}

    def _lifecycle_state_labels(self, source):
        return dict(self.env[source.model]._fields[source.state]._description_selection(self.env))

    def _lifecycle_position(self, cursor):
        if not cursor:
            return places.FIRST
        try:
            moment, kind, key = CURSOR.fullmatch(cursor).groups()
            datetime.fromisoformat(moment)
        except (AttributeError, TypeError, ValueError) as error:
            raise UserError(self.env._("The timeline cannot go on from there. Reload the page.")) from error
        return moment, kind, min(int(key), 2**31 - 1)

    def _lifecycle_checked_list(self, value, kind):
        if value and not (isinstance(value, list | tuple) and len(value) <= 1000 and all(type(item) is kind for item in value)):
            raise UserError(self.env._("The timeline is filtered by lists of kinds and of contacts."))
        return value or ()

    def _lifecycle_moment(self, day, days=0):
        """The first moment, in UTC as text, of a day of the reader's calendar, some ``days`` later."""
        if not day:
            return ""
        try:
            start = fields.Datetime.to_datetime(fields.Date.from_string(day)) + timedelta(days=days)
            return self.env.tz.localize(start).astimezone(UTC).replace(tzinfo=None).isoformat(" ")
        except (AttributeError, TypeError, ValueError, OverflowError) as error:
            raise UserError(self.env._("“%(day)s” is not a day.", day=str(day)[:32])) from error

from contextlib import contextmanager
from datetime import date, datetime, time, timedelta
from unittest.mock import patch

from hypothesis import Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule, run_state_machine_as_test
from odoo import Command, fields
from odoo.exceptions import UserError
from odoo.tests import tagged
from odoo.tools import SQL, mute_logger
from psycopg2 import IntegrityError

from ..analytics import documents, replay
from .common import LifecycleCase

START = date(2027, 1, 1)
CONTACTS = 6
STEPS = 2_000
FULL = settings.default.max_examples > 100
EXAMPLES, LENGTH = (200, 60) if FULL else (58, 50)

NUMBER = st.integers(0, 1_000)
AMOUNT = st.sampled_from([0, 0.01, 10, 33.33, 99.99, 1234.56])
BACK = st.sampled_from([0, 0, 0, 1, 20, 45, 200])
SHARE = st.sampled_from([0.25, 1, 1])
AHEAD = st.sampled_from([1, 3, 7, 14, 30, 61, 120])


class Sequence(RuleBasedStateMachine):
    """A firm's days: documents come, are corrected and taken back, contacts move and merge, and the jobs run daily or weekly.

    Whenever the jobs have run, facts and history as believed then must be those of one rebuild from the documents.
    """

    def __init__(self, case):
        super().__init__()
        self.case, self.env = case, case.env
        self.savepoint = self.env.cr.savepoint(flush=True)
        self.customers, self.steps = case.customers, 0
        self.day, self.rhythm, self.fresh, self.touched = START, 1, False, True
        self.contacts = self.env["res.partner"].create([{"name": f"Contact {number}"} for number in range(CONTACTS)])
        self.every = self.contacts
        self.date_back(self.contacts)
        self.moves = self.env["account.move"]
        self.leads, self.orders = self.env["crm.lead"], self.env["sale.order"]
        self.told, self.alias = {}, {}
        self.clock = patch.object(fields.Date, "context_today", lambda record, timestamp=None: self.day)
        self.clock.start()

    def teardown(self):
        type(self).done = getattr(type(self), "done", 0) + self.steps
        try:
            self.run_jobs()
            self.check_rebuild(in_chunks=True)
            self.check_what_was_believed()
        finally:
            self.clock.stop()
            self.savepoint.rollback()
            self.savepoint.close(rollback=False)
            self.env.invalidate_all()

    # ------------------------------------------------------------------
    # What happens
    # ------------------------------------------------------------------

    @initialize(weekly=st.booleans(), segment=st.sampled_from(["company", "country"]))
    def begin(self, weekly, segment):
        self.rhythm = 7 if weekly else 1
        self.case.companies.lifecycle_segment = segment

    @rule(who=NUMBER, company=NUMBER, amount=AMOUNT, back=BACK, foreign=st.booleans(), receipt=st.booleans())
    def invoice(self, who, company, amount, back, foreign, receipt):
        with self.attempt():
            where = self.pick(self.case.companies, company)
            values = {
                "move_type": "out_receipt" if receipt else "out_invoice",
                "partner_id": self.pick(self.contacts, who).id,
                "invoice_date": self.day - timedelta(days=back),
                "date": self.day - timedelta(days=back),
                "currency_id": (self.case.currency if foreign else where.currency_id).id,
                "invoice_line_ids": [Command.create({"name": "Goods", "quantity": 1, "price_unit": amount, "tax_ids": [Command.clear()]})],
            }
            move = self.env["account.move"].with_company(where).create(values)
            move.action_post()
            self.moves |= move

    @rule(who=NUMBER, company=NUMBER, amount=AMOUNT, days=st.lists(st.integers(0, 90), min_size=2, max_size=4))
    def past_invoices(self, who, company, amount, days):
        for back in days:
            self.invoice(who, company, amount, back, False, False)

    @rule(which=NUMBER, share=SHARE)
    @precondition(lambda self: self.posted())
    def credit(self, which, share):
        with self.attempt():
            move = self.pick(self.posted(), which)
            note = move.with_company(move.company_id)._reverse_moves([{"invoice_date": self.day, "date": self.day}])
            note.invoice_line_ids.price_unit *= share
            note.action_post()
            self.moves |= note

    @rule(which=NUMBER, how=st.sampled_from(["draft", "cancel", "later", "earlier"]), ahead=AHEAD)
    @precondition(lambda self: self.moves)
    def correct(self, which, how, ahead):
        with self.attempt():
            move = self.pick(self.moves, which)
            move.button_draft()
            if how == "cancel":
                move.button_cancel()
            elif how != "draft":
                day = self.day + timedelta(days=ahead if how == "later" else -ahead)
                move.write({"invoice_date": day, "date": day})
                move.action_post()

    @rule(which=NUMBER, who=st.none() | NUMBER)
    @precondition(lambda self: self.drafts())
    def post_again(self, which, who):
        with self.attempt():
            move = self.pick(self.drafts(), which)
            if who is not None:
                move.partner_id = self.pick(self.contacts, who)
            move.action_post()

    @rule(who=NUMBER, parent=st.none() | NUMBER, firm=st.booleans())
    def reparent(self, who, parent, firm):
        """A contact moves below another one, three levels at most, or is set free; ``firm``: and is a customer of its own there."""
        with self.attempt():
            child, above = self.pick(self.contacts, who), parent is not None and self.pick(self.contacts, parent)
            if not above or not above.parent_id.parent_id:
                child.write({"parent_id": above and above.id, "is_company": firm})

    @rule(one=NUMBER, other=NUMBER)
    @precondition(lambda self: len(self.contacts) > 3)
    def merge(self, one, other):
        with self.attempt():
            source, target = self.pick(self.contacts, one), self.pick(self.contacts, other)
            if source == target:
                return
            wizard = self.env["base.partner.merge.automatic.wizard"].create(
                {"state": "selection", "partner_ids": [Command.set((source + target).ids)], "dst_partner_id": target.id}
            )
            wizard.action_merge()
            self.contacts -= source
            self.every -= source
            self.alias[source.id] = target.id

    @rule(who=NUMBER, what=st.sampled_from(["archive", "firm", "company", "country", "delete"]), number=NUMBER)
    def change_contact(self, who, what, number):
        with self.attempt():
            contact = self.pick(self.contacts, who)
            if what == "archive":
                contact.active = number % 2
            elif what == "firm":
                contact.is_company = number % 2
            elif what == "company":
                contact.company_id = number % 3 and self.case.companies[number % 2]
            elif what == "country":
                contact.country_id = self.pick(self.case.countries, number)
            elif len(self.contacts) > 3:
                contact.unlink()
                self.contacts -= contact
                self.every -= contact
                self.alias[contact.id] = None

    @rule(who=NUMBER, company=NUMBER, opportunity=st.booleans())
    def lead(self, who, company, opportunity):
        with self.attempt():
            values = {
                "name": "Wants goods",
                "type": "opportunity" if opportunity else "lead",
                "partner_id": self.pick(self.contacts, who).id,
            }
            lead = self.env["crm.lead"].create({**values, "company_id": self.pick(self.case.companies, company).id})
            self.date_back(lead)
            self.leads |= lead

    @rule(which=NUMBER, who=st.none() | NUMBER)
    @precondition(lambda self: self.leads)
    def change_lead(self, which, who):
        with self.attempt():
            lead = self.pick(self.leads, which)
            if who is None:
                lead.unlink()
                self.leads -= lead
            else:
                lead.convert_opportunity(self.pick(self.contacts, who))
                lead.date_conversion = self.noon()

    @rule(who=NUMBER, company=NUMBER, amount=AMOUNT, confirmed=st.booleans())
    def order(self, who, company, amount, confirmed):
        with self.attempt():
            values = {
                "partner_id": self.pick(self.contacts, who).id,
                "date_order": self.noon(),
                "order_line": [Command.create({"product_id": self.case.product.id, "price_unit": amount, "tax_ids": [Command.clear()]})],
            }
            order = self.env["sale.order"].with_company(self.pick(self.case.companies, company)).create(values)
            self.date_back(order)
            if confirmed:
                order.action_confirm()
                order.date_order = self.noon()
            self.orders |= order

    @rule(which=NUMBER, how=st.sampled_from(["confirm", "cancel", "delete", 0, 2]))
    @precondition(lambda self: self.orders)
    def change_order(self, which, how):
        with self.attempt():
            order = self.pick(self.orders, which)
            if how == "confirm":
                order.action_confirm()
                order.date_order = self.noon()
            elif how == "cancel":
                order._action_cancel()
            elif how == "delete":
                order.unlink()
                self.orders -= order
            else:
                order.order_line.product_uom_qty = how

    @rule(who=NUMBER, company=NUMBER, stage=NUMBER, back=st.integers(0, 40), ahead=st.none() | st.integers(0, 60))
    def override(self, who, company, stage, back, ahead):
        with self.attempt():
            self.env["crm.lifecycle.override"].create(
                {
                    "partner_id": self.pick(self.contacts, who).id,
                    "company_id": self.pick(self.case.companies, company).id,
                    "stage_id": self.pick(self.case.stages, stage).id,
                    "reason": "Contract",
                    "date_from": self.day - timedelta(days=back),
                    "date_until": ahead is not None and self.day + timedelta(days=ahead),
                }
            )

    @rule(which=NUMBER, withdraw=st.booleans())
    @precondition(lambda self: self.overrides())
    def end_override(self, which, withdraw):
        with self.attempt():
            override = self.pick(self.overrides(), which)
            override.unlink() if withdraw else override.action_end()

    @rule(days=AHEAD)
    def days_pass(self, days):
        self.steps += 1
        for _day in range(days):
            self.day += timedelta(days=1)
            if self.day.toordinal() % self.rhythm == 0:
                self.run_jobs()
            else:
                self.fresh = False

    # ------------------------------------------------------------------
    # What must hold
    # ------------------------------------------------------------------

    @invariant()
    def same_as_a_rebuild(self):
        if self.fresh:
            self.check_rebuild()
            self.check_totals()
            self.fresh = False

    def run_jobs(self):
        """The two jobs as the scheduler runs them, and the clock of what they wrote set to the day of the story."""
        worked = self.touched
        while self.env["crm.lifecycle.dirty"]._drain(as_of=self.day):
            worked = True
        while self.customers._review_due(as_of=self.day):
            worked = True
        if worked:
            for column in ("recorded_at", "superseded_at"):
                self.env.cr.execute(
                    SQL(
                        "UPDATE crm_lifecycle_transition SET %s = %s WHERE %s = timezone('UTC', now())",
                        SQL.identifier(column),
                        self.noon(),
                        SQL.identifier(column),
                    )
                )
            self.told[self.day] = self.history()
        self.touched, self.fresh = False, True

    def check_rebuild(self, in_chunks=False):
        incremental = self.facts(), self.history()
        with self.env.cr.savepoint() as savepoint:
            self.env.cr.execute("DELETE FROM crm_lifecycle_customer")
            self.env.cr.execute("DELETE FROM crm_lifecycle_transition")
            self.env.invalidate_all()
            if in_chunks:
                self.customers._rebuild_all(as_of=self.day)
            else:
                self.customers._refresh(None, self.day)
            rebuilt = self.facts(), self.history()
            savepoint.rollback()
        self.env.invalidate_all()
        self.case.assertEqual(incremental[0], rebuilt[0], "facts")
        self.case.assertEqual(incremental[1], rebuilt[1], "history")
        former = {}
        for partner, company, kind, day, from_stage, to_stage, from_health, to_health, *_rest in incremental[1]:
            key = partner, company, kind
            self.case.assertEqual(former.get(key), from_stage or from_health, f"an unbroken chain on {day}")
            former[key] = to_stage or to_health

    def check_totals(self):
        """Revenue as the engine has it against Odoo's own report of invoices, customer by customer, to the cent."""
        company = self.case.company
        owners = dict(self.env.execute_query(SQL("SELECT id, commercial_partner_id FROM res_partner WHERE id = ANY(%s)", self.every.ids)))
        reported = dict.fromkeys(owners.values(), 0)
        groups = self.env["account.invoice.report"]._read_group(
            [
                ("partner_id", "in", self.every.ids),
                ("state", "=", "posted"),
                ("move_type", "in", documents.SALES_MOVES),
                ("company_id", "=", company.id),
            ],
            ["partner_id"],
            ["price_subtotal:sum"],
        )
        for partner, amount in groups:
            reported[owners[partner.id]] += amount
        known = dict(
            self.env.execute_query(SQL("SELECT partner_id, net_revenue FROM crm_lifecycle_customer WHERE company_id = %s", company.id))
        )
        for partner, amount in reported.items():
            self.case.assertEqual(round(float(known.get(partner) or 0), 2), round(amount, 2), "revenue")

    def check_what_was_believed(self):
        """What each run of the jobs believed can be read from the history as it is now."""
        for day, told in self.told.items():
            moment = datetime.combine(day, time(12))
            then = self.history(SQL("recorded_at <= %s AND (superseded_at IS NULL OR superseded_at > %s)", moment, moment))
            moved = sorted((self.now_of(partner), *rest) for partner, *rest in told if self.now_of(partner))
            self.case.assertEqual(sorted(map(str, then)), sorted(map(str, moved)), f"as believed on {day}")

    def now_of(self, partner):
        while partner in self.alias:
            partner = self.alias[partner]
        return partner

    # ------------------------------------------------------------------
    # Ways to look and to act
    # ------------------------------------------------------------------

    def facts(self):
        columns = SQL(", ").join(
            SQL.identifier(name) for name in ("partner_id", "company_id", "active", *(column.name for column in replay.FACTS))
        )
        return self.env.execute_query(
            SQL("SELECT %s FROM crm_lifecycle_customer WHERE partner_id = ANY(%s) ORDER BY partner_id, company_id", columns, self.every.ids)
        )

    def history(self, known=None):
        return self.env.execute_query(
            SQL(
                """
                SELECT partner_id, company_id, kind, effective_at, from_stage_id, to_stage_id, from_health, to_health,
                       trigger, purchases, tenure_days, last_purchase_date, rhythm_days
                  FROM crm_lifecycle_transition
                 WHERE partner_id = ANY(%s) AND %s
                 ORDER BY partner_id, company_id, kind, effective_at
                """,
                self.every.ids,
                known or SQL("superseded_at IS NULL"),
            )
        )

    @contextmanager
    def attempt(self):
        """An act of a user: what Odoo refuses leaves no trace."""
        self.steps += 1
        self.fresh, self.touched = False, True
        kept = self.contacts, self.every, dict(self.alias), self.moves, self.leads, self.orders
        try:
            with self.env.cr.savepoint(), mute_logger("odoo.sql_db"):
                yield
                self.env.flush_all()
        except (UserError, IntegrityError):
            self.contacts, self.every, self.alias, self.moves, self.leads, self.orders = kept
            self.env.invalidate_all()

    def pick(self, records, number):
        return records[number % len(records)]

    def posted(self):
        return self.moves.filtered(lambda move: move.state == "posted" and move.move_type == "out_invoice")

    def drafts(self):
        return self.moves.filtered(lambda move: move.state == "draft")

    def overrides(self):
        return self.env["crm.lifecycle.override"].search([("partner_id", "in", self.every.ids)])

    def noon(self):
        return datetime.combine(self.day, time(12))

    def date_back(self, records):
        """Records are made on the day of the story."""
        self.env.flush_all()
        self.env.cr.execute(
            SQL("UPDATE %s SET create_date = %s WHERE id = ANY(%s)", SQL.identifier(records._table), self.noon(), records.ids)
        )
        records.invalidate_recordset()


@tagged("post_install", "-at_install")
class TestSequences(LifecycleCase):
    """Random sequences of real documents, run day by day or week by week, against one rebuild."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.second = cls.other_company()
        cls.second.lifecycle_basis = "orders"
        cls.companies = cls.company + cls.second
        cls.env.user.company_ids |= cls.second
        cls.env = cls.env(
            context=dict(cls.env.context, allowed_company_ids=cls.companies.ids, tracking_disable=True, no_reset_password=True)
        )
        cls.customers = cls.env["crm.lifecycle.customer"]
        cls.companies = cls.companies.with_env(cls.env)
        cls.company = cls.company.with_env(cls.env)
        cls.countries = cls.env.ref("base.id") + cls.env.ref("base.be")
        cls.stages = cls.env["crm.lifecycle.stage"].search([])
        cls.product = cls.env["product.product"].create({"name": "Thing", "list_price": 70, "taxes_id": [Command.clear()]})
        cls.currency = cls.env["res.currency"].create(
            {
                "name": "LCS",
                "symbol": "¤",
                "rate_ids": [Command.create({"name": "2020-01-01", "rate": 3.7, "company_id": company.id}) for company in cls.companies],
            }
        )

    def test_sequences(self):
        Sequence.done = 0
        # Few gaps and months are enough here, so that the segments' rhythm matters as it does in a firm with many customers.
        engine = "odoo.addons.crm_lifecycle.analytics.replay"
        with patch(f"{engine}.MIN_GAPS", 3), patch(f"{engine}.YOUNG_MONTHS", 0):
            run_state_machine_as_test(
                lambda: Sequence(self),
                settings=settings(max_examples=EXAMPLES, stateful_step_count=LENGTH, phases=[Phase.generate], report_multiple_bugs=False),
            )
        self.assertGreaterEqual(Sequence.done, STEPS)

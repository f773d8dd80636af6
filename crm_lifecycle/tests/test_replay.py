import math
from datetime import date, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st
from odoo import fields
from odoo.tests import tagged

from ..analytics import documents
from ..analytics.health import MIN_GAPS, YOUNG_MONTHS
from ..domain import health, stages
from .common import LifecycleCase

START = date(2026, 1, 1)
AS_OF = date(2027, 6, 30)
RULE = health.HealthRule()
DAY = st.integers(0, 420)
# (day, amount, day of the credit note or None, share of it): share 1 is a credit note in full.
SALE = st.tuples(DAY, st.integers(0, 5), st.none() | DAY, st.sampled_from([0.5, 1.0]))


@tagged("post_install", "-at_install")
class TestReplay(LifecycleCase):
    """The set-based SQL against the same rules in plain Python, on random lives."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.pattern = cls.invoice(cls.acme, "2025-01-01", 1)
        cls.pattern_note = cls.credit(cls.pattern, "2025-01-01")
        cls.env.flush_all()

    def mean_at(self, day):
        """The segment's mean logarithmic gap on a day: the version of its month if it rests on enough, else the setting."""
        version = self.env["crm.lifecycle.rhythm"].search(
            [("company_id", "=", self.company.id), ("segment", "=", 0), ("month", "=", day.replace(day=1))]
        )
        first = min(
            self.env["crm.lifecycle.rhythm"].search([("company_id", "=", self.company.id), ("gaps", ">", 0)]).mapped("month"), default=day
        )
        grown = day.replace(day=1) >= fields.Date.add(first, months=YOUNG_MONTHS)
        return version.mean_log_gap if version.gaps >= MIN_GAPS and grown else math.log(self.company.lifecycle_default_gap_days)

    def insert(self, pattern, partner, day, amount, origin=None):
        """Copy a posted move as a row: what the engine reads, thousands of times faster than posting."""
        self.env.cr.execute(
            """
            INSERT INTO account_move (name, date, auto_post, invoice_date, partner_id, amount_untaxed_signed, reversed_entry_id,
                                      company_id, journal_id, currency_id, state, move_type)
            SELECT 'T' || clock_timestamp()::text, %s, auto_post, %s, %s, %s, %s, company_id, journal_id, currency_id, 'posted', move_type FROM account_move WHERE id = %s
            RETURNING id
            """,
            [day, day, partner.id, amount, origin, pattern.id],
        )
        return self.env.cr.fetchone()[0]

    @settings(max_examples=settings.default.max_examples)
    @given(lives=st.lists(st.lists(SALE, max_size=9), min_size=1, max_size=4))
    def check_lives(self, lives):
        rules = self.env["crm.lifecycle.stage"]._get_rules()
        partners = self.env["res.partner"].create([{"name": f"Life {number}"} for number in range(len(lives))])
        self.env.flush_all()
        self.env.cr.execute("ALTER TABLE account_move DISABLE TRIGGER ALL")
        for partner, sales in zip(partners, lives, strict=True):
            for day, amount, credited, share in sales:
                move = self.insert(self.pattern, partner, START + timedelta(days=day), amount)
                if credited is not None:
                    self.insert(self.pattern_note, partner, START + timedelta(days=credited), -amount * share, move)
        self.env.cr.execute("ALTER TABLE account_move ENABLE TRIGGER ALL")
        self.customers._refresh(documents.partners(partners.ids), AS_OF)
        for partner, sales in zip(partners, lives, strict=True):
            net = {}
            for day, amount, credited, share in sales:
                net[day] = net.get(day, 0) + amount - (amount * share if credited is not None else 0)
            bought = sorted(START + timedelta(days=day) for day, amount in net.items() if amount > 0)
            customer = self.customer(partner)
            if not sales:
                self.assertFalse(customer)
                continue
            self.assertEqual(customer.purchase_days, len(bought))
            self.assertAlmostEqual(customer.net_revenue, sum(net.values()), 6)
            self.assertEqual(customer.first_purchase_date, bought[0] if bought else False)
            self.assertEqual(customer.last_purchase_date, bought[-1] if bought else False)
            known = START + timedelta(days=min(net))
            expected = stages.history(rules, known, None, bought)
            self.assertEqual([(day, stage.id) for day, stage in self.believed(partner)], [(str(day), stage) for day, stage in expected])
            self.assertEqual((customer.stage_since, customer.stage_id.id), expected[-1])
            gaps = [(after - before).days for before, after in zip(bought, bought[1:], strict=False)]
            paced = [(day, health.expected_gap(gaps[:number], self.mean_at(day), RULE.shrinkage)) for number, day in enumerate(bought)]
            for as_of in (AS_OF, AS_OF - timedelta(days=300)):
                self.customers._refresh(documents.partners(partner.ids), as_of)
                expected = health.history([purchase for purchase in paced if purchase[0] <= as_of], RULE, as_of)
                self.assertEqual(self.believed(partner, kind="health"), [(str(day), state) for day, state in expected])
                self.assertEqual((customer.health_since, customer.health), expected[-1] if expected else (False, False))
            self.customers._refresh(documents.partners(partner.ids), AS_OF)
            if bought:
                self.assertAlmostEqual(customer.expected_gap, paced[-1][1], 1)

    def test_random_lives(self):
        self.check_lives()

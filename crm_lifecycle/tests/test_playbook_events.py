from datetime import timedelta
from unittest.mock import patch

from odoo import fields
from odoo.tools import SQL

from ..analytics import playbook as analytics
from .common_playbook import PlaybookCase

DONE = ("done", False)


class TestPlaybookEvents(PlaybookCase):
    """When a playbook does something, and that it does so once."""

    def test_a_transition_once(self):
        playbook = self.playbook()
        self.invoice(self.acme_buyer, self.day(-1))
        self.drain()
        self.run_playbooks()
        self.assertEqual(self.outcomes(playbook), {self.acme: DONE})
        activity = self.activities(self.acme)
        self.assertEqual((len(activity), activity.user_id), (1, playbook.user_id))
        self.run_playbooks()
        self.assertEqual(len(self.activities(self.acme)), 1)
        self.assertEqual(len(self.runs.search([("playbook_id", "=", playbook.id)])), 1)
        self.assertFalse(self.env.execute_query(playbook._get_due(self.company)), "nor is it shown as due")
        # Claimed by two jobs, neither of which saw the other's.
        due = SQL("SELECT %s::int AS partner_id, 'other' AS event_key, CURRENT_DATE AS event_date", self.acme.id)
        claims = [self.env.execute_query(analytics.claim(due, playbook.id, self.company.id, False)) for _job in range(2)]
        self.assertEqual([len(claimed) for claimed in claims], [1, 0])

    def test_what_happened_before_is_left_alone(self):
        self.invoice(self.acme, self.day(-1))
        self.drain()
        playbook = self.playbook()
        playbook.switched_on_at = fields.Datetime.now() + timedelta(hours=1)
        self.run_playbooks()
        self.assertFalse(self.outcomes(playbook))

    def test_what_became_known_after_switching_on_counts_from_before(self):
        """The job records tonight what crossed the line yesterday; the playbook was switched on this morning."""
        playbook = self.playbook()
        playbook.switched_on_at = self.env.cr.now() - timedelta(seconds=1)
        self.firms(1, days=-3)
        self.run_playbooks()
        self.assertEqual(len(self.outcomes(playbook)), 1)
        missed = self.playbook(event="missed_purchase", days=0)
        self.set_expected({self.runs.search([("playbook_id", "=", playbook.id)]).partner_id: -2})
        self.run_playbooks()
        self.assertFalse(self.outcomes(missed), "the day of a purchase missed was before it was switched on")

    def test_two_events_at_once_are_two_batches(self):
        self.drain_of(self.acme)
        outcome = self.env["crm.call.outcome"].search([], limit=1)
        self.env["crm.call"].create([{"partner_id": self.acme.id, "outcome_id": outcome.id, "number": "1"}] * 2)
        mail = self.env.ref("crm_lifecycle.mail_template_playbook_welcome").id
        playbook = self.playbook(event="call", outcome_ids=outcome.ids, template_id=mail, repeat_days=5)
        playbook._claim(self.company)
        self.assertEqual([playbook._run_batch(self.company) for _batch in range(3)], [1, 1, 0])
        states = self.runs.search([("playbook_id", "=", playbook.id)], order="id").mapped(lambda run: (run.state, run.reason))
        self.assertEqual(states, [DONE, ("skipped", "repeated")])

    def test_what_took_effect_long_ago_is_left_alone(self):
        """A rebuild, or an old invoice entered today, records now what is long past."""
        playbook = self.playbook(within_days=14)
        playbook.switched_on_at = fields.Datetime.now() - timedelta(days=100)
        self.invoice(self.acme, self.day(-15))
        self.drain()
        self.run_playbooks()
        self.assertFalse(self.outcomes(playbook))
        playbook.within_days = 15
        self.run_playbooks()
        self.assertEqual(self.outcomes(playbook), {self.acme: DONE})

    def test_a_transition_that_was_wrong_is_none(self):
        playbook = self.playbook()
        move = self.invoice(self.acme, self.day(-1))
        self.drain()
        self.credit(move, self.day(0))
        self.drain()
        self.run_playbooks()
        self.assertFalse(self.outcomes(playbook))

    def test_whoever_has_moved_on_is_left_alone(self):
        playbook = self.playbook()
        self.invoice(self.acme, self.day(-1))
        self.invoice(self.acme, self.day(0))
        self.drain()
        self.run_playbooks()
        self.assertFalse(self.outcomes(playbook))

    def test_a_corrected_day_is_not_a_second_time(self):
        """A back-dated invoice moves the first purchase; the welcome is not sent again."""
        playbook = self.playbook(repeat_days=30)
        move = self.invoice(self.acme, self.day(0))
        self.drain()
        self.run_playbooks()
        move.button_draft()
        move.write({"invoice_date": self.day(-1), "date": self.day(-1)})
        move.action_post()
        self.drain()
        self.run_playbooks()
        states = self.runs.search([("playbook_id", "=", playbook.id)], order="id").mapped(lambda run: (run.state, run.reason))
        self.assertEqual(states, [DONE, ("skipped", "repeated")])

    def test_leaving_a_stage_and_health(self):
        leaving = self.playbook(from_stage_ids=self.stage("first_purchase").ids, to_stage_ids=[])
        risk = self.playbook(event="health", to_health="at_risk")
        risk.within_days = 300
        for playbook in leaving | risk:
            playbook.switched_on_at = fields.Datetime.now() - timedelta(days=300)
        self.invoice(self.acme, self.day(-130))
        [silent] = self.firms(1, days=-130)
        self.invoice(self.acme, self.day(-5))
        self.drain()
        self.run_playbooks()
        self.assertEqual(self.outcomes(leaving), {self.acme: DONE})
        self.assertEqual(self.outcomes(risk), {silent: DONE})

    def test_before_and_after_an_expected_purchase(self):
        [soon, missed, far] = self.firms(3, days=-30)
        self.set_expected({soon: 5, missed: -4, far: 8})
        before, after = self.playbook(event="before_purchase", days=7), self.playbook(event="missed_purchase", days=3)
        for playbook in before | after:
            playbook.switched_on_at = fields.Datetime.now() - timedelta(days=20)
        for _time in range(2):
            self.run_playbooks()
        self.assertEqual(self.outcomes(before), {soon: DONE})
        self.assertEqual(self.outcomes(after), {missed: DONE})
        self.set_expected({far: 7, missed: -3})
        self.run_playbooks()
        self.assertEqual(self.outcomes(before), {soon: DONE, far: DONE})
        self.assertEqual(len(self.runs.search([("playbook_id", "=", after.id)])), 1, "one purchase, one reminder")

    def set_expected(self, days):
        for firm, number in days.items():
            self.env.cr.execute(
                "UPDATE crm_lifecycle_customer SET next_purchase_date = %s WHERE partner_id = %s", [self.day(number), firm.id]
            )
        self.env.invalidate_all()

    def test_a_call(self):
        outcome, other = self.env["crm.call.outcome"].search([], limit=2)
        self.drain_of(self.acme)
        calls = self.env["crm.call"].create(
            [{"partner_id": self.acme_buyer.id, "outcome_id": each.id, "state": "done", "number": "1"} for each in (outcome, other)]
        )
        playbook = self.playbook(event="call", outcome_ids=outcome.ids)
        self.run_playbooks()
        run = self.runs.search([("playbook_id", "=", playbook.id)])
        self.assertEqual((run.partner_id, run.event_key), (self.acme, f"call:{calls[0].id}"))

    def drain_of(self, partner):
        partner.customer_rank = 1
        self.env["crm.lifecycle.dirty"]._mark(partner)
        self.drain()

    def test_an_anniversary_each_year(self):
        self.drain_of(self.acme)
        customer = self.customer(self.acme)
        playbook = self.playbook(event="anniversary", within_days=5)
        for first, keys in (
            ("2020-02-29", {"2023-02-28": ["years:3"], "2024-02-28": [], "2024-02-29": ["years:4"], "2024-03-07": []}),
            ("2020-12-30", {"2022-01-02": ["years:1"], "2022-12-29": [], "2020-12-30": []}),
        ):
            self.env.cr.execute("UPDATE crm_lifecycle_customer SET first_purchase_date = %s WHERE id = %s", [first, customer.id])
            for day, expected in keys.items():
                with self.subTest(first=first, day=day), patch.object(fields.Date, "context_today", return_value=fields.Date.to_date(day)):
                    rows = self.env.execute_query(playbook._get_due(self.company, past=True))
                    self.assertEqual([row[1] for row in rows if row[0] == self.acme.id], expected)

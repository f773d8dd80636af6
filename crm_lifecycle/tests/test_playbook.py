from datetime import timedelta
from unittest.mock import patch

from odoo import Command, fields
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import HttpCase, new_test_user, tagged
from odoo.tools import SQL, mute_logger
from psycopg2 import IntegrityError

from ..analytics import playbook as analytics
from .common_playbook import PlaybookCase

DONE = ("done", False)


class TestPlaybook(PlaybookCase):
    def activities(self, partner):
        return self.env["mail.activity"].search([("res_model", "=", "res.partner"), ("res_id", "=", partner.id)])

    def mails(self, playbook):
        return self.runs.search([("playbook_id", "=", playbook.id)]).mail_message_id.mail_ids

    def test_ready_made_ones_can_be_switched_on(self):
        ready = self.playbooks.with_context(active_test=False).search([("create_uid", "=", 1), ("active", "=", False)])
        ready.action_unarchive()
        self.assertGreaterEqual(len(ready), 6)
        self.assertEqual(set(ready.mapped("state")), {"off"})
        ready.action_switch_on()
        self.run_playbooks()
        self.assertFalse([playbook.error for playbook in ready if playbook.error])

    # When

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

    # Who

    def test_only_those_who_meet_the_conditions(self):
        playbook = self.playbook(domain="[('partner_id.name', '=', 'Firm 1')]")
        firms = self.firms(3)
        self.run_playbooks()
        self.assertEqual(self.outcomes(playbook), {firms[1]: DONE})

    def test_conditions_that_cannot_be_read(self):
        for domain in ("[('nothing', '=', 1)]", "hello", "[(", "[('stage_id', '?', 1)]", "__import__('os')"):
            with self.subTest(domain=domain), self.assertRaises(ValidationError):
                self.playbook(domain=domain)

    def test_the_unwilling_are_never_reached(self):
        welcome = self.env.ref("crm_lifecycle.mail_template_playbook_welcome")
        mail, call = self.playbook(template_id=welcome.id), self.playbook(approach="phone")
        firms = self.firms(6, phone="+32 470 12 34 56")
        no_mail, no_call, blacklisted, phone_listed, addressless, via_contact = firms
        no_mail.lifecycle_no_mail = True
        no_call.lifecycle_no_call = True
        self.env["mail.blacklist"].create({"email": blacklisted.email})
        phone_listed.phone = "+32 470 98 76 54"
        self.env["phone.blacklist"].create({"number": phone_listed.phone_sanitized})
        (addressless | via_contact).email = False
        people = self.env["res.partner"].create(
            [
                {"name": "Refuses", "parent_id": via_contact.id, "email": "no@example.com", "lifecycle_no_mail": True},
                {"name": "Listed", "parent_id": via_contact.id, "email": blacklisted.email},
                {"name": "Reads", "parent_id": via_contact.id, "email": "yes@example.com"},
            ]
        )
        self.run_playbooks()
        no = ("skipped", "unreachable")
        self.assertEqual(
            self.outcomes(mail, firms),
            {no_mail: no, no_call: DONE, blacklisted: no, phone_listed: DONE, addressless: no, via_contact: DONE},
        )
        self.assertEqual(
            self.outcomes(call, firms),
            {no_mail: DONE, no_call: no, blacklisted: DONE, phone_listed: no, addressless: DONE, via_contact: DONE},
        )
        self.assertEqual(self.mails(mail).recipient_ids, no_call | phone_listed | people[2])
        self.assertFalse(any(mail.email_to or mail.email_cc for mail in self.mails(mail)))

    def test_a_mail_to_somebody_else_is_refused(self):
        template = self.env.ref("crm_lifecycle.mail_template_playbook_welcome").copy()
        playbook = self.playbook(template_id=template.id)
        for values in ({"partner_to": "1"}, {"email_cc": "x@example.com"}, {"email_to": "x@example.com"}, {"partner_to": False}):
            stranger = template.copy(values)
            with self.subTest(values), self.assertRaises(ValidationError):
                playbook.template_id = stranger
        # Changed afterwards, behind the playbook's back.
        template.email_cc = "x@example.com"
        [firm] = self.firms(1)
        self.run_playbooks()
        self.assertEqual(self.outcomes(playbook)[firm][0], "failed")
        self.assertFalse(self.mails(playbook))
        with patch.object(type(playbook), "_check_template"):
            [other] = self.firms(1)
            self.run_playbooks()
        self.assertEqual(self.outcomes(playbook)[other][0], "failed", "what is made is looked at, too")
        self.assertFalse(self.mails(playbook))

    def test_a_company_of_its_own(self):
        other = self.other_company()
        playbook, elsewhere = self.playbook(), self.playbook(company_id=other.id)
        everywhere = self.playbook(company_id=False)
        [firm] = self.firms(1)
        self.run_playbooks()
        self.assertEqual(self.outcomes(playbook), {firm: DONE})
        self.assertFalse(self.outcomes(elsewhere))
        self.assertEqual(self.outcomes(everywhere), {firm: DONE})

    # What

    def test_activities_opportunity_mail_and_action(self):
        salesperson = new_test_user(self.env, "pb_sales", "sales_team.group_sale_salesman")
        action = self.env["ir.actions.server"].create(
            {
                "name": "Note",
                "model_id": self.env["ir.model"]._get_id("res.partner"),
                "state": "code",
                "code": "records.write({'comment': 'Met'})",
            }
        )
        playbook = self.playbook(
            plan_id=self.env.ref("crm_lifecycle.mail_activity_plan_at_risk").id,
            template_id=self.env.ref("crm_lifecycle.mail_template_playbook_win_back").id,
            create_opportunity=True,
            action_ids=action.ids,
        )
        mine, nobodys = self.firms(2)
        mine.user_id = salesperson
        self.run_playbooks()
        for firm, user in ((mine, salesperson), (nobodys, self.env.user)):
            run = self.runs.search([("playbook_id", "=", playbook.id), ("partner_id", "=", firm.id)])
            self.assertEqual((run.state, run.user_id, run.activities, run.recipient_id), ("done", user, 1, firm))
            self.assertEqual(self.activities(firm).user_id, user)
            self.assertEqual(self.activities(firm).summary, "Ask how they are and what they need")
            self.assertEqual((run.lead_id.partner_id, run.lead_id.user_id, run.lead_id.type), (firm, user, "opportunity"))
            self.assertIn(firm.name, run.mail_message_id.mail_ids.body_html)
            self.assertIn("Met", firm.comment)
            self.assertIn("Mail to", run.made)

    def test_the_customers_language(self):
        self.env["res.lang"]._activate_lang("fr_FR")
        template = self.env.ref("crm_lifecycle.mail_template_playbook_welcome").copy()
        template.with_context(lang="fr_FR").subject = "Bienvenue"
        playbook = self.playbook(template_id=template.id)
        [firm] = self.firms(1, lang="fr_FR")
        self.run_playbooks()
        self.assertEqual(self.mails(playbook).subject, "Bienvenue")
        self.assertEqual(self.outcomes(playbook), {firm: DONE})

    def test_a_team_in_turn_and_by_load(self):
        users = [new_test_user(self.env, f"pb_team{number}", "sales_team.group_sale_salesman") for number in range(3)]
        team = self.env["crm.team"].create({"name": "Callers", "member_ids": [Command.set([user.id for user in users])]})
        turn = self.playbook(assign="round_robin", team_id=team.id)
        self.firms(7)
        self.run_playbooks()
        shares = sorted(self.runs.search([("playbook_id", "=", turn.id), ("user_id", "=", user.id)]).ids for user in users)
        self.assertEqual(sorted(len(share) for share in shares), [2, 2, 3])
        turn.action_switch_off()
        self.env["mail.activity"].search([("user_id", "=", users[0].id)]).unlink()
        load = self.playbook(assign="least_busy", team_id=team.id)
        self.run_playbooks()
        counts = [len(self.activities_of(user)) for user in users]
        self.assertLessEqual(max(counts) - min(counts), 1)
        self.assertEqual(sum(state == DONE for state in self.outcomes(load).values()), 7)

    def activities_of(self, user):
        return self.env["mail.activity"].search([("user_id", "=", user.id)])

    def test_one_that_fails_does_not_stop_the_rest(self):
        action = self.env["ir.actions.server"].create(
            {
                "name": "Fails for one",
                "model_id": self.env["ir.model"]._get_id("res.partner"),
                "state": "code",
                "code": "records.write({'comment': 'Met'})\nif 'Firm 3' in records.mapped('name'):\n    raise UserError('Not this one')",
            }
        )
        playbook = self.playbook(action_ids=action.ids, plan_id=self.env.ref("crm_lifecycle.mail_activity_plan_at_risk").id)
        broken = self.playbook(name="Broken")
        self.env.cr.execute("UPDATE crm_lifecycle_playbook SET domain = '[(''gone'', ''='', 1)]' WHERE id = %s", [broken.id])
        self.env.invalidate_all()
        last = self.playbook(name="Last")
        firms = self.firms(8)
        self.run_playbooks()
        self.assertIn("gone", broken.error)
        self.assertEqual(set(self.outcomes(last, firms).values()), {DONE})
        outcomes = self.outcomes(playbook, firms)
        self.assertEqual(outcomes.pop(firms[3]), ("failed", False))
        self.assertEqual(set(outcomes.values()), {DONE})
        run = self.runs.search([("playbook_id", "=", playbook.id), ("state", "=", "failed")])
        self.assertIn("Not this one", run.error)
        self.assertFalse(firms[3].comment, "what was half done is taken back")
        self.assertEqual([len(self.activities(firm)) for firm in firms], [2, 2, 2, 1, 2, 2, 2, 2])
        firms[3].name = "Mended"
        run.action_retry()
        self.run_playbooks()
        self.assertEqual(run.state, "done")
        with self.assertRaises(UserError):
            run.action_retry()

    # How often

    def test_quiet_period_repetition_and_cap(self):
        firms = self.firms(1)
        first, second, third = self.playbook(), self.playbook(quiet_days=7), self.playbook(sequence=20)
        self.company.lifecycle_playbook_cap = 1
        self.run_playbooks()
        self.assertEqual(self.outcomes(first), {firms: DONE})
        self.assertEqual(self.outcomes(second), {firms: ("skipped", "quiet")})
        self.assertEqual(self.outcomes(third), {firms: ("skipped", "capped")})
        self.env.cr.execute("UPDATE crm_lifecycle_playbook_run SET ran_at = ran_at - interval '31 days'")
        self.env.invalidate_all()
        fourth = self.playbook(quiet_days=7)
        self.run_playbooks()
        self.assertEqual(self.outcomes(fourth), {firms: DONE})

    def test_only_what_reached_the_customer_is_an_approach(self):
        """Held out, or written down by a dry run, a customer was not approached: neither quiet period nor cap count it."""
        firms = self.firms(1)
        held, dry = self.playbook(), self.playbook("dry_run")
        self.run_playbooks()
        self.assertEqual((self.outcomes(held), self.outcomes(dry)), ({firms: DONE}, {firms: DONE}))
        self.runs.search([("playbook_id", "=", held.id)]).sudo().state = "held_out"
        self.company.lifecycle_playbook_cap = 1
        later = self.playbook(quiet_days=7)
        self.run_playbooks()
        self.assertEqual(self.outcomes(later), {firms: DONE})

    def test_held_out_by_chance_and_left_alone(self):
        playbook = self.playbook(holdout_share=50)
        firms = self.firms(30)
        self.run_playbooks()
        outcomes = self.outcomes(playbook, firms)
        held_out = [firm for firm, outcome in outcomes.items() if outcome == ("held_out", False)]
        self.assertTrue(5 <= len(held_out) <= 25)
        self.assertEqual(len(outcomes), 30)
        for firm in firms:
            self.assertEqual(bool(self.activities(firm)), firm not in held_out)
        # The same events, as if it had never run: the same lot.
        self.env.cr.execute("DELETE FROM crm_lifecycle_playbook_run WHERE playbook_id = %s", [playbook.id])
        self.env.invalidate_all()
        self.run_playbooks()
        self.assertEqual(self.outcomes(playbook, firms), outcomes)

    def test_a_dry_run_does_nothing(self):
        playbook = self.playbook(state="dry_run", template_id=self.env.ref("crm_lifecycle.mail_template_playbook_welcome").id)
        [firm] = self.firms(1)
        self.run_playbooks()
        run = self.runs.search([("playbook_id", "=", playbook.id)])
        self.assertEqual((run.state, run.dry_run, run.mail_message_id), ("done", True, self.env["mail.message"]))
        playbook.action_switch_on()
        playbook.switched_on_at = fields.Datetime.now() - timedelta(days=1)
        self.run_playbooks()
        run = self.runs.search([("playbook_id", "=", playbook.id)])
        self.assertEqual((run.partner_id, run.state, run.dry_run), (firm, "done", False))
        self.assertEqual(len(self.mails(playbook)), 1)

    def test_switched_off_it_drops_what_waits(self):
        playbook = self.playbook()
        firms = self.firms(3)
        self.assertEqual(playbook._claim(self.company), 3)
        self.assertEqual(playbook._claim(self.company), 0)
        self.assertEqual(playbook._run_batch(self.company, limit=2), 2)
        self.assertEqual(playbook.waiting_count, 1)
        playbook.action_switch_off()
        self.assertEqual(len(self.outcomes(playbook, firms)), 2)

    def test_what_waited_too_long_is_late(self):
        playbook = self.playbook(within_days=3)
        firms = self.firms(1)
        playbook._claim(self.company)
        self.runs.search([("playbook_id", "=", playbook.id)]).sudo().event_date = self.day(-4)
        playbook._run_batch(self.company)
        self.assertEqual(self.outcomes(playbook), {firms: ("skipped", "late")})

    def test_queries_of_a_batch_do_not_depend_on_its_size(self):
        playbook = self.playbook(
            template_id=self.env.ref("crm_lifecycle.mail_template_playbook_win_back").id,
            plan_id=self.env.ref("crm_lifecycle.mail_activity_plan_at_risk").id,
            create_opportunity=True,
            holdout_share=10,
        )
        self.firms(45)
        playbook._claim(self.company)
        playbook._run_batch(self.company, limit=3)
        counts = []
        for size in (6, 36):
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            self.assertEqual(playbook._run_batch(self.company, limit=size), size)
            counts.append(self.env.cr.sql_log_count - before)
        self.assertLessEqual(counts[1], counts[0] + 5, counts)

    def test_incomplete_ones_are_not_switched_on(self):
        outcome = self.env["crm.call.outcome"].search([], limit=1)
        for values in ({"plan_id": False}, {"event": "call"}, {"assign": "round_robin"}):
            with self.subTest(values), self.assertRaises(ValidationError):
                self.playbook(**values)
        self.playbook(event="call", outcome_ids=outcome.ids)
        for values in ({"holdout_share": 51}, {"days": -1}, {"result_days": 0}):
            with self.subTest(values), mute_logger("odoo.sql_db"), self.assertRaises(IntegrityError), self.env.cr.savepoint():
                self.playbook(**values)

    def test_it_is_archived_not_deleted(self):
        playbook, unused = self.playbook(), self.playbook("off")
        self.firms(1)
        self.run_playbooks()
        with self.assertRaises(UserError):
            playbook.unlink()
        unused.unlink()
        playbook.action_archive()
        self.assertEqual(playbook.state, "off")

    # Shown

    def test_preview(self):
        playbook = self.playbook("off", approach="phone", holdout_share=20)
        firms = self.firms(10, days=-2)
        firms[0].lifecycle_no_call = True
        action = playbook.action_preview()
        preview = self.env[action["res_model"]].with_context(**action["context"]).create({"playbook_id": playbook.id})
        self.assertEqual((preview.due, preview.skipped), (10, 1))
        self.assertEqual(preview.reached + preview.held_out, 9)
        self.assertEqual(preview.line_ids.filtered(lambda line: line.state == "skipped").partner_id, firms[0])
        opened = preview.action_open_customers()
        self.assertEqual(self.customers.search(opened["domain"]).partner_id, firms)
        self.assertFalse(self.runs.search([("playbook_id", "=", playbook.id)]))

    def test_timeline_and_buttons(self):
        playbook = self.playbook()
        [firm] = self.firms(1)
        self.run_playbooks()
        lines = firm.crm_lifecycle_timeline(kinds=["playbook"])["lines"]
        self.assertEqual([(line["title"], line["state"]) for line in lines], [(playbook.name, "Done")])
        self.assertEqual(firm.playbook_run_count, 1)
        self.assertEqual(self.runs.search(firm.action_open_playbook_runs()["domain"]).playbook_id, playbook)
        self.assertEqual(self.customer(firm).playbook_run_count, 1)

    def test_rights(self):
        salesperson = new_test_user(self.env, "pb_own", "sales_team.group_sale_salesman")
        all_sales = new_test_user(self.env, "pb_all", "sales_team.group_sale_salesman_all_leads")
        boss = new_test_user(self.env, "pb_boss", "crm_lifecycle.crm_lifecycle_group_manager")
        employee = new_test_user(self.env, "pb_employee", "base.group_user")
        playbook = self.playbook()
        mine, others, nobodys = self.firms(3)
        mine.user_id, others.user_id = salesperson, all_sales
        self.run_playbooks()
        own = self.runs.with_user(salesperson).search([("playbook_id", "=", playbook.id)])
        self.assertEqual(own.partner_id, mine | nobodys)
        self.assertEqual(len(self.runs.with_user(all_sales).search([("playbook_id", "=", playbook.id)])), 3)
        for user in (salesperson, all_sales):
            for forbidden in ("action_switch_on", "action_switch_off", "action_dry_run", "action_update_results"):
                with self.subTest(user=user.login, forbidden=forbidden), self.assertRaises(AccessError):
                    getattr(playbook.with_user(user), forbidden)()
            with self.assertRaises(AccessError):
                own.with_user(user).write({"state": "waiting"})
            with self.assertRaises(AccessError):
                self.env["crm.lifecycle.playbook.preview"].with_user(user).create({"playbook_id": playbook.id})
        with self.assertRaises(AccessError):
            self.runs.with_user(employee).search([])
        playbook.with_user(boss).action_dry_run()
        with self.assertRaises(AccessError):
            playbook.with_user(boss).action_ids = self.env["ir.actions.server"].search([], limit=1)
        stranger = new_test_user(
            self.env,
            "pb_other",
            "crm_lifecycle.crm_lifecycle_group_manager",
            company_id=self.other_company().id,
            company_ids=[Command.set(self.env["res.company"].search([("name", "=", "Other Company")]).ids)],
        )
        self.assertFalse(self.runs.with_user(stranger).search([]))
        self.assertNotIn(playbook, self.playbooks.with_user(stranger).search([]))


@tagged("post_install", "-at_install")
class TestPlaybookTour(HttpCase, PlaybookCase):
    def test_tour(self):
        ran = self.playbook(name="Has run")
        self.playbook("off", name="Greet the new", holdout_share=20)
        firm = self.env["res.partner"].create({"name": "Aster Coffee", "is_company": True})
        self.invoice(firm, self.today)
        self.drain()
        self.run_playbooks()
        self.assertEqual(ran.done_count, 1)
        self.start_tour("/odoo/customer-playbooks", "crm_lifecycle_playbooks", login="admin", timeout=120)
        self.assertEqual(
            self.playbooks.search([("name", "=", "Greet the new")]).mapped(lambda each: (each.state, each.holdout_share)), [("on", 0)]
        )

from odoo.exceptions import ValidationError

from .common_playbook import PlaybookCase

DONE = ("done", False)


class TestPlaybookReach(PlaybookCase):
    """Whom a playbook reaches, and how often."""

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

    def test_a_company_of_its_own(self):
        other = self.other_company()
        playbook, elsewhere = self.playbook(), self.playbook(company_id=other.id)
        everywhere = self.playbook(company_id=False)
        [firm] = self.firms(1)
        self.run_playbooks()
        self.assertEqual(self.outcomes(playbook), {firm: DONE})
        self.assertFalse(self.outcomes(elsewhere))
        self.assertEqual(self.outcomes(everywhere), {firm: DONE})

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

    def test_what_waited_too_long_is_late(self):
        playbook = self.playbook(within_days=3)
        firms = self.firms(1)
        playbook._claim(self.company)
        self.runs.search([("playbook_id", "=", playbook.id)]).sudo().event_date = self.day(-4)
        playbook._run_batch(self.company)
        self.assertEqual(self.outcomes(playbook), {firms: ("skipped", "late")})

from datetime import timedelta
from unittest.mock import patch

from odoo import Command, fields
from odoo.exceptions import UserError, ValidationError
from odoo.tests import new_test_user

from .common_playbook import PlaybookCase

DONE = ("done", False)


class TestPlaybookActions(PlaybookCase):
    """What a playbook does, in whose name and language, and what becomes of failures."""

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

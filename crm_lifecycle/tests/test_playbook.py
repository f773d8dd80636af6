from odoo import Command
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import HttpCase, new_test_user, tagged
from odoo.tools import mute_logger
from psycopg2 import IntegrityError

from .common_playbook import PlaybookCase


class TestPlaybook(PlaybookCase):
    """Playbooks as their makers and readers meet them."""

    def test_ready_made_ones_can_be_switched_on(self):
        ready = self.playbooks.with_context(active_test=False).search([("create_uid", "=", 1), ("active", "=", False)])
        ready.action_unarchive()
        self.assertGreaterEqual(len(ready), 6)
        self.assertEqual(set(ready.mapped("state")), {"off"})
        ready.action_switch_on()
        self.run_playbooks()
        self.assertFalse([playbook.error for playbook in ready if playbook.error])

    def test_switched_off_it_drops_what_waits(self):
        playbook = self.playbook()
        firms = self.firms(3)
        self.assertEqual(playbook._claim(self.company), 3)
        self.assertEqual(playbook._claim(self.company), 0)
        self.assertEqual(playbook._run_batch(self.company, limit=2), 2)
        self.assertEqual(playbook.waiting_count, 1)
        playbook.action_switch_off()
        self.assertEqual(len(self.outcomes(playbook, firms)), 2)

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

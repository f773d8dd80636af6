import psycopg2
from odoo import Command
from odoo.exceptions import AccessError, UserError
from odoo.tests import Form, tagged
from odoo.tools import mute_logger

from .common_sales_force import SalesForceCase


@tagged("post_install", "-at_install")
class TestCallList(SalesForceCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.lists = cls.env["crm.call.list"].with_user(cls.budi)
        cls.again = cls.env.ref("crm_lifecycle.crm_call_outcome_callback")
        cls.order = cls.env.ref("crm_lifecycle.crm_call_outcome_order")
        cls.both = cls.customer(cls.acme) | cls.customer(cls.zenith)

    def call_list(self, **values):
        lines = [Command.create({"partner_id": partner.id, "sequence": number}) for number, partner in enumerate((self.acme, self.zenith))]
        return self.lists.create({"name": "Winter", "line_ids": lines, **values})

    def log(self, line, **values):
        action = line.action_log()
        form = Form(self.env[action["res_model"]].with_user(self.budi).with_context(**action["context"]))
        for name, value in values.items():
            form[name] = value
        return form.save().action_log_and_next()

    def test_from_the_chosen_customers_without_those_who_do_not_wish_it(self):
        self.zenith.lifecycle_no_call = True
        action = self.both.with_user(self.budi).action_make_call_list()
        call_list = self.lists.browse(action["res_id"])
        self.assertEqual(call_list.line_ids.partner_id, self.acme)
        self.assertEqual((call_list.user_id, call_list.company_id), (self.budi, self.company))

    def test_by_a_filter(self):
        call_list = self.lists.create({"name": "Mine", "domain": repr([("user_id", "=", self.budi.id)])})
        message = call_list.action_add_customers()["params"]["message"]
        self.assertEqual((call_list.line_ids.partner_id, message), (self.acme, "Customers added: 1."))
        call_list.action_add_customers()
        self.assertEqual(len(call_list.line_ids), 1)
        self.env["phone.blacklist"].add("+6281234567890")
        self.zenith.phone = "+6281234567890"
        call_list.domain = repr([("partner_id", "=", self.zenith.id)])
        self.assertIn("Left out", call_list.action_add_customers()["params"]["message"])
        self.assertEqual(call_list.line_ids.partner_id, self.acme)

    def test_filters_that_cannot_be_read(self):
        for domain in ("[(", "[('nothing', '=', 1)]", "__import__('os')", "[1, 2]", "{}"):
            with self.subTest(domain), self.assertRaises(UserError):
                self.lists.create({"name": "x", "domain": domain}).action_add_customers()

    def test_one_after_the_other(self):
        call_list = self.call_list()
        self.assertEqual((call_list.next_line_id.partner_id, call_list.progress), (self.acme, 0))
        action = self.log(call_list.next_line_id, outcome_id=self.order, note="Ten boxes")
        self.assertEqual(action["context"]["default_partner_id"], self.zenith.id)
        line = call_list.line_ids.filtered(lambda line: line.partner_id == self.acme)
        self.assertEqual((line.state, line.outcome_id, line.note, line.attempts), ("done", self.order, "Ten boxes", 1))
        self.assertEqual((line.call_id.user_id, line.call_id.commercial_partner_id), (self.budi, self.acme))
        self.assertEqual((call_list.called, call_list.customers, call_list.progress), (1, 2, 50))
        self.assertEqual(self.log(call_list.next_line_id, outcome_id=self.again)["type"], "ir.actions.act_window_close")
        waiting = call_list.line_ids - line
        self.assertEqual((waiting.state, waiting.next_call_date, waiting.attempts), ("todo", self.day(1), 1))
        with self.assertRaises(UserError):
            call_list.action_next_call()
        waiting.next_call_date = self.today
        self.assertEqual(call_list.next_line_id, waiting)
        waiting.action_skip()
        self.assertEqual((call_list.progress, call_list.called), (100, 1))

    def test_the_day_agreed(self):
        call_list = self.call_list()
        self.log(call_list.next_line_id, next_call_date=self.day(9))
        self.assertEqual(call_list.line_ids.filtered("next_call_date").next_call_date, self.day(9))

    def test_who_takes_their_leave_back_is_not_next(self):
        call_list = self.call_list()
        self.acme.lifecycle_no_call = True
        call_list.invalidate_recordset()
        self.assertEqual(call_list.next_line_id.partner_id, self.zenith)

    def test_a_call_of_a_colleague_does_not_work_through_my_list(self):
        call_list = self.call_list()
        self.env["crm.call.list.log"].with_user(self.dewi).create({"partner_id": self.acme.id}).action_log()
        self.assertEqual(call_list.next_line_id.partner_id, self.acme)

    def test_a_customer_is_once_on_a_list(self):
        call_list = self.call_list()
        with mute_logger("odoo.sql_db"), self.assertRaises(psycopg2.errors.UniqueViolation), self.env.cr.savepoint():
            call_list.line_ids = [Command.create({"partner_id": self.acme.id})]
            self.env.flush_all()

    def test_lists_are_their_callers(self):
        call_list = self.call_list()
        self.assertFalse(self.lists.with_user(self.dewi).search([]))
        with self.assertRaises(AccessError):
            call_list.line_ids[:1].with_user(self.dewi).action_skip()
        self.assertEqual(self.lists.with_user(self.head).search([]), call_list)

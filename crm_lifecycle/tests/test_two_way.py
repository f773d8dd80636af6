from odoo import Command, fields
from odoo.exceptions import AccessError, UserError
from odoo.tests import HttpCase, new_test_user, tagged

from .common import LifecycleCase


@tagged("post_install", "-at_install")
class TestTwoWay(HttpCase):
    def test_what_is_done_on_the_page_is_on_its_timeline(self):
        partner = self.env["res.partner"].create({"name": "Aster Coffee", "is_company": True})
        buyer = self.env["res.partner"].create({"name": "Aster Buyer", "parent_id": partner.id, "email": "buyer@aster.example"})
        self.start_tour(f"/odoo/customer-360/{buyer.id}", "crm_lifecycle_customer_360_two_way", login="admin", timeout=150)
        notes = buyer.message_ids.filtered(lambda message: message.message_type == "comment")
        self.assertEqual({bool(note.subtype_id.internal) for note in notes}, {True, False})
        self.assertEqual(buyer.activity_ids.summary, "Send the sample")
        call = self.env["crm.call"].search([("partner_id", "=", buyer.id)])
        self.assertEqual(
            (call.state, call.direction, call.user_id, call.commercial_partner_id),
            ("done", "out", self.env.ref("base.user_admin"), partner),
        )
        self.assertTrue(self.env["calendar.event"].search([("partner_ids", "in", buyer.ids), ("name", "=", "Tasting")]))
        self.assertEqual(self.env["sale.order"].search([("partner_id", "=", buyer.id)]).state, "draft")


@tagged("post_install", "-at_install")
class TestCallLog(LifecycleCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        groups = "sales_team.group_sale_salesman,crm_lifecycle.crm_lifecycle_group_user"
        common = {"company_id": cls.company.id, "company_ids": [Command.set(cls.company.ids)]}
        cls.agent = new_test_user(cls.env, "lc_agent", groups, **common)
        cls.clerk = new_test_user(cls.env, "lc_clerk", "base.group_user", **common)
        cls.acme_buyer.phone = "+6281234567890"

    def log(self, user=None, **values):
        wizard = self.env["crm.call.log"].with_user(user or self.agent)
        wizard.create({"partner_id": self.acme_buyer.id, "started_at": "2026-01-05 08:00:00", **values}).action_log()
        return self.env["crm.call"].search([("partner_id", "=", self.acme_buyer.id)], order="id desc", limit=1)

    def test_a_call_that_was_answered(self):
        call = self.log(minutes=2.5, note="Price asked")
        self.assertEqual((call.state, call.talk_seconds, call.user_id, call.e164), ("done", 150, self.agent, "+6281234567890"))
        [line] = self.acme.with_user(self.agent).crm_lifecycle_timeline(kinds=["call"])["lines"]
        self.assertEqual((line["document"], line["detail"]), (call.id, "Price asked"))

    def test_a_missed_call_waits_until_somebody_has_spoken(self):
        missed = self.log(direction="in", answered=False, minutes=9)
        self.assertEqual((missed.state, missed.talk_seconds, missed.to_return), ("missed", 0, True))
        self.log(started_at="2026-01-05 09:00:00")
        self.assertFalse(missed.to_return)

    def test_what_is_no_call(self):
        tomorrow = fields.Datetime.add(fields.Datetime.now(), days=1)
        for values in ({"started_at": tomorrow}, {"minutes": -1}, {"minutes": 10**6}):
            with self.subTest(values), self.assertRaises(UserError):
                self.log(**values)

    def test_rights(self):
        with self.assertRaises(AccessError):
            self.log(user=self.clerk)
        with self.assertRaises(AccessError):
            self.env["crm.call"].with_user(self.agent).create({"number": "1"})
        self.assertNotIn("calls", self.acme.with_user(self.clerk).crm_lifecycle_snapshot(["who"])["available"])

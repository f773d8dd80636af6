from datetime import timedelta

from odoo import fields
from odoo.fields import Domain
from odoo.tests import tagged

from .redress_case import RedressCase


@tagged("post_install", "-at_install")
class TestHold(RedressCase):
    """While a complaint is open, offers and reminders of payment wait, where the company wishes so."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.company.write({"complaint_hold_marketing": True, "complaint_hold_dunning": True})
        cls.other = cls.env["res.partner"].create({"name": "Other", "email": "other@elsewhere.test"})
        cls.late, cls.theirs, cls.today = cls.invoice(post=False), cls.invoice(partner=cls.other, post=False), cls.invoice(post=False)
        (cls.late | cls.theirs).write({"invoice_date": fields.Date.today() - timedelta(days=9)})
        (cls.late | cls.theirs).write({"invoice_date_due": fields.Date.today() - timedelta(days=3)})
        (cls.late | cls.theirs | cls.today).action_post()

    def reachable(self, channel):
        partners = self.env["res.partner"]
        mine = Domain("id", "in", (self.siti | self.customer | self.other).ids)
        return partners.search(mine & partners._lifecycle_reachable(channel))

    def test_nobody_is_approached_with_offers(self):
        for channel in ("email", "phone", "visit"):
            self.assertEqual(self.reachable(channel), self.siti | self.customer | self.other)
        complaint = self.complain()
        for channel in ("email", "phone", "visit"):
            self.assertEqual(self.reachable(channel), self.other)
        self.company.complaint_hold_marketing = False
        self.assertIn(self.siti, self.reachable("email"))
        self.company.complaint_hold_marketing = True
        self.decide_and_close(complaint)
        self.assertIn(self.siti, self.reachable("email"))

    def test_reminders_of_payment_wait(self):
        moves = self.env["account.move"]
        mine = Domain("id", "in", (self.late | self.theirs | self.today).ids)
        self.assertEqual(moves.search(mine & moves._lifecycle_to_remind()), self.late | self.theirs)
        complaint = self.complain()
        self.env.invalidate_all()
        self.assertEqual(moves.search(mine & moves._lifecycle_to_remind()), self.theirs)
        self.assertEqual(moves.search(mine & Domain("dunning_held", "=", True)), self.late)
        self.assertEqual(moves.search(mine & Domain("dunning_held", "=", False)), self.theirs | self.today)
        self.assertEqual(moves.search(mine & Domain("is_overdue", "=", True)), self.late | self.theirs)
        self.assertEqual((self.late | self.theirs | self.today).mapped("dunning_held"), [True, False, False])
        self.assertEqual((self.late | self.theirs | self.today).mapped("is_overdue"), [True, True, False])
        self.decide_and_close(complaint)
        self.env.invalidate_all()
        self.assertFalse(self.late.dunning_held)

    def test_accounting_sees_it_without_reading_complaints(self):
        self.complain()
        clerk = self.make_user("clerk", "account.group_account_invoice")
        self.assertFalse(self.env["crm.complaint"].with_user(clerk).has_access("read"))
        self.assertTrue(self.late.with_user(clerk).dunning_held)
        found = self.env["account.move"].with_user(clerk).search([("dunning_held", "=", True), ("id", "in", (self.late | self.theirs).ids)])
        self.assertEqual(found, self.late)
        views = (("account.view_move_form", "form"), ("account.view_account_invoice_filter", "search"))
        for view, kind in views:
            arch = self.env["account.move"].with_user(clerk).get_view(self.env.ref(view).id, kind)["arch"]
            self.assertIn("dunning_held", arch)
        arch = self.env["res.partner"].with_user(clerk).get_view(self.env.ref("base.view_partner_form").id, "form")["arch"]
        self.assertIn("hold_dunning", arch)

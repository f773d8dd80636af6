from odoo.exceptions import AccessError, UserError
from odoo.tests import new_test_user, tagged

from .common import LifecycleCase


@tagged("post_install", "-at_install")
class TestSnapshot(LifecycleCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.invoice(cls.acme_buyer, "2026-01-10")
        cls.drain()

    def test_any_contact_opens_the_customer(self):
        answer = self.acme_buyer.crm_lifecycle_snapshot(["who", "standing"])
        self.assertEqual(answer["partner_id"], self.acme.id)
        self.assertEqual(list(answer["sections"]), ["who", "standing"])
        self.assertEqual(answer["sections"]["standing"]["stage"], "First Purchase")
        self.assertEqual(answer["sections"]["who"]["contacts"][0]["name"], "Acme Buyer")

    def test_all_sections_at_once(self):
        answer = self.acme.crm_lifecycle_snapshot()
        self.assertEqual(set(answer["sections"]), set(answer["available"]))
        self.assertIn("timeline", answer["sections"])

    def test_what_is_no_section(self):
        for sections in ("who", ["nothing"], [1], {"who": 1}, 5):
            with self.subTest(sections=sections), self.assertRaises(UserError):
                self.acme.crm_lifecycle_snapshot(sections)

    def test_employees_only(self):
        for group in ("base.group_portal", "base.group_public"):
            outsider = new_test_user(self.env, f"lc_{group[5:]}", group)
            for method in ("crm_lifecycle_snapshot", "crm_lifecycle_timeline"):
                with self.subTest(group, method=method), self.assertRaises(AccessError):
                    getattr(outsider.partner_id.with_user(outsider), method)()

import re
from datetime import timedelta

from odoo import Command, fields
from odoo.tests import HttpCase, new_test_user, tagged
from odoo.tools import mute_logger

from .common import LifecycleCase

PAGE = "/my/relationship"


@tagged("post_install", "-at_install")
class TestPortalRelationship(HttpCase, LifecycleCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.seller = new_test_user(cls.env, "portal_seller", groups="sales_team.group_sale_salesman")
        cls.acme.user_id = cls.seller
        cls.mine = new_test_user(cls.env, "portal_mine", groups="base.group_portal", name="Mine")
        cls.mine.partner_id.write({"parent_id": cls.acme.id, "email": "mine@example.com", "phone": "+62 812 1111 2222"})
        cls.rival = cls.env["res.partner"].create({"name": "Rival", "is_company": True})
        cls.theirs = new_test_user(cls.env, "portal_theirs", groups="base.group_portal", name="Theirs")
        cls.theirs.partner_id.parent_id = cls.rival
        coffee, milk = cls.env["product.product"].create([{"name": name, "sale_ok": True} for name in ("House Coffee", "Oat Milk")])
        cls.milk = milk
        for day in ("2026-01-10", "2026-02-10"):
            move = cls.invoice(cls.acme, day, post=False)
            move.invoice_line_ids.product_id = coffee
            move.action_post()
        cls.env["crm.product.affinity"].sudo().create(
            {"company_id": cls.company.id, "product_id": coffee.id, "other_id": milk.id, "weight": 0.5, "together": 3, "baskets": 6}
        )
        start = fields.Datetime.now() + timedelta(days=3)
        cls.env["calendar.event"].create(
            [
                {
                    "name": f"Subject {place}",
                    "location": place,
                    "privacy": privacy,
                    "start": start,
                    "stop": start + timedelta(hours=1),
                    "partner_ids": [Command.set((partner | cls.seller.partner_id).ids)],
                    "user_id": cls.seller.id,
                }
                for place, partner, privacy in (
                    ("Warehouse", cls.mine.partner_id, "public"),
                    ("Secret Place", cls.mine.partner_id, "private"),
                    ("Rival Street", cls.rival, "public"),
                )
            ]
        )

    def page(self, **kwargs):
        response = self.url_open(PAGE, **kwargs)
        self.assertEqual(response.status_code, 200)
        return response

    def post(self, path, **data):
        token = re.search(r'name="csrf_token" value="([^"]+)"', self.page().text).group(1)
        return self.url_open(f"{PAGE}/{path}", data={"csrf_token": token, **data})

    def test_own_page(self):
        self.authenticate("portal_mine", "portal_mine")
        self.assertIn(PAGE, self.url_open("/my").text)
        text = self.page().text
        for word in ("Oat Milk", "House Coffee", "Warehouse", "portal_seller", "+62 812 1111 2222", "/my/invoices"):
            self.assertIn(word, text)
        for word in ("Secret Place", "Rival Street", "Subject Warehouse"):
            self.assertNotIn(word, text)
        unpaid = re.search(r"Open invoices.*?>\s*(\d+)\s*<", text, re.DOTALL)
        self.assertEqual(unpaid.group(1), "2")

    def test_another_customers_page(self):
        self.authenticate("portal_theirs", "portal_theirs")
        text = self.page().text
        for word in ("Oat Milk", "House Coffee", "Warehouse", "Secret Place", "+62 812 1111 2222"):
            self.assertNotIn(word, text)
        self.assertIn("Rival Street", text)
        self.assertEqual(re.search(r"Open invoices.*?>\s*(\d+)\s*<", text, re.DOTALL).group(1), "0")
        self.post("wishes", mail="", partner_id=str(self.mine.partner_id.id))
        self.post("interest", product_id=str(self.milk.id))
        self.env.invalidate_all()
        self.assertFalse(self.mine.partner_id.lifecycle_no_mail)
        self.assertFalse(self.theirs.partner_id._lifecycle_callback(), "What was not recommended to them cannot be asked for.")

    def test_wishes_are_honoured(self):
        self.authenticate("portal_mine", "portal_mine")
        me = self.mine.partner_id
        reachable = me._lifecycle_reachable("email")
        self.assertTrue(me.filtered_domain(reachable))
        page = self.post("wishes", call="1")
        self.assertIn("Your wishes are noted", page.text)
        me.invalidate_recordset()
        self.assertEqual((me.lifecycle_no_mail, me.lifecycle_no_call, me.lifecycle_no_visit), (True, False, True))
        self.assertFalse(me.filtered_domain(me._lifecycle_reachable("email")))
        self.assertFalse(me.filtered_domain(me._lifecycle_reachable("visit")))
        self.assertTrue(me.message_ids.tracking_value_ids, "When they said so is on record.")
        self.post("wishes", mail="1", call="1", visit="1")
        me.invalidate_recordset()
        self.assertEqual((me.lifecycle_no_mail, me.lifecycle_no_call, me.lifecycle_no_visit), (False, False, False))
        self.assertFalse(self.acme.lifecycle_no_mail, "They speak for themselves only.")

    def test_call_back(self):
        self.authenticate("portal_mine", "portal_mine")
        page = self.post("callback", number="+62 21 555", text="After 2 pm\n<script>alert(1)</script>")
        self.assertIn("We will call you", page.text)
        activity = self.mine.partner_id._lifecycle_callback()
        self.assertEqual((activity.user_id, activity.res_id), (self.seller, self.mine.partner_id.id))
        self.assertIn("+62 21 555", activity.note)
        self.assertNotIn("<script>", activity.note)
        self.post("callback", number="+62 21 555", text="Or tomorrow")
        self.post("interest", product_id=str(self.milk.id))
        self.assertEqual(self.mine.partner_id._lifecycle_callback(), activity, "One call for all that they want to say.")
        activity.invalidate_recordset()
        self.assertIn("Or tomorrow", activity.note)
        self.assertIn("Oat Milk", activity.note)
        for bad in ("", "call me", "1" * 41):
            with self.subTest(bad):
                self.mine.partner_id.phone = False
                answer = self.post("callback", number=bad, text="Kept")
                self.assertEqual(answer.status_code, 400)
                self.assertIn("Kept", answer.text)
        activity.action_feedback("Done")
        self.assertFalse(self.mine.partner_id._lifecycle_callback())

    @mute_logger("odoo.http")
    def test_only_by_post_and_with_the_token(self):
        self.authenticate("portal_mine", "portal_mine")
        for path in ("wishes", "callback", "interest"):
            with self.subTest(path):
                self.assertEqual(self.url_open(f"{PAGE}/{path}?number=1").status_code, 405)
                self.assertEqual(self.url_open(f"{PAGE}/{path}", data={"number": "123"}).status_code, 400)
        self.authenticate(None, None)
        self.assertIn("/web/login", self.url_open(PAGE).url)

    def test_an_open_question(self):
        self.authenticate("portal_mine", "portal_mine")
        self.assertNotIn("o_lifecycle_survey", self.page().text)
        asked = self.env.ref("crm_lifecycle.crm_voice_survey_nps")._ask(self.mine.partner_id)
        self.assertIn(f"/voice/{asked.sudo().token}", self.page().text)
        asked.sudo()._answer("9")
        self.assertNotIn("o_lifecycle_survey", self.page().text)

    def test_in_their_language(self):
        self.mine.lang = "id_ID"
        self.authenticate("portal_mine", "portal_mine")
        text = self.page().text
        self.assertIn("Sekilas", text)
        self.assertNotIn("Chosen for you", text)

import csv
import io
import json
import logging
from unittest.mock import patch

from odoo import Command, http
from odoo.exceptions import AccessError, MissingError, UserError
from odoo.tests import HttpCase, new_test_user, tagged
from odoo.tools import mute_logger

from .common import LifecycleCase

AMOUNT = 98_765.43
SHOWN = ("98765", "98,765", "98.765", "98 765")
FIGURES = ("net_revenue", "refunded", "margin", "clv", "expected_spend", "costed_revenue")


@tagged("post_install", "-at_install")
class TestFiguresStayHidden(LifecycleCase, HttpCase):
    """A salesperson without the right to see balances learns no figure of a customer, whatever way they ask over HTTP."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        common = {"company_id": cls.company.id, "company_ids": [Command.set(cls.company.ids)], "lang": "en_US"}
        groups = "sales_team.group_sale_salesman,base.group_allow_export,crm_lifecycle.crm_lifecycle_group_user"
        cls.seller = new_test_user(cls.env, "lc_seller", groups, **common)
        cls.company.account_use_credit_limit = True
        cls.acme.credit_limit = AMOUNT
        cls.invoice(cls.acme, "2026-01-10", AMOUNT, invoice_user_id=cls.env.ref("base.user_admin").id)
        cls.drain()

    def rpc(self, method, *args, model="res.partner", **kwargs):
        """The answer as text. What is refused is logged as a warning, too."""
        with mute_logger("odoo.http"):
            return self.asked(method, *args, model=model, **kwargs)

    def asked(self, method, *args, model="res.partner", **kwargs):
        params = {"model": model, "method": method, "args": args, "kwargs": kwargs}
        return self.url_open(
            f"/web/dataset/call_kw/{model}/{method}",
            data=json.dumps({"jsonrpc": "2.0", "params": params}),
            headers={"Content-Type": "application/json"},
        ).text

    def assertHidden(self, answer):
        for figure in SHOWN:
            self.assertNotIn(figure, answer)

    def test_the_right_is_what_decides(self):
        self.seller.group_ids |= self.env.ref("crm_lifecycle.crm_lifecycle_group_balances")
        self.authenticate("lc_seller", "lc_seller")
        self.assertIn("98765.43", self.rpc("crm_lifecycle_snapshot", [self.acme.id], sections=["money"]))

    def test_rpc(self):
        self.authenticate("lc_seller", "lc_seller")
        answer = self.rpc("crm_lifecycle_snapshot", [self.acme.id])
        self.assertIn('"credit_light"', answer)
        self.assertHidden(answer)
        self.assertNotIn('"balance"', answer)
        self.assertHidden(self.rpc("crm_lifecycle_timeline", [self.acme.id], text="9"))
        self.assertHidden(self.rpc("read", [self.acme.id]))
        record = self.customer(self.acme)
        self.assertEqual(record.net_revenue, AMOUNT)
        self.assertHidden(self.rpc("read", [record.id], model="crm.lifecycle.customer"))
        for name in FIGURES:
            with self.subTest(name):
                for method, args, kwargs in (
                    ("read", [[record.id], [name]], {}),
                    ("search_read", [[(name, ">", 1)]], {"fields": ["id"]}),
                    ("search", [[]], {"order": name}),
                    ("export_data", [[record.id], [name]], {}),
                    ("formatted_read_group", [[], ["partner_id"], [f"{name}:sum"]], {}),
                    ("formatted_read_group", [[], [name], ["__count"]], {}),
                    ("web_search_read", [[], {name: {}}], {}),
                    ("web_read_group", [[], ["partner_id"], [f"{name}:sum"]], {}),
                ):
                    answer = self.rpc(method, *args, model="crm.lifecycle.customer", **kwargs)
                    self.assertIn('"error"', answer, f"{method} {args}")
                    self.assertHidden(answer)

    def test_export(self):
        self.authenticate("lc_seller", "lc_seller")
        record = self.customer(self.acme)

        def exported(names):
            values = {
                "model": "crm.lifecycle.customer",
                "ids": [record.id],
                "domain": [],
                "fields": [{"name": name, "label": name} for name in names],
                "import_compat": False,
            }
            token = http.Request.csrf_token(self)
            return self.url_open("/web/export/csv", data={"data": json.dumps(values), "csrf_token": token})

        self.assertIn("Acme", exported(["partner_id/name"]).text)
        for names in (
            ["net_revenue"],
            ["partner_id/name", "margin"],
            ["partner_id/credit"],
            ["partner_id/lifecycle_customer_id/net_revenue"],
        ):
            with self.subTest(names), self.assertLogs("odoo", logging.WARNING):
                answer = exported(names)
                self.assertHidden(answer.text)
                self.assertFalse(any(row and row[-1].strip() for row in list(csv.reader(io.StringIO(answer.text)))[1:] if answer.ok))

    def test_log(self):
        self.authenticate("lc_seller", "lc_seller")
        with self.assertLogs("odoo", logging.INFO) as log:
            logging.getLogger("odoo").info("begun")
            self.asked("crm_lifecycle_snapshot", [self.acme.id])
            self.asked("read", [self.customer(self.acme).id], ["net_revenue"], model="crm.lifecycle.customer")
            self.asked("crm_lifecycle_snapshot", [self.acme.id], sections=["nothing"])
        self.assertHidden("\n".join(log.output))

    def test_portal_and_public(self):
        new_test_user(self.env, "lc_portal", "base.group_portal")
        own = self.env["res.users"].search([("login", "=", "lc_portal")]).partner_id
        own.parent_id = self.acme
        for login in ("lc_portal", None):
            self.authenticate(login, login)
            for method in ("crm_lifecycle_snapshot", "crm_lifecycle_timeline", "crm_lifecycle_suggestions_shown", "crm_lifecycle_dismiss"):
                for partner in (own, self.acme):
                    with self.subTest(login=login, method=method):
                        args = {"crm_lifecycle_suggestions_shown": [[]], "crm_lifecycle_dismiss": [1, "reorder"]}.get(method, [])
                        answer = json.loads(self.rpc(method, [partner.id], *args))
                        self.assertIn("error", answer)
                        self.assertHidden(json.dumps(answer))
            answer = json.loads(self.rpc("goes_with", [1], model="crm.product.affinity"))
            self.assertIn("error", answer)


@tagged("post_install", "-at_install")
class TestOtherCompanies(LifecycleCase):
    def test_nothing_of_another_company(self):
        other = self.other_company()
        groups = "sales_team.group_sale_manager,account.group_account_readonly,account.group_account_invoice,crm_lifecycle.crm_lifecycle_group_user"
        stranger = new_test_user(self.env, "lc_stranger", groups, company_id=other.id, company_ids=[Command.set(other.ids)])
        tea = self.env["product.product"].create({"name": "Ours Tea", "list_price": 7})
        order = self.env["sale.order"].create({"partner_id": self.acme.id, "order_line": [Command.create({"product_id": tea.id})]})
        order.action_confirm()
        move = self.invoice(self.acme_buyer, "2026-01-10", AMOUNT)
        lead = self.env["crm.lead"].create(
            {"name": "Ours Lead", "partner_id": self.acme.id, "type": "opportunity", "company_id": self.company.id}
        )
        for record in (order, move, lead):
            record.message_post(body="Ours Word", message_type="comment", subtype_xmlid="mail.mt_note")
        lead.activity_schedule("mail.mail_activity_data_todo", summary="Ours Call")
        self.env["crm.call"].create({"partner_id": self.acme.id, "number": "1", "note": "Ours Note", "company_id": self.company.id})
        self.drain()
        seen = self.acme.with_context(allowed_company_ids=self.company.ids)
        mine = str((seen.crm_lifecycle_snapshot(), seen.crm_lifecycle_timeline(limit=100)))
        theirs = self.acme.with_user(stranger).with_context(allowed_company_ids=other.ids)
        answer = str((theirs.crm_lifecycle_snapshot(), theirs.crm_lifecycle_timeline(limit=100)))
        for word in ("Ours", order.name, move.name, str(AMOUNT)):
            self.assertIn(word, mine)
            self.assertNotIn(word, answer)
        with self.assertRaises(AccessError):
            theirs.with_context(allowed_company_ids=self.company.ids).crm_lifecycle_snapshot()


@tagged("post_install", "-at_install")
class TestContactsOutOfReach(LifecycleCase):
    """Rights to a contact are checked by the statement that finds the customer; what is refused, Odoo says in its own words."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.seller = new_test_user(
            cls.env, "lc_seller", "sales_team.group_sale_salesman", company_id=cls.company.id, company_ids=[Command.set(cls.company.ids)]
        )

    def seen(self, partner):
        return partner.with_user(self.seller).crm_lifecycle_snapshot([])

    def rule(self, domain):
        self.env["ir.rule"].create({"name": "Some", "model_id": self.env["ir.model"]._get_id("res.partner"), "domain_force": domain})

    def test_within_reach(self):
        for partner in (self.acme, self.acme_buyer):
            found = self.seen(partner)
            self.assertEqual((found["partner_id"], found["contact_id"], found["name"]), (self.acme.id, partner.id, "Acme"))
        self.acme.active = self.acme_buyer.active = False
        self.assertEqual(self.seen(self.acme_buyer)["partner_id"], self.acme.id)

    def test_a_contact_that_is_hidden(self):
        self.rule(f"[('id', '!=', {self.acme_buyer.id})]")
        with self.assertRaises(AccessError):
            self.seen(self.acme_buyer)
        self.assertEqual(self.seen(self.acme)["partner_id"], self.acme.id)

    def test_a_customer_that_is_hidden(self):
        self.rule(f"[('id', '!=', {self.acme.id})]")
        for partner in (self.acme_buyer, self.acme):
            with self.assertRaises(AccessError):
                self.seen(partner)

    def test_a_contact_that_is_gone(self):
        gone = self.env["res.partner"].create({"name": "Gone"})
        gone.unlink()
        for partner in (gone.with_user(self.seller), gone.sudo()):
            with self.assertRaises(MissingError):
                partner.crm_lifecycle_snapshot()

    def test_what_is_no_contact(self):
        for wrong in ("1) OR (1=1", True, 0, -1, 1.5):
            with self.subTest(wrong), self.assertRaisesRegex(UserError, "no such contact"):
                self.seen(self.env["res.partner"].browse([wrong]))
        with self.assertRaises(MissingError):
            self.seen(self.env["res.partner"].browse([10**30]))

    def test_a_field_that_is_hidden(self):
        self.acme.write({"phone": "+62 811 1", "email": "acme@example.com"})
        self.acme_buyer.phone = "+62 811 1"
        self.addCleanup(self.env.registry.clear_cache)
        for groups, phone in (("base.group_user", "+62 811 1"), ("base.group_system", "")):
            with patch.object(self.env["res.partner"]._fields["phone"], "groups", groups):
                self.env.registry.clear_cache()
                found = self.acme.with_user(self.seller).crm_lifecycle_snapshot(["who"])["sections"]["who"]
            self.assertEqual((found["phone"], found["email"]), (phone, "acme@example.com"))
            self.assertEqual(str(found).count("+62 811 1"), 2 if phone else 0)

    def test_what_waits_to_be_written_counts(self):
        lead = self.env["crm.lead"].create(
            {"name": "Before", "partner_id": self.acme.id, "type": "opportunity", "user_id": self.seller.id, "company_id": self.company.id}
        )
        for name in ("Before", "After"):
            lead.name = name
            found = self.acme.with_user(self.seller).crm_lifecycle_snapshot(["sales"])["sections"]["sales"]
            self.assertEqual([row["name"] for row in found["opportunities"]["rows"]], [name])

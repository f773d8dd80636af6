import csv
import io
import json
import logging

from odoo import Command, http
from odoo.exceptions import AccessError
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

import json

from odoo import Command
from odoo.exceptions import AccessError, UserError
from odoo.tests import new_test_user, tagged
from odoo.tools import SQL

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

    def test_stages_that_are_used(self):
        self.stage("champion").active = False
        standing = self.acme.crm_lifecycle_snapshot(["standing"])["sections"]["standing"]
        names = [stage["name"] for stage in standing["stages"]]
        self.assertEqual(names, ["Prospect", "Lead", "First Purchase", "Developing", "Established", "Loyal"])

    def test_stage_set_by_hand(self):
        self.env["crm.lifecycle.override"].create(
            {
                "partner_id": self.acme.id,
                "company_id": self.company.id,
                "stage_id": self.stage("loyal").id,
                "reason": "Founder's friend",
                "date_from": "2026-01-20",
                "date_until": "2099-01-01",
            }
        )
        self.drain()
        standing = self.acme.crm_lifecycle_snapshot(["standing"])["sections"]["standing"]
        told = {name: standing[name] for name in ("stage", "stage_since", "stage_reason", "computed_stage", "override_until")}
        self.assertEqual(
            told,
            {
                "stage": "Loyal",
                "stage_since": "2026-01-20",
                "stage_reason": "Founder's friend",
                "computed_stage": "First Purchase",
                "override_until": "2099-01-01",
            },
        )

    def test_all_sections_at_once(self):
        answer = self.acme.crm_lifecycle_snapshot()
        self.assertLessEqual(set(answer["sections"]), set(answer["available"]))
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

    def family_of(self, contacts, orders):
        """A customer with many contacts and orders, written as rows copied from ones that Odoo made."""
        partner = self.env["res.partner"].create({"name": f"Family of {contacts}", "is_company": True, "user_id": self.env.uid})
        child = self.env["res.partner"].create({"name": "Contact", "parent_id": partner.id})
        product = self.env["product.product"].create({"name": "Tea", "list_price": 5})
        order = self.env["sale.order"].create({"partner_id": child.id, "order_line": [Command.create({"product_id": product.id})]})
        order.action_confirm()
        move = self.invoice(child, "2026-01-10", post=False)
        move.invoice_line_ids.product_id = product
        move.action_post()
        self.env["crm.lead"].create({"name": "Interest", "partner_id": child.id, "type": "opportunity"})
        partner.activity_schedule("mail.mail_activity_data_todo", summary="Call")
        self.env.flush_all()
        for table, key, number in (("res_partner", child.id, contacts - 1), ("sale_order", order.id, orders - 1)):
            columns = [name for name in self.env[table.replace("_", ".", 1)]._fields if name != "id" and self._stored(table, name)]
            names = SQL(", ").join(map(SQL.identifier, columns))
            self.env.cr.execute(
                SQL(
                    "INSERT INTO %s (%s) SELECT %s FROM %s, generate_series(1, %s) WHERE id = %s",
                    SQL.identifier(table),
                    names,
                    names,
                    SQL.identifier(table),
                    number,
                    key,
                )
            )
        self.drain()
        return partner

    def _stored(self, table, name):
        field = self.env[table.replace("_", ".", 1)]._fields[name]
        return field.store and field.column_type

    def queries(self, partner, user):
        partner = partner.with_user(user)
        partner.crm_lifecycle_snapshot()
        self.env.invalidate_all()
        before = self.env.cr.sql_log_count
        answer = partner.crm_lifecycle_snapshot()
        self.assertLess(len(json.dumps(answer)), 30_000)
        return self.env.cr.sql_log_count - before

    def test_the_same_few_queries_whatever_the_size(self):
        both = "account.group_account_readonly,sales_team.group_sale_manager"
        reader = new_test_user(self.env, "lc_reader", both, company_id=self.company.id, company_ids=[Command.set(self.company.ids)])
        counts = {
            (contacts, orders): self.queries(self.family_of(contacts, orders), reader) for contacts, orders in ((1, 1), (2, 100), (1000, 3))
        }
        self.assertEqual(len(set(counts.values())), 1, counts)
        self.assertLessEqual(max(counts.values()), 10, counts)

from contextlib import contextmanager

from odoo import Command, fields
from odoo.tests import tagged

from .common import ComplaintCase


@tagged("post_install", "-at_install")
class RedressCase(ComplaintCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        if not cls.company.chart_template:
            cls.env["account.chart.template"].try_loading("generic_coa", company=cls.company, install_demo=False)
        cls.env = cls.env(context={**cls.env.context, "tracking_disable": True})
        cls.company = cls.company.with_env(cls.env)
        cls.tax = cls.env["account.tax"].create(
            {"name": "11 %", "amount": 11, "type_tax_use": "sale", "company_id": cls.company.id, "price_include_override": "tax_excluded"}
        )
        cls.jar = cls.env["product.product"].create({"name": "Jar", "type": "consu", "list_price": 10, "taxes_id": cls.tax.ids})
        cls.box = cls.env["product.product"].create({"name": "Box", "type": "service", "list_price": 50, "taxes_id": cls.tax.ids})
        cls.env["crm.complaint.redress.limit"].search([]).unlink()
        cls.limits = cls.env["crm.complaint.redress.limit"]
        cls.agents = cls.limits.create({"group_id": cls.group("user").id, "per_case": 100, "per_customer": 150})
        cls.managers = cls.limits.create({"group_id": cls.group("manager").id, "unlimited": True})
        cls.leader = cls.make_user("leader", "crm_lifecycle_complaints_group_user")
        cls.leader.group_ids |= cls.env.ref("sales_team.group_sale_manager")
        cls.leaders = cls.limits.create({"group_id": cls.env.ref("sales_team.group_sale_manager").id, "per_case": 400, "per_customer": 400})
        cls.team.member_ids |= cls.leader
        cls.team.user_id = cls.manager

    @classmethod
    def group(cls, name):
        return cls.env.ref(f"crm_lifecycle_complaints.crm_lifecycle_complaints_group_{name}")

    @classmethod
    def invoice(cls, *lines, partner=None, post=True):
        """A posted invoice of (product, quantity, price)."""
        move = cls.env["account.move"].create(
            {
                "move_type": "out_invoice",
                "company_id": cls.company.id,
                "partner_id": (partner or cls.siti).id,
                "invoice_date": fields.Date.today(),
                "invoice_line_ids": [
                    Command.create({"product_id": product.id, "quantity": quantity, "price_unit": price, "tax_ids": cls.tax.ids})
                    for product, quantity, price in lines or ((cls.jar, 10, 10), (cls.box, 1, 50))
                ],
            }
        )
        if post:
            move.action_post()
        return move

    def complain(self, **values):
        return self.env["crm.complaint"].create({"name": "Cracked", "partner_id": self.siti.id, "team_id": self.team.id, **values})

    def draft(self, complaint, move, quantity=1, line=0, user=None, kind="credit_note", price=None):
        values = {"move_line_id": move.invoice_line_ids[line].id, "quantity": quantity}
        if price is not None:
            values["price_unit"] = price
        return (
            self.env["crm.complaint.redress"]
            .with_user(user or self.agent)
            .create({"complaint_id": complaint.id, "kind": kind, "move_id": move.id, "line_ids": [Command.create(values)]})
        )

    @contextmanager
    def refused(self, exception, words):
        """What is refused leaves nothing behind, as it would in a request of its own."""
        with self.assertRaises(exception) as caught:
            yield
        self.assertRegex(str(caught.exception), words)

    def pay(self, move):
        self.env["account.payment.register"].with_context(active_model="account.move", active_ids=move.ids).create({})._create_payments()

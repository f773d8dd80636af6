from odoo import Command, fields
from odoo.addons.base.tests.common import BaseCommon
from odoo.tests import tagged


@tagged("post_install", "-at_install")
class LifecycleCase(BaseCommon):
    """A company with a chart of accounts, and short ways to invoice a customer and to look at where they stand."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.company = cls.with_chart(cls.env.company)
        cls.customers = cls.env["crm.lifecycle.customer"]
        cls.transitions = cls.env["crm.lifecycle.transition"]
        cls.env["crm.lifecycle.dirty"].sudo()._drain(limit=100_000)
        cls.acme = cls.env["res.partner"].create({"name": "Acme", "is_company": True})
        cls.acme_buyer = cls.env["res.partner"].create({"name": "Acme Buyer", "parent_id": cls.acme.id})

    @classmethod
    def with_chart(cls, company):
        """The company, with accounts and a sales journal."""
        if not company.chart_template:
            cls.env["account.chart.template"].try_loading("generic_coa", company=company, install_demo=False)
        return company

    @classmethod
    def other_company(cls):
        return cls.with_chart(cls.env["res.company"].create({"name": "Other Company"}))

    @classmethod
    def stage(cls, name):
        return cls.env.ref(f"crm_lifecycle.crm_lifecycle_stage_{name}")

    @classmethod
    def invoice(cls, partner, day, amount=100.0, move_type="out_invoice", post=True, **values):
        line = {"name": "Goods", "quantity": 1, "price_unit": amount, "tax_ids": [Command.clear()]}
        move = cls.env["account.move"].create(
            {
                "move_type": move_type,
                "partner_id": partner.id,
                "invoice_date": day,
                "date": day,
                "invoice_line_ids": [Command.create(line)],
                **values,
            }
        )
        if post:
            move.action_post()
        return move

    @classmethod
    def credit(cls, move, day, amount=None):
        """A posted credit note for an invoice, in whole or over ``amount``."""
        note = move._reverse_moves([{"invoice_date": fields.Date.to_date(day), "date": fields.Date.to_date(day)}])
        if amount is not None:
            note.invoice_line_ids.price_unit = amount
        note.action_post()
        return note

    @classmethod
    def drain(cls):
        return cls.env["crm.lifecycle.dirty"].sudo()._drain(limit=100_000)

    @classmethod
    def customer(cls, partner, company=None):
        return cls.customers.with_context(active_test=False).search(
            [("partner_id", "=", partner.id), ("company_id", "=", (company or cls.company).id)]
        )

    @classmethod
    def believed(cls, partner, company=None, kind="stage"):
        """The history as believed now: (day, stage) or (day, health) from the first on."""
        history = cls.transitions.search(
            [
                ("partner_id", "=", partner.id),
                ("company_id", "=", (company or cls.company).id),
                ("superseded_at", "=", False),
                ("kind", "=", kind),
            ],
            order="effective_at",
        )
        return [(str(step.effective_at), step.to_stage_id if kind == "stage" else step.to_health) for step in history]

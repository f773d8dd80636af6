from odoo import SUPERUSER_ID, api, fields
from odoo.addons.base.tests.common import BaseCommon
from odoo.fields import Command
from odoo.tools import SQL

from ..analytics import ledger


def forget_program(cr, program_id):
    """Take away a program with all that was committed for it, by a test that needs real transactions."""
    env = api.Environment(cr, SUPERUSER_ID, {})
    cards = env["loyalty.card"].with_context(active_test=False).search([("program_id", "=", program_id)])
    orders = env["sale.order"].search(["|", ("coupon_point_ids.coupon_id", "in", cards.ids), ("order_line.coupon_id", "in", cards.ids)])
    orders.filtered(lambda order: order.state == "sale")._action_cancel()
    orders.unlink()
    env.flush_all()
    tables = ("crm_loyalty_allocation", "crm_loyalty_lot", "crm_loyalty_entry")
    for table in tables:
        cr.execute(SQL("ALTER TABLE %s DISABLE TRIGGER USER", SQL.identifier(table)))
    cr.execute("DELETE FROM crm_loyalty_allocation WHERE lot_id IN (SELECT id FROM crm_loyalty_lot WHERE program_id = %s)", [program_id])
    cr.execute("DELETE FROM crm_loyalty_lot WHERE program_id = %s", [program_id])
    cr.execute("UPDATE crm_loyalty_entry SET reversal_of = NULL, linked_entry_id = NULL WHERE program_id = %s", [program_id])
    cr.execute("DELETE FROM crm_loyalty_entry WHERE program_id = %s", [program_id])
    for table in tables:
        cr.execute(SQL("ALTER TABLE %s ENABLE TRIGGER USER", SQL.identifier(table)))
    cards.unlink()
    program = env["loyalty.program"].browse(program_id)
    program.active = False
    program.unlink()


class OrderMixin:
    """Short ways to sell, credit and cancel, for programs that give one point for each unit of money."""

    @classmethod
    def _prepare_sales(cls):
        if not cls.company.chart_template:
            cls.env["account.chart.template"].try_loading("generic_coa", company=cls.company, install_demo=False)
        cls.product = cls.env["product.product"].create(
            {"name": "Coffee", "list_price": 1, "taxes_id": [Command.clear()], "type": "service", "invoice_policy": "order"}
        )

    @classmethod
    def _sales_program(cls, name="Sales", **values):
        return cls._program(
            name,
            **{
                "rule_ids": [Command.create({"reward_point_mode": "money", "reward_point_amount": 1, "minimum_qty": 0})],
                "reward_ids": [
                    Command.create(
                        {
                            "description": "Money for points",
                            "discount_mode": "per_point",
                            "discount": 1,
                            "required_points": 1,
                            "discount_applicability": "order",
                        }
                    )
                ],
                **values,
            },
        )

    @classmethod
    def _order(cls, partner, amount=100.0, quantity=1, **values):
        return cls.env["sale.order"].create(
            {
                "partner_id": partner.id,
                "order_line": [Command.create({"product_id": cls.product.id, "product_uom_qty": quantity, "price_unit": amount})],
                **values,
            }
        )

    @classmethod
    def _sell(cls, partner, amount=100.0, quantity=1, spend=0.0, program=None, **values):
        """A confirmed order; ``spend`` points are used for it."""
        order = cls._order(partner, amount, quantity, **values)
        order._update_programs_and_rewards()
        if spend:
            cls._spend(order, spend, program)
        order.action_confirm()
        return order

    @classmethod
    def _spend(cls, order, points, program=None):
        program = program or cls.program
        order.points_to_spend = points
        card = cls.env["loyalty.card"].search([("partner_id", "=", order.partner_id.id), ("program_id", "=", program.id)], limit=1)
        return order._apply_program_reward(program.reward_ids[:1], card)

    @classmethod
    def _invoice_order(cls, order):
        moves = order._create_invoices(final=True)
        moves.action_post()
        return moves

    @classmethod
    def _credit(cls, move, quantity=None, amount=None, post=True):
        """A credit note over the whole invoice, over ``quantity`` or over ``amount`` of its first line."""
        note = move._reverse_moves([{"invoice_date": fields.Date.today(), "date": fields.Date.today()}])
        if quantity is not None or amount is not None:
            line = note.invoice_line_ids.filtered(lambda line: line.product_id)[:1]
            (note.invoice_line_ids - line).unlink()
            line.write({"quantity": 1, "price_unit": amount} if amount is not None else {"quantity": quantity})
        if post:
            note.action_post()
        return note

    def assertBalanced(self, cards=None):
        """Points are the sum of entries and what lots hold less the debt, for every card (of these)."""
        self.env.flush_all()
        self.assertEqual(self.env.execute_query(ledger.differences(cards.ids if cards else None)), [])


class LoyaltyCommon(BaseCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.Card = cls.env["loyalty.card"]
        cls.Entry = cls.env["crm.loyalty.entry"]
        cls.Rule = cls.env["crm.loyalty.event.rule"]
        cls.company = cls.env.company
        cls.stage_loyal = cls.env.ref("crm_lifecycle.crm_lifecycle_stage_loyal")
        cls.stage_champion = cls.env.ref("crm_lifecycle.crm_lifecycle_stage_champion")
        cls.program = cls._program("Stars")
        cls.customer = cls.env["res.partner"].create({"name": "Toko Melati", "is_company": True, "email": "melati@example.com"})
        cls.contact = cls.env["res.partner"].create({"name": "Dewi", "parent_id": cls.customer.id, "email": "dewi@example.com"})

    @classmethod
    def _program(cls, name, **values):
        return cls.env["loyalty.program"].create(
            {
                "name": name,
                "program_type": "loyalty",
                "portal_point_name": "stars",
                "applies_on": "both",
                "trigger": "auto",
                "currency_id": cls.company.currency_id.id,
                "reward_ids": [(0, 0, {"description": "5% on your order", "discount": 5, "required_points": 200})],
                **values,
            }
        )

    @classmethod
    def _card(cls, partner, program=None, points=0):
        return cls.Card.create({"program_id": (program or cls.program).id, "partner_id": partner.id, "points": points})

    @classmethod
    def _rule(cls, **values):
        return cls.Rule.create(
            {
                "name": "Thank you",
                "stage_id": cls.stage_loyal.id,
                "program_id": cls.program.id,
                "points": 100,
                "date_from": "2026-01-01",
                **values,
            }
        )

    def _entry(self, card, key, points=10, **values):
        return {"card_id": card.id, "points": points, "event_key": key, "company_id": self.company.id, "description": "Gift", **values}

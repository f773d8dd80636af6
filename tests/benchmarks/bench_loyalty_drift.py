"""A demonstration: the same four stories on bare Odoo 19 and with the ledger, and how far the points are from what they should be.

It prints each story with the balance and what the customer's history adds up to; the figures are the sums of the differences.
"""

from odoo import SUPERUSER_ID, api
from odoo.exceptions import ValidationError
from odoo.fields import Command
from odoo.modules.registry import Registry

from tests.benchmarks.ground import environment
from tools.bench import figure
from tools.database import Workshop
from tools.postgres import Server


class Stories:
    def __init__(self, env):
        self.env = env
        if not env.company.chart_template:
            env["account.chart.template"].try_loading("generic_coa", company=env.company, install_demo=False)
        env["loyalty.program"].search([]).action_archive()
        self.product = env["product.product"].create({"name": "Coffee", "type": "service", "invoice_policy": "order", "taxes_id": []})
        self.program = env["loyalty.program"].create(
            {
                "name": "Points",
                "program_type": "loyalty",
                "applies_on": "both",
                "trigger": "auto",
                "rule_ids": [Command.create({"reward_point_mode": "money", "reward_point_amount": 1, "minimum_qty": 0})],
                "reward_ids": [Command.create({"discount_mode": "per_point", "discount": 1, "required_points": 1})],
            }
        )

    def card(self, points=0):
        partner = self.env["res.partner"].create({"name": "Customer"})
        return self.env["loyalty.card"].create({"program_id": self.program.id, "partner_id": partner.id, "points": points})

    def order(self, card, amount, spend=False, confirm=True):
        order = self.env["sale.order"].create(
            {
                "partner_id": card.partner_id.id,
                "order_line": [Command.create({"product_id": self.product.id, "price_unit": amount, "tax_ids": []})],
            }
        )
        order._update_programs_and_rewards()
        if spend:
            order._apply_program_reward(self.program.reward_ids, card)
        if confirm:
            order.action_confirm()
        return order

    def two_quotes_confirmed_together(self):
        """A card of 100 points; two quotes spend 100 each and are confirmed at once. It affords one; nothing is below zero."""
        card = self.card(100)
        self.program.applies_on = "future"
        quotes = self.order(card, 100, spend=True, confirm=False) | self.order(card, 100, spend=True, confirm=False)
        gained = sum(quotes.coupon_point_ids.mapped("points"))
        try:
            with self.env.cr.savepoint():
                quotes.action_confirm()
        except ValidationError:
            quotes[0].action_confirm()
            gained = sum(quotes[0].coupon_point_ids.mapped("points"))
        self.program.applies_on = "both"
        return card.points, gained

    def full_credit_note(self):
        """An order of 100 earns 100 points and is credited in full: 0 are left."""
        card = self.card()
        move = self.order(card, 100)._create_invoices(final=True)
        move.action_post()
        move._reverse_moves([{"invoice_date": move.invoice_date}]).action_post()
        return card.points, 0

    def edited_and_cancelled(self):
        """An order of 100 is confirmed, raised to 300, and cancelled: the card is where it was, at 500."""
        card = self.card(500)
        order = self.order(card, 100)
        order.order_line.price_unit = 300
        order._update_programs_and_rewards()
        order._action_cancel()
        return card.points, 500

    def merged_and_cancelled(self):
        """An order earns 100 points, its customer is merged into another one with 50, and it is cancelled: 50 are left on the card."""
        card, other = self.card(), self.card(50)
        order = self.order(card, 100)
        partners = card.partner_id | other.partner_id
        self.env["base.partner.merge.automatic.wizard"].create({})._merge(partners.ids, other.partner_id)
        order._action_cancel()
        return other.points, 50


def drift(env) -> float:
    stories, total = Stories(env), 0
    for name in ("two_quotes_confirmed_together", "full_credit_note", "edited_and_cancelled", "merged_and_cancelled"):
        points, expected = getattr(stories, name)()
        total += abs(points - expected)
        print(f"  {name.replace('_', ' ')}: {points:g} points, {expected:g} expected", flush=True)
    env.cr.rollback()
    return total


def main() -> None:
    print("with the ledger")
    with environment() as env:
        figure("points_adrift_with_the_ledger", drift(env), 0)
    workshop = Workshop(Server())
    plain = workshop.fresh("benchdrift", workshop.base())
    try:
        print("bare Odoo")
        with Registry(plain).cursor() as cursor:
            figure("points_adrift_on_bare_odoo", drift(api.Environment(cursor, SUPERUSER_ID, {})))
    finally:
        workshop.server.drop(plain)


if __name__ == "__main__":
    main()

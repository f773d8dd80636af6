from odoo import fields, models

from ..analytics import expiry as sql
from ..domain.rewards import POINT_DIGITS


class LoyaltyCard(models.Model):
    """What a card shows beside its points, and what people can do about it."""

    _inherit = "loyalty.card"

    points_pending = fields.Float("Pending", digits=(16, POINT_DIGITS), compute="_compute_facts", help="Promised by confirmed orders.")
    points_expiring = fields.Float("Expiring Soon", digits=(16, POINT_DIGITS), compute="_compute_facts")
    tier_progress = fields.Char("Next Tier", compute="_compute_facts")

    def _compute_facts(self):
        facts = self.sudo()._crm_loyalty_facts()
        progress = self.env["crm.loyalty.tier"].sudo()._progress(self.sudo())
        for card in self:
            card.points_pending, card.points_expiring, __ = facts[card.id]
            card.tier_progress = card._crm_loyalty_progress_label(progress[card.id]) if card.id in progress else False

    def action_correct_points(self):
        """A new correction of this card."""
        return self._crm_loyalty_new_correction({})

    def action_write_off(self):
        """A new correction that puts on the card what the customer owes."""
        return self._crm_loyalty_new_correction(
            {"default_points": -self.points, "default_is_write_off": True, "default_reason": self.env._("Debt written off")}
        )

    def _crm_loyalty_new_correction(self, defaults):
        self.ensure_one()
        company = self.company_id if self.company_id in self.env.companies else self.env.company
        return {
            "type": "ir.actions.act_window",
            "res_model": "crm.loyalty.correction",
            "view_mode": "form",
            "name": self.env._("Correct Points"),
            "context": {"default_card_id": self.id, "default_company_id": company.id, **defaults},
        }

    def _crm_loyalty_facts(self):
        """What is pending and what expires within the days of warning: {card id: (pending, expiring, first day)}."""
        pending = dict(
            self.env["sale.order.coupon.points"]._read_group(
                [("coupon_id", "in", self.ids), ("pending", "=", True), ("order_id.state", "=", "sale")], ["coupon_id"], ["points:sum"]
            )
        )
        self.env.flush_all()
        today = self.program_id[:1]._crm_loyalty_today() if self else None
        soon = (
            {card_id: (float(points), day) for card_id, points, day in self.env.execute_query(sql.expiring(self.ids, today))}
            if self
            else {}
        )
        return {card.id: (pending.get(card, 0), *soon.get(card.id, (0, False))) for card in self}

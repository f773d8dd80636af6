from odoo import models
from odoo.exceptions import UserError, ValidationError
from odoo.fields import Domain

from ..domain.rewards import exact_points


class SaleOrder(models.Model):
    """Points that the customer chooses to spend on a quotation, in the portal."""

    _inherit = "sale.order"

    def _crm_loyalty_offers(self):
        """Rewards that give money for points and that the customer may have on this quotation: dicts of ``card``, ``reward``, ``points``
        (that can be spent, with those spent already), ``spent``, ``minimum`` and ``proposed`` (as a form writes it)."""
        self.ensure_one()
        self = self.sudo()
        if not self._can_be_edited_on_portal() or self.is_expired or self._crm_loyalty_is_being_paid():
            return []
        cards = self.env["loyalty.card"].search(
            self.env["loyalty.program"]._crm_loyalty_domain(prefix="program_id.") & Domain("partner_id", "=", self.partner_id.id)
        )
        offers = []
        for card in cards.filtered(lambda card: card.program_id.filtered_domain(self._get_program_domain())):
            for reward in card.program_id.reward_ids.filtered(
                lambda reward: reward.reward_type == "discount" and reward.discount_mode == "per_point"
            ):
                lines = self.order_line.filtered(lambda line, card=card, reward=reward: line.coupon_id == card and line.reward_id == reward)
                spent = exact_points(sum(lines.mapped("points_cost")))
                # Not what this order will give: Odoo counts that with it, but the customer does not hold it yet.
                points = min(exact_points(card.points), exact_points(self._get_real_points_for_coupon(card)) + spent)
                if not spent and points < max(exact_points(reward.required_points), exact_points("0.01")):
                    continue
                proposed = f"{(spent or points).normalize():f}"
                offers.append(
                    {
                        "card": card,
                        "reward": reward,
                        "points": points,
                        "spent": spent,
                        "minimum": reward.required_points,
                        "proposed": proposed,
                    }
                )
        return offers

    def _crm_loyalty_is_being_paid(self):
        """The customer is paying, or has paid: the amount must not change any more."""
        return bool(self.sudo().transaction_ids.filtered(lambda payment: payment.state in ("pending", "authorized", "done")))

    def _crm_loyalty_choose(self, reward_id, points):
        """Spend so many points on the quotation for a reward of :meth:`_crm_loyalty_offers`, instead of what was chosen before; 0: none.

        :raise UserError: no such reward, more points than there are, or fewer than the reward takes
        """
        self.ensure_one()
        self = self.sudo()
        offer = next((offer for offer in self._crm_loyalty_offers() if offer["reward"].id == reward_id), None)
        if not offer:
            raise UserError(self.env._("Points cannot be used for this quotation any more."))
        card, reward, label = offer["card"], offer["reward"], offer["card"].program_id._crm_loyalty_points_label
        points = exact_points(points)
        if points < 0 or 0 < points < exact_points(offer["minimum"]):
            raise UserError(self.env._("Use at least %(minimum)s, or none.", minimum=label(offer["minimum"])))
        if points > offer["points"]:
            raise UserError(self.env._("You have %(points)s for this order.", points=label(offer["points"])))
        self.order_line.filtered(lambda line: line.coupon_id == card and line.reward_id == reward).unlink()
        self.points_to_spend = points
        if points:
            failed = self._apply_program_reward(reward, card).get("error")
            if failed:
                raise ValidationError(failed)
        self._update_programs_and_rewards()
        self.message_post(
            body=self.env._("The customer chose to use %(points)s.", points=label(points)),
            author_id=self.partner_id.id,
            message_type="notification",
            subtype_xmlid="mail.mt_note",
        )

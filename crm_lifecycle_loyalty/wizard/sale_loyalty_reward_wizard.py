from odoo import api, fields, models
from odoo.exceptions import ValidationError

from ..domain.rewards import POINT_DIGITS


class SaleLoyaltyRewardWizard(models.TransientModel):
    _inherit = "sale.loyalty.reward.wizard"

    is_money_for_points = fields.Boolean(compute="_compute_is_money_for_points")
    points_to_spend = fields.Float(
        digits=(16, POINT_DIGITS), help="The most points the customer wants to spend on this order. 0: as many as possible."
    )

    @api.depends("selected_reward_id")
    def _compute_is_money_for_points(self):
        for wizard in self:
            reward = wizard.selected_reward_id
            wizard.is_money_for_points = reward.discount_mode == "per_point" and reward.program_id._crm_loyalty_is_kept()

    def action_apply(self):
        if self.is_money_for_points:
            if self.points_to_spend < 0:
                raise ValidationError(self.env._("Points to spend cannot be negative. Leave it at 0 for as many as possible."))
            self.order_id.points_to_spend = self.points_to_spend
        return super().action_apply()

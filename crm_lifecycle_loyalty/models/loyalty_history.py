from odoo import api, models
from odoo.exceptions import AccessError

from .loyalty_card import KEEPERS


class LoyaltyHistory(models.Model):
    """The customer's view of a card. Odoo writes it with orders and corrections; nobody rewrites it by hand."""

    _inherit = "loyalty.history"

    _order_index = models.Index("(order_model, order_id) WHERE order_id IS NOT NULL")

    @api.model_create_multi
    def create(self, vals_list):
        lines = super().create(vals_list)
        if not self.env.su:
            lines.filtered(lambda line: not line.order_id)._crm_loyalty_check_by_hand()
        return lines

    def write(self, vals):
        if not self.env.su:
            self._crm_loyalty_check_by_hand()
        return super().write(vals)

    def _crm_loyalty_check_by_hand(self):
        if self.env.user.has_groups(KEEPERS):
            return
        if any(line.card_id._crm_loyalty_on_ledger() for line in self):
            raise AccessError(self.env._("The history of a loyalty card cannot be written by hand. Ask for a correction on the card."))

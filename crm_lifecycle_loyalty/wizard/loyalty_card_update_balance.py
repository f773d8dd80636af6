from odoo import models
from odoo.exceptions import ValidationError

from ..models.loyalty_card import Origin


class LoyaltyCardUpdateBalance(models.TransientModel):
    _inherit = "loyalty.card.update.balance"

    def action_update_card_point(self):
        """On cards that the ledger keeps, Odoo's wizard makes a correction, with its description as the reason.

        A procedure of another addon, which has approved the change itself and runs with all rights, is posted at once.
        """
        if not self.card_id._crm_loyalty_on_ledger():
            return super().action_update_card_point()
        if self.env.su:
            there = self.with_context(crm_loyalty_origin=Origin(kind="correction", description=self.description))
            return super(LoyaltyCardUpdateBalance, there).action_update_card_point()
        if self.old_balance == self.new_balance or self.new_balance < 0:
            raise ValidationError(self.env._("The new balance has to differ from the old one, and cannot be negative."))
        self.env["crm.loyalty.correction"].create(
            {"card_id": self.card_id.id, "points": self.new_balance - self.old_balance, "reason": self.description}
        ).action_submit()
        return {"type": "ir.actions.act_window_close"}

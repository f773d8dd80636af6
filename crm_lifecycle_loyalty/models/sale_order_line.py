from odoo import api, models
from odoo.exceptions import AccessError

from .loyalty_card import BY_DOCUMENT, BY_DOCUMENT_KEY, REWARDING, REWARDING_KEY

SPENDING = {"points_cost", "coupon_id", "reward_id"}


class SaleOrderLine(models.Model):
    """Odoo moves points when rewards on a confirmed order come, change or go. On cards that the ledger keeps, the order posts that."""

    _inherit = "sale.order.line"

    _coupon_index = models.Index("(coupon_id) WHERE coupon_id IS NOT NULL")

    @api.model_create_multi
    def create(self, vals_list):
        if not any(vals.get("coupon_id") for vals in vals_list):
            return super().create(vals_list)
        lines = super(SaleOrderLine, self._crm_loyalty_by_document()).create(vals_list).with_env(self.env)
        lines.filtered("coupon_id")._crm_loyalty_check_by_hand()
        lines.filtered(lambda line: line.coupon_id and line.state == "sale").order_id._crm_loyalty_sync()
        return lines

    def write(self, vals):
        if SPENDING & vals.keys():
            self._crm_loyalty_check_by_hand()
        if "points_cost" not in vals:
            result = super().write(vals)
            if "qty_delivered" in vals:
                self.sudo().order_id.coupon_point_ids._release_due()
            return result
        result = super(SaleOrderLine, self._crm_loyalty_by_document()).write(vals)
        self.order_id.filtered(lambda order: order.state == "sale")._crm_loyalty_sync()
        return result

    def unlink(self):
        rewarded = self.filtered("coupon_id").order_id.filtered(lambda order: order.state == "sale")
        if not rewarded:
            return super().unlink()
        result = super(SaleOrderLine, self._crm_loyalty_by_document()).unlink()
        rewarded._crm_loyalty_sync()
        return result

    def _crm_loyalty_check_by_hand(self):
        """What a confirmed order spends is worked out, not written. (On a quotation it is worked out again when it is confirmed.)"""
        if self.env.su or self.env.context.get(REWARDING_KEY) is REWARDING:
            return
        if any(line.state == "sale" and line.coupon_id and line.coupon_id._crm_loyalty_on_ledger() for line in self):
            raise AccessError(self.env._("What a confirmed order spends in points cannot be written by hand. Choose its rewards instead."))

    def _crm_loyalty_by_document(self):
        return self.with_context(**{BY_DOCUMENT_KEY: BY_DOCUMENT})

from decimal import Decimal

from odoo import api, fields, models
from odoo.exceptions import AccessError

from .loyalty_card import REWARDING, REWARDING_KEY


class SaleOrderCouponPoints(models.Model):
    """Odoo's "points that an order gives to a card", with what is needed to know later how they stand."""

    _inherit = "sale.order.coupon.points"

    pending = fields.Boolean(readonly=True, help="The points are promised and cannot be used yet.")
    release_date = fields.Date(readonly=True, help="The day on which the points can be used, where the program waits for a day.")
    multiplier = fields.Float(readonly=True, default=1, help="Of the tier that the customer had when the order was confirmed.")
    weights = fields.Json(readonly=True, help="What each order line weighs in the points, as of confirmation: {line: amount}.")

    _pending_index = models.Index("(order_id) WHERE pending")
    _coupon_index = models.Index("(coupon_id)")

    @api.model_create_multi
    def create(self, vals_list):
        gains = super().create(vals_list)
        gains._crm_loyalty_check_by_hand()
        return gains

    def write(self, vals):
        """Odoo rewrites these points when a confirmed order is edited: then the card follows."""
        self._crm_loyalty_check_by_hand()
        result = super().write(vals)
        if "points" in vals:
            orders = self.order_id.filtered(lambda order: order.state == "sale")
            if orders:
                self.filtered(lambda gain: gain.order_id in orders)._freeze(again=True)
                orders._crm_loyalty_sync()
        return result

    def _crm_loyalty_check_by_hand(self):
        """What an order promises is worked out, not written: else a promise would be a balance."""
        if self.env.su or self.env.context.get(REWARDING_KEY) is REWARDING:
            return
        if any(gain.coupon_id._crm_loyalty_on_ledger() for gain in self):
            raise AccessError(self.env._("What an order gives in points cannot be written by hand. Make a correction of the card instead."))

    def unlink(self):
        """Odoo deletes these when an order is cancelled, for which salespeople lack the right."""
        if not self.env.su and all(order.state == "cancel" for order in self.order_id) and self.order_id.has_access("write"):
            return super(SaleOrderCouponPoints, self.sudo()).unlink()
        self._crm_loyalty_check_by_hand()
        return super().unlink()

    def _freeze(self, again=False):
        """Keep how the points came about, for the day on which some of them have to be taken back."""
        kept = self.filtered(lambda gain: gain.coupon_id._crm_loyalty_on_ledger())
        for gain in kept.sudo():
            values = {"weights": gain._get_weights()}
            if not again:
                program = gain.coupon_id.program_id
                values |= {
                    "pending": program.hold_until != "none",
                    "release_date": program._crm_loyalty_release_day(),
                    "multiplier": gain.coupon_id._crm_loyalty_multiplier(),
                }
            gain.write(values)

    def _get_weights(self):
        """What each line weighs in the points: the amount of the lines for which the program gives any."""
        self.ensure_one()
        lines = self.order_id.order_line.filtered(
            lambda line: not line.display_type and not line.is_reward_line and not line.is_downpayment
        )
        products = {line: line.linked_line_id.product_id if line.combo_item_id else line.product_id for line in lines}
        valid = self.coupon_id.program_id._get_valid_products(lines.product_id)
        earning = set().union(*(each.ids for each in valid.values())) if valid else set()
        weights = {line.id: line.price_total for line in lines if products[line].id in earning and line.price_total > 0}
        return weights or {line.id: 1.0 for line in lines if line.price_subtotal > 0}

    def _decimal_weights(self):
        self.ensure_one()
        return {int(line): Decimal(str(weight)) for line, weight in (self.weights or {}).items()}

    # -- release ---------------------------------------------------------------

    @api.model
    def _cron_release(self):
        """Make points usable whose order is paid, delivered or old enough; each chunk is committed, and a repetition changes nothing."""
        last = 0
        while gains := self.search(
            [("pending", "=", True), ("order_id.state", "=", "sale"), ("id", ">", last)], order="id", limit=self.RELEASE_CHUNK
        ):
            last = gains[-1].id
            gains._release_due()
            if not self.env["ir.cron"]._commit_progress(len(gains)):
                return

    RELEASE_CHUNK = 500

    def _release_due(self):
        """Of points that are pending, make usable those whose time has come, whoever notices it."""
        self = self.sudo()
        due = self.filtered(lambda gain: gain.pending and gain.order_id.state == "sale" and gain._is_due())
        if due:
            due.order_id._crm_loyalty_lock_cards()
            due.write({"pending": False})
            due.order_id._crm_loyalty_sync()
        return due

    def _is_due(self):
        self.ensure_one()
        program, order = self.coupon_id.program_id, self.order_id
        match program.hold_until:
            case "paid":
                return order._crm_loyalty_is_paid()
            case "delivered":
                lines = order.order_line.filtered(
                    lambda line: not line.display_type and not line.is_reward_line and not line.is_downpayment
                )
                return bool(lines) and all(line.qty_delivered >= line.product_uom_qty for line in lines)
            case "days":
                return not self.release_date or self.release_date <= program._crm_loyalty_today()
        return True

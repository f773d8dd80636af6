from odoo import models


class AccountMove(models.Model):
    _inherit = "account.move"

    def write(self, vals):
        """Credit notes take points back while they are posted, invoices say how much there is to take back."""
        result = super().write(vals)
        if "state" in vals:
            self.filtered(lambda move: move.move_type in ("out_invoice", "out_refund"))._crm_loyalty_orders()._crm_loyalty_sync()
        return result

    def _invoice_paid_hook(self):
        result = super()._invoice_paid_hook()
        self._crm_loyalty_orders().coupon_point_ids._release_due()
        return result

    def _crm_loyalty_orders(self):
        """Confirmed orders behind these invoices and credit notes that have to do with points."""
        orders = self.sudo().line_ids.sale_line_ids.order_id.filtered(lambda order: order.state == "sale")
        return orders.filtered(lambda order: order.coupon_point_ids or order.order_line.coupon_id)

from odoo import api, fields, models

from ..analytics.snapshot import UNDELIVERED


class SaleOrder(models.Model):
    _name = "sale.order"
    _inherit = ["sale.order", "crm.lifecycle.document"]

    _lifecycle_told_by = frozenset({"partner_id", "company_id", "date_order"})

    lifecycle_stage_id = fields.Many2one(related="partner_id.lifecycle_stage_id", string="Customer Stage")
    lifecycle_health = fields.Selection(related="partner_id.lifecycle_health", string="Customer Health")

    def _tells_otherwise(self, vals):
        """An order tells of interest, confirmed or not; only where orders are purchases does their state matter."""
        counted = "state" in vals and self.company_id.filtered(lambda company: company.lifecycle_basis == "orders")
        return bool(counted) or super()._tells_otherwise(vals)


class SaleOrderLine(models.Model):
    _inherit = "sale.order.line"

    _lifecycle_undelivered_idx = models.Index(f"(order_partner_id, order_id) WHERE {UNDELIVERED}")

    def write(self, vals):
        """A confirmed order may still change; where orders are the basis, so does what the customer bought."""
        result = super().write(vals)
        if {"product_uom_qty", "price_unit", "discount", "tax_ids"} & vals.keys():
            self._mark_customers()
        return result

    @api.model_create_multi
    def create(self, vals_list):
        lines = super().create(vals_list)
        lines._mark_customers()
        return lines

    def unlink(self):
        self._mark_customers()
        return super().unlink()

    def _mark_customers(self):
        orders = self.order_id.filtered(lambda order: order.state == "sale" and order.company_id.lifecycle_basis == "orders")
        self.env["crm.lifecycle.dirty"]._mark(orders.partner_id)

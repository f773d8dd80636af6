from odoo import api, fields, models

MOVED_BY = {"partner_id", "company_id", "date_order"}


class SaleOrder(models.Model):
    _inherit = "sale.order"

    lifecycle_stage_id = fields.Many2one(related="partner_id.lifecycle_stage_id", string="Customer Stage")
    lifecycle_health = fields.Selection(related="partner_id.lifecycle_health", string="Customer Health")

    @api.model_create_multi
    def create(self, vals_list):
        orders = super().create(vals_list)
        self.env["crm.lifecycle.dirty"]._mark(orders.partner_id)
        return orders

    def write(self, vals):
        counted = "state" in vals and self.filtered(lambda order: order.company_id.lifecycle_basis == "orders")
        if not counted and not MOVED_BY & vals.keys():
            return super().write(vals)
        before = self.partner_id
        result = super().write(vals)
        self.env["crm.lifecycle.dirty"]._mark(before | self.partner_id)
        return result

    def unlink(self):
        partners = self.partner_id
        result = super().unlink()
        self.env["crm.lifecycle.dirty"]._mark(partners)
        return result


class SaleOrderLine(models.Model):
    _inherit = "sale.order.line"

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

from odoo import api, models


class SaleOrder(models.Model):
    _inherit = "sale.order"

    @api.model_create_multi
    def create(self, vals_list):
        orders = super().create(vals_list)
        self.env["crm.lifecycle.dirty"]._mark(orders.partner_id)
        return orders

    def write(self, vals):
        if not {"partner_id", "company_id", "date_order"} & vals.keys():
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

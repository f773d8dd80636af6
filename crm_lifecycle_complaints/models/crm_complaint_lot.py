"""Lots: what is printed on the product, looked up among Odoo's lots where stock is installed."""

from odoo import api, models


class CrmComplaint(models.Model):
    _inherit = "crm.complaint"

    @api.onchange("lot_name", "product_id")
    def _onchange_lot_name(self):
        """A known lot names its product; one that nobody knows may be a slip of the pen."""
        if not self.lot_name or "stock.lot" not in self.env:
            return None
        self.lot_name = self.lot_name.strip()
        # sudo(): whoever receives complaints need not have the rights of the warehouse.
        lots = (
            self.env["stock.lot"].sudo().search([("name", "=", self.lot_name), ("company_id", "in", [False, self.company_id.id])], limit=20)
        )
        if not self.product_id and len(lots.product_id) == 1:
            self.product_id = lots.product_id.id
        if lots and (not self.product_id or self.product_id in lots.product_id):
            return None
        return {
            "warning": {
                "title": self.env._("Unknown Lot"),
                "message": self.env._(
                    "No lot '%(lot)s' of %(product)s is known. Check what is printed on the product; you can keep it as it is.",
                    lot=self.lot_name,
                    product=self.product_id.display_name or self.env._("any product"),
                ),
            }
        }

from odoo import fields, models


class CrmLead(models.Model):
    _inherit = "crm.lead"

    lifecycle_product_id = fields.Many2one(
        "product.product", "Product", index="btree_not_null", ondelete="set null", help="What the customer will probably want."
    )
    lifecycle_reason = fields.Char("Why", help="Why the customer will probably want it.")

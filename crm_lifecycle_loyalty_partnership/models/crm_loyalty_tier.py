from odoo import fields, models


class CrmLoyaltyTier(models.Model):
    _inherit = "crm.loyalty.tier"

    grade_id = fields.Many2one(
        "res.partner.grade",
        string="Partner Level",
        index="btree_not_null",
        ondelete="restrict",
        help="Given to customers in this tier, with its pricelist, and taken back when they leave it. A level or pricelist given by hand stays.",
    )

    def write(self, vals):
        result = super().write(vals)
        if "grade_id" in vals:
            self.env["loyalty.card"].sudo().search([("tier_id", "in", self.ids)])._crm_loyalty_tier_changed()
        return result

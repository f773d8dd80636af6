from odoo import fields, models


class ResPartner(models.Model):
    _inherit = "res.partner"

    loyalty_grade_id = fields.Many2one(
        "res.partner.grade", string="Level by Loyalty Tier", readonly=True, copy=False, groups="crm_lifecycle.crm_lifecycle_group_user"
    )

    def _crm_loyalty_grade(self):
        """Bring the levels of commercial partners, and the pricelists that come with them, in line with their highest tier.

        What was given by hand is never overwritten: neither another level, nor a pricelist that is not that of the level.
        """
        for partner in self.sudo():
            tiers = partner.loyalty_tier_ids.filtered("grade_id").sorted("threshold")
            given, grade = partner.loyalty_grade_id, tiers[-1:].grade_id
            if grade == given or partner.grade_id != given:
                continue
            company = (grade or given).company_id or self.env.company
            partner = partner.with_company(company)
            pricelist = partner.specific_property_product_pricelist
            if pricelist and pricelist != given.default_pricelist_id:
                continue
            # Written even when empty: a level without a pricelist would leave that of the one before.
            partner.write(
                {
                    "specific_property_product_pricelist": grade.default_pricelist_id.id,
                    "grade_id": grade.id,
                    "loyalty_grade_id": grade.id,
                }
            )

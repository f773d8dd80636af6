from odoo import fields, models


class CrmComplaintServiceClass(models.Model):
    _inherit = "crm.complaint.service.class"

    tier_ids = fields.Many2many(
        "crm.loyalty.tier",
        "crm_complaint_service_class_tier_rel",
        "class_id",
        "tier_id",
        "Loyalty Tiers",
        help="Customers in one of these tiers; empty means in any, also those in none.",
    )

    def _admits(self, customer):
        if not super()._admits(customer):
            return False
        tiers = self.sudo().tier_ids
        return not tiers or bool(customer and customer.partner_id.loyalty_tier_ids & tiers)

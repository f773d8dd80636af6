from odoo import fields, models
from odoo.tools import SQL

RHYTHM = ("lifecycle_contact_days_a", "lifecycle_contact_days_b", "lifecycle_contact_days_c")


class ResCompany(models.Model):
    """How often salespeople are in touch with customers."""

    _inherit = "res.company"

    lifecycle_contact_days_a = fields.Integer("Class A every", default=14, help="Days between two contacts with customers of class A.")
    lifecycle_contact_days_b = fields.Integer("Class B every", default=30, help="Days between two contacts with customers of class B.")
    lifecycle_contact_days_c = fields.Integer(
        "Class C every", default=90, help="Days between two contacts with customers of class C, or of no class yet."
    )
    lifecycle_quotation_days = fields.Integer(
        "Follow Up Quotations after", default=3, help="Days after which a quotation that was sent is to be followed up."
    )

    _lifecycle_contact_days = models.Constraint(
        "CHECK (lifecycle_contact_days_a BETWEEN 1 AND 3650 AND lifecycle_contact_days_b BETWEEN 1 AND 3650 "
        "AND lifecycle_contact_days_c BETWEEN 1 AND 3650 AND lifecycle_quotation_days BETWEEN 1 AND 365)",
        "Contacts are planned every 1 to 3,650 days, and quotations followed up after 1 to 365 days.",
    )

    def write(self, vals):
        result = super().write(vals)
        if set(RHYTHM) & vals.keys():
            self.env["crm.account.plan"].sudo()._refresh_where(SQL("plan.company_id = ANY(%s)", self.ids))
        return result

from odoo import fields, models


class CrmComplaintCategory(models.Model):
    _name = "crm.complaint.category"
    _description = "Complaint Category"
    _order = "sequence, name, id"

    name = fields.Char(required=True, translate=True)
    sequence = fields.Integer(default=10)
    active = fields.Boolean(default=True)
    company_id = fields.Many2one("res.company", index=True, help="Only for this company; empty means for all.")
    user_id = fields.Many2one(
        "res.users",
        "Handled by",
        domain="[('share', '=', False)]",
        help="Gets complaints of this category, in teams that assign by category.",
    )
    visit_checklist = fields.Text(
        "Checklist of Visits",
        translate=True,
        help="What a technician looks at, one point a line; copied to each visit about this category.",
    )

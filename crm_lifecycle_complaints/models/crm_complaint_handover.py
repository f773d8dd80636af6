from odoo import fields, models


class CrmComplaintHandover(models.Model):
    """A change of team: until then, the clocks ran by the working hours of the former team."""

    _name = "crm.complaint.handover"
    _description = "Handover of a Complaint"
    _order = "handed_over_at, id"
    _rec_name = "from_team_id"

    complaint_id = fields.Many2one("crm.complaint", required=True, readonly=True, index=True, ondelete="cascade")
    company_id = fields.Many2one(related="complaint_id.company_id", store=True, index=True)
    from_team_id = fields.Many2one("crm.complaint.team", readonly=True, ondelete="set null", index="btree_not_null")
    to_team_id = fields.Many2one("crm.complaint.team", readonly=True, ondelete="set null", index="btree_not_null")
    handed_over_at = fields.Datetime("Handed Over on", required=True, readonly=True)
    user_id = fields.Many2one("res.users", "By", readonly=True, ondelete="set null")

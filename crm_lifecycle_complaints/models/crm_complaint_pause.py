from odoo import fields, models


class CrmComplaintPause(models.Model):
    """A time in which the working clocks of a complaint stood still. Kept for good; written by the complaint only."""

    _name = "crm.complaint.pause"
    _description = "Pause of a Complaint"
    _order = "started_at, id"
    _rec_name = "reason"

    complaint_id = fields.Many2one("crm.complaint", required=True, readonly=True, index=True, ondelete="cascade")
    company_id = fields.Many2one(related="complaint_id.company_id", store=True, index=True)
    reason = fields.Selection([("waiting", "Waiting for the customer"), ("closed", "Closed")], required=True, readonly=True)
    started_at = fields.Datetime("From", required=True, readonly=True)
    stopped_at = fields.Datetime("Until", readonly=True)
    user_id = fields.Many2one("res.users", "Paused by", readonly=True, ondelete="set null")

    _forward = models.Constraint("CHECK (stopped_at IS NULL OR stopped_at >= started_at)", "A pause cannot end before it begins.")
    _one_at_a_time = models.UniqueIndex("(complaint_id) WHERE stopped_at IS NULL", "The complaint is paused already.")

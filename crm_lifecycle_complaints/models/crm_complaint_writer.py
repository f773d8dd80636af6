from datetime import timedelta

from odoo import api, fields, models

# How long somebody counts as writing after their last key.
WRITING_FOR = timedelta(seconds=90)


class CrmComplaintWriter(models.Model):
    """Who is writing on a complaint right now, so that a customer does not get two answers."""

    _name = "crm.complaint.writer"
    _description = "Somebody Writing on a Complaint"
    _log_access = False

    complaint_id = fields.Many2one("crm.complaint", required=True, ondelete="cascade")
    user_id = fields.Many2one("res.users", required=True, ondelete="cascade")
    seen_at = fields.Datetime(required=True)

    _one_each = models.UniqueIndex("(complaint_id, user_id)")

    @api.autovacuum
    def _gc_writers(self):
        self.search([("seen_at", "<", fields.Datetime.now() - timedelta(days=1))]).unlink()

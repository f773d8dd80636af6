from odoo import api, fields, models


class CrmComplaintMerge(models.TransientModel):
    _name = "crm.complaint.merge"
    _description = "Merge Complaints"

    complaint_ids = fields.Many2many("crm.complaint", string="Complaints", required=True)
    target_id = fields.Many2one("crm.complaint", "Merge into", required=True, domain="[('id', 'in', complaint_ids)]", ondelete="cascade")

    @api.model
    def default_get(self, fields):
        values = super().default_get(fields)
        if self.env.context.get("active_model") == "crm.complaint":
            complaints = self.env["crm.complaint"].browse(self.env.context.get("active_ids", [])).exists().sorted("received_at")
            values.update(complaint_ids=[(6, 0, complaints.ids)], target_id=complaints[:1].id)
        return values

    def action_merge(self):
        """Merge the complaints and open the one that remains."""
        self.ensure_one()
        self.complaint_ids._merge_into(self.target_id)
        return self.target_id._get_records_action()

from odoo import fields, models


class CrmComplaintSplit(models.TransientModel):
    _name = "crm.complaint.split"
    _description = "Split off a Complaint"

    complaint_id = fields.Many2one("crm.complaint", required=True, readonly=True, ondelete="cascade")
    name = fields.Char("Subject", required=True)
    narrative = fields.Text("What Happened")
    category_id = fields.Many2one("crm.complaint.category")

    def action_split(self):
        """Make a complaint of the second matter, by the same customer, and open it."""
        self.ensure_one()
        source = self.complaint_id
        source.check_access("write")
        second = source.create(
            {
                "name": self.name,
                "narrative": self.narrative,
                "category_id": self.category_id.id,
                "origin_id": source.id,
                **{
                    name: source._fields[name].convert_to_write(source[name], source)
                    for name in ("company_id", "team_id", "user_id", "partner_id", "email_from", "kind", "channel", "received_at")
                },
            }
        )
        source._message_log(body=self.env._("Split off: %(second)s", second=second._get_html_link()))
        second._message_log(body=self.env._("Split off from %(origin)s", origin=source._get_html_link()))
        return second._get_records_action()

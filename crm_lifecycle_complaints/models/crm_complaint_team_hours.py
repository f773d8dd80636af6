from odoo import fields, models


class CrmComplaintTeam(models.Model):
    _inherit = "crm.complaint.team"

    resource_calendar_id = fields.Many2one(
        "resource.calendar",
        "Working Hours",
        check_company=True,
        help="Deadlines count these hours only. Empty means the working hours of the company.",
    )

    refund_user_id = fields.Many2one(
        "res.users",
        "Refunds Are Paid by",
        check_company=True,
        domain="[('share', '=', False), ('company_ids', 'in', company_id)]",
        help="Gets a to-do for each refund. Empty means the team leader.",
    )

    def write(self, vals):
        result = super().write(vals)
        if "resource_calendar_id" in vals:
            self.env["crm.complaint"].sudo().search([("team_id", "in", self.ids), ("is_closed", "=", False)])._sync_clocks()
        return result

    def _get_calendar(self, company):
        """The calendar of a team, else of the company; may be empty."""
        return self.sudo().resource_calendar_id or company.sudo().resource_calendar_id

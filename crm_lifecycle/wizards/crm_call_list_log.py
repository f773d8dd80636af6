from odoo import fields, models


class CrmCallListLog(models.TransientModel):
    """Writes up a call that somebody has just made."""

    _name = "crm.call.list.log"
    _description = "Log a Call"

    partner_id = fields.Many2one("res.partner", "Customer", required=True, ondelete="cascade")
    phone = fields.Char(related="partner_id.phone")
    line_id = fields.Many2one("crm.call.list.line", ondelete="cascade")
    goal = fields.Text(related="line_id.list_id.goal")
    outcome_id = fields.Many2one("crm.call.outcome", ondelete="cascade")
    note = fields.Text()
    next_call_date = fields.Date("Call again on")

    def action_log(self):
        """Keep the call, and the day agreed for the next one."""
        self.ensure_one()
        call = self.env["crm.call"].log_call(self.partner_id.id, self.outcome_id.id, self.note or "")
        self.env["crm.call.list.line"]._contacted(self.partner_id.commercial_partner_id, call, self.next_call_date or None)
        return {"type": "ir.actions.act_window_close"}

    def action_log_and_next(self):
        """Keep the call, and go on to the next customer of the list."""
        self.action_log()
        following = self.line_id.list_id.next_line_id
        return following.action_log() if following else {"type": "ir.actions.act_window_close"}

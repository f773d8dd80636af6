from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import html2plaintext


class CrmComplaintClose(models.TransientModel):
    _name = "crm.complaint.close"
    _description = "Decide and Close a Complaint"

    complaint_id = fields.Many2one("crm.complaint", required=True, readonly=True, ondelete="cascade")
    decision = fields.Selection(
        [("accept", "Accept"), ("redress", "Redress without admission"), ("reject", "Reject")],
        compute="_compute_decision",
        store=True,
        readonly=False,
        required=True,
    )
    decision_reason = fields.Html("Reasons", compute="_compute_decision", store=True, readonly=False)
    recipient = fields.Char("Mailed to", compute="_compute_recipient")

    @api.depends("complaint_id")
    def _compute_decision(self):
        for dialog in self:
            dialog.decision = dialog.complaint_id.decision
            dialog.decision_reason = dialog.complaint_id.decision_reason

    @api.depends("complaint_id")
    def _compute_recipient(self):
        for dialog in self:
            dialog.recipient = dialog.complaint_id and dialog.complaint_id._get_customer_address()

    def action_close(self):
        """Write the decision and close the complaint, which tells the customer."""
        self.ensure_one()
        if not html2plaintext(self.decision_reason or "").strip():
            raise UserError(self.env._("Give the reasons of the decision: the customer is told of them."))
        complaint = self.complaint_id
        complaint.write({"decision": self.decision, "decision_reason": self.decision_reason, "stage_id": complaint._get_closed_stage().id})
        return {"type": "ir.actions.act_window_close"}

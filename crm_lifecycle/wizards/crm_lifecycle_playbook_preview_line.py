from odoo import fields, models


class CrmLifecyclePlaybookPreviewLine(models.TransientModel):
    """A customer whom a playbook would have reached, or why not."""

    _name = "crm.lifecycle.playbook.preview.line"
    _description = "Customer a Playbook Reaches"

    preview_id = fields.Many2one("crm.lifecycle.playbook.preview", required=True, readonly=True, ondelete="cascade")
    company_id = fields.Many2one("res.company", readonly=True, ondelete="cascade")
    partner_id = fields.Many2one("res.partner", "Customer", readonly=True, ondelete="cascade")
    event_date = fields.Date("Due on", readonly=True)
    state = fields.Selection(
        [("done", "Would be reached"), ("held_out", "Would be held out"), ("skipped", "Left in peace")], "Outcome", readonly=True
    )
    reason = fields.Selection(
        selection=lambda self: self.env["crm.lifecycle.playbook.run"]._fields["reason"]._description_selection(self.env), readonly=True
    )

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import format_list


class CrmLifecyclePlaybookRun(models.Model):
    """What a playbook did for a customer on an event, or why it did nothing. One row for each event, ever."""

    _name = "crm.lifecycle.playbook.run"
    _description = "Playbook Run"
    _order = "id desc"
    _rec_name = "playbook_id"
    _log_access = False

    playbook_id = fields.Many2one("crm.lifecycle.playbook", required=True, readonly=True, ondelete="cascade")
    company_id = fields.Many2one("res.company", required=True, readonly=True, ondelete="cascade")
    partner_id = fields.Many2one("res.partner", "Customer", required=True, readonly=True, ondelete="cascade")
    event_key = fields.Char("Event", required=True, readonly=True, help="Names the event for good, so that nothing is done for it twice.")
    event_date = fields.Date("Due on", required=True, readonly=True)
    state = fields.Selection(
        [("waiting", "Waiting"), ("done", "Done"), ("held_out", "Held out"), ("skipped", "Left in peace"), ("failed", "Failed")],
        required=True,
        readonly=True,
        default="waiting",
        help="Held out: chosen by chance for comparison, and not approached.",
    )
    reason = fields.Selection(
        [
            ("late", "The event is too long ago"),
            ("repeated", "This playbook chose the customer a short while ago"),
            ("unreachable", "The customer may not be approached this way, or has no address"),
            ("quiet", "Another playbook approached the customer a short while ago"),
            ("capped", "Playbooks have approached the customer often enough"),
        ],
        readonly=True,
    )
    dry_run = fields.Boolean(readonly=True, help="Nothing was done: this shows what would have been.")
    error = fields.Text(readonly=True)
    ran_at = fields.Datetime("Time", readonly=True)
    user_id = fields.Many2one("res.users", "Assigned to", readonly=True, ondelete="set null", index="btree_not_null")
    recipient_id = fields.Many2one("res.partner", "Written to", readonly=True, ondelete="set null", index="btree_not_null")
    activities = fields.Integer(readonly=True)
    lead_id = fields.Many2one("crm.lead", "Opportunity", readonly=True, ondelete="set null", index="btree_not_null")
    mail_message_id = fields.Many2one("mail.message", "Mail", readonly=True, ondelete="set null", index="btree_not_null")
    made = fields.Char("What Was Done", compute="_compute_made")

    _once = models.UniqueIndex("(playbook_id, company_id, partner_id, event_key)")
    _by_customer = models.Index("(partner_id, ran_at DESC)")
    _waiting = models.Index("(playbook_id, company_id, id) WHERE state = 'waiting'")
    _by_time = models.Index("(ran_at)")

    @api.depends("playbook_id", "partner_id")
    def _compute_display_name(self):
        for run in self:
            run.display_name = f"{run.playbook_id.name} · {run.partner_id.display_name}"

    @api.depends("activities", "lead_id", "recipient_id", "state", "reason", "error")
    @api.depends_context("lang")
    def _compute_made(self):
        reasons = dict(self._fields["reason"]._description_selection(self.env))
        for run in self:
            run.made = run._get_made() if run.state == "done" else reasons.get(run.reason) or run.error or ""

    def _get_made(self) -> str:
        """What was done, in words and in the reader's language."""
        parts = []
        if self.activities:
            parts.append(self.env._("Activities: %(count)s", count=self.activities))
        if self.recipient_id and self.reason:
            parts.append(self.env._("No mail: %(name)s wished none when it was about to go", name=self.sudo().recipient_id.display_name))
        elif self.recipient_id:
            parts.append(self.env._("Mail to %(name)s", name=self.sudo().recipient_id.display_name))
        if self.sudo().lead_id:
            parts.append(self.env._("Opportunity"))
        actions = len(self.playbook_id.sudo().action_ids)
        if actions:
            parts.append(self.env._("Server actions: %(count)s", count=actions))
        return format_list(self.env, parts) if parts else ""

    def action_open_partner(self):
        """Open the customer."""
        self.ensure_one()
        return self.partner_id.get_formview_action()

    def action_retry(self):
        """Let failed runs wait again, for the same events."""
        self.env["crm.lifecycle.playbook"].check_access("write")
        failed = self.filtered(lambda run: run.state == "failed")
        if not failed:
            raise UserError(self.env._("Only runs that failed can be tried again."))
        failed.sudo().write({"state": "waiting", "error": False})
        self.env["crm.lifecycle.playbook"]._trigger()

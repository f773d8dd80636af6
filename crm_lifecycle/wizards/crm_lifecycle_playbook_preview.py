from odoo import api, fields, models
from odoo.fields import Command

from ..models.crm_lifecycle_playbook_execution import DONE, HELD_OUT

SHOWN = 40
# Beyond, the figures are of the oldest events only.
MOST = 20_000


class CrmLifecyclePlaybookPreview(models.TransientModel):
    """Whom a playbook would have reached, had it been on."""

    _name = "crm.lifecycle.playbook.preview"
    _description = "Whom a Playbook Reaches"

    playbook_id = fields.Many2one("crm.lifecycle.playbook", required=True, readonly=True, ondelete="cascade")
    within_days = fields.Integer(related="playbook_id.within_days")
    due = fields.Integer(readonly=True)
    more = fields.Boolean(readonly=True)
    reached = fields.Integer(readonly=True)
    held_out = fields.Integer(readonly=True)
    skipped = fields.Integer("Left in Peace", readonly=True)
    line_ids = fields.One2many("crm.lifecycle.playbook.preview.line", "preview_id", readonly=True)

    @api.model_create_multi
    def create(self, vals_list):
        playbooks = self.env["crm.lifecycle.playbook"]
        return super().create([{**vals, **self._prepare_preview(playbooks.browse(vals["playbook_id"]))} for vals in vals_list])

    @api.model
    def default_get(self, fields_list):
        values = super().default_get(fields_list)
        if playbook_id := values.get("playbook_id"):
            values |= self._prepare_preview(self.env["crm.lifecycle.playbook"].browse(playbook_id))
        return values

    @api.model
    def _prepare_preview(self, playbook):
        """What would have been done in the companies shown, by the same rules as a run."""
        playbook.check_access("read")
        counts, lines, due = {}, [], 0
        for company in playbook._get_companies() & self.env.companies:
            here = playbook.with_context(allowed_company_ids=[company.id])
            rows = self.env.execute_query(here._get_due(company, past=True, limit=MOST + 1))
            # sudo(): what other playbooks did counts, and whether somebody is reachable, but nothing of it is told.
            for row, treatment in zip(rows, here.sudo()._decide([(0, *row) for row in rows], company), strict=True):
                counts[treatment.state] = counts.get(treatment.state, 0) + 1
                if len(lines) < SHOWN:
                    lines.append(
                        {
                            "partner_id": row[0],
                            "event_date": row[2],
                            "state": treatment.state,
                            "reason": treatment.reason,
                            "company_id": company.id,
                        }
                    )
            due += len(rows)
        return {
            "due": due,
            "more": due > MOST,
            "reached": counts.get(DONE, 0),
            "held_out": counts.get(HELD_OUT, 0),
            "skipped": counts.get("skipped", 0),
            "line_ids": [Command.create(line) for line in lines],
        }

    def action_open_customers(self):
        """All customers to whom it would have happened."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id("crm_lifecycle.crm_lifecycle_customer_action")
        # With the path of the action, the address would lead to all customers.
        return {**action, "path": False, "domain": [("preview_playbook_id", "in", self.playbook_id.ids)], "name": self.playbook_id.name}

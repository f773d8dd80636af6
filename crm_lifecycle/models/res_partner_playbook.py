from odoo import fields, models
from odoo.fields import Domain

from ..analytics.timeline import TimelineSource


class ResPartner(models.Model):
    """What playbooks did for a customer."""

    _inherit = "res.partner"

    playbook_run_count = fields.Integer(
        "Playbook Runs", compute="_compute_playbook_run_count", groups="crm_lifecycle.crm_lifecycle_group_user"
    )

    def _compute_playbook_run_count(self):
        groups = self.env["crm.lifecycle.playbook.run"]._read_group(
            [("partner_id", "in", self.commercial_partner_id.ids), ("dry_run", "=", False)], ["partner_id"], ["__count"]
        )
        counts = dict(groups)
        for partner in self:
            partner.playbook_run_count = counts.get(partner.commercial_partner_id, 0)

    def action_open_playbook_runs(self):
        """Open what playbooks did for this customer."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id("crm_lifecycle.crm_lifecycle_playbook_run_action")
        return {
            **action,
            "path": False,
            "domain": [("partner_id", "=", self.commercial_partner_id.id), ("dry_run", "=", False)],
            "context": {},
        }

    def _lifecycle_timeline_sources(self):
        done = Domain("state", "=", "done") & Domain("dry_run", "=", False)
        return [
            *super()._lifecycle_timeline_sources(),
            TimelineSource(
                kind="playbook",
                label=self.env._("Playbooks"),
                icon="fa-magic",
                model="crm.lifecycle.playbook.run",
                domain=self._lifecycle_here() & done,
                date="ran_at",
                title="playbook_id.name",
                state="state",
                thread=False,
            ),
        ]

from odoo import api, fields, models
from odoo.fields import Domain
from odoo.tools import SQL


class CrmLifecycleCustomer(models.Model):
    _inherit = "crm.lifecycle.customer"

    preview_playbook_id = fields.Many2one(
        "crm.lifecycle.playbook", "Reached by Playbook", compute="_compute_preview_playbook_id", search="_search_preview_playbook_id"
    )
    playbook_run_count = fields.Integer("Playbook Runs", compute="_compute_playbook_run_count")

    def _compute_preview_playbook_id(self):
        self.preview_playbook_id = False

    @api.model
    def _search_preview_playbook_id(self, operator, value):
        """Customers to whom what a playbook waits for has happened in its last days."""
        if operator != "in":
            return NotImplemented
        found = Domain.FALSE
        for playbook in self.env["crm.lifecycle.playbook"].browse(each for each in value if each).exists():
            for company in playbook._get_companies() & self.env.companies:
                due = playbook.with_context(allowed_company_ids=[company.id])._get_due(company, past=True)
                here = self._search([("company_id", "=", company.id)])
                here.add_where(SQL("%s IN (SELECT partner_id FROM (%s) due)", SQL.identifier(here.table, "partner_id"), due))
                found |= Domain("id", "in", here)
        return found

    def _compute_playbook_run_count(self):
        groups = self.env["crm.lifecycle.playbook.run"]._read_group(
            [("partner_id", "in", self.partner_id.ids), ("company_id", "in", self.company_id.ids), ("dry_run", "=", False)],
            ["partner_id", "company_id"],
            ["__count"],
        )
        counts = {(partner, company): count for partner, company, count in groups}
        for customer in self:
            customer.playbook_run_count = counts.get((customer.partner_id, customer.company_id), 0)

    def action_open_playbook_runs(self):
        """Open what playbooks did for this customer."""
        self.ensure_one()
        return self.partner_id.action_open_playbook_runs()

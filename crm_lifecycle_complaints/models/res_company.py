from odoo import api, models


class ResCompany(models.Model):
    _inherit = "res.company"

    @api.model_create_multi
    def create(self, vals_list):
        companies = super().create(vals_list)
        companies._create_complaint_sequence()
        return companies

    def _create_complaint_sequence(self):
        """Make the numbering of complaints for the companies that have none."""
        sequences = self.env["ir.sequence"].sudo()
        have = sequences.search([("code", "=", "crm.complaint"), ("company_id", "in", self.ids)]).company_id
        return sequences.create(
            [
                {
                    "name": self.env._("Complaints of %(company)s", company=company.name),
                    "code": "crm.complaint",
                    "company_id": company.id,
                    "prefix": "CMP/%(range_year)s/",
                    "padding": 5,
                    "use_date_range": True,
                }
                for company in self - have
            ]
        )

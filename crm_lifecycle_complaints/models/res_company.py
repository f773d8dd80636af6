from odoo import api, fields, models
from odoo.tools import SQL


class ResCompany(models.Model):
    _inherit = "res.company"

    @api.model_create_multi
    def create(self, vals_list):
        companies = super().create(vals_list)
        companies._create_complaint_sequence()
        return companies

    def _next_complaint_numbers(self, count):
        """Draw numbers for complaints of the company.

        :param int count: how many; at least one
        :return: list of numbers in their order
        """
        self.ensure_one()
        sequences = self.env["ir.sequence"].sudo().with_company(self)
        sequence = sequences.search([("code", "=", "crm.complaint"), ("company_id", "in", [self.id, False])], order="company_id", limit=1)
        sequence = sequence or self._create_complaint_sequence()
        # The first one makes the range of a new year.
        numbers = [sequence.next_by_id()]
        if sequence.implementation != "standard":
            return numbers + [sequence.next_by_id() for _each in range(count - 1)]
        if count == 1:
            return numbers
        counter = f"ir_sequence_{sequence.id:03d}"
        if sequence.use_date_range:
            today = fields.Date.today()
            year = sequence.date_range_ids.filtered(lambda each: each.date_from <= today <= each.date_to)[:1]
            counter = f"{counter}_{year.id:03d}"
            sequence = sequence.with_context(ir_sequence_date_range=year.date_from)
        drawn = self.env.execute_query(SQL("SELECT nextval(%s) FROM generate_series(2, %s)", counter, count))
        return numbers + [sequence.get_next_char(number) for (number,) in drawn]

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

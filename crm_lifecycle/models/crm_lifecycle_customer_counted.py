from odoo import fields, models
from odoo.fields import Domain
from odoo.tools import SQL


class CrmLifecycleCustomer(models.Model):
    _inherit = "crm.lifecycle.customer"

    counted_in = fields.Char(
        compute="_compute_counted_in",
        search="_search_counted_in",
        help="The figure of the customer results that these customers stand behind.",
    )

    def _compute_counted_in(self):
        self.counted_in = False

    def _search_counted_in(self, operator, value):
        if operator != "in":
            return NotImplemented
        rows = [self.env["crm.lifecycle.measures"]._get_counted(word) for word in value if word]
        return Domain.OR(
            Domain.custom(
                to_sql=lambda model, alias, query, counted=counted: SQL(
                    "(%s, %s) IN (%s)", SQL.identifier(alias, "partner_id"), SQL.identifier(alias, "company_id"), counted
                )
            )
            for counted in rows
        )

from odoo import api, fields, models
from odoo.fields import Domain


class CrmLifecycleCustomer(models.Model):
    """Health is judged by purchases alone; an open grave complaint is a reason for risk that no purchase shows."""

    _inherit = "crm.lifecycle.customer"

    has_grave_complaint = fields.Boolean(
        "Open Grave Complaint",
        compute="_compute_has_grave_complaint",
        search="_search_has_grave_complaint",
        help="An open complaint is grave, or somebody was hurt or could be: a reason to treat the customer as at risk.",
    )

    @api.model
    def _get_grave_complaint_domain(self):
        return Domain("is_closed", "=", False) & (Domain("severity", "=", "grave") | Domain("safety_risk", "=", True))

    @api.depends("partner_id", "company_id")
    def _compute_has_grave_complaint(self):
        # sudo(): that there is one is for whoever may see the customer, as health is; what it says is not.
        groups = (
            self.env["crm.complaint"]
            .sudo()
            ._read_group(
                self._get_grave_complaint_domain() & Domain("commercial_partner_id", "in", self.partner_id.ids),
                ["commercial_partner_id", "company_id"],
            )
        )
        grave = {(family.id, company.id) for family, company in groups}
        for customer in self:
            customer.has_grave_complaint = (customer.partner_id.id, customer.company_id.id) in grave

    @api.model
    def _search_has_grave_complaint(self, operator, value):
        if operator != "in":
            return NotImplemented
        complaints = self.env["crm.complaint"].sudo()
        having = Domain.OR(
            Domain("company_id", "=", company.id)
            & Domain(
                "partner_id",
                "in",
                complaints._search(
                    self._get_grave_complaint_domain()
                    & Domain("company_id", "=", company.id)
                    & Domain("commercial_partner_id", "!=", False)
                ).subselect("commercial_partner_id"),
            )
            for company in self.env.companies
        )
        wanted = set(value)
        if wanted >= {True, False}:
            return Domain.TRUE
        return having if True in wanted else ~having

from odoo import api, fields, models
from odoo.fields import Domain
from odoo.tools import SQL

# A rise of customer_rank comes with a posted invoice, which marks the customer already.
FAMILY = {"parent_id", "is_company", "company_id", "active", "commercial_partner_id"}
SEGMENT = {"country_id", "industry_id", "category_id"}
MOVED_BY = FAMILY | SEGMENT


class ResPartner(models.Model):
    _inherit = "res.partner"

    lifecycle_customer_id = fields.Many2one(
        "crm.lifecycle.customer",
        "Lifecycle",
        compute="_compute_lifecycle_customer_id",
        search="_search_lifecycle_customer_id",
        help="Where this customer, or the firm of this contact, stands in the current company.",
    )
    lifecycle_stage_id = fields.Many2one(related="lifecycle_customer_id.stage_id", string="Customer Stage")
    lifecycle_phase = fields.Selection(related="lifecycle_customer_id.phase", string="Customer Phase")
    lifecycle_health = fields.Selection(related="lifecycle_customer_id.health", string="Customer Health")
    lifecycle_stage_since = fields.Date(related="lifecycle_customer_id.stage_since", string="In Stage since")

    @api.depends("commercial_partner_id")
    @api.depends_context("company")
    def _compute_lifecycle_customer_id(self):
        customers = (
            self.env["crm.lifecycle.customer"]
            .with_context(active_test=False)
            .search([("partner_id", "in", self.commercial_partner_id.ids), ("company_id", "=", self.env.company.id)])
        )
        by_partner = {customer.partner_id: customer for customer in customers}
        for partner in self:
            partner.lifecycle_customer_id = by_partner.get(partner.commercial_partner_id)

    def _search_lifecycle_customer_id(self, operator, value):
        if operator not in ("in", "any", "any!"):
            return NotImplemented
        here = Domain("company_id", "=", self.env.company.id)
        customers = self.env["crm.lifecycle.customer"].with_context(active_test=False)
        found = customers._search(here & (Domain("id", "in", value) if operator == "in" else Domain(value)))
        domain = Domain("commercial_partner_id", "in", found.subselect("partner_id"))
        if operator == "in" and False in value:
            domain |= Domain("commercial_partner_id", "not in", customers._search(here).subselect("partner_id"))
        return domain

    def _field_to_sql(self, alias, field_expr, query=None):
        """The customer row of the current company by a join, so that contacts can be grouped and sorted by stage."""
        if field_expr != "lifecycle_customer_id" or query is None:
            return super()._field_to_sql(alias, field_expr, query)
        customers = self.env["crm.lifecycle.customer"]
        customers.check_access("read")
        joined = query.make_alias(alias, "lifecycle_customer")
        query.add_join(
            "LEFT JOIN",
            joined,
            customers._table,
            SQL(
                "%s = %s AND %s = %s",
                SQL.identifier(joined, "partner_id"),
                SQL.identifier(alias, "commercial_partner_id"),
                SQL.identifier(joined, "company_id"),
                self.env.company.id,
            ),
        )
        return SQL.identifier(joined, "id")

    @api.model_create_multi
    def create(self, vals_list):
        partners = super().create(vals_list)
        self.env["crm.lifecycle.dirty"]._mark(partners.filtered(lambda partner: partner.customer_rank or partner.parent_id))
        return partners

    def write(self, vals):
        if not MOVED_BY & vals.keys():
            return super().write(vals)
        before = self.commercial_partner_id
        result = super().write(vals)
        self.env["crm.lifecycle.dirty"]._mark(self | before)
        return result

    def unlink(self):
        """Whoever belonged to a deleted firm is a customer of their own now."""
        self.env["crm.lifecycle.customer"].sudo()._delete(SQL("partner_id = ANY(%s)", self.ids))
        left = self.sudo().with_context(active_test=False).search([("parent_id", "in", self.ids)]) - self
        result = super().unlink()
        self.env["crm.lifecycle.dirty"]._mark(left)
        return result

    def action_open_lifecycle(self):
        """Open where this customer stands and how they got there."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "res_model": "crm.lifecycle.customer",
            "res_id": self.lifecycle_customer_id.id,
            "view_mode": "form",
            "views": [(False, "form")],
        }

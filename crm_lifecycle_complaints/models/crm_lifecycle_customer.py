from odoo import api, fields, models
from odoo.addons.crm_lifecycle.models.boolean_search import search_boolean
from odoo.addons.crm_lifecycle.models.crm_lifecycle_transition import HEALTH
from odoo.fields import Domain
from odoo.tools import SQL

# Those whose purchases give no reason for worry. Who is lost by their purchases stays lost, and who never bought has no health.
SOUND = ("active", "won_back")


class CrmLifecycleCustomer(models.Model):
    """Health is judged by purchases alone; an open grave complaint is a reason for risk that no purchase shows.

    What the engine writes stays what the documents say. Screens show ``health_shown``, which is computed beside it, and can be searched,
    grouped and sorted by like a column.
    """

    _inherit = "crm.lifecycle.customer"

    has_grave_complaint = fields.Boolean(
        "Open Grave Complaint",
        compute="_compute_has_grave_complaint",
        search="_search_has_grave_complaint",
        help="An open complaint is grave, or somebody was hurt or could be: a reason to treat the customer as at risk.",
    )
    health_shown = fields.Selection(
        HEALTH,
        "Health with Complaints",
        compute="_compute_health_shown",
        search="_search_health_shown",
        help="Health by the purchases; at risk as well while a grave complaint is open.",
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

    @api.depends("health", "has_grave_complaint")
    def _compute_health_shown(self):
        for customer in self:
            moved = customer.health in SOUND and customer.has_grave_complaint
            customer.health_shown = "at_risk" if moved else customer.health

    @api.model
    def _search_has_grave_complaint(self, operator, value):
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
        return search_boolean(having, operator, value)

    @api.model
    def _search_health_shown(self, operator, value):
        if operator != "in":
            return NotImplemented
        moved = Domain("health", "in", SOUND) & Domain("has_grave_complaint", "=", True)
        found = Domain("health", "in", value) & ~moved
        return found | moved if "at_risk" in value else found

    def _field_to_sql(self, alias, field_expr, query=None):
        """``health_shown`` as an expression over the row and the open complaints, so that customers can be grouped and sorted by it."""
        if field_expr != "health_shown":
            return super()._field_to_sql(alias, field_expr, query)
        fields_read = self.env["crm.complaint"]._fields
        columns = ("commercial_partner_id", "company_id", "active", "is_closed", "severity", "safety_risk")
        # Not correlated: the few open ones are read once, however many customers there are.
        return SQL(
            """CASE WHEN %(health)s IN %(sound)s AND (%(partner)s, %(company)s) IN (
                   SELECT %(commercial_partner_id)s, %(company_id)s FROM crm_complaint complaint
                    WHERE %(active)s AND NOT %(is_closed)s AND (%(severity)s = 'grave' OR %(safety_risk)s)
                      AND %(commercial_partner_id)s IS NOT NULL)
               THEN 'at_risk' ELSE %(health)s END""",
            health=super()._field_to_sql(alias, "health", query),
            sound=SOUND,
            partner=SQL.identifier(alias, "partner_id"),
            company=SQL.identifier(alias, "company_id"),
            **{name: SQL.identifier("complaint", name, to_flush=fields_read[name]) for name in columns},
        )

"""What is learnt from a complaint."""

from odoo import api, fields, models
from odoo.addons.crm_lifecycle.models.crm_lifecycle_customer import FIGURES

from ..analytics import lessons


class CrmComplaint(models.Model):
    _inherit = "crm.complaint"

    lot_name = fields.Char("Lot or Serial Number", index="btree_not_null", groups="base.group_user", help="As printed on the product.")
    occurrence_cause_id = fields.Many2one(
        "crm.complaint.cause",
        "Why It Happened",
        check_company=True,
        index=True,
        tracking=True,
        domain="[('aspect', '=', 'occurrence')]",
        groups="base.group_user",
    )
    escape_cause_id = fields.Many2one(
        "crm.complaint.cause",
        "Why It Was Not Noticed",
        check_company=True,
        index="btree_not_null",
        tracking=True,
        domain="[('aspect', '=', 'escape')]",
        groups="base.group_user",
    )
    action_ids = fields.Many2many(
        "crm.complaint.action", "crm_complaint_action_rel", "complaint_id", "action_id", "Corrective Actions", groups="base.group_user"
    )
    repeat_of_id = fields.Many2one(
        "crm.complaint",
        "Repeat of",
        readonly=True,
        copy=False,
        index="btree_not_null",
        groups="base.group_user",
        help="The customer complained of the same product and cause not long before.",
    )
    revenue_at_risk = fields.Monetary(
        "Revenue at Risk",
        compute="_compute_revenue_at_risk",
        currency_field="company_currency_id",
        groups=FIGURES,
        help="What the customer is expected to buy in a year; without a forecast, what they have bought a year on average.",
    )

    _by_cause = models.Index("(company_id, occurrence_cause_id, received_at)")
    _by_product = models.Index("(commercial_partner_id, product_id, occurrence_cause_id) WHERE occurrence_cause_id IS NOT NULL")

    @api.depends("commercial_partner_id", "company_id")
    def _compute_revenue_at_risk(self):
        found = lessons.revenue_of(self.commercial_partner_id.ids)
        revenue = {(partner, company): amount for partner, company, amount in self.env.execute_query(found)}
        for complaint in self:
            complaint.revenue_at_risk = revenue.get((complaint.commercial_partner_id.id, complaint.company_id.id), 0.0)

    @api.model_create_multi
    def create(self, vals_list):
        complaints = super().create(vals_list)
        complaints._detect_repeats()
        return complaints

    def write(self, vals):
        result = super().write(vals)
        if vals.keys() & {"partner_id", "product_id", "occurrence_cause_id", "received_at"}:
            self._detect_repeats()
        return result

    def _detect_repeats(self):
        concerned = self.sudo().filtered(lambda complaint: complaint.occurrence_cause_id and complaint.partner_id)
        if concerned:
            self.env.flush_all()
            self.env.execute_query(lessons.repeats(concerned.ids))
            concerned.invalidate_recordset(["repeat_of_id"])

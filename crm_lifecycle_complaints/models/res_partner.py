from odoo import api, fields, models
from odoo.addons.crm_lifecycle.models.boolean_search import search_boolean
from odoo.fields import Domain

READERS = "crm_lifecycle_complaints.crm_lifecycle_complaints_group_user"


class ResPartner(models.Model):
    _inherit = "res.partner"

    complaint_count = fields.Integer(
        "Complaints", compute="_compute_complaint_counts", groups=READERS, help="Complaints of the customer's whole family."
    )
    open_complaint_count = fields.Integer("Open Complaints", compute="_compute_complaint_counts", groups=READERS)
    has_open_complaint = fields.Boolean(
        "Has Open Complaints", compute="_compute_complaint_counts", search="_search_has_open_complaint", groups=READERS
    )

    # Contacts, opportunities and orders show health by this field.
    lifecycle_health = fields.Selection(related="lifecycle_customer_id.health_shown")

    @api.depends("commercial_partner_id")
    @api.depends_context("uid", "allowed_company_ids")
    def _compute_complaint_counts(self):
        groups = self.env["crm.complaint"]._read_group(
            [("commercial_partner_id", "in", self.commercial_partner_id.ids)], ["commercial_partner_id", "is_closed"], ["__count"]
        )
        total, opened = {}, {}
        for family, is_closed, count in groups:
            total[family.id] = total.get(family.id, 0) + count
            if not is_closed:
                opened[family.id] = count
        for partner in self:
            family = partner.commercial_partner_id.id
            partner.complaint_count = total.get(family, 0)
            partner.open_complaint_count = opened.get(family, 0)
            partner.has_open_complaint = bool(partner.open_complaint_count)

    @api.model
    def _search_has_open_complaint(self, operator, value):
        families = self.env["crm.complaint"]._search([("is_closed", "=", False), ("commercial_partner_id", "!=", False)])
        having = Domain("commercial_partner_id", "in", families.subselect("commercial_partner_id"))
        return search_boolean(having, operator, value)

    def action_view_complaints(self):
        """Open the complaints of the customer's family."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id("crm_lifecycle_complaints.crm_complaint_action")
        action["domain"] = [("commercial_partner_id", "=", self.commercial_partner_id.id)]
        action["context"] = {"default_partner_id": self.id}
        if self.open_complaint_count:
            action["context"]["search_default_open"] = 1
        return action

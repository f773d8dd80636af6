from odoo import api, fields, models

MOVED_BY = {"partner_id", "company_id", "type", "date_conversion"}


class CrmLead(models.Model):
    _inherit = "crm.lead"

    lifecycle_stage_id = fields.Many2one(related="partner_id.lifecycle_stage_id", string="Customer Stage")
    lifecycle_health = fields.Selection(related="partner_id.lifecycle_health", string="Customer Health")

    @api.model_create_multi
    def create(self, vals_list):
        leads = super().create(vals_list)
        self.env["crm.lifecycle.dirty"]._mark(leads.partner_id)
        return leads

    def write(self, vals):
        if not MOVED_BY & vals.keys():
            return super().write(vals)
        before = self.partner_id
        result = super().write(vals)
        self.env["crm.lifecycle.dirty"]._mark(before | self.partner_id)
        return result

    def unlink(self):
        partners = self.partner_id
        result = super().unlink()
        self.env["crm.lifecycle.dirty"]._mark(partners)
        return result

from odoo import api, models

MOVED_BY = {"partner_id", "company_id", "type", "date_conversion"}


class CrmLead(models.Model):
    _inherit = "crm.lead"

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

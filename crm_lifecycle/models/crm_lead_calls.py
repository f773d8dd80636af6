from odoo import api, models

DIALLED_BY = {"phone", "partner_id", "country_id", "company_id"}


class CrmLead(models.Model):
    """By which numbers a lead is known."""

    _inherit = "crm.lead"

    @api.model_create_multi
    def create(self, vals_list):
        leads = super().create(vals_list)
        self.env["crm.lifecycle.phone"]._sync(leads.filtered("phone"))
        self.env["crm.call"]._attach(leads)
        return leads

    def write(self, vals):
        result = super().write(vals)
        if DIALLED_BY & vals.keys():
            self.env["crm.lifecycle.phone"]._sync(self)
        return result

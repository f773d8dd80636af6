from odoo import models


class CrmLead(models.Model):
    """By which numbers a lead is known."""

    _name = "crm.lead"
    _inherit = ["crm.lead", "crm.lifecycle.phone.owner"]

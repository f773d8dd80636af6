from odoo import api, models


class CrmLifecycleOfCustomer(models.AbstractModel):
    """What belongs to a customer (``partner_id``) and leads to their page."""

    _name = "crm.lifecycle.of.customer"
    _description = "Of a Customer"

    @api.readonly
    def action_open_customer_360(self):
        """Open the customer's page."""
        self.ensure_one()
        return self.partner_id.action_open_customer_360()

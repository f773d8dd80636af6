from odoo import fields, models


class CrmLifecycleValueFitLine(models.Model):
    """What was predicted for customers with equally many repeat purchases, and what came."""

    _name = "crm.lifecycle.value.fit.line"
    _description = "Forecast and Outcome"
    _order = "fit_id, repeats"
    _rec_name = "repeats"

    fit_id = fields.Many2one("crm.lifecycle.value.fit", required=True, readonly=True, index=True, ondelete="cascade")
    company_id = fields.Many2one(related="fit_id.company_id", store=True)
    repeats = fields.Integer("Repeat Purchases before", readonly=True, help="The last row holds all with as many or more.", aggregator=None)
    customers = fields.Integer(readonly=True)
    predicted = fields.Float("Predicted Purchases", readonly=True, digits=(16, 3), aggregator="avg", help="Mean for each customer.")
    actual = fields.Float("Actual Purchases", readonly=True, digits=(16, 3), aggregator="avg", help="Mean for each customer.")

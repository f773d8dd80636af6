from odoo import fields, models


class CrmCallOutcome(models.Model):
    _name = "crm.call.outcome"
    _description = "Outcome of a Call"
    _order = "sequence, id"

    name = fields.Char(required=True, translate=True)
    sequence = fields.Integer(default=10)
    active = fields.Boolean(default=True)
    callback = fields.Boolean("Asks for a Call-back", help="A call with this outcome stays on the list of calls to return.")

from odoo import fields, models


class CrmVoiceFactor(models.Model):
    """Something that may matter to customers, such as delivery on time."""

    _name = "crm.voice.factor"
    _description = "Factor of Satisfaction"
    _order = "sequence, id"

    name = fields.Char(required=True, translate=True)
    sequence = fields.Integer(default=10)
    active = fields.Boolean(default=True)

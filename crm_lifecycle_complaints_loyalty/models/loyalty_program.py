from odoo import fields, models


class LoyaltyProgram(models.Model):
    _inherit = "loyalty.program"

    redress_point_value = fields.Float(
        "Worth of a Point",
        digits="Product Price",
        help="What a point given as redress counts against limits, in the company's currency. A point of a gift card is always worth 1.",
    )

    _redress_point_value_positive = models.Constraint("CHECK (redress_point_value >= 0)", "The worth of a point cannot be negative.")

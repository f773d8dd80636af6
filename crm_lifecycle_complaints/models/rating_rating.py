from odoo import models
from odoo.exceptions import UserError


class RatingRating(models.Model):
    _inherit = "rating.rating"

    def write(self, vals):
        """What a customer said of the handling of a complaint stays as it was said."""
        if {"rating", "feedback", "consumed", "res_id", "res_model_id"} & vals.keys():
            for rating in self.filtered(lambda rating: rating.consumed and rating.res_model == "crm.complaint"):
                if any(
                    rating._fields[name].convert_to_write(rating[name], rating) != value for name, value in vals.items() if name in rating
                ):
                    raise UserError(self.env._("A rating that was given cannot be changed."))
        return super().write(vals)

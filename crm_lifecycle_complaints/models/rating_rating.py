from odoo import api, models
from odoo.exceptions import AccessError, UserError

# What a customer says; only the pages that know them by their token or their log-in write it, as superuser.
SAID = {"rating", "feedback", "consumed"}
ABOUT = {"res_id", "res_model_id"}


class RatingRating(models.Model):
    """A rating of a complaint is the customer's: staff, who may write ratings in Odoo, neither give one nor change one."""

    _inherit = "rating.rating"

    @api.model_create_multi
    def create(self, vals_list):
        ratings = super().create(vals_list)
        if not self.env.su and any(rating.res_model == "crm.complaint" and (rating.consumed or rating.rating) for rating in ratings):
            raise AccessError(self.env._("Only the customer rates the handling of a complaint."))
        return ratings

    def write(self, vals):
        if (SAID | ABOUT) & vals.keys():
            for rating in self.filtered(lambda rating: rating.res_model == "crm.complaint"):
                if not self.env.su:
                    raise AccessError(self.env._("Only the customer rates the handling of a complaint."))
                if rating.consumed and any(
                    rating._fields[name].convert_to_write(rating[name], rating) != value for name, value in vals.items() if name in rating
                ):
                    raise UserError(self.env._("A rating that was given cannot be changed."))
        result = super().write(vals)
        if ABOUT & vals.keys() and not self.env.su and any(rating.res_model == "crm.complaint" for rating in self):
            raise AccessError(self.env._("Only the customer rates the handling of a complaint."))
        return result

from odoo import api, fields, models


class CrmLifecycleTag(models.Model):
    """A tag that customers of a company are compared by; the first one in the list that a customer has is theirs."""

    _name = "crm.lifecycle.tag"
    _description = "Tag to Compare by"
    _order = "sequence, id"
    _rec_name = "category_id"

    company_id = fields.Many2one("res.company", required=True, default=lambda self: self.env.company, index=True, ondelete="cascade")
    sequence = fields.Integer(default=10)
    category_id = fields.Many2one("res.partner.category", "Tag", required=True, ondelete="restrict")

    _tag_key = models.Constraint("UNIQUE (company_id, category_id)", "Each tag can be in the list once.")

    @api.model_create_multi
    def create(self, vals_list):
        tags = super().create(vals_list)
        tags.company_id._lifecycle_segments_changed()
        return tags

    def write(self, vals):
        companies = self.company_id
        result = super().write(vals)
        (companies | self.company_id)._lifecycle_segments_changed()
        return result

    def unlink(self):
        companies = self.company_id
        result = super().unlink()
        companies._lifecycle_segments_changed()
        return result

from odoo import api, fields, models
from odoo.exceptions import UserError


class CrmComplaintVisitItem(models.Model):
    _name = "crm.complaint.visit.item"
    _description = "Point of a Visit's Checklist"
    _order = "sequence, id"

    visit_id = fields.Many2one("crm.complaint.visit", required=True, ondelete="cascade", index=True)
    sequence = fields.Integer(default=10)
    name = fields.Char("Point", required=True)
    done = fields.Boolean()
    remark = fields.Char()

    @api.model_create_multi
    def create(self, vals_list):
        items = super().create(vals_list)
        items._check_unsigned()
        return items

    def write(self, vals):
        self._check_unsigned()
        return super().write(vals)

    def unlink(self):
        self._check_unsigned()
        return super().unlink()

    def _check_unsigned(self):
        if any(item.visit_id.signed_at for item in self):
            raise UserError(self.env._("The report has been signed: what it says cannot be changed any more."))

from odoo import api, fields, models
from odoo.exceptions import ValidationError


class CrmComplaintStage(models.Model):
    _name = "crm.complaint.stage"
    _description = "Complaint Stage"
    _order = "sequence, id"

    name = fields.Char(required=True, translate=True)
    sequence = fields.Integer(default=10)
    fold = fields.Boolean("Folded in Kanban", help="Show the stage's column folded.")
    is_closed = fields.Boolean(
        "Closes Complaints",
        help="A complaint in this stage is closed: it needs a decision with its reasons, and the customer is told of it.",
    )
    description = fields.Text(translate=True, help="What is done in this stage.")
    customer_text = fields.Text(
        "What the Customer Reads", translate=True, help="The state of the complaint in plain words, on the customer's portal."
    )

    @api.constrains("is_closed")
    def _check_holds_no_complaints(self):
        """Opening or closing every complaint of a stage by one tick would skip the decision each of them needs."""
        held = self.env["crm.complaint"].sudo().with_context(active_test=False).search([("stage_id", "in", self.ids)], limit=1)
        if held:
            raise ValidationError(
                self.env._(
                    "The stage '%(stage)s' holds complaints, %(number)s for one. Move them to another stage before you change "
                    "whether it closes complaints.",
                    stage=held.stage_id.name,
                    number=held.number,
                )
            )

from datetime import timedelta

from odoo import api, fields, models


class CrmCallListLine(models.Model):
    """A customer on a call list."""

    _name = "crm.call.list.line"
    _inherit = "crm.lifecycle.of.customer"
    _description = "Customer to Call"
    _order = "next_call_date nulls last, sequence, id"
    _rec_name = "partner_id"

    list_id = fields.Many2one("crm.call.list", required=True, index=True, ondelete="cascade")
    sequence = fields.Integer(default=10)
    partner_id = fields.Many2one(
        "res.partner", "Customer", required=True, index=True, ondelete="cascade", domain="[('parent_id', '=', False)]"
    )
    phone = fields.Char(related="partner_id.phone")
    state = fields.Selection([("todo", "To call"), ("done", "Called"), ("skipped", "Left out")], required=True, default="todo", index=True)
    attempts = fields.Integer(readonly=True)
    next_call_date = fields.Date("Next Call", help="The day on which the customer wants to be called again. Until then they are not next.")
    call_id = fields.Many2one("crm.call", "Last Call", readonly=True, ondelete="set null", index="btree_not_null")
    outcome_id = fields.Many2one("crm.call.outcome", readonly=True, ondelete="restrict")
    note = fields.Text(related="call_id.note")

    _customer_key = models.UniqueIndex("(list_id, partner_id)", "This customer is on the list already.")

    def action_call(self):
        """Call the customer: by the telephone system where there is one, else by whatever the browser calls with."""
        self.ensure_one()
        if not self.phone or self.env["crm.cti.endpoint"].originate(self.phone):
            return None
        return {"type": "ir.actions.act_url", "url": f"tel:{self.phone}", "target": "self"}

    def action_log(self):
        """A dialog for what came of the call."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "name": self.partner_id.display_name,
            "res_model": "crm.call.list.log",
            "views": [(False, "form")],
            "target": "new",
            "context": {"default_line_id": self.id, "default_partner_id": self.partner_id.id},
        }

    def action_skip(self):
        """Leave the customer out."""
        self.state = "skipped"

    @api.model
    def _contacted(self, family, call, next_call_date=None):
        """The current user has been in touch with a customer: their lines on the user's lists are done, or wait for the day agreed."""
        lines = self.search([("partner_id", "=", family.id), ("list_id.user_id", "=", self.env.uid), ("state", "=", "todo")])
        again = next_call_date or (call.outcome_id.callback and fields.Date.context_today(self) + timedelta(days=1))
        for line in lines:
            line.write(
                {
                    "state": "todo" if again else "done",
                    "next_call_date": again or False,
                    "attempts": line.attempts + 1,
                    "call_id": call.id or line.call_id.id,
                    "outcome_id": call.outcome_id.id,
                }
            )

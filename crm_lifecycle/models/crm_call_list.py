from ast import literal_eval

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain

# A list is for people to work through.
LIMIT = 1000


class CrmCallList(models.Model):
    """Customers to telephone: chosen by a filter, worked through one after the other, with what came of each call."""

    _name = "crm.call.list"
    _description = "Call List"
    _inherit = ["mail.thread"]
    _order = "id desc"

    name = fields.Char(required=True)
    active = fields.Boolean(default=True)
    company_id = fields.Many2one("res.company", required=True, index=True, default=lambda self: self.env.company, ondelete="cascade")
    user_id = fields.Many2one(
        "res.users",
        "Caller",
        required=True,
        index=True,
        default=lambda self: self.env.user,
        domain="[('share', '=', False), ('company_ids', 'in', company_id)]",
        tracking=True,
    )
    domain = fields.Char("Customer Filter", default="[]", help="The filter by which customers are added.")
    goal = fields.Text(help="What the calls are for: what to say, what to ask.")
    line_ids = fields.One2many("crm.call.list.line", "list_id", copy=False)
    customers = fields.Integer(compute="_compute_progress")
    called = fields.Integer(compute="_compute_progress")
    progress = fields.Float(compute="_compute_progress", help="Customers reached or left out, as a percentage.")
    next_line_id = fields.Many2one("crm.call.list.line", "Next Call", compute="_compute_next_line_id")

    @api.depends("line_ids.state")
    def _compute_progress(self):
        counts = {
            (owner.id, state): count
            for owner, state, count in self.env["crm.call.list.line"]._read_group(
                [("list_id", "in", self.ids)], ["list_id", "state"], ["__count"]
            )
        }
        for own in self:
            own.called = counts.get((own.id, "done"), 0)
            left_out = counts.get((own.id, "skipped"), 0)
            own.customers = own.called + left_out + counts.get((own.id, "todo"), 0)
            own.progress = 100 * (own.called + left_out) / own.customers if own.customers else 0

    @api.depends("line_ids.state", "line_ids.next_call_date")
    def _compute_next_line_id(self):
        reachable = self.env["res.partner"]._lifecycle_reachable("phone")
        for own in self:
            domain = Domain("list_id", "=", own._origin.id) & Domain("state", "=", "todo") & Domain("partner_id", "any", reachable)
            domain &= Domain("next_call_date", "=", False) | Domain("next_call_date", "<=", fields.Date.context_today(self))
            own.next_line_id = self.env["crm.call.list.line"].search(domain, limit=1) if own._origin else False

    def action_add_customers(self):
        """Add the customers of the filter that may be called and are not on the list yet."""
        self.ensure_one()
        try:
            domain = Domain(literal_eval(self.domain or "[]"))
            customers = self.env["crm.lifecycle.customer"].search(domain & Domain("company_id", "=", self.company_id.id), limit=LIMIT + 1)
        except (ValueError, SyntaxError, TypeError) as error:
            raise UserError(self.env._("The filter of the customers cannot be read. Choose it anew.")) from error
        if len(customers) > LIMIT:
            raise UserError(
                self.env._("The filter finds more than %(limit)s customers. Narrow it: a list is for people to work through.", limit=LIMIT)
            )
        return self._notify(*self._add(customers.partner_id))

    def _add(self, partners) -> tuple[int, int]:
        """Add customers. Returns (number added, number not to be called)."""
        missing = partners - self.line_ids.partner_id
        reachable = missing.search(Domain("id", "in", missing.ids) & missing._lifecycle_reachable("phone"))
        self.env["crm.call.list.line"].create([{"list_id": self.id, "partner_id": partner.id} for partner in missing & reachable])
        return len(missing & reachable), len(missing - reachable)

    def _notify(self, added, refused):
        message = self.env._("Customers added: %(count)s.", count=added)
        if refused:
            message += " " + self.env._("Left out, since they do not wish sales calls: %(count)s.", count=refused)
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {"type": "success", "message": message, "next": {"type": "ir.actions.client", "tag": "soft_reload"}},
        }

    def action_next_call(self):
        """Open the dialog for the next call."""
        self.ensure_one()
        if not self.next_line_id:
            raise UserError(self.env._("There is nobody left to call on this list today."))
        return self.next_line_id.action_log()

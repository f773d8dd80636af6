from odoo import fields, models
from odoo.exceptions import UserError

# What is looked at for a selection at a time.
MOST = 200


class CrmLifecycleCustomer(models.Model):
    """What salespeople do for chosen customers."""

    _inherit = "crm.lifecycle.customer"

    def action_make_account_plans(self):
        """A dialog that makes account plans for the chosen customers."""
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Make Account Plans"),
            "res_model": "crm.account.plan.make",
            "views": [(False, "form")],
            "target": "new",
            "context": {"default_customer_ids": self.ids},
        }

    def action_make_call_list(self):
        """A new call list with the chosen customers who may be called."""
        self.env["crm.call.list"].check_access("create")
        companies = self.company_id
        if len(companies) > 1:
            raise UserError(self.env._("Choose customers of one company."))
        call_list = self.env["crm.call.list"].create(
            {
                "name": self.env._("Calls of %(day)s", day=fields.Date.to_string(fields.Date.context_today(self))),
                "company_id": (companies or self.env.company).id,
                "domain": repr([("id", "in", self.ids)]),
            }
        )
        call_list._add(self.partner_id)
        return {"type": "ir.actions.act_window", "res_model": call_list._name, "res_id": call_list.id, "views": [(False, "form")]}

    def action_make_opportunities(self):
        """An opportunity for each chosen customer, from what they will probably want next; who has none is left out."""
        if len(self) > MOST:
            raise UserError(self.env._("Choose at most %(limit)s customers at a time.", limit=MOST))
        leads = self.partner_id._lifecycle_make_opportunities()
        if not leads:
            raise UserError(self.env._("There is no suggestion for these customers yet: it takes a few purchases to see what comes next."))
        action = self.env["ir.actions.act_window"]._for_xml_id("crm.crm_lead_action_pipeline")
        return {
            **action,
            "domain": [("id", "in", leads.ids)],
            "context": {},
            "views": [(False, "list"), (False, "kanban"), (False, "form")],
        }

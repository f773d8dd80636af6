from odoo import api, fields, models
from odoo.exceptions import UserError


class CrmVoiceAsk(models.TransientModel):
    """Ask the customers chosen in a list, or those a survey is for; it says first how many will get the mail."""

    _name = "crm.voice.ask"
    _description = "Ask Customers"

    survey_id = fields.Many2one("crm.voice.survey", required=True, default=lambda self: self.env["crm.voice.survey"].search([], limit=1))
    partner_ids = fields.Many2many("res.partner", string="Contacts", help="Empty: the customers that the survey is for.")
    chosen_count = fields.Integer("Chosen", compute="_compute_counts")
    asked_count = fields.Integer("Will Be Asked", compute="_compute_counts")

    @api.model
    def default_get(self, fields):
        values = super().default_get(fields)
        model, ids = self.env.context.get("active_model"), self.env.context.get("active_ids") or []
        if model == "crm.lifecycle.customer":
            values["partner_ids"] = self.env[model].browse(ids).partner_id.ids
        elif model == "res.partner":
            values["partner_ids"] = ids
        return values

    @api.depends("survey_id", "partner_ids")
    def _compute_counts(self):
        for wizard in self:
            due = wizard.survey_id._get_due(None) if wizard.survey_id else wizard.partner_ids.browse()
            if wizard.partner_ids:
                wizard.chosen_count = len(wizard.partner_ids)
                wizard.asked_count = wizard.survey_id._count_askable(wizard.partner_ids._origin) if wizard.survey_id else 0
            else:
                wizard.chosen_count = wizard.asked_count = len(due)

    def action_ask(self):
        """Send the mails, and say how many went out."""
        self.ensure_one()
        survey = self.survey_id
        asked = survey._ask(self.partner_ids or survey._get_due(None))
        if not asked:
            raise UserError(
                self.env._("Nobody can be asked now: they were asked lately, have no mail address, or do not wish to be written to.")
            )
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {
                "type": "success",
                "message": self.env._("%(count)s customers are being asked.", count=len(asked)),
                "next": {"type": "ir.actions.act_window_close"},
            },
        }

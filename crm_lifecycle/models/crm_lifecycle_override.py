from odoo import api, fields, models
from odoo.exceptions import ValidationError


class CrmLifecycleOverride(models.Model):
    """A stage that somebody sets by hand, for a time and with a reason. The computed stage keeps running beside it."""

    _name = "crm.lifecycle.override"
    _description = "Stage Set by Hand"
    _order = "date_from desc, id desc"
    _rec_name = "stage_id"

    partner_id = fields.Many2one("res.partner", "Customer", required=True, ondelete="cascade", index=True)
    company_id = fields.Many2one("res.company", required=True, default=lambda self: self.env.company, ondelete="cascade")
    stage_id = fields.Many2one("crm.lifecycle.stage", required=True, ondelete="restrict")
    reason = fields.Char(required=True, help="Why staff know better than the documents.")
    user_id = fields.Many2one("res.users", "Set by", required=True, readonly=True, default=lambda self: self.env.user)
    date_from = fields.Date("From", required=True, default=fields.Date.context_today)
    date_until = fields.Date("Until", help="Last day on which it holds. Empty: until it is ended.")

    _dates = models.Constraint("CHECK (date_until >= date_from)", "A stage set by hand cannot end before it begins.")

    @api.constrains("partner_id")
    def _check_commercial(self):
        for override in self:
            if override.partner_id != override.partner_id.commercial_partner_id:
                raise ValidationError(
                    self.env._(
                        "%(contact)s belongs to %(firm)s: set the stage of the firm.",
                        contact=override.partner_id.display_name,
                        firm=override.partner_id.commercial_partner_id.display_name,
                    )
                )

    @api.constrains("date_from")
    def _check_begun(self):
        for override in self:
            if override.date_from > fields.Date.context_today(override):
                raise ValidationError(self.env._("A stage cannot be set for a day to come: leave the first day as it is."))

    @api.model_create_multi
    def create(self, vals_list):
        overrides = super().create(vals_list)
        overrides._apply()
        return overrides

    def write(self, vals):
        before = self.partner_id
        result = super().write(vals)
        self._apply(before)
        return result

    def unlink(self):
        partners = self.partner_id
        result = super().unlink()
        self.browse()._apply(partners)
        return result

    def action_end(self):
        """End it yesterday, so that the computed stage holds again from today on; one set today is taken back."""
        yesterday = fields.Date.subtract(fields.Date.context_today(self), days=1)
        fresh = self.filtered(lambda override: override.date_from > yesterday)
        fresh.unlink()
        (self - fresh).date_until = yesterday
        return True

    def _apply(self, partners=None):
        """Show the effect at once: whoever sets a stage looks at it the next moment. The job looks again, as this transaction may see old documents."""
        partners = self.partner_id | (partners or self.env["res.partner"])
        self.env["crm.lifecycle.customer"].sudo()._refresh_partners(partners)
        self.env["crm.lifecycle.dirty"]._mark(partners)

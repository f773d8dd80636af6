from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError, ValidationError

from ..domain.rewards import POINT_DIGITS, exact_points

MANAGER = "crm_lifecycle.crm_lifecycle_group_manager"


class CrmLoyaltyCorrection(models.Model):
    """Points put on a card or taken off it by a person: with a reason, and above the program's limit by two persons."""

    _name = "crm.loyalty.correction"
    _description = "Correction of a Loyalty Card"
    _order = "id desc"
    _rec_name = "reason"

    card_id = fields.Many2one("loyalty.card", required=True, index=True, ondelete="restrict")
    program_id = fields.Many2one(related="card_id.program_id", store=True)
    company_id = fields.Many2one("res.company", required=True, default=lambda self: self.env.company, ondelete="cascade")
    partner_id = fields.Many2one(related="card_id.partner_id", string="Customer")
    balance = fields.Float(related="card_id.points", string="Balance")
    points = fields.Float(digits=(16, POINT_DIGITS), required=True, help="What is put on the card; negative: taken off.")
    is_write_off = fields.Boolean(string="Write off Debt", help="The customer owes points and need not pay them back.")
    reason = fields.Char(required=True, help="The customer reads it in the statement of the card.")
    state = fields.Selection(
        [("draft", "Draft"), ("waiting", "To Approve"), ("posted", "Posted"), ("refused", "Refused")],
        required=True,
        default="draft",
        readonly=True,
        copy=False,
    )
    requested_by_id = fields.Many2one("res.users", string="Requested by", readonly=True, copy=False)
    decided_by_id = fields.Many2one("res.users", string="Decided by", readonly=True, copy=False)

    @api.constrains("points", "reason", "is_write_off")
    def _check_values(self):
        for correction in self:
            if not exact_points(correction.points):
                raise ValidationError(self.env._("A correction puts points on the card or takes points off it; 0 points change nothing."))
            if not (correction.reason or "").strip():
                raise ValidationError(self.env._("Say why the points are corrected."))
            if correction.is_write_off and correction.points < 0:
                raise ValidationError(self.env._("Writing a debt off puts points on the card."))

    @api.constrains("card_id", "company_id")
    def _check_card(self):
        for correction in self:
            correction.card_id.sudo().program_id._crm_loyalty_check_usable(correction.company_id)

    @api.model_create_multi
    def create(self, vals_list):
        if not self.env.su:
            vals_list = [{**vals, "state": "draft", "requested_by_id": False, "decided_by_id": False} for vals in vals_list]
        return super().create(vals_list)

    def write(self, vals):
        """What was submitted stays as it was submitted."""
        fixed = {"card_id", "points", "reason", "is_write_off", "company_id", "state", "requested_by_id", "decided_by_id"} & vals.keys()
        system = {"state", "requested_by_id", "decided_by_id"} & vals.keys()
        if fixed and not self.env.su and (system or any(correction.state != "draft" for correction in self)):
            raise UserError(self.env._("A correction cannot be changed after it was submitted. Refuse it, and make another one."))
        return super().write(vals)

    @api.ondelete(at_uninstall=False)
    def _unlink_except_submitted(self):
        if any(correction.state != "draft" for correction in self):
            raise UserError(self.env._("A correction that was submitted stays, so that the points can be explained."))

    def action_submit(self):
        """Post the correction, or ask a second person where the submitter may not decide alone."""
        for correction in self:
            if correction.state != "draft":
                continue
            correction.sudo().write({"state": "waiting", "requested_by_id": self.env.uid})
            if correction._may_decide_alone():
                correction._post()
        return True

    def action_approve(self):
        """Post corrections that another person asked for.

        :raise AccessError: for those who may not decide, and for one's own requests
        """
        self._check_may_decide()
        if own := self.filtered(lambda correction: correction.requested_by_id == self.env.user)[:1]:
            raise AccessError(
                self.env._("Somebody else has to approve the correction “%(reason)s”, which you asked for.", reason=own.reason)
            )
        self.filtered(lambda correction: correction.state == "waiting")._post()
        return True

    def action_refuse(self):
        """Close corrections without posting them."""
        self._check_may_decide()
        self.filtered(lambda correction: correction.state == "waiting").sudo().write({"state": "refused", "decided_by_id": self.env.uid})
        return True

    def _check_may_decide(self):
        if not self.env.user.has_group(MANAGER):
            raise AccessError(self.env._("Corrections are decided by administrators of customer lifecycles."))

    def _may_decide_alone(self):
        self.ensure_one()
        limit = self.program_id.correction_limit
        return self.env.user.has_group(MANAGER) and (not limit or abs(self.points) <= limit)

    def _post(self):
        for correction in self.sudo():
            self.env["crm.loyalty.entry"]._post(
                [
                    {
                        "card_id": correction.card_id._crm_loyalty_current().id,
                        "points": correction.points,
                        "kind": "write_off" if correction.is_write_off else "correction",
                        "event_key": f"correction:{correction.id}",
                        "company_id": correction.company_id.id,
                        "description": correction.reason,
                        "res_model": self._name,
                        "res_id": correction.id,
                    }
                ]
            )
            correction.write({"state": "posted", "decided_by_id": self.env.uid})

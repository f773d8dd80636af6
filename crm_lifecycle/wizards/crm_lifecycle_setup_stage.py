from odoo import fields, models


class CrmLifecycleSetupStage(models.TransientModel):
    """The condition of a stage, as it is and as it is proposed."""

    _name = "crm.lifecycle.setup.stage"
    _description = "Stage of the Guided Set-up"
    _order = "id"

    setup_id = fields.Many2one("crm.lifecycle.setup", required=True, ondelete="cascade")
    stage_id = fields.Many2one("crm.lifecycle.stage", required=True, readonly=True, ondelete="cascade")
    purchases_now = fields.Integer("Purchases Now", related="stage_id.min_purchases")
    days_now = fields.Integer("Days Now", related="stage_id.min_tenure_days")
    purchases = fields.Integer("Purchases Proposed")
    days = fields.Integer("Days Proposed")

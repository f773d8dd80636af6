from odoo import fields, models


class ResConfigSettings(models.TransientModel):
    _inherit = "res.config.settings"

    lifecycle_basis = fields.Selection(related="company_id.lifecycle_basis", readonly=False)
    lifecycle_segment = fields.Selection(related="company_id.lifecycle_segment", readonly=False)
    lifecycle_tag_ids = fields.One2many(related="company_id.lifecycle_tag_ids", readonly=False)
    lifecycle_default_gap_days = fields.Integer(related="company_id.lifecycle_default_gap_days", readonly=False)
    lifecycle_shrinkage = fields.Float(related="company_id.lifecycle_shrinkage", readonly=False)
    lifecycle_at_risk_factor = fields.Float(related="company_id.lifecycle_at_risk_factor", readonly=False)
    lifecycle_churn_factor = fields.Float(related="company_id.lifecycle_churn_factor", readonly=False)
    lifecycle_churn_min_days = fields.Integer(related="company_id.lifecycle_churn_min_days", readonly=False)
    lifecycle_won_back_days = fields.Integer(related="company_id.lifecycle_won_back_days", readonly=False)
    lifecycle_rfm_min_customers = fields.Integer(related="company_id.lifecycle_rfm_min_customers", readonly=False)
    lifecycle_value_min_repeat = fields.Integer(related="company_id.lifecycle_value_min_repeat", readonly=False)
    lifecycle_value_min_days = fields.Integer(related="company_id.lifecycle_value_min_days", readonly=False)
    lifecycle_value_discount_rate = fields.Float(related="company_id.lifecycle_value_discount_rate", readonly=False)
    lifecycle_value_horizon_months = fields.Integer(related="company_id.lifecycle_value_horizon_months", readonly=False)
    lifecycle_past_until = fields.Date(related="company_id.lifecycle_past_until", readonly=False)

from odoo import fields, models

from ..domain.voice import RATINGS


class CrmVoiceRating(models.Model):
    """One number that a customer gave for one factor."""

    _name = "crm.voice.rating"
    _description = "Rating of a Factor"
    _order = "id desc"
    _rec_name = "factor_id"

    request_id = fields.Many2one("crm.voice.request", "Answer", required=True, readonly=True, index=True, ondelete="cascade")
    survey_id = fields.Many2one(related="request_id.survey_id", store=True)
    company_id = fields.Many2one(related="request_id.company_id", store=True)
    partner_id = fields.Many2one(related="request_id.partner_id", store=True)
    answered_at = fields.Datetime(related="request_id.answered_at", store=True, index=True)
    factor_id = fields.Many2one("crm.voice.factor", required=True, readonly=True, index=True, ondelete="restrict")
    aspect = fields.Selection(
        [("importance", "How much it matters"), ("performance", "How we do"), ("other", "How the best other supplier does")],
        required=True,
        readonly=True,
    )
    value = fields.Integer("Rating", required=True, readonly=True, aggregator="avg")

    _once = models.UniqueIndex("(request_id, factor_id, aspect)")
    _in_range = models.Constraint(f"CHECK (value BETWEEN {RATINGS[0]} AND {RATINGS[1]})", "A rating is a number from 1 to 5.")

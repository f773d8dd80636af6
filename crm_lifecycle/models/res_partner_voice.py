from odoo import fields, models
from odoo.fields import Domain
from odoo.tools import SQL

from ..analytics.timeline import TimelineSource


class ResPartner(models.Model):
    """What the customer says of us."""

    _inherit = "res.partner"

    voice_asked_at = fields.Datetime("Last Asked for Feedback", readonly=True, copy=False, help="Of the firm as a whole.")

    def _lifecycle_timeline_sources(self):
        """Also what they answered when they were asked."""
        scored = SQL("crm_voice_request.score || ' / ' || CASE crm_voice_request.kind WHEN 'nps' THEN 10 WHEN 'csat' THEN 5 ELSE 7 END")
        return super()._lifecycle_timeline_sources() + [
            TimelineSource(
                kind="voice",
                label=self.env._("Feedback"),
                icon="fa-bullhorn",
                model="crm.voice.request",
                domain=self._lifecycle_here() & Domain("state", "=", "answered"),
                date="answered_at",
                title=scored,
                detail="comment",
                state="mood",
            )
        ]

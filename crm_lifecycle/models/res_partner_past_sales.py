from odoo import models
from odoo.tools import SQL

from ..analytics.timeline import NOTHING, TimelineSource
from .crm_lifecycle_measures import AMOUNTS


class ResPartner(models.Model):
    _inherit = "res.partner"

    def _lifecycle_timeline_sources(self):
        """Also what was sold before Odoo."""
        amounts = self.env.user.has_group(AMOUNTS)
        source = TimelineSource(
            kind="past_sale",
            label=self.env._("Past Sales"),
            icon="fa-history",
            model="crm.lifecycle.past.sale",
            domain=self._lifecycle_here(),
            date="day",
            day=True,
            title=SQL("concat_ws(' ', NULLIF(crm_lifecycle_past_sale.document, ''), NULLIF(crm_lifecycle_past_sale.product, ''))"),
            amount="amount" if amounts else NOTHING,
            currency="company_id.currency_id" if amounts else NOTHING,
            thread=False,
        )
        return [*super()._lifecycle_timeline_sources(), source]

from odoo import fields, models


class CrmLifecycleMeasures(models.AbstractModel):
    _inherit = "crm.lifecycle.measures"

    def _lifecycle_returns(self, period, companies):
        """Also the campaigns whose measuring ended in the period, and of which somebody was held out."""
        pairs = super()._lifecycle_returns(period, companies)
        if not self.env["utm.campaign"].has_access("read"):
            return pairs
        target, today = self.env.company.currency_id, fields.Date.context_today(self)
        # Whoever may see customers' balances may see what campaigns brought in all; the report asks for that right.
        for campaign in (
            self.env["utm.campaign"].search([("lifecycle_spend", ">", 0), ("company_id", "in", [False, *companies.ids])]).sudo()
        ):
            until = campaign.lifecycle_measured_until
            if campaign.lifecycle_held and until and period.start <= until <= period.end:
                amounts = (campaign.lifecycle_spend, campaign.lifecycle_margin_gained)
                currency = campaign.currency_id or target
                pairs.append(tuple(currency._convert(amount, target, self.env.company, today) for amount in amounts))
        return pairs

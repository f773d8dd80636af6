from odoo import fields, models
from odoo.tools import SQL

from ..analytics import playbook as analytics
from ..domain.uplift import Amounts, difference


class CrmLifecycleMeasures(models.AbstractModel):
    _inherit = "crm.lifecycle.measures"

    def _lifecycle_returns(self, period, companies):
        """Also playbooks that cost something, with the customers whose days of judging ended in the period, where some were held out."""
        pairs = super()._lifecycle_returns(period, companies)
        playbooks = self.env["crm.lifecycle.playbook"].with_context(active_test=False)
        if not playbooks.has_access("read"):
            return pairs
        costs = {playbook.id: playbook.approach_cost for playbook in playbooks.search([("approach_cost", ">", 0)])}
        if not costs:
            return pairs
        today, order_margin = fields.Date.context_today(self), "margin" in self.env["sale.order"]._fields
        for company_id, rate in self._get_rates(companies).items():
            ended = SQL("company_id = %s AND last_day BETWEEN %s AND %s", company_id, period.start, period.end)
            groups = {
                (playbook_id, treated): Amounts(customers, margin, variance or 0.0)
                for playbook_id, treated, customers, _buyers, _revenue, _its_variance, margin, variance, _currencies in self.env.execute_query(
                    analytics.results(list(costs), today, order_margin, ended)
                )
            }
            for playbook_id, cost in costs.items():
                treated, held_out = (groups.get((playbook_id, arm), Amounts(0)) for arm in (True, False))
                gained = difference(treated, held_out).estimate
                if gained is not None:
                    pairs.append((cost * treated.n * rate, gained * treated.n * rate))
        return pairs

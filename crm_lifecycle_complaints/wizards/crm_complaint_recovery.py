"""Read-only reports. Each is a query of ``analytics.lessons``, so that nothing has to be refreshed."""

from odoo import api, fields, models
from odoo.addons.crm_lifecycle.domain.uplift import wilson

from ..analytics import lessons

YEAR = 365


class CrmComplaintRecovery(models.TransientModel):
    """Do customers buy again after a complaint? Beside comparable customers, with counts and intervals; no cause is claimed."""

    _name = "crm.complaint.recovery"
    _description = "Outcome of Recovery"
    _order = "company_id, horizon, outcome"
    _rec_name = "outcome"

    company_id = fields.Many2one("res.company", readonly=True)
    horizon = fields.Selection([("90", "Within 90 days"), ("180", "Within 180 days")], readonly=True)
    outcome = fields.Selection(
        [("redress", "Got redress"), ("explained", "Accepted, without redress"), ("rejected", "Rejected")], readonly=True
    )
    cases = fields.Integer("Complaints", readonly=True)
    bought_again = fields.Integer(readonly=True)
    share = fields.Float(readonly=True, aggregator=None)
    interval = fields.Char("95 % Interval", readonly=True)
    peers = fields.Integer(
        "Comparable Customers", readonly=True, help="Of the same stage at the time, without a complaint; counted from each month."
    )
    peers_bought_again = fields.Integer("Comparable Bought Again", readonly=True)
    peer_share = fields.Float("Comparable Share", readonly=True, aggregator=None)
    peer_interval = fields.Char("95 % Interval of the Comparable", readonly=True)

    @api.model
    def action_open(self):
        """Compute and show the outcome as of today."""
        self.env["crm.complaint"].check_access("read")
        self.env.flush_all()
        rows = self.browse()
        for horizon in (90, 180):
            for company, outcome, cases, again, peers, peers_again in self.env.execute_query(lessons.recovery(horizon)):
                if company in self.env.companies.ids:
                    rows += self.create(self._prepare_row(company, str(horizon), outcome, cases, again, peers, peers_again))
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Outcome of Recovery"),
            "res_model": self._name,
            "view_mode": "list",
            "domain": [("id", "in", rows.ids)],
            "context": {"create": False, "edit": False},
            "help": self.env._("<p>No complaint was closed at least 90 days ago.</p>"),
        }

    def _prepare_row(self, company, horizon, outcome, cases, again, peers, peers_again):
        def interval(successes, trials):
            low, high = wilson(successes, trials)
            return f"{100 * low:.0f} – {100 * high:.0f} %"

        return {
            "company_id": company,
            "horizon": horizon,
            "outcome": outcome,
            "cases": cases,
            "bought_again": again,
            "share": again / cases if cases else 0,
            "interval": interval(again, cases),
            "peers": peers,
            "peers_bought_again": peers_again,
            "peer_share": peers_again / peers if peers else 0,
            "peer_interval": interval(peers_again, peers),
        }

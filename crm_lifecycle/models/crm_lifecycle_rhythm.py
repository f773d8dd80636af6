import numpy as np
from odoo import api, fields, models
from odoo.tools import SQL

from ..analytics import binary, documents, health, replay
from ..domain import rhythm
from ..domain.replay import purchase_days

# Moments in memory at once.
MOMENTS = 3_000_000
# From twice as many customers on, about so many of them speak for all, unless there are segments: their mean is known to half a hundredth.
SAMPLE = 20_000


class CrmLifecycleRhythm(models.Model):
    """How often a segment's customers buy, as it stood at the beginning of each month: what a new customer's rhythm is drawn to.

    A version is written once and stays, so that judging the past again gives the same as judging it then.
    """

    _name = "crm.lifecycle.rhythm"
    _description = "Segment Rhythm"
    _order = "month desc, segment"
    _log_access = False

    company_id = fields.Many2one("res.company", required=True, readonly=True, ondelete="cascade")
    segment = fields.Integer(readonly=True, default=0, help="0 for all customers, else the id of the country, industry or tag.")
    month = fields.Date(required=True, readonly=True, help="First day of the month from which this holds.")
    mean_log_gap = fields.Float(readonly=True, digits=(16, 6), help="Mean of the natural logarithms of the days between purchases.")
    gaps = fields.Integer(readonly=True, help="Number of gaps between purchases that the mean rests on.")

    _version_key = models.UniqueIndex("(company_id, segment, month)")

    @api.model
    def _ensure(self, as_of, moments=None):
        """Write the versions of the months up to that of ``as_of`` which are not there yet: one small query where none is missing.

        ``moments``: what happened to everybody, where it has been read, as ``analytics.binary.Parted``.
        """
        latest = dict(
            self.env.execute_query(
                SQL(
                    "SELECT company.id, max(month) FROM res_company company LEFT JOIN crm_lifecycle_rhythm ON company_id = company.id GROUP BY 1"
                )
            )
        )
        now = rhythm.month_number(as_of)
        if all(month and rhythm.month_number(month) >= now for month in latest.values()):
            return
        closed = rhythm.monthly(**self._get_purchases(moments))
        begun = {}
        for company, _segment, month in closed:
            begun[company] = min(month, begun.get(company, month))
        missing = {
            company: range(rhythm.month_number(month) + 1 if month else min(begun.get(company, now), now), now + 1)
            for company, month in latest.items()
        }
        rows = [
            (company, segment, rhythm.first_of_month(month), *rest) for company, segment, month, *rest in rhythm.versions(closed, missing)
        ]
        if rows:
            self.env.cr.execute_values(
                "INSERT INTO crm_lifecycle_rhythm (company_id, segment, month, mean_log_gap, gaps) VALUES %s "
                "ON CONFLICT (company_id, segment, month) DO NOTHING",
                rows,
            )
            self.invalidate_model()

    @api.model
    def _get_purchases(self, moments):
        """Columns partner, company, day and segment of the purchase days of the customers who speak for all, see ``SAMPLE``."""
        [(customers, segmented)] = self.env.execute_query(
            SQL(
                "SELECT (SELECT count(*) FROM res_partner WHERE customer_rank > 0), "
                "EXISTS (SELECT FROM res_company WHERE lifecycle_segment <> 'company')"
            )
        )
        step = customers // SAMPLE if customers >= 2 * SAMPLE and not segmented else 1
        if moments is None or segmented or moments.count > step * MOMENTS:
            days = documents.purchase_days(documents.every(step) if step > 1 else None)
            types = dict.fromkeys(("partner", "company", "day", "segment"), "int4")
            return binary.fetch(self.env.cr, health.segmented_purchases(days, segmented), types)
        settings = replay.settings(self.env.execute_query(replay.companies()))
        days = purchase_days(moments.chosen(lambda rows: rows["partner_id"] % step == 0), settings)
        return {"partner": days["partner_id"], "company": days["company_id"], "day": days["day"], "segment": np.zeros_like(days["day"])}

    @api.model
    def _start_anew(self, companies):
        """Forget the versions of companies whose definition of a segment has changed."""
        self.sudo().search([("company_id", "in", companies.ids)]).unlink()

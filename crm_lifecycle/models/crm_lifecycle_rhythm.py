from odoo import api, fields, models
from odoo.tools import SQL

from ..analytics import health, replay


class CrmLifecycleRhythm(models.Model):
    """How often a segment's customers buy, as it stood at the beginning of each month: what a new customer's rhythm is drawn to.

    A version is written once and stays, so that judging the past again gives the same as judging it then.
    """

    _name = "crm.lifecycle.rhythm"
    _description = "Segment Rhythm"
    _order = "month desc, segment"
    _log_access = False

    company_id = fields.Many2one("res.company", required=True, readonly=True, ondelete="cascade")
    segment = fields.Integer(readonly=True, help="0 for all customers, else the id of the country or industry.")
    month = fields.Date(required=True, readonly=True, help="First day of the month from which this holds.")
    mean_log_gap = fields.Float(readonly=True, digits=(16, 6), help="Mean of the natural logarithms of the days between purchases.")
    gaps = fields.Integer(readonly=True, help="Number of gaps between purchases that the mean rests on.")

    _version_key = models.UniqueIndex("(company_id, segment, month)")

    @api.model
    def _ensure(self, as_of):
        """Write the versions of the months up to that of ``as_of`` which are not there yet: one small query where none is missing."""
        current = SQL(
            "SELECT EXISTS (SELECT FROM res_company company WHERE NOT EXISTS ("
            "SELECT FROM crm_lifecycle_rhythm WHERE company_id = company.id AND month >= date_trunc('month', %s::date)))",
            as_of,
        )
        [(missing,)] = self.env.execute_query(current)
        if missing:
            self.env.cr.execute(health.rhythm_versions(replay.purchase_days(None), as_of))

    @api.model
    def _start_anew(self, companies):
        """Forget the versions of companies whose definition of a segment has changed."""
        self.sudo().search([("company_id", "in", companies.ids)]).unlink()

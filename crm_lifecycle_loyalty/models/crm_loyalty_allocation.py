from odoo import fields, models

from ..analytics import ledger
from ..domain.rewards import POINT_DIGITS


class CrmLoyaltyAllocation(models.Model):
    """So many points of a lot went to a posting; negative: they came back. Append-only, like the entries."""

    _name = "crm.loyalty.allocation"
    _description = "Use of Loyalty Points"
    _log_access = False

    lot_id = fields.Many2one("crm.loyalty.lot", required=True, index=True, readonly=True, ondelete="restrict")
    entry_id = fields.Many2one("crm.loyalty.entry", required=True, index=True, readonly=True, ondelete="restrict")
    company_id = fields.Many2one(related="entry_id.company_id")
    points = fields.Float(digits=(16, POINT_DIGITS), required=True, readonly=True)

    def init(self):
        self.env.cr.execute(ledger.guard(self._table))

from odoo import fields, models

from ..domain.rewards import POINT_DIGITS


class CrmLoyaltyLot(models.Model):
    """Points of a card that expire together, and what is left of them; negative: a debt, points that were taken and not there.

    A card never has both at once. Written by the ledger only.
    """

    _name = "crm.loyalty.lot"
    _description = "Loyalty Points that Expire Together"
    _order = "expiration_date, id"
    _rec_name = "expiration_date"
    _log_access = False

    card_id = fields.Many2one("loyalty.card", required=True, readonly=True, ondelete="restrict")
    program_id = fields.Many2one("loyalty.program", required=True, readonly=True, ondelete="restrict")
    company_id = fields.Many2one(related="entry_id.company_id")
    partner_id = fields.Many2one(related="card_id.partner_id", string="Customer")
    entry_id = fields.Many2one("crm.loyalty.entry", required=True, index=True, readonly=True, ondelete="restrict")
    points = fields.Float(digits=(16, POINT_DIGITS), required=True, readonly=True)
    remaining = fields.Float(digits=(16, POINT_DIGITS), required=True, readonly=True)
    expiration_date = fields.Date(readonly=True, help="The last day on which the points can be used. Empty: no day is fixed.")
    warned_for = fields.Date(readonly=True, help="The day of expiry of which the customer was told.")

    _open_index = models.Index("(card_id) WHERE remaining <> 0")
    _due_index = models.Index("(expiration_date, card_id) WHERE remaining > 0 AND expiration_date IS NOT NULL")

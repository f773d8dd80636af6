from datetime import timedelta

from odoo import fields, models
from odoo.addons.crm_lifecycle.models.crm_lifecycle_customer import FIGURES

from ..analytics import cockpit
from ..domain.rewards import POINT_DIGITS

DAYS = 365
POINTS = (16, POINT_DIGITS)


class LoyaltyProgram(models.Model):
    """How a program does: figures of the last 365 days, and what stands now. Computed when somebody looks."""

    _inherit = "loyalty.program"

    points_issued = fields.Float("Issued", digits=POINTS, compute="_compute_cockpit", help="Points given in the last 365 days.")
    points_redeemed = fields.Float("Redeemed", digits=POINTS, compute="_compute_cockpit", help="Points used in the last 365 days.")
    points_expired = fields.Float("Expired", digits=POINTS, compute="_compute_cockpit", help="Points that expired in the last 365 days.")
    points_taken_back = fields.Float("Taken back", digits=POINTS, compute="_compute_cockpit", help="By credit notes and cancelled orders.")
    points_usable = fields.Float("Usable", digits=POINTS, compute="_compute_cockpit", help="Points that customers can use now.")
    points_pending = fields.Float("Pending", digits=POINTS, compute="_compute_cockpit", help="Points promised by confirmed orders.")
    points_owed = fields.Float("Owed", digits=POINTS, compute="_compute_cockpit", help="Points that customers owe.")
    redemption_rate = fields.Float(compute="_compute_cockpit", help="Redeemed of issued points, last 365 days.")
    member_count = fields.Integer("Members", compute="_compute_cockpit")
    member_repurchase_rate = fields.Float("Members Who Bought Again", compute="_compute_cockpit", help="Of members who bought at all.")
    other_repurchase_rate = fields.Float("Others Who Bought Again", compute="_compute_cockpit", help="Of customers who are no members.")
    liability_balance = fields.Monetary("Liability", compute="_compute_cockpit_money", currency_field="currency_id", groups=FIGURES)
    redeemed_value = fields.Monetary(
        "Cost of Redemptions",
        compute="_compute_cockpit_money",
        currency_field="currency_id",
        groups=FIGURES,
        help="Redeemed points of the last 365 days at the value of a point.",
    )
    member_margin = fields.Monetary(
        "Margin of Members",
        compute="_compute_cockpit_money",
        currency_field="currency_id",
        groups=FIGURES,
        help="All purchases of members.",
    )

    def _compute_cockpit(self):
        since = fields.Datetime.now() - timedelta(days=DAYS)
        self.env.flush_all()
        moved = {row[0]: row[1:] for row in self.env.execute_query(cockpit.movements(self.ids, since))}
        stands = {row[0]: row[1:] for row in self.env.execute_query(cockpit.standing(self.ids))}
        promised = dict(self.env.execute_query(cockpit.pending(self.ids)))
        bought = {row[0]: row[1:] for row in self.env.execute_query(cockpit.members(self.ids, self.env.company.id))}
        for program in self:
            issued, redeemed, expired, taken_back = moved.get(program.id, (0, 0, 0, 0))
            usable, owed, members = stands.get(program.id, (0, 0, 0))
            mine, mine_again, others, others_again, __ = bought.get(program.id, (0, 0, 0, 0, 0))
            program.points_issued = issued
            program.points_redeemed = redeemed
            program.points_expired = expired
            program.points_taken_back = taken_back
            program.points_usable = usable
            program.points_owed = owed
            program.points_pending = promised.get(program.id, 0)
            program.redemption_rate = redeemed / issued if issued else 0
            program.member_count = members
            program.member_repurchase_rate = mine_again / mine if mine else 0
            program.other_repurchase_rate = others_again / others if others else 0

    def _compute_cockpit_money(self):
        self.env.flush_all()
        bought = {row[0]: row[5] for row in self.env.execute_query(cockpit.members(self.ids, self.env.company.id))}
        Liability = self.env["crm.loyalty.liability"].sudo()
        for program in self:
            closed = Liability.search([("program_id", "=", program.id), ("company_id", "=", self.env.company.id)], limit=1)
            program.liability_balance = closed.balance
            program.redeemed_value = program.points_redeemed * program.point_value
            program.member_margin = bought.get(program.id, 0)

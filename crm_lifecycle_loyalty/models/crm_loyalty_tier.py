from decimal import Decimal

from odoo import api, fields, models
from odoo.exceptions import ValidationError

from ..analytics import tiers as sql
from ..domain import tiers
from ..domain.rewards import exact_points


class CrmLoyaltyTier(models.Model):
    """A level of a loyalty program: who has earned enough in a window of time is in it, and has its benefits."""

    _name = "crm.loyalty.tier"
    _description = "Loyalty Tier"
    _order = "program_id, threshold, id"

    name = fields.Char(required=True, translate=True)
    program_id = fields.Many2one(
        "loyalty.program",
        required=True,
        index=True,
        ondelete="cascade",
        domain="[('program_type', '=', 'loyalty'), ('applies_on', 'in', ('both', 'future'))]",
    )
    company_id = fields.Many2one(related="program_id.company_id", store=True)
    threshold = fields.Float(
        digits=(16, 2), required=True, help="Points, or money, as the program says, that have to be reached within its window."
    )
    multiplier = fields.Float(
        digits=(6, 2), default=1, help="By what points from orders are multiplied. The extra points are an entry of their own."
    )
    color = fields.Integer()
    benefits = fields.Char(translate=True, help="What customers read about the tier in the portal.")
    card_count = fields.Integer(string="Customers", compute="_compute_card_count")

    _threshold_unique = models.UniqueIndex("(program_id, threshold)", "Two tiers of a program cannot start at the same threshold.")
    _multiplier_positive = models.Constraint("CHECK (multiplier >= 1 AND multiplier <= 100)", "A multiplier is between 1 and 100.")
    _threshold_positive = models.Constraint("CHECK (threshold >= 0)", "A threshold cannot be negative.")

    def _compute_card_count(self):
        counts = dict(self.env["loyalty.card"]._read_group([("tier_id", "in", self.ids)], ["tier_id"], ["__count"]))
        for tier in self:
            tier.card_count = counts.get(tier, 0)

    @api.constrains("program_id")
    def _check_program(self):
        for tier in self:
            if not tier.program_id._crm_loyalty_is_kept():
                raise ValidationError(
                    self.env._("“%(program)s” does not collect points on a customer's card.", program=tier.program_id.display_name)
                )

    def action_open_cards(self):
        """The cards of customers in this tier."""
        action = self.env["ir.actions.act_window"]._for_xml_id("crm_lifecycle_loyalty.loyalty_card_action")
        return {**action, "domain": [("tier_id", "in", self.ids)]}

    # -- judging -----------------------------------------------------------------

    @api.model
    def _cron_judge(self):
        """Judge all cards of programs with tiers; a repetition on the same day changes nothing."""
        for program in self.search([]).program_id:
            self._judge(program)
            self.env["ir.cron"]._commit_progress(1)

    @api.model
    def _judge(self, program, cards=None):
        """Bring the tiers of a program's cards (of all, or of ``cards``) up to date; gives the cards whose tier changed."""
        program = program.sudo()
        ladder = program.tier_ids.sorted("threshold")
        Card = self.env["loyalty.card"].sudo()
        if not ladder:
            return Card
        today = program._crm_loyalty_today()
        rank_of = {tier.id: rank for rank, tier in enumerate(ladder, 1)}
        thresholds = [exact_points(tier.threshold) for tier in ladder]
        changes = {}
        for card_id, qualifying, tier_id, grace in self.env.execute_query(self._qualifying(program, today, cards)):
            before = tiers.TierStanding(rank_of.get(tier_id, 0), grace)
            rank = tiers.reached(thresholds, exact_points(qualifying or 0))
            after = tiers.judge(before, rank, today, program.tier_grace_days)
            if after != before:
                changes.setdefault(after, []).append((card_id, before.rank != after.rank))
        changed = Card
        for after, moved in changes.items():
            tier = ladder[after.rank - 1] if after.rank else self.browse()
            risen = Card.browse([card_id for card_id, new in moved if new])
            risen.write({"tier_id": tier.id, "tier_since": today, "tier_grace_until": after.grace_until})
            (Card.browse([card_id for card_id, __ in moved]) - risen).write({"tier_grace_until": after.grace_until})
            changed |= risen
        if changed:
            self.env["res.partner"].invalidate_model(["loyalty_tier_ids"])
            changed._crm_loyalty_tier_changed()
        return changed

    @api.model
    def _qualifying(self, program, today, cards=None):
        self.env.flush_all()
        first, last = tiers.window(program.tier_window, program.tier_months, today)
        card_ids = None if cards is None else cards.ids
        if program.tier_basis == "spend":
            return sql.qualifying_spend(program.id, program.company_id.id or None, first, last, card_ids)
        return sql.qualifying_points(program.id, program._crm_loyalty_timezone(), first, last, card_ids)

    @api.model
    def _progress(self, cards):
        """How far cards are from the next tier: {card id: {"tier", "next", "missing", "share", "until", "grace_until"}}."""
        found = {}
        for program, group in cards.sudo().grouped("program_id").items():
            ladder = program.tier_ids.sorted("threshold")
            if not ladder:
                continue
            today = program._crm_loyalty_today()
            last = tiers.window(program.tier_window, program.tier_months, today)[1] if program.tier_window == "calendar" else None
            for card_id, qualifying, tier_id, grace in self.env.execute_query(self._qualifying(program, today, group)):
                have = exact_points(qualifying or 0)
                above = ladder.filtered(lambda tier, have=have: tier.threshold > have)[:1]
                found[card_id] = {
                    "tier": self.browse(tier_id).name or "",
                    "next": above.name or "",
                    "missing": float(exact_points(above.threshold) - have) if above else 0.0,
                    "share": int(min(Decimal(100), 100 * have / exact_points(above.threshold)))
                    if above and have > 0
                    else 0
                    if above
                    else 100,
                    "until": last,
                    "grace_until": grace,
                }
        return found

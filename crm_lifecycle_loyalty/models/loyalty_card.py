from uuid import uuid4

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tools import format_date

from ..analytics import ledger, rewards
from ..domain.rewards import exact_points

# In the context under this key, and only as this object, which no request can send: documents post for themselves what they change.
BY_DOCUMENT = object()
BY_DOCUMENT_KEY = "crm_loyalty_by_document"
# Likewise: rewards of an order are being worked out, so points may be written on its lines and promises.
REWARDING = object()
REWARDING_KEY = "crm_loyalty_rewarding"
# Who may change a balance by hand, up to the program's limit. A till's managers do so in Odoo: they hand out cards with points on them.
KEEPERS = "crm_lifecycle.crm_lifecycle_group_manager,point_of_sale.group_pos_manager"
GUARDED = {"points", "partner_id", "program_id", "active", "expiration_date"}


class LoyaltyCard(models.Model):
    _inherit = "loyalty.card"

    crm_loyalty_entry_ids = fields.One2many("crm.loyalty.entry", "card_id", string="Entries", readonly=True)
    crm_loyalty_lot_ids = fields.One2many("crm.loyalty.lot", "card_id", string="Lots", readonly=True)
    points_changed_date = fields.Date(string="Last Used", readonly=True, copy=False, help="The last day points were earned or redeemed.")
    merged_into_id = fields.Many2one(
        "loyalty.card", string="Merged into", readonly=True, copy=False, index="btree_not_null", ondelete="set null"
    )

    tier_id = fields.Many2one("crm.loyalty.tier", readonly=True, copy=False, index="btree_not_null", tracking=True, ondelete="set null")
    tier_since = fields.Date(readonly=True, copy=False)
    tier_grace_until = fields.Date(
        string="Tier Kept until",
        readonly=True,
        copy=False,
        help="The tier is not earned any more; after this day the customer goes down one.",
    )

    @api.ondelete(at_uninstall=False)
    def _unlink_except_with_entries(self):
        posted = self.env["crm.loyalty.entry"].sudo().search([("card_id", "in", self.ids)], limit=1)
        if posted:
            raise ValidationError(
                self.env._("The card “%(card)s” has entries and cannot be deleted. Archive it instead.", card=posted.card_id.display_name)
            )

    # -- the choke point: every change of points becomes an entry ---------------

    @api.model_create_multi
    def create(self, vals_list):
        Program = self.env["loyalty.program"].sudo()
        default = self.default_get(["program_id"]).get("program_id")
        vals_list = [
            {"points_changed_date": fields.Date.today(), **vals, "points": float(exact_points(vals["points"]))}
            if vals.get("points") and Program.browse(vals.get("program_id", default))._crm_loyalty_is_kept()
            else vals
            for vals in vals_list
        ]
        cards = super().create(vals_list)
        if kept := cards.filtered(lambda card: card.points and card._crm_loyalty_on_ledger()):
            kept._crm_loyalty_check_may_write({"points"})
            kept._crm_loyalty_append({card: card.points for card in kept}, on_card=True)
        return cards

    def write(self, vals):
        if not GUARDED & vals.keys():
            return super().write(vals)
        kept = self.filtered(lambda card: card._crm_loyalty_on_ledger())
        if not kept:
            return super().write(vals)
        kept._crm_loyalty_check_may_write(GUARDED & vals.keys())
        if "points" not in vals:
            return super().write(vals)
        if self - kept:
            super(LoyaltyCard, self - kept).write(vals)
        rest = {name: value for name, value in vals.items() if name != "points"}
        if rest:
            super(LoyaltyCard, kept).write(rest)
        if self.env.context.get(BY_DOCUMENT_KEY) is not BY_DOCUMENT:
            kept._crm_loyalty_set_points(vals["points"])
        return True

    @api.depends_context("lang")
    def _compute_points_display(self):
        return super()._compute_points_display()

    def _format_points(self, points):
        """As the reader's language writes numbers, like everywhere else in the statement of a card; Odoo writes them in one way for all."""
        program = self.program_id
        if not self._crm_loyalty_on_ledger() or not self.point_name or self.point_name == program.currency_id.symbol:
            return super()._format_points(points)
        return program._crm_loyalty_points_label(points)

    def _crm_loyalty_on_ledger(self):
        self.ensure_one()
        return self.sudo().program_id._crm_loyalty_is_kept()

    def _crm_loyalty_check_may_write(self, names):
        """Balances are not for writing by hand: documents, rewards and corrections post them."""
        if self.env.su or self.env.context.get(BY_DOCUMENT_KEY) is BY_DOCUMENT:
            return
        if not self.env.user.has_groups(KEEPERS):
            raise AccessError(
                self.env._(
                    "Points and holders of loyalty cards cannot be changed by hand. Ask for a correction, with a reason, on the card."
                )
            )

    def _crm_loyalty_set_points(self, points):
        """Post the difference between ``points`` and what each card holds."""
        balances = self._crm_loyalty_lock()
        wanted = exact_points(points)
        self._crm_loyalty_append({card: wanted - balances[card.id] for card in self})

    def _crm_loyalty_append(self, changes, on_card=False):
        """Post changes which Odoo's own code or a user makes: {card: points}. Whoever makes them may say what they are in the context."""
        self._crm_loyalty_check_limit(changes)
        origin = self.env.context.get("crm_loyalty_origin")
        values = origin.values if isinstance(origin, Origin) else {"kind": "other", "description": self.env._("Changed in Odoo")}
        self.env["crm.loyalty.entry"].sudo()._append(
            [
                {
                    "card_id": card.id,
                    "points": points,
                    "event_key": f"card:{card.id}:{uuid4()}",
                    "company_id": (card.sudo().company_id or self.env.company).id,
                    **values,
                }
                for card, points in changes.items()
                if exact_points(points)
            ],
            on_card=on_card,
        )

    def _crm_loyalty_check_limit(self, changes):
        """Whoever changes balances outside of documents, as an import does, stays within what one person may correct alone."""
        if self.env.su or self.env.context.get(BY_DOCUMENT_KEY) is BY_DOCUMENT:
            return
        for card, points in changes.items():
            limit = card.sudo().program_id.correction_limit
            if limit and abs(points) > limit:
                raise UserError(
                    self.env._(
                        "More than %(limit)s cannot be put on a card, or taken off it, by one person alone. Make a correction, which "
                        "somebody else approves.",
                        limit=card.program_id._crm_loyalty_points_label(limit),
                    )
                )

    def _crm_loyalty_lock(self):
        """Lock the cards until the transaction ends: {card id: points}. Raises a serialization failure, which Odoo retries, when a
        card has changed since the transaction began."""
        if not self:
            return {}
        self.flush_recordset()
        return {card_id: exact_points(points) for card_id, points in self.env.execute_query(ledger.lock_cards(self.ids))}

    def _crm_loyalty_move_to(self, target):
        """Move everything from these cards to ``target``: points with their expiry, and debts. They stay behind as merged into it."""
        (self | target)._crm_loyalty_lock()
        values = []
        for card in self.sudo():
            lots = card.crm_loyalty_lot_ids.filtered("remaining")
            points = exact_points(sum(lots.mapped("remaining")))
            if points:
                common = {
                    "company_id": (card.company_id or self.env.company).id,
                    "kind": "transfer",
                    "description": self.env._("Merged contacts"),
                    "res_model": self._name,
                }
                key = f"transfer:{card.id}:{target.id}:{uuid4()}"
                values += [
                    {**common, "card_id": card.id, "points": -points, "event_key": f"{key}:from", "res_id": target.id},
                    {
                        **common,
                        "card_id": target.id,
                        "points": points,
                        "event_key": f"{key}:to",
                        "res_id": card.id,
                        "expiration_date": None,
                        "lots": [(lot.expiration_date or None, exact_points(lot.remaining)) for lot in lots] if points > 0 else [],
                    },
                ]
        self.env["crm.loyalty.entry"].sudo()._append(values)
        if used := [card.points_changed_date for card in (self | target).sudo() if card.points_changed_date]:
            target.sudo().points_changed_date = max(used)
        self.sudo().write({"merged_into_id": target.id})

    def _crm_loyalty_current(self):
        """The card which this one was merged into, or itself."""
        self.ensure_one()
        card, seen = self.sudo(), set()
        while card.merged_into_id and card.id not in seen:
            seen.add(card.id)
            card = card.merged_into_id
        return card

    def _crm_loyalty_multiplier(self):
        """By what the points that this card earns are multiplied."""
        self.ensure_one()
        return self.sudo().tier_id.multiplier or 1

    def _crm_loyalty_progress_label(self, progress=None):
        """How far the next tier is ("340 points to Gold by 31 Dec"), or an empty text."""
        self.ensure_one()
        progress = progress or self.env["crm.loyalty.tier"]._progress(self).get(self.id)
        if not progress or not progress["next"]:
            return ""
        program = self.sudo().program_id.with_env(self.env).sudo()
        if program.tier_basis == "spend":
            missing = (program.company_id or self.env.company).currency_id.format(progress["missing"])
        else:
            missing = program._crm_loyalty_points_label(progress["missing"])
        values = {"missing": missing, "tier": progress["next"], "day": format_date(self.env, progress["until"])}
        if progress["until"]:
            return self.env._("%(missing)s to %(tier)s by %(day)s", **values)
        return self.env._("%(missing)s to %(tier)s", missing=missing, tier=progress["next"])

    def _crm_loyalty_tier_changed(self):
        """Called with cards that have just come into another tier. Other addons give and take benefits here."""

    def _crm_loyalty_expire_due(self):
        """Take off these cards what has expired and the nightly job has not come to yet."""
        for program, cards in self.sudo().grouped("program_id").items():
            program._crm_loyalty_expire(cards=cards)

    def _crm_loyalty_expiring(self):
        """(points, first day) of what will expire and is told now; the job that tells it puts it into the context."""
        self.ensure_one()
        known = self.env.context.get("crm_loyalty_expiring") or {}
        return known.get(self.id) or (0, False)

    def _crm_loyalty_expiring_label(self):
        return self.program_id._crm_loyalty_points_label(self._crm_loyalty_expiring()[0])

    def _crm_loyalty_expiring_day(self):
        return format_date(self.env, self._crm_loyalty_expiring()[1], date_format="d MMMM y")

    def _crm_loyalty_report_debt(self, before, after):
        """Leave a task about cards that owe more than before: whoever looks after the customer decides what to do about it."""
        for card in self:
            if after[card.id] < min(0, before[card.id]) and card.partner_id:
                partner = card.partner_id
                user = partner.user_id or partner.commercial_partner_id.user_id or card.program_id.create_uid
                words = card.program_id.with_context(lang=user.lang)
                partner.activity_schedule(
                    "mail.mail_activity_data_todo",
                    user_id=user.id,
                    summary=words.env._("Loyalty points owed"),
                    note=words.env._(
                        "The card in “%(program)s” is at %(points)s: points were taken back, or used in a shop, that had been spent already. "
                        "The next points pay the debt. Agree with the customer, or write the debt off on the card.",
                        program=words.display_name,
                        points=words._crm_loyalty_points_label(after[card.id]),
                    ),
                )

    # -- finding the card of a customer ----------------------------------------

    @api.model
    def _ensure_family_cards(self, program, partners):
        """The card on which a program's points of each customer go, made where there is none: {commercial partner id: card}.

        The commercial partner's own card comes before a contact's. Contacts without a card are locked and touched before one is made:
        of two transactions that both see no card, the later one has to start again and then finds it.
        """
        Card = self.sudo()
        Card.flush_model(["program_id", "active", "partner_id", "expiration_date"])
        partners.flush_recordset(["commercial_partner_id"])
        found = dict(self.env.execute_query(rewards.family_cards(program.id, partners.ids)))
        missing = partners.filtered(lambda partner: partner.id not in found).sorted("id")
        if missing:
            self.env.cr.execute(rewards.touch_partners(missing.ids))
            made = Card.with_context(loyalty_no_mail=True, tracking_disable=True).create(
                [{"program_id": program.id, "partner_id": partner.id, "points": 0} for partner in missing]
            )
            found.update(zip(missing.ids, made.ids, strict=True))
        return {partner_id: Card.browse(card_id) for partner_id, card_id in found.items()}


class Origin:
    """Says, in the context under ``crm_loyalty_origin``, what a change of points is. An object, which no request can send."""

    def __init__(self, **values):
        self.values = values

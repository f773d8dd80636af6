from collections import defaultdict
from decimal import Decimal

from odoo import fields, models
from odoo.exceptions import ValidationError

from ..analytics import ledger, orders
from ..domain import orders as rules
from ..domain.rewards import POINT_DIGITS, exact_points
from .loyalty_card import REWARDING, REWARDING_KEY

# What is compared with what is posted: (name in the standing, sign on the card, kind when it rises, kind when it falls).
POSITIONS = (("earned", 1, "earn", "clawback"), ("bonus", 1, "bonus", "bonus"), ("redeemed", -1, "redeem", "return"))


class SaleOrder(models.Model):
    _inherit = "sale.order"

    points_to_spend = fields.Float(
        string="Points to Spend",
        digits=(16, POINT_DIGITS),
        copy=False,
        help="The most points the customer wants to spend on this order, for rewards that give money for points. 0: as many as possible.",
    )

    loyalty_tier_ids = fields.Many2many(related="partner_id.loyalty_tier_ids", string="Loyalty Tier")

    # -- Odoo's hooks ----------------------------------------------------------

    def action_confirm(self):
        """Redeem and promise points once: under a lock, and never more than there are, whatever is confirmed together or elsewhere."""
        confirming = self.filtered(lambda order: order.state != "sale")
        confirming._crm_loyalty_check_affordable()
        result = super().action_confirm()
        confirming = confirming.filtered(lambda order: order.state == "sale")
        confirming.coupon_point_ids._freeze()
        confirming._crm_loyalty_sync(refuse_debt=True)
        confirming.coupon_point_ids._release_due()
        return result

    def _action_cancel(self):
        result = super()._action_cancel()
        self._crm_loyalty_sync()
        return result

    def _update_programs_and_rewards(self):
        return super(SaleOrder, self._crm_loyalty_rewarding())._update_programs_and_rewards()

    def _apply_program_reward(self, reward, coupon, **kwargs):
        return super(SaleOrder, self._crm_loyalty_rewarding())._apply_program_reward(reward, coupon, **kwargs)

    def _crm_loyalty_rewarding(self):
        return self.with_context(**{REWARDING_KEY: REWARDING})

    def _get_point_changes(self):
        """Points on cards that the ledger keeps are posted by :meth:`_crm_loyalty_sync`, not by Odoo."""
        return {card: points for card, points in super()._get_point_changes().items() if not card._crm_loyalty_on_ledger()}

    def _get_real_points_for_coupon(self, coupon, post_confirm=False):
        """Points that will be pending cannot be spent on the order that gives them; and no more than the customer wants to."""
        points = super()._get_real_points_for_coupon(coupon, post_confirm=post_confirm)
        if coupon._crm_loyalty_on_ledger():
            program = coupon.program_id
            if self.state != "sale" and program.hold_until != "none" and program.applies_on != "future":
                points -= sum(self.coupon_point_ids.filtered(lambda gain: gain.coupon_id == coupon).mapped("points"))
            limit = self.env.context.get("crm_loyalty_points_limit")
            if limit:
                points = min(points, limit)
            # Odoo refuses orders of whoever has less than nothing: also those who only owe, and buy. What orders spend is checked by us.
            points = max(points, 0)
        return points

    def _get_program_domain(self):
        return [*super()._get_program_domain(), *self._crm_loyalty_tier_domain()]

    def _get_trigger_domain(self):
        return [*super()._get_trigger_domain(), *self._crm_loyalty_tier_domain("program_id.")]

    def _crm_loyalty_tier_domain(self, prefix=""):
        """Programs for everybody, and those for the tiers of the customer."""
        if not self.env["loyalty.program"]._crm_loyalty_any_for_tiers():
            return []
        tiers = self.partner_id.commercial_partner_id.sudo().loyalty_tier_ids
        return ["|", (f"{prefix}required_tier_ids", "=", False), (f"{prefix}required_tier_ids", "in", tiers.ids)]

    def _get_reward_values_discount(self, reward, coupon, **kwargs):
        if reward.discount_mode == "per_point" and self.points_to_spend and coupon._crm_loyalty_on_ledger():
            self = self.with_context(crm_loyalty_points_limit=self.points_to_spend)
            coupon = coupon.with_env(self.env)
        return super()._get_reward_values_discount(reward, coupon, **kwargs)

    def _add_points_for_coupon(self, coupon_points):
        """On a confirmed order, Odoo adds to the card and overwrites what was noted: here the note counts, and the card follows it."""
        if self.state != "sale":
            return super()._add_points_for_coupon(coupon_points)
        kept = {card: points for card, points in coupon_points.items() if card._crm_loyalty_on_ledger()}
        result = super()._add_points_for_coupon({card: points for card, points in coupon_points.items() if card not in kept})
        known = {gain.coupon_id: gain for gain in self.coupon_point_ids.sudo()}
        fresh = self.env["sale.order.coupon.points"].sudo()
        for card, points in kept.items():
            if card in known:
                known[card].points = points
            else:
                fresh |= fresh.create({"order_id": self.id, "coupon_id": card.id, "points": points})
        if fresh:
            fresh._freeze()
            self._crm_loyalty_sync()
        return result

    def _add_loyalty_history_lines(self):
        return super(SaleOrder, self.sudo())._add_loyalty_history_lines()

    def _update_loyalty_history(self, coupon_id, points):
        return super(SaleOrder, self.sudo())._update_loyalty_history(coupon_id, points)

    # -- how orders stand, and posting the difference ---------------------------

    def _crm_loyalty_lock_cards(self):
        cards = self.sudo().coupon_point_ids.coupon_id | self.sudo().order_line.coupon_id
        return cards.filtered(lambda card: card._crm_loyalty_on_ledger())._crm_loyalty_lock()

    def _crm_loyalty_check_affordable(self):
        """Lock the cards on which orders want to spend, and refuse before anything happens (mails above all) what they do not hold.

        :raise ValidationError: a card does not hold the points that the orders spend together
        """
        spending = (
            self.sudo()
            .order_line.filtered(lambda line: line.points_cost > 0)
            .coupon_id.filtered(lambda card: card._crm_loyalty_on_ledger())
        )
        if not spending:
            return
        spending._crm_loyalty_expire_due()
        left = spending._crm_loyalty_lock()
        for order in self.sudo():
            for card in order.order_line.coupon_id & spending:
                gained = exact_points(sum(gain.points for gain in order.coupon_point_ids if gain.coupon_id == card))
                spent = exact_points(sum(max(0, line.points_cost) for line in order.order_line if line.coupon_id == card))
                program = card.program_id
                usable = gained if program.hold_until == "none" and program.applies_on != "future" else Decimal(0)
                if left[card.id] + usable < spent:
                    order._crm_loyalty_refuse(card, left[card.id] + usable, spent)
                left[card.id] += usable - spent

    def _crm_loyalty_refuse(self, card, held, wanted):
        label = card.program_id._crm_loyalty_points_label
        raise ValidationError(
            self.env._(
                "%(order)s spends %(wanted)s, but the card of %(customer)s holds %(held)s for it. Other orders may have used the points "
                "meanwhile. Remove the reward from the order, or choose a smaller one.",
                order=self.name,
                wanted=label(wanted),
                held=label(max(held, 0)),
                customer=card.partner_id.display_name,
            )
        )

    def _crm_loyalty_sync(self, refuse_debt=False):
        """Post the difference between how these orders stand and what is posted for them. Called as often as anything may have changed.

        :param refuse_debt: do not let a redemption take points that are not there
        :raise ValidationError: a redemption that the card cannot afford, with ``refuse_debt``
        """
        self = self.sudo()
        Entry = self.env["crm.loyalty.entry"]
        if not self:
            return Entry
        self.flush_recordset()
        posted = self._crm_loyalty_posted()
        standings = self._crm_loyalty_standings(posted)
        cards = self.env["loyalty.card"].union(*(card for __, card in standings)) if standings else self.env["loyalty.card"]
        held = cards._crm_loyalty_lock()
        if not held:
            return Entry
        # Read again under the lock only what another transaction could have posted: then PostgreSQL has refused the lock already.
        postings, balances = [], dict(held)
        for (order, card), standing in standings.items():
            group = order._crm_loyalty_postings(card, standing, posted.get((order.id, card.id), {}))
            for values in group:
                balances[card.id] += values["points"]
                if refuse_debt and values["kind"] == "redeem" and balances[card.id] < 0:
                    order._crm_loyalty_refuse(card, balances[card.id] - values["points"], -values["points"])
            postings += group
        return Entry._append(postings, held=held)

    def _crm_loyalty_posted(self):
        """What is posted: {(order id, card id): {kind: (points, entry ids)}}, with postings on merged cards under the card they went to."""
        rows = self.env.execute_query(ledger.posted_for(self._name, self.ids))
        cards = {card.id: card._crm_loyalty_current().id for card in self.env["loyalty.card"].browse({row[1] for row in rows})}
        found = defaultdict(dict)
        for order_id, card_id, kind, points, entry_ids in rows:
            kinds = found[order_id, cards[card_id]]
            before, ids = kinds.get(kind, (Decimal(0), []))
            kinds[kind] = (before + exact_points(points), sorted(ids + entry_ids))
        return found

    def _crm_loyalty_standings(self, posted):
        """How each order stands on each card that it has to do with: {(order, card): standing}."""
        Card = self.env["loyalty.card"]
        promises, costs = {}, defaultdict(dict)
        for gain in self.coupon_point_ids:
            if gain.coupon_id._crm_loyalty_on_ledger():
                promises[gain.order_id, gain.coupon_id._crm_loyalty_current()] = gain
        for line in self.order_line:
            if line.reward_id and line.points_cost > 0 and line.coupon_id._crm_loyalty_on_ledger():
                costs[line.order_id, line.coupon_id._crm_loyalty_current()][line.id] = exact_points(line.points_cost)
        keys = {*promises, *costs, *((self.browse(order_id), Card.browse(card_id)) for order_id, card_id in posted)}
        if not keys:
            return {}
        shares = self._crm_loyalty_refunded_shares()
        result = {}
        for order, card in sorted(keys, key=lambda key: (self.ids.index(key[0].id), key[1].id)):
            gain = promises.get((order, card))
            result[order, card] = rules.standing(
                confirmed=order.state == "sale",
                held=bool(gain and gain.pending),
                promised=exact_points(gain.points) if gain else Decimal(0),
                taken_back=rules.weighted_share(gain._decimal_weights(), shares) if gain else 0,
                costs=costs[order, card],
                shares=shares,
                multiplier=Decimal(str(gain.multiplier or 1)) if gain else Decimal(1),
            )
        return result

    def _crm_loyalty_refunded_shares(self):
        """The share of each order line that credit notes took back: {line id: share}; lines without a credit note are left out."""
        # Odoo reads these links itself when an order is confirmed, so that a fresh order costs no query here.
        if not self.order_line.invoice_lines:
            return {}
        self.env["account.move.line"].flush_model(["price_subtotal", "quantity", "currency_id", "move_id"])
        self.env["account.move"].flush_model(["state", "move_type"])
        shares = {}
        for line_id, invoiced, credited, quantity_invoiced, quantity_credited, notes in self.env.execute_query(orders.billed(self.ids)):
            if not notes:
                continue
            line = self.env["sale.order.line"].browse(line_id)
            if line.price_subtotal:
                shares[line_id] = rules.refunded_share(
                    line.price_subtotal, invoiced or 0, credited or 0, line.currency_id.rounding, documents=notes
                )
            else:
                shares[line_id] = rules.refunded_share(line.product_uom_qty, quantity_invoiced or 0, quantity_credited or 0, 0)
        return shares

    def _crm_loyalty_postings(self, card, standing, posted):
        """The values of the entries that are missing for this order to stand as it does, in the order in which they have to come."""
        self.ensure_one()
        values = []
        for name, sign, rising, falling in POSITIONS:
            kinds = dict.fromkeys((rising, falling))
            done = sign * sum((posted[kind][0] for kind in kinds if kind in posted), Decimal(0))
            missing = getattr(standing, name) - done
            if not missing:
                continue
            known = [entry_id for kind in kinds if kind in posted for entry_id in posted[kind][1]]
            kind = rising if missing > 0 else falling
            values.append(
                {
                    "card_id": card.id,
                    "points": sign * missing,
                    "kind": kind,
                    "event_key": f"{self._name}:{self.id}:{card.id}:{name}:{len(known) + 1}",
                    "company_id": self.company_id.id,
                    "description": self._crm_loyalty_description(kind, card),
                    "qualifying": name == "earned",
                    "res_model": self._name,
                    "res_id": self.id,
                    # A redemption that comes again takes what expires first, as if it were the first time.
                    "reverses": known if missing < 0 or name != "redeemed" else [],
                    "linked_key": f"{self._name}:{self.id}:{card.id}:earned:1" if name == "bonus" else None,
                }
            )
        # Points for future orders cannot pay for this one.
        if card.program_id.applies_on == "future":
            values.sort(key=lambda each: each["kind"] != "redeem")
        return values

    def _crm_loyalty_description(self, kind, card):
        there = self.with_context(lang=card.partner_id.lang or self.env.lang)
        match kind:
            case "redeem":
                return there.env._("Used for order %(order)s", order=self.name)
            case "clawback":
                return there.env._("Taken back: order %(order)s", order=self.name)
            case "return":
                return there.env._("Given back: order %(order)s", order=self.name)
            case "bonus":
                return there.env._("Tier bonus for order %(order)s", order=self.name)
        return there.env._("Order %(order)s", order=self.name)

    def _crm_loyalty_is_paid(self):
        """Everything is invoiced and every invoice is settled."""
        self.ensure_one()
        invoices = self.invoice_ids.filtered(lambda move: move.state == "posted" and move.move_type == "out_invoice")
        if not invoices:
            return not self.amount_total
        return self.invoice_status in ("invoiced", "upselling") and all(
            invoice.payment_state in ("paid", "in_payment", "reversed") for invoice in invoices
        )

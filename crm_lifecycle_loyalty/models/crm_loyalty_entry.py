from collections import defaultdict

from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError
from odoo.fields import Domain
from odoo.tools import email_normalize

from ..analytics import ledger
from ..domain import lots
from ..domain.rewards import POINT_DIGITS, exact_points

KINDS = [
    ("opening", "Opening balance"),
    ("earn", "Earned"),
    ("bonus", "Tier bonus"),
    ("redeem", "Redeemed"),
    ("clawback", "Taken back"),
    ("return", "Given back"),
    ("event", "Reward"),
    ("expire", "Expired"),
    ("transfer", "Moved"),
    ("correction", "Correction"),
    ("write_off", "Debt written off"),
    ("other", "Other"),
]
# What a customer does, as inactivity counts it.
ACTIVITY = {"earn", "redeem", "event", "other"}


class CrmLoyaltyEntry(models.Model):
    """One signed posting of points on a card: appended, never changed, never deleted.

    The points of a card in a loyalty program are always the sum of its entries, and always what its lots hold less its debt. There are two
    ways in: :meth:`_post` for postings of ours, and writing ``points`` on ``loyalty.card``, which Odoo's own code does everywhere.

    What happens around an entry:

    * its card, program, rule and company cannot be deleted any more (they can be archived), so that nothing here dangles;
    * it names no contact: when contacts are merged, their cards move, and points go from one card to the other by entries;
    * uninstalling the addon drops the ledger; the points stay on the cards with their history.
    """

    _name = "crm.loyalty.entry"
    _description = "Loyalty Entry"
    _order = "posted_at desc, id desc"
    _rec_name = "description"
    # No write_uid and the like: the foreign keys of those fields are set to NULL when a user is deleted, which would be a change.
    _log_access = False

    card_id = fields.Many2one("loyalty.card", required=True, index=True, readonly=True, ondelete="restrict")
    program_id = fields.Many2one("loyalty.program", required=True, index=True, readonly=True, ondelete="restrict")
    company_id = fields.Many2one("res.company", required=True, readonly=True, ondelete="restrict")
    partner_id = fields.Many2one(related="card_id.partner_id", string="Customer")
    points = fields.Float(digits=(16, POINT_DIGITS), required=True, readonly=True, help="What was added to the card; negative: taken off.")
    kind = fields.Selection(KINDS, required=True, readonly=True, help="Why the points were posted.")
    event_key = fields.Char(required=True, readonly=True, help="Names the event. The same event is never posted twice.")
    description = fields.Char(required=True, readonly=True)
    qualifying = fields.Boolean(readonly=True, help="Counts for the tier of the customer.")
    reversal_of = fields.Many2one("crm.loyalty.entry", string="Reverses", index="btree_not_null", readonly=True, ondelete="restrict")
    linked_entry_id = fields.Many2one("crm.loyalty.entry", string="Belongs to", readonly=True, ondelete="restrict")
    rule_id = fields.Many2one("crm.loyalty.event.rule", string="Reward Rule", index="btree_not_null", readonly=True, ondelete="restrict")
    res_model = fields.Char(string="Origin Model", readonly=True)
    res_id = fields.Many2oneReference(string="Origin", model_field="res_model", readonly=True)
    user_id = fields.Many2one("res.users", string="Posted by", readonly=True, ondelete="restrict")
    posted_at = fields.Datetime(string="Posted on", required=True, readonly=True, index=True)

    _event_key_unique = models.UniqueIndex("(event_key)", "This event has been posted already.")
    _origin_index = models.Index("(res_model, res_id) WHERE res_id IS NOT NULL")

    def init(self):
        self.env.cr.execute(ledger.guard(self._table))

    # -- posting ---------------------------------------------------------------

    @api.model
    def _post(self, values_list):
        """Post points on cards, each event once: the way in for postings of ours and of other addons.

        Everything happens in the caller's transaction: entries, lots, points of the cards and the history which the customer sees. An event
        that is posted already, also by a transaction that ends at the same moment, changes nothing (then PostgreSQL may ask for a retry,
        which Odoo does by itself for requests). Cards are locked in the order of their ids until the transaction ends.

        It does not check that a card can afford a negative posting: what is missing becomes a debt, which the next points pay.
        To find or make the card of a customer, see :meth:`loyalty.card._ensure_family_cards`.

        :param values_list: dicts with ``card_id``, ``points`` (signed, not 0, at most two digits count), ``event_key``, ``company_id``,
            ``description`` (the customer reads it), ``kind`` ('event' unless given), and perhaps ``rule_id``, ``res_model``, ``res_id``,
            ``qualifying`` (False unless given), ``expiration_date`` (by the program's policy unless given), and ``reverses``: ids of entries
            which this one takes back. What was taken goes back to the lots it came from, what was given is taken from the lots it went to.
        :return: the entries that are new
        :raise ValidationError: no points, a card that does not collect points, or a company that may not use the card's program
        """
        Card = self.env["loyalty.card"].sudo()
        Company = self.env["res.company"].sudo()
        for program_id, company_id in {(Card.browse(each["card_id"]).program_id, each["company_id"]) for each in values_list}:
            program_id._crm_loyalty_check_usable(Company.browse(company_id))
        if not all(exact_points(values["points"]) for values in values_list):
            raise ValidationError(self.env._("An entry must add points or take points off; 0 points cannot be posted."))
        entries = self._append(values_list)
        self.env["loyalty.history"].sudo().create(
            [
                {
                    "card_id": entry.card_id.id,
                    "description": entry.description,
                    "issued": max(entry.points, 0),
                    "used": max(-entry.points, 0),
                }
                for entry in entries
            ]
        )
        return entries

    @api.model
    def _append(self, values_list, on_card=False, held=None):
        """Append entries (see :meth:`_post`) and bring lots and cards in line, without the customer's history.

        :param on_card: the cards were made in this transaction and hold the points already
        :param held: {card id: points} of the cards, from whoever locked all of them before
        """
        Entry = self.env["crm.loyalty.entry"].sudo()
        if not values_list:
            return Entry
        rows = [self._prepare_row(values) for values in values_list]
        cards = self.env["loyalty.card"].sudo().browse(sorted({row["card_id"] for row in rows}))
        balances = cards._crm_loyalty_lock() if held is None else {card.id: held[card.id] for card in cards}
        inserted = self._insert([row for row in rows if not row["linked_key"]])
        if linked := [row for row in rows if row["linked_key"]]:
            known = {entry.event_key: entry.id for entry in Entry.search([("event_key", "in", [row["linked_key"] for row in linked])])}
            inserted |= self._insert([{**row, "linked_entry_id": known.get(row["linked_key"])} for row in linked])
        posted = []
        for row, values in zip(rows, values_list, strict=True):
            # The same event twice in one call: the first one counts.
            if entry_id := inserted.pop(row["event_key"], None):
                posted.append((entry_id, row, values))
        if posted:
            self._open_items(posted, balances)
            self._move_cards(cards, posted, balances, on_card)
        return Entry.browse([entry_id for entry_id, __, __ in posted])

    def _insert(self, rows):
        """Write entries; {event key: id} of those that are new."""
        if not rows:
            return {}
        # Sorted: two transactions that post the same events wait for each other in the same order.
        ordered = sorted(rows, key=lambda row: row["event_key"])
        return dict(self.env.execute_query(ledger.insert_entries([tuple(row[name] for name in ledger.ENTRY_COLUMNS) for row in ordered])))

    def _prepare_row(self, values):
        card = self.env["loyalty.card"].sudo().browse(values["card_id"])
        return {
            "kind": "event",
            "qualifying": False,
            "linked_key": None,
            "linked_entry_id": None,
            "rule_id": None,
            "res_model": None,
            "res_id": None,
            "user_id": self.env.uid,
            "posted_at": fields.Datetime.now(),
            **values,
            "reversal_of": (values.get("reverses") or [None])[-1],
            "program_id": card.program_id.id,
            "points": exact_points(values["points"]),
        }

    def _open_items(self, posted, balances):
        """Write lots, debts and what was allocated for new entries: tuples (entry id, row, values)."""
        books = {card_id: lots.Card() for card_id in balances}
        # Points put on a card that owes nothing touch none of its other lots.
        if touched := {
            row["card_id"] for __, row, values in posted if row["points"] < 0 or values.get("reverses") or balances[row["card_id"]] < 0
        }:
            wanted = self._outstanding(posted)
            lot_ids = [lot_id for parts in wanted.values() for __, lot_id, __, __ in parts]
            for lot_id, card_id, entry_id, remaining, expiry in self.env.execute_query(ledger.open_items(touched, lot_ids)):
                books[card_id].items.append(lots.OpenItem(entry_id, exact_points(remaining), expiry, lot_id))
        else:
            wanted = {}
        before = {item.key: item.remaining for book in books.values() for item in book.items}
        for entry_id, row, values in posted:
            book, points = books[row["card_id"]], row["points"]
            if points < 0:
                book.debit(entry_id, -points, prefer=values.get("reverses") or ())
                continue
            parts = wanted.get(entry_id, [])
            expiry_of = {lot_id: expiry for __, lot_id, __, expiry in parts}
            home = {lot_id for card_id, lot_id, __, __ in parts if card_id == row["card_id"]}
            back = lots.give_back([(lot_id, taken) for __, lot_id, taken, __ in parts], points)
            book.credit(
                entry_id,
                points,
                self._last_day(row, values),
                returned=[(lot_id, part) for lot_id, part in back if lot_id in home],
                lots=[*values.get("lots", ()), *((expiry_of[lot_id], part) for lot_id, part in back if lot_id not in home)],
            )
        self._write_items(books, before)

    def _outstanding(self, posted):
        """For new entries that give points back: {entry id: [(card, lot, points, expiry), …]} of the lots that paid what they reverse."""
        return {
            entry_id: [
                (card_id, lot_id, exact_points(points), expiry)
                for card_id, lot_id, points, expiry in self.env.execute_query(ledger.outstanding(values["reverses"]))
            ]
            for entry_id, row, values in posted
            if row["points"] > 0 and values.get("reverses")
        }

    def _last_day(self, row, values):
        if "expiration_date" in values:
            return fields.Date.to_date(values["expiration_date"]) or None
        return self.env["loyalty.program"].sudo().browse(row["program_id"])._crm_loyalty_last_day()

    def _write_items(self, books, before):
        cards = [(card_id, book) for card_id, book in books.items() if book.items]
        programs = {card.id: card.program_id.id for card in self.env["loyalty.card"].sudo().browse([card_id for card_id, __ in cards])}
        new = [(card_id, item) for card_id, book in cards for item in book.items if item.key is None]
        if new:
            made = self.env.execute_query(
                ledger.insert_lots(
                    [(card_id, programs[card_id], item.entry, item.opened, item.remaining, item.expires_on) for card_id, item in new]
                )
            )
            for (__, item), (lot_id,) in zip(new, made, strict=True):
                item.key = lot_id
        changed = [
            (item.key, item.remaining)
            for __, book in cards
            for item in book.items
            if before.get(item.key, item.remaining) != item.remaining
        ]
        shares = [(share.lot.key, share.entry, share.points) for __, book in cards for share in book.shares]
        if changed:
            self.env.cr.execute(ledger.change_lots(changed))
        if shares:
            self.env.cr.execute(ledger.insert_allocations(shares))

    def _move_cards(self, cards, posted, balances, on_card):
        changes = defaultdict(int)
        active = set()
        for __, row, __ in posted:
            changes[row["card_id"]] += row["points"]
            if row["kind"] in ACTIVITY:
                active.add(row["card_id"])
        self.env["crm.loyalty.lot"].invalidate_model()
        if on_card:
            cards.invalidate_recordset(["crm_loyalty_entry_ids", "crm_loyalty_lot_ids"])
            return
        self.env.cr.execute(ledger.move_points(changes, self.env.uid, active))
        # Only what the statement wrote: all the rest of the card would be read again with the next look at it.
        cards.invalidate_recordset(
            ["points", "points_changed_date", "write_uid", "write_date", "crm_loyalty_entry_ids", "crm_loyalty_lot_ids"]
        )
        cards.modified(["points"])
        moved = cards.filtered(lambda card: card.id in changes)
        after = {card.id: balances[card.id] + changes[card.id] for card in moved}
        moved._send_points_reach_communication({card: {"old": float(balances[card.id]), "new": float(after[card.id])} for card in moved})
        moved._crm_loyalty_report_debt(balances, after)
        self._judge_tiers({row["card_id"] for __, row, __ in posted if row["qualifying"]})

    def _judge_tiers(self, card_ids):
        """Who earned enough goes up at once. Customers who go down do so at night."""
        cards = self.env["loyalty.card"].sudo().browse(sorted(card_ids))
        for program, group in cards.filtered("program_id.tier_ids").grouped("program_id").items():
            self.env["crm.loyalty.tier"]._judge(program, group)

    # -- append-only -----------------------------------------------------------

    @api.model_create_multi
    def create(self, vals_list):  # pylint: disable=method-required-super
        self._refuse_change()

    def write(self, vals):  # pylint: disable=method-required-super
        self._refuse_change()

    def unlink(self):  # pylint: disable=method-required-super
        self._refuse_change()

    def _refuse_change(self):
        raise UserError(
            self.env._(
                "Loyalty entries cannot be created, changed or deleted by hand, so that the points of a customer can always be explained. "
                "To mend a mistake, correct the balance of the card."
            )
        )

    # -- telling the customer --------------------------------------------------

    def _recipient(self):
        """The contact to write to: the card's holder, else their company; empty when neither has a usable e-mail address."""
        self.ensure_one()
        holder = self.partner_id
        return (holder | holder.commercial_partner_id).filtered(lambda partner: email_normalize(partner.email))[:1]

    def _points_label(self, points=None):
        """Points with their name, written as the language of the context writes numbers ("1.500 poin")."""
        self.ensure_one()
        return self.program_id._crm_loyalty_points_label(self.points if points is None else points)

    def _balance_label(self):
        """What the card holds now, as the customer reads it."""
        self.ensure_one()
        return self._points_label(self.card_id.points)

    def _reward_labels(self):
        """What the points can be used for: a list of (points needed, reward), cheapest first, at most five."""
        self.ensure_one()
        rewards = self.program_id.reward_ids.sorted("required_points")[:5]
        return [(self._points_label(reward.required_points), reward.description) for reward in rewards]

    def _portal_url(self):
        """Where the customer sees the card, or False when they have no access to the portal."""
        self.ensure_one()
        holder = self.partner_id.sudo()
        return f"{holder.get_base_url()}/my" if holder.user_ids.filtered(lambda user: user.share and user.active) else False

    def _tell_customers(self):
        """Queue the rule's mail for each entry, in the customer's language.

        Without an address, or where the contact wishes no mail, a note is left for the salesperson: the points are theirs all the same.
        """
        for rule, entries in self.grouped("rule_id").items():
            template = rule.mail_template_id
            if not template:
                continue
            recipients = {entry: entry._recipient() for entry in entries}
            Partner = self.env["res.partner"].sudo()
            wished = Partner.search(Domain("id", "in", Partner.union(*recipients.values()).ids) & Partner._lifecycle_reachable("email"))
            reachable = entries.browse([entry.id for entry, to in recipients.items() if to and to in wished])
            mails = template.send_mail_batch(reachable.ids)
            for entry, mail in zip(reachable, mails, strict=True):
                # Kept on the customer, where those who look after them read it; an entry has no discussion.
                mail.write({"model": "res.partner", "res_id": recipients[entry].id})
            for entry in entries - reachable:
                entry._leave_note(bool(recipients[entry]))

    def _leave_note(self, unwished):
        self.ensure_one()
        partner = self.partner_id
        partner = partner.with_context(lang=(partner.user_id.lang or self.company_id.partner_id.lang))
        values = {
            "points": self.with_env(partner.env)._points_label(),
            "reason": self.rule_id.with_env(partner.env).name or self.description,
        }
        partner.message_post(
            body=partner.env._(
                "%(points)s were given for “%(reason)s”. The customer was not told: they wish no offers by e-mail.", **values
            )
            if unwished
            else partner.env._("%(points)s were given for “%(reason)s”. The customer was not told: there is no e-mail address.", **values),
            message_type="notification",
            subtype_xmlid="mail.mt_note",
        )

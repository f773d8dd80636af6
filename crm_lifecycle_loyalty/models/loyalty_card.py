from collections import defaultdict

from odoo import api, fields, models
from odoo.exceptions import ValidationError

from ..analytics import ledger, rewards
from ..domain.rewards import exact_points


class LoyaltyCard(models.Model):
    _inherit = "loyalty.card"

    crm_loyalty_entry_ids = fields.One2many("crm.loyalty.entry", "card_id", string="Entries", readonly=True)

    @api.ondelete(at_uninstall=False)
    def _unlink_except_with_entries(self):
        posted = self.env["crm.loyalty.entry"].sudo().search([("card_id", "in", self.ids)], limit=1)
        if posted:
            raise ValidationError(
                self.env._("The card “%(card)s” has entries and cannot be deleted. Archive it instead.", card=posted.card_id.display_name)
            )

    # -- posting ---------------------------------------------------------------

    @api.model
    def _post_entries(self, values_list):
        """Post points on cards, each event once: the only way by which our own postings are made.

        Everything happens in the caller's transaction: entries, points of the cards and the history which the customer sees. An event
        that is posted already, also by a transaction that ends at the same moment, changes nothing (then PostgreSQL may ask for a retry,
        which Odoo does by itself for requests). Cards are locked in the order of their ids until the transaction ends.
        It does not check that a card can afford a negative posting.

        :param values_list: dicts with ``card_id``, ``points`` (signed, not 0, at most two digits count), ``event_key``, ``company_id``,
            ``description``, ``kind`` ('event' unless given), and perhaps ``rule_id``, ``res_model``, ``res_id``
        :return: the entries that are new
        :raise ValidationError: no points, a card that does not collect points, or a company that may not use the card's program
        """
        Entry = self.env["crm.loyalty.entry"].sudo()
        values_list = [self._prepare_entry_values(values) for values in values_list]
        if not values_list:
            return Entry
        self._check_entry_values(values_list)
        cards = self.sudo().browse(sorted({values["card_id"] for values in values_list}))
        cards.flush_recordset(["points"])
        before = dict(self.env.execute_query(ledger.lock_cards(cards.ids)))
        # Sorted: two transactions that post the same events wait for each other in the same order.
        rows = [tuple(values[name] for name in ledger.COLUMNS) for values in sorted(values_list, key=lambda values: values["event_key"])]
        inserted = self.env.execute_query(ledger.insert_entries(rows))
        entries = Entry.browse([row[0] for row in inserted])
        if entries:
            self._apply_posted(inserted, before)
        return entries

    def _prepare_entry_values(self, values):
        card = self.sudo().browse(values["card_id"])
        return {
            "kind": "event",
            "rule_id": None,
            "res_model": None,
            "res_id": None,
            "user_id": self.env.uid,
            "posted_at": fields.Datetime.now(),
            **values,
            "program_id": card.program_id.id,
            "points": exact_points(values["points"]),
        }

    def _check_entry_values(self, values_list):
        Program = self.env["loyalty.program"].sudo()
        Company = self.env["res.company"].sudo()
        for pair in {(values["program_id"], values["company_id"]) for values in values_list}:
            Program.browse(pair[0])._crm_loyalty_check_usable(Company.browse(pair[1]))
        if not all(values["points"] for values in values_list):
            raise ValidationError(self.env._("An entry must add points or take points off; 0 points cannot be posted."))

    def _apply_posted(self, inserted, before):
        """Bring the cards' points and the history in line with new entries: rows of (id, card, points, description)."""
        changes = defaultdict(int)
        for __, card_id, points, __ in inserted:
            changes[card_id] += points
        self.env.cr.execute(ledger.move_points(changes, self.env.uid))
        cards = self.sudo().browse(changes)
        cards.invalidate_recordset()
        cards.modified(["points"])
        self.env["loyalty.history"].sudo().create(
            [
                {
                    "card_id": card_id,
                    "description": description,
                    "issued": max(points, 0),
                    "used": max(-points, 0),
                }
                for __, card_id, points, description in inserted
            ]
        )
        cards._send_points_reach_communication({card: {"old": before[card.id], "new": card.points} for card in cards})

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

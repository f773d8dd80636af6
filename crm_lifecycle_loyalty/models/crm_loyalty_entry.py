from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import email_normalize

from ..analytics import ledger
from ..domain.rewards import POINT_DIGITS


class CrmLoyaltyEntry(models.Model):
    """One signed posting of points on a card: appended, never changed, never deleted.

    Entries are written by :meth:`loyalty.card._post_entries` only. So far the ledger holds **our own postings** (rewards for events) and
    nothing else: what Odoo posts itself when an order is confirmed or a balance is corrected is on the card and in ``loyalty.history``, but
    not here, and a card's points are therefore *not* the sum of its entries.

    What happens around an entry:

    * its card, program, rule and company cannot be deleted any more (they can be archived), so that nothing here dangles;
    * it names no contact: when contacts are merged, their cards move (and Odoo adds up the points on one of them), the entries stay with
      the card they were posted on;
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
    kind = fields.Selection(
        [("event", "Reward"), ("correction", "Correction")], required=True, readonly=True, help="Why the points were posted."
    )
    event_key = fields.Char(required=True, readonly=True, help="Names the event. The same event is never posted twice.")
    description = fields.Char(required=True, readonly=True)
    rule_id = fields.Many2one("crm.loyalty.event.rule", string="Reward Rule", index="btree_not_null", readonly=True, ondelete="restrict")
    res_model = fields.Char(string="Origin Model", readonly=True)
    res_id = fields.Many2oneReference(string="Origin", model_field="res_model", readonly=True)
    user_id = fields.Many2one("res.users", string="Posted by", readonly=True, ondelete="restrict")
    posted_at = fields.Datetime(string="Posted on", required=True, readonly=True, index=True)

    _event_key_unique = models.UniqueIndex("(event_key)", "This event has been posted already.")

    def init(self):
        self.env.cr.execute(ledger.guard())

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
        """Queue the rule's mail for each entry, in the customer's language; without an address, leave a note for the salesperson."""
        for rule, entries in self.grouped("rule_id").items():
            template = rule.mail_template_id
            if not template:
                continue
            reachable = entries.filtered(lambda entry: entry._recipient())
            mails = template.send_mail_batch(reachable.ids)
            for entry, mail in zip(reachable, mails, strict=True):
                # Kept on the customer, where those who look after them read it; an entry has no discussion.
                mail.write({"model": "res.partner", "res_id": entry._recipient().id})
            for entry in entries - reachable:
                entry._leave_note()

    def _leave_note(self):
        self.ensure_one()
        partner = self.partner_id
        partner = partner.with_context(lang=(partner.user_id.lang or self.company_id.partner_id.lang))
        partner.message_post(
            body=partner.env._(
                "%(points)s were given for “%(reason)s”. The customer was not told: there is no e-mail address.",
                points=self.with_env(partner.env)._points_label(),
                reason=self.rule_id.with_env(partner.env).name or self.description,
            ),
            message_type="notification",
            subtype_xmlid="mail.mt_note",
        )

"""SQL of reward rules: who has earned a reward and has not got it."""

from collections.abc import Iterable

from odoo.tools import SQL


def _not_rewarded(rule_id: int, key_prefix: str, partner: SQL) -> SQL:
    """Neither the event key nor a card of the same family knows this reward.

    The second condition is what survives a merge of contacts: then the card moves to another contact, and the entry, which cannot change,
    keeps the key of the old one.
    """
    return SQL(
        """
        NOT EXISTS (SELECT FROM crm_loyalty_entry entry WHERE entry.event_key = %(prefix)s || %(partner)s)
        AND NOT EXISTS (
            SELECT FROM crm_loyalty_entry entry
              JOIN loyalty_card card ON card.id = entry.card_id
              JOIN res_partner holder ON holder.id = card.partner_id
             WHERE entry.rule_id = %(rule)s AND holder.commercial_partner_id = %(partner)s
        )
        """,
        prefix=key_prefix,
        partner=partner,
        rule=rule_id,
    )


def _earned(rule_id: int, key_prefix: str, company_id: int, stage_id: int, since, which: SQL, limit: int | None = None) -> SQL:
    """Customers who climbed to the stage for the first time on or after ``since`` and have not got the reward: earliest first.

    Only believed transitions count, and only upwards: whom a credit note brings down from a further stage has not reached anything.
    Gives (partner id, day reached, id of the transition).
    """
    return SQL(
        """
        SELECT partner_id, reached, id
          FROM (
            SELECT DISTINCT ON (transition.partner_id) transition.partner_id, transition.effective_at AS reached, transition.id
              FROM crm_lifecycle_transition transition
              JOIN crm_lifecycle_stage stage ON stage.id = transition.to_stage_id
              JOIN res_partner partner ON partner.id = transition.partner_id
         LEFT JOIN crm_lifecycle_stage origin ON origin.id = transition.from_stage_id
             WHERE %(which)s
               AND transition.superseded_at IS NULL
               AND transition.company_id = %(company)s AND transition.to_stage_id = %(stage)s AND transition.effective_at >= %(since)s
               AND (origin.id IS NULL OR origin.sequence < stage.sequence)
               AND partner.active AND partner.commercial_partner_id = partner.id
               AND NOT EXISTS (
                    SELECT FROM crm_lifecycle_transition earlier
                     WHERE earlier.partner_id = transition.partner_id AND earlier.company_id = transition.company_id
                       AND earlier.superseded_at IS NULL
                       AND earlier.to_stage_id = transition.to_stage_id AND earlier.effective_at < %(since)s
               )
               AND %(not_rewarded)s
             ORDER BY transition.partner_id, transition.effective_at
          ) AS first_time
         ORDER BY reached, partner_id
         LIMIT %(limit)s
        """,
        which=which,
        company=company_id,
        stage=stage_id,
        since=since,
        not_rewarded=_not_rewarded(rule_id, key_prefix, SQL("transition.partner_id")),
        limit=limit,
    )


def now_in_stage(rule_id: int, key_prefix: str, company_id: int, stage_id: int, since, limit: int | None = None) -> SQL:
    """Of those who earned the reward (see :func:`_earned`), the customers who are still in the stage."""
    still_there = SQL(
        """EXISTS (
            SELECT FROM crm_lifecycle_customer customer
             WHERE customer.partner_id = transition.partner_id AND customer.company_id = transition.company_id
               AND customer.stage_id = transition.to_stage_id AND customer.stage_since = transition.effective_at
        )"""
    )
    return _earned(rule_id, key_prefix, company_id, stage_id, since, still_there, limit)


def reached_by(rule_id: int, key_prefix: str, company_id: int, stage_id: int, since, transition_ids: Iterable[int]) -> SQL:
    """Of those who earned the reward (see :func:`_earned`), the customers who did so by one of these transitions."""
    return _earned(rule_id, key_prefix, company_id, stage_id, since, SQL("transition.id = ANY(%s)", list(transition_ids)))


def family_cards(program_id: int, partner_ids: Iterable[int]) -> SQL:
    """One usable card per family: the commercial partner's own before a contact's, the oldest first."""
    return SQL(
        """
        SELECT DISTINCT ON (holder.commercial_partner_id) holder.commercial_partner_id, card.id
          FROM loyalty_card card
          JOIN res_partner holder ON holder.id = card.partner_id
         WHERE card.program_id = %s AND card.active AND holder.commercial_partner_id = ANY(%s)
           AND (card.expiration_date IS NULL OR card.expiration_date >= CURRENT_DATE)
         ORDER BY holder.commercial_partner_id, (card.partner_id = holder.commercial_partner_id) DESC, card.id
        """,
        program_id,
        list(partner_ids),
    )


def touch_partners(partner_ids: Iterable[int]) -> SQL:
    """Lock contacts in the order of their ids and leave a new version of each row, which changes nothing but is seen as a change."""
    return SQL(
        """
        UPDATE res_partner partner
           SET write_date = partner.write_date
          FROM (SELECT id FROM res_partner WHERE id = ANY(%s) ORDER BY id FOR NO KEY UPDATE) AS locked
         WHERE partner.id = locked.id
        """,
        sorted(partner_ids),
    )


def lock_rule(rule_id: int) -> SQL:
    """Lock a rule and give what it has given so far: (points, customers)."""
    return SQL(
        "SELECT COALESCE(granted_points, 0), COALESCE(granted_count, 0) FROM crm_loyalty_event_rule WHERE id = %s FOR NO KEY UPDATE",
        rule_id,
    )


def add_granted(rule_id: int, points, customers: int) -> SQL:
    """Add to what a rule has given."""
    return SQL(
        """
        UPDATE crm_loyalty_event_rule
           SET granted_points = COALESCE(granted_points, 0) + %s, granted_count = COALESCE(granted_count, 0) + %s
         WHERE id = %s
        """,
        points,
        customers,
        rule_id,
    )

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


def now_in_stage(rule_id: int, key_prefix: str, company_id: int, stage_id: int, since, limit: int | None = None) -> SQL:
    """Customers who are in the stage, reached it on or after ``since`` and have not got the reward: earliest first.

    Gives (partner id, day reached, model and id of the origin).
    """
    return SQL(
        """
        SELECT customer.partner_id, customer.stage_since, 'crm.lifecycle.customer', customer.id
          FROM crm_lifecycle_customer customer
          JOIN res_partner partner ON partner.id = customer.partner_id AND partner.active
         WHERE customer.company_id = %s AND customer.stage_id = %s AND customer.stage_since >= %s
           AND %s
         ORDER BY customer.stage_since, customer.partner_id
         LIMIT %s
        """,
        company_id,
        stage_id,
        since,
        _not_rewarded(rule_id, key_prefix, SQL("customer.partner_id")),
        limit,
    )


def reached_by(rule_id: int, key_prefix: str, company_id: int, stage_id: int, since, transition_ids: Iterable[int]) -> SQL:
    """Customers who reached the stage by one of these transitions, believed ones only; the rest as :func:`now_in_stage`."""
    return SQL(
        """
        SELECT partner_id, reached, 'crm.lifecycle.transition', id
          FROM (
            SELECT DISTINCT ON (transition.partner_id)
                   transition.partner_id, transition.effective_at::date AS reached, transition.id
              FROM crm_lifecycle_transition transition
              JOIN res_partner partner ON partner.id = transition.partner_id AND partner.active
             WHERE transition.id = ANY(%s) AND transition.superseded_at IS NULL
               AND transition.company_id = %s AND transition.to_stage_id = %s AND transition.effective_at >= %s
               AND transition.from_stage_id IS DISTINCT FROM transition.to_stage_id
               AND %s
             ORDER BY transition.partner_id, transition.effective_at, transition.id
          ) AS first_time
         ORDER BY reached, partner_id
        """,
        list(transition_ids),
        company_id,
        stage_id,
        since,
        _not_rewarded(rule_id, key_prefix, SQL("transition.partner_id")),
    )


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

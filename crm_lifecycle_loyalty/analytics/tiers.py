"""SQL of tiers: what counts for them."""

from collections.abc import Iterable
from datetime import date

from odoo.tools import SQL


def _cards(program_id: int, card_ids: Iterable[int] | None) -> SQL:
    return SQL(
        "card.program_id = %s AND card.active AND card.partner_id IS NOT NULL %s",
        program_id,
        SQL("AND card.id = ANY(%s)", list(card_ids)) if card_ids is not None else SQL(),
    )


def qualifying_points(program_id: int, timezone: str, first: date, last: date, card_ids: Iterable[int] | None = None) -> SQL:
    """Points that count from ``first`` to ``last`` for each card that has a tier or any: (card, points, tier, grace).

    What is taken back counts on the day on which it was earned.
    """
    return SQL(
        """
        WITH counted AS (
            SELECT entry.card_id, entry.points,
                   (min(entry.posted_at) OVER (PARTITION BY entry.card_id, COALESCE(entry.res_model, ''), COALESCE(entry.res_id, -entry.id))
                       AT TIME ZONE 'UTC' AT TIME ZONE %(timezone)s)::date AS day
              FROM crm_loyalty_entry entry JOIN loyalty_card card ON card.id = entry.card_id
             WHERE entry.qualifying AND %(cards)s
        ), total AS (
            SELECT card_id, sum(points) AS points FROM counted WHERE day BETWEEN %(first)s AND %(last)s GROUP BY card_id
        )
        SELECT card.id, COALESCE(total.points, 0), card.tier_id, card.tier_grace_until
          FROM loyalty_card card LEFT JOIN total ON total.card_id = card.id
         WHERE %(cards)s
        """,
        timezone=timezone,
        cards=_cards(program_id, card_ids),
        first=first,
        last=last,
    )


def qualifying_spend(program_id: int, company_id: int | None, first: date, last: date, card_ids: Iterable[int] | None = None) -> SQL:
    """Net revenue of each card's customer from ``first`` to ``last``, as :func:`qualifying_points` gives points."""
    return SQL(
        """
        SELECT card.id, COALESCE(total.amount, 0), card.tier_id, card.tier_grace_until
          FROM loyalty_card card
          JOIN res_partner holder ON holder.id = card.partner_id
     LEFT JOIN LATERAL (
            SELECT sum(move.amount_untaxed_signed) AS amount
              FROM account_move move JOIN res_partner buyer ON buyer.id = move.partner_id
             WHERE buyer.commercial_partner_id = holder.commercial_partner_id
               AND move.state = 'posted' AND move.move_type IN ('out_invoice', 'out_receipt', 'out_refund')
               AND move.invoice_date BETWEEN %(first)s AND %(last)s
               AND (%(company)s IS NULL OR move.company_id = %(company)s)
          ) AS total ON TRUE
         WHERE %(cards)s
        """,
        cards=_cards(program_id, card_ids),
        first=first,
        last=last,
        company=company_id,
    )

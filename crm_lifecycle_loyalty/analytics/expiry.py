"""SQL of expiry: what is due, and taking it off in one statement."""

from collections.abc import Iterable
from datetime import date

from odoo.tools import SQL

from ..domain.rewards import POINT_DIGITS


def _last_day(inactive_months: int | None) -> SQL:
    """Of ``lot``, the last day on which its points can be used; with ``inactive_months``, so long after ``card`` was used last."""
    if not inactive_months:
        return SQL("lot.expiration_date")
    return SQL("COALESCE(lot.expiration_date, (card.points_changed_date + make_interval(months => %s))::date)", inactive_months)


def due(program_id: int, today: date, inactive_months: int | None, card_ids: Iterable[int] | None = None) -> SQL:
    """Lots ``lot`` whose points expired before today; with ``inactive_months``, also those of cards not used so long. From FROM to WHERE.

    Cards are read only where their last use matters: else every chunk would look up those of all the chunks to come.
    """
    return SQL(
        "FROM crm_loyalty_lot lot %s WHERE lot.program_id = %s AND lot.remaining > 0 AND %s < %s %s",
        SQL("JOIN loyalty_card card ON card.id = lot.card_id") if inactive_months else SQL(),
        program_id,
        _last_day(inactive_months),
        today,
        SQL("AND lot.card_id = ANY(%s)", list(card_ids)) if card_ids is not None else SQL(),
    )


def expire(source: SQL, today: date, company_id: int, user_id: int, texts: SQL, limit: int | None = None) -> SQL:
    """Take off what is due (see :func:`due`), at most ``limit`` lots: entries, allocations, lots, cards and the customers' history.

    Cards are locked in the order of their ids. The same lot expires once a day at most. Gives the number of lots.

    How many rows there will be is not known to the planner, who would read all contacts and all lots for each chunk: hence the subselect of the
    language and the array of lots, which can only be looked up one by one.

    :param texts: JSON of what the history says: ``{language: text, "": text for others}``
    """
    return SQL(
        """
        WITH due AS MATERIALIZED (
            SELECT lot.id, lot.card_id, lot.program_id, lot.remaining
              %(source)s
             ORDER BY lot.card_id, lot.id
             LIMIT %(limit)s
        ), card AS MATERIALIZED (
            SELECT card.id, (SELECT lang FROM res_partner WHERE id = card.partner_id) AS lang FROM loyalty_card card
             WHERE card.id IN (SELECT card_id FROM due) ORDER BY card.id FOR NO KEY UPDATE
        ), entry AS (
            INSERT INTO crm_loyalty_entry
                   (card_id, program_id, company_id, points, kind, event_key, description, qualifying, res_model, res_id, user_id, posted_at)
            SELECT due.card_id, due.program_id, %(company)s, -due.remaining, 'expire', 'expire:' || due.id || ':' || %(today)s,
                   COALESCE(texts.by_lang ->> card.lang, texts.by_lang ->> ''), FALSE, 'crm.loyalty.lot', due.id, %(user)s,
                   now() AT TIME ZONE 'UTC'
              FROM due JOIN card ON card.id = due.card_id
        CROSS JOIN (SELECT %(texts)s::jsonb AS by_lang) AS texts
            ON CONFLICT (event_key) DO NOTHING
         RETURNING id, card_id, res_id, points, description
        ), share AS (
            INSERT INTO crm_loyalty_allocation (lot_id, entry_id, points) SELECT res_id, id, -points FROM entry
        ), lot AS (
            UPDATE crm_loyalty_lot SET remaining = 0 WHERE id = ANY(ARRAY(SELECT res_id FROM entry))
        ), history AS (
            INSERT INTO loyalty_history (card_id, description, issued, used, create_uid, create_date, write_uid, write_date)
            SELECT card_id, description, 0, -points, %(user)s, now() AT TIME ZONE 'UTC', %(user)s, now() AT TIME ZONE 'UTC' FROM entry
        ), balance AS (
            UPDATE loyalty_card SET points = round(loyalty_card.points::numeric + total.points, %(digits)s),
                   write_uid = %(user)s, write_date = now() AT TIME ZONE 'UTC'
              FROM (SELECT card_id, sum(points) AS points FROM entry GROUP BY card_id) AS total
             WHERE loyalty_card.id = total.card_id
        )
        SELECT count(*) FROM entry
        """,
        source=source,
        limit=limit,
        today=str(today),
        company=company_id,
        user=user_id,
        texts=texts,
        digits=POINT_DIGITS,
    )


def to_warn(program_id: int, today: date, until: date, inactive_months: int | None, limit: int) -> SQL:
    """Cards with points that expire from today until ``until`` and whose holder was not told of that day.

    Gives (card, points, first day, ids of lots). A card that is used meanwhile has another day, of which its holder is told again.
    """
    return SQL(
        """
        SELECT lot.card_id, sum(lot.remaining), min(%(day)s), array_agg(lot.id)
          FROM crm_loyalty_lot lot JOIN loyalty_card card ON card.id = lot.card_id
         WHERE lot.program_id = %(program)s AND lot.remaining > 0 AND %(day)s BETWEEN %(today)s AND %(until)s
           AND lot.warned_for IS DISTINCT FROM %(day)s AND card.active AND card.partner_id IS NOT NULL
         GROUP BY lot.card_id ORDER BY lot.card_id LIMIT %(limit)s
        """,
        day=_last_day(inactive_months),
        program=program_id,
        today=today,
        until=until,
        limit=limit,
    )


def mark_warned(lot_ids: Iterable[int], inactive_months: int | None) -> SQL:
    """Remember of which day the holders of lots were told."""
    return SQL(
        "UPDATE crm_loyalty_lot lot SET warned_for = %s FROM loyalty_card card WHERE card.id = lot.card_id AND lot.id = ANY(%s)",
        _last_day(inactive_months),
        list(lot_ids),
    )


def expiring(card_ids: Iterable[int], today: date) -> SQL:
    """Per card, what expires within the days of warning of its program, or a month: (card, points, first day)."""
    return SQL(
        """
        SELECT card.id, sum(lot.remaining), min(last.day)
          FROM crm_loyalty_lot lot
          JOIN loyalty_card card ON card.id = lot.card_id
          JOIN loyalty_program program ON program.id = card.program_id
    CROSS JOIN LATERAL (
            SELECT CASE WHEN lot.expiration_date IS NULL AND program.expiry_policy = 'inactivity'
                        THEN (card.points_changed_date + make_interval(months => program.expire_after))::date
                        ELSE lot.expiration_date END AS day
          ) AS last
         WHERE card.id = ANY(%s) AND lot.remaining > 0
           AND last.day BETWEEN %s AND %s::date + COALESCE(NULLIF(program.expiry_warning_days, 0), 30)
         GROUP BY card.id
        """,
        list(card_ids),
        today,
        today,
    )

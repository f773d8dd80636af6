"""SQL of the liability: points given with sales, apart from points given for nothing."""

from datetime import date

from odoo.tools import SQL

from ..domain.rewards import POINT_DIGITS

PAID = ("earn", "bonus", "clawback")


def _until(timezone: str, day: date) -> SQL:
    return SQL("(entry.posted_at AT TIME ZONE 'UTC' AT TIME ZONE %s)::date <= %s", timezone, day)


def given(program_id: int, company_id: int, timezone: str, first: date, last: date) -> SQL:
    """Of a period: (points given with sales less what was taken back, net sales that gave them, in the company's currency).

    An order counts by the share of its points, of all that it gives as it stands, that was given or taken back in the period. (A cancelled
    order gives none any more: then of what it gave first.)
    """
    return SQL(
        """
        SELECT COALESCE(sum(entry.points), 0),
               COALESCE(sum(CASE WHEN entry.kind <> 'bonus'
                                 THEN sold.amount_untaxed / COALESCE(NULLIF(sold.currency_rate, 0), 1) * entry.points / promise.points END), 0)
          FROM crm_loyalty_entry entry
     LEFT JOIN sale_order sold ON entry.res_model = 'sale.order' AND sold.id = entry.res_id
     LEFT JOIN LATERAL (
            SELECT COALESCE(NULLIF(round(max(gain.points)::numeric, %s), 0), max(first.points)) AS points
              FROM crm_loyalty_entry first
         LEFT JOIN sale_order_coupon_points gain ON gain.order_id = sold.id AND gain.coupon_id = entry.card_id
             WHERE first.res_model = 'sale.order' AND first.res_id = sold.id AND first.card_id = entry.card_id AND first.kind = 'earn'
          ) AS promise ON TRUE
         WHERE entry.program_id = %s AND entry.company_id = %s AND entry.kind IN %s AND %s
           AND (entry.posted_at AT TIME ZONE 'UTC' AT TIME ZONE %s)::date >= %s
        """,
        POINT_DIGITS,
        program_id,
        company_id,
        PAID,
        _until(timezone, last),
        timezone,
        first,
    )


def position(program_id: int, company_id: int, timezone: str, last: date) -> SQL:
    """Up to a day: (points given with sales, redeemed of them, left of them, left of points given for nothing)."""
    return SQL(
        """
        WITH lot AS (
            SELECT lot.id, lot.points, origin.kind IN %(paid)s AS paid
              FROM crm_loyalty_lot lot JOIN crm_loyalty_entry origin ON origin.id = lot.entry_id
             WHERE lot.points > 0 AND lot.program_id = %(program)s AND origin.company_id = %(company)s
               AND (origin.posted_at AT TIME ZONE 'UTC' AT TIME ZONE %(timezone)s)::date <= %(last)s
        ), used AS (
            SELECT share.lot_id, sum(share.points) AS points,
                   sum(share.points) FILTER (WHERE entry.kind IN ('redeem', 'return', 'other')) AS redeemed
              FROM crm_loyalty_allocation share JOIN crm_loyalty_entry entry ON entry.id = share.entry_id
             WHERE entry.program_id = %(program)s AND %(until)s
             GROUP BY share.lot_id
        )
        SELECT (SELECT COALESCE(sum(entry.points), 0) FROM crm_loyalty_entry entry
                 WHERE entry.program_id = %(program)s AND entry.company_id = %(company)s AND entry.kind IN %(paid)s AND %(until)s),
               COALESCE(sum(used.redeemed) FILTER (WHERE lot.paid), 0),
               COALESCE(sum(lot.points - COALESCE(used.points, 0)) FILTER (WHERE lot.paid), 0),
               COALESCE(sum(lot.points - COALESCE(used.points, 0)) FILTER (WHERE NOT lot.paid), 0)
          FROM lot LEFT JOIN used ON used.lot_id = lot.id
        """,
        program=program_id,
        company=company_id,
        paid=PAID,
        timezone=timezone,
        last=last,
        until=_until(timezone, last),
    )

"""SQL of the cockpit: how a program does."""

from collections.abc import Iterable

from odoo.tools import SQL


def movements(program_ids: Iterable[int], since) -> SQL:
    """Per program, since a moment: (program, issued, redeemed, expired, taken back); points that only moved between cards are left out."""
    return SQL(
        """
        SELECT program_id,
               COALESCE(sum(points) FILTER (WHERE kind IN ('earn', 'bonus', 'event') OR kind IN ('other', 'correction') AND points > 0), 0),
               COALESCE(-sum(points) FILTER (WHERE kind IN ('redeem', 'return') OR kind = 'other' AND points < 0), 0),
               COALESCE(-sum(points) FILTER (WHERE kind = 'expire'), 0),
               COALESCE(-sum(points) FILTER (WHERE kind = 'clawback'), 0)
          FROM crm_loyalty_entry WHERE program_id = ANY(%s) AND posted_at >= %s GROUP BY program_id
        """,
        list(program_ids),
        since,
    )


def standing(program_ids: Iterable[int]) -> SQL:
    """Per program, now: (program, points that can be used, points owed by customers, members)."""
    return SQL(
        """
        SELECT program_id, COALESCE(sum(points) FILTER (WHERE points > 0), 0), COALESCE(-sum(points) FILTER (WHERE points < 0), 0),
               count(DISTINCT partner_id)
          FROM loyalty_card WHERE program_id = ANY(%s) AND active GROUP BY program_id
        """,
        list(program_ids),
    )


def pending(program_ids: Iterable[int]) -> SQL:
    """Per program: (program, points promised by confirmed orders)."""
    return SQL(
        """
        SELECT card.program_id, sum(gain.points)
          FROM sale_order_coupon_points gain
          JOIN loyalty_card card ON card.id = gain.coupon_id JOIN sale_order sold ON sold.id = gain.order_id
         WHERE gain.pending AND sold.state = 'sale' AND card.program_id = ANY(%s) GROUP BY card.program_id
        """,
        list(program_ids),
    )


def members(program_ids: Iterable[int], company_id: int) -> SQL:
    """Per program: (program, customers who are members, of them who bought again, other customers, of them who bought again,
    margin of the members)."""
    return SQL(
        """
        SELECT program.id, count(*) FILTER (WHERE member), count(*) FILTER (WHERE member AND customer.purchase_days > 1),
               count(*) FILTER (WHERE NOT member), count(*) FILTER (WHERE NOT member AND customer.purchase_days > 1),
               COALESCE(sum(customer.margin) FILTER (WHERE member), 0)
          FROM loyalty_program program
    CROSS JOIN (SELECT partner_id, purchase_days, margin FROM crm_lifecycle_customer WHERE company_id = %s AND purchase_days > 0) AS customer
    CROSS JOIN LATERAL (
            SELECT EXISTS (SELECT FROM loyalty_card card JOIN res_partner holder ON holder.id = card.partner_id
                            WHERE card.program_id = program.id AND holder.commercial_partner_id = customer.partner_id) AS member
          ) AS belongs
         WHERE program.id = ANY(%s) GROUP BY program.id
        """,
        company_id,
        list(program_ids),
    )

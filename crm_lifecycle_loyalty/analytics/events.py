"""SQL of what happens to customers and can be rewarded: each gives (customer, day, id of the origin, which time).

"Which time" makes the same event happen once: the year of a birthday, the category bought, the friend who came.
"""

from datetime import date

from odoo.tools import SQL

# Birthdays and anniversaries of so many days are made up for when the job did not run.
CATCH_UP = 7


def _yearly(day: SQL, today: date, since: date) -> SQL:
    """From clause ``returned (day)``: the last yearly return of ``day`` up to today (29 February: 28 in other years), if it was these days."""
    years = SQL("EXTRACT(YEAR FROM %s::date)::int - EXTRACT(YEAR FROM %s)::int", today, day)
    return SQL(
        """
        CROSS JOIN LATERAL (
            SELECT max(each.day) AS day
              FROM (VALUES ((%(day)s + make_interval(years => %(years)s))::date), ((%(day)s + make_interval(years => %(years)s - 1))::date)) AS each (day)
             WHERE each.day BETWEEN GREATEST(%(since)s::date, %(today)s::date - %(days)s) AND %(today)s::date
            HAVING max(each.day) IS NOT NULL
          ) AS returned
        """,
        day=day,
        years=years,
        today=today,
        since=since,
        days=CATCH_UP,
    )


def birthday(company_id: int, since: date, today: date) -> SQL:
    """Customers of the company whose birthday is today, or was in the last days."""
    return SQL(
        """
        SELECT partner.id AS partner_id, returned.day, partner.id AS origin_id, EXTRACT(YEAR FROM returned.day)::int::text AS occurrence
          FROM res_partner partner
          JOIN crm_lifecycle_customer customer ON customer.partner_id = partner.id AND customer.company_id = %(company)s
          %(returned)s
         WHERE partner.birthday IS NOT NULL
        """,
        company=company_id,
        returned=_yearly(SQL("partner.birthday"), today, since),
    )


def anniversary(company_id: int, since: date, today: date) -> SQL:
    """Customers whose first purchase was some whole years ago today, or in the last days."""
    return SQL(
        """
        SELECT customer.partner_id, returned.day, customer.id AS origin_id, EXTRACT(YEAR FROM returned.day)::int::text AS occurrence
          FROM crm_lifecycle_customer customer
          %(returned)s
         WHERE customer.company_id = %(company)s AND customer.first_purchase_date < returned.day
        """,
        company=company_id,
        returned=_yearly(SQL("customer.first_purchase_date"), today, since),
    )


def new_category(company_id: int, since: date, today: date) -> SQL:
    """Customers who had bought before, and now bought from a product category for the first time."""
    return SQL(
        """
        SELECT buyer.commercial_partner_id AS partner_id, min(move.invoice_date) AS day, min(move.id) AS origin_id,
               template.categ_id::text AS occurrence
          FROM account_move move
          JOIN res_partner buyer ON buyer.id = move.partner_id
          JOIN account_move_line line ON line.move_id = move.id AND line.display_type = 'product' AND line.quantity > 0
          JOIN product_product product ON product.id = line.product_id
          JOIN product_template template ON template.id = product.product_tmpl_id
          JOIN crm_lifecycle_customer customer
            ON customer.partner_id = buyer.commercial_partner_id AND customer.company_id = move.company_id
         WHERE move.company_id = %(company)s AND move.state = 'posted' AND move.move_type IN ('out_invoice', 'out_receipt')
           AND template.categ_id IS NOT NULL AND move.payment_state <> 'reversed'
         GROUP BY buyer.commercial_partner_id, template.categ_id
        HAVING min(move.invoice_date) >= %(since)s AND min(move.invoice_date) > min(customer.first_purchase_date)
        """,
        company=company_id,
        since=since,
    )


def referral(company_id: int, since: date, today: date, return_days: int) -> SQL:
    """Who referred a customer whose first purchase was kept beyond the days in which it could have been returned."""
    return SQL(
        """
        SELECT giver.commercial_partner_id AS partner_id, customer.first_purchase_date + %(days)s AS day, friend.id AS origin_id,
               friend.id::text AS occurrence
          FROM res_partner friend
          JOIN res_partner giver ON giver.id = friend.referred_by_id
          JOIN crm_lifecycle_customer customer ON customer.partner_id = friend.id AND customer.company_id = %(company)s
         WHERE customer.first_purchase_date >= %(since)s AND customer.first_purchase_date + %(days)s <= %(today)s
           AND customer.purchase_days > 0 AND giver.commercial_partner_id <> friend.commercial_partner_id
        """,
        company=company_id,
        since=since,
        today=today,
        days=return_days,
    )


def rating(company_id: int, since: date, today: date) -> SQL:
    """Customers who rated something."""
    return SQL(
        """
        SELECT author.commercial_partner_id AS partner_id, rating.write_date::date AS day, rating.id AS origin_id, rating.id::text AS occurrence
          FROM rating_rating rating
          JOIN res_partner author ON author.id = rating.partner_id
          JOIN crm_lifecycle_customer customer
            ON customer.partner_id = author.commercial_partner_id AND customer.company_id = %(company)s
         WHERE rating.consumed AND rating.write_date >= %(since)s
        """,
        company=company_id,
        since=since,
    )


def survey(company_id: int, since: date, today: date) -> SQL:
    """Customers who completed a survey, each survey once."""
    return SQL(
        """
        SELECT author.commercial_partner_id AS partner_id, min(answer.end_datetime)::date AS day, min(answer.id) AS origin_id,
               answer.survey_id::text AS occurrence
          FROM survey_user_input answer
          JOIN res_partner author ON author.id = answer.partner_id
          JOIN crm_lifecycle_customer customer
            ON customer.partner_id = author.commercial_partner_id AND customer.company_id = %(company)s
         WHERE answer.state = 'done' AND answer.test_entry IS NOT TRUE AND answer.end_datetime >= %(since)s
         GROUP BY author.commercial_partner_id, answer.survey_id
        """,
        company=company_id,
        since=since,
    )


def win_back(company_id: int, since: date, today: date) -> SQL:
    """Customers whose health became at risk, or lost, and who have not come back since."""
    return SQL(
        """
        SELECT transition.partner_id, transition.effective_at AS day, transition.id AS origin_id,
               transition.to_health || transition.effective_at AS occurrence
          FROM crm_lifecycle_transition transition
          JOIN crm_lifecycle_customer customer
            ON customer.partner_id = transition.partner_id AND customer.company_id = transition.company_id
           AND customer.health = transition.to_health AND customer.health_since = transition.effective_at
         WHERE transition.company_id = %(company)s AND transition.kind = 'health' AND transition.superseded_at IS NULL
           AND transition.to_health IN ('at_risk', 'churned') AND transition.effective_at >= %(since)s
        """,
        company=company_id,
        since=since,
    )


def not_rewarded(happened: SQL, rule_id: int, prefix: str, cap: int, limit: int | None) -> SQL:
    """Of what happened, what has not been rewarded, at most ``cap`` times a customer (0: no limit), earliest first."""
    return SQL(
        """
        SELECT partner_id, day, origin_id, occurrence
          FROM (
            SELECT happened.*,
                   row_number() OVER (PARTITION BY happened.partner_id ORDER BY happened.day, happened.occurrence) + (
                        SELECT count(*) FROM crm_loyalty_entry entry
                          JOIN loyalty_card card ON card.id = entry.card_id JOIN res_partner holder ON holder.id = card.partner_id
                         WHERE entry.rule_id = %(rule)s AND holder.commercial_partner_id = happened.partner_id
                   ) AS number
              FROM (%(happened)s) AS happened
              JOIN res_partner partner ON partner.id = happened.partner_id
             WHERE partner.active AND partner.commercial_partner_id = partner.id
               AND NOT EXISTS (
                    SELECT FROM crm_loyalty_entry entry
                     WHERE entry.event_key = %(prefix)s || happened.partner_id || ':' || happened.occurrence
               )
          ) AS fresh
         WHERE %(cap)s = 0 OR number <= %(cap)s
         ORDER BY day, partner_id, occurrence
         LIMIT %(limit)s
        """,
        happened=happened,
        rule=rule_id,
        prefix=prefix,
        cap=cap,
        limit=limit,
    )

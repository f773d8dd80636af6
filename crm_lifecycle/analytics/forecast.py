"""What the customers will probably buy, month by month."""

from odoo.tools import SQL

# The forecasts of a customer look so many days ahead.
HORIZON = 365
# More than the months that these days can touch.
MONTHS = 16


def months() -> SQL:
    """A row for each customer with a forecast and each month it touches: the purchases expected in the days of the month, and their revenue.

    A customer's expectation for the 365 days after the forecast's day is spread evenly over these days: the rows of a customer add up
    to it exactly. Revenue: times the spend expected of a purchase, in company currency, not discounted.
    """
    return SQL(
        """
        SELECT customer.id * %(months)s + month.number AS id, customer.id AS customer_id, customer.partner_id, customer.company_id,
               company.currency_id, partner.user_id, customer.stage_id, customer.health, customer.pareto_class, customer.value_date,
               month.first AS month,
               customer.expected_purchases * month.days / %(horizon)s AS expected_purchases,
               customer.expected_purchases * customer.expected_spend * month.days / %(horizon)s AS expected_revenue
          FROM crm_lifecycle_customer customer
          JOIN res_company company ON company.id = customer.company_id
          JOIN res_partner partner ON partner.id = customer.partner_id
          CROSS JOIN LATERAL (
            SELECT (ordinality - 1)::integer AS number, starts::date AS first,
                   LEAST((starts + interval '1 month')::date, customer.value_date + %(horizon)s + 1)
                   - GREATEST(starts::date, customer.value_date + 1) AS days
              FROM generate_series(date_trunc('month', customer.value_date + 1), date_trunc('month', customer.value_date + %(horizon)s),
                                   interval '1 month') WITH ORDINALITY AS series (starts, ordinality)
          ) month
         WHERE customer.active AND customer.value_date IS NOT NULL AND customer.expected_purchases > 0
        """,
        months=MONTHS,
        horizon=HORIZON,
    )

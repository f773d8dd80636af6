"""What customers bring by calendar year, to be grouped by when they first bought."""

from odoo.tools import SQL

from .documents import sales


def cohort_years(today: SQL) -> SQL:
    """Rows of each customer and calendar year: what they brought, beside what they had brought by the same day of the year before.

    Columns: id, partner_id, company_id, cohort, year, age, bought, bought_before, kept_buyer, revenue, revenue_before, kept. ``cohort``: day of the
    first purchase; ``age``: years since that year; ``kept``: at most what was brought before. A row where either year has sales. Only the
    running year is compared up to a day: ``today``.
    """
    return SQL(
        """
        SELECT customer.id * 64 + (years.year - 2000) AS id,
               customer.partner_id, customer.company_id, customer.first_purchase_date AS cohort,
               make_date(years.year, 1, 1) AS year,
               years.year - date_part('year', customer.first_purchase_date)::integer AS age,
               (years.revenue > 0)::integer AS bought,
               (years.revenue_before > 0)::integer AS bought_before,
               (years.revenue > 0 AND years.revenue_before > 0)::integer AS kept_buyer,
               years.revenue,
               CASE WHEN years.revenue_before > 0 THEN years.revenue_before ELSE 0 END AS revenue_before,
               CASE WHEN years.revenue_before > 0 THEN years.revenue ELSE 0 END AS renewed,
               CASE WHEN years.revenue_before > 0 THEN GREATEST(LEAST(years.revenue, years.revenue_before), 0) ELSE 0 END AS kept
          FROM (
            SELECT partner_id, company_id, counted.year,
                   COALESCE(sum(amount) FILTER (WHERE counted.now), 0) AS revenue,
                   COALESCE(sum(amount) FILTER (WHERE NOT counted.now), 0) AS revenue_before
              FROM (%(sales)s) sale
              CROSS JOIN LATERAL (
                  VALUES (date_part('year', day)::integer, TRUE),
                         (CASE WHEN day + interval '1 year' <= %(today)s THEN date_part('year', day)::integer + 1 END, FALSE)
              ) counted (year, now)
             WHERE counted.year IS NOT NULL
             GROUP BY 1, 2, 3
          ) years
          JOIN crm_lifecycle_customer customer USING (partner_id, company_id)
        """,
        sales=sales(None),
        today=today,
    )

"""What ``domain.thresholds`` reads."""

from odoo.tools import SQL

from ..domain.thresholds import LATE, NEVER_THOUGHT


def rhythm(purchase_days: SQL, company_id: int, shrinkage: float) -> SQL:
    """One row for ``domain.thresholds.Rhythm`` of the purchases of a company: each gap beside the one that was expected at its beginning."""
    return SQL(
        """
        WITH gap AS (
            SELECT partner_id, day, ln(day - lag(day) OVER (PARTITION BY partner_id ORDER BY day)) AS log_gap
              FROM (%(days)s) purchase WHERE company_id = %(company)s
        ), closed AS (
            SELECT *, sum(log_gap) OVER former AS logs, count(log_gap) OVER former AS number, avg(log_gap) OVER () AS mean
              FROM gap WHERE log_gap IS NOT NULL
            WINDOW former AS (PARTITION BY partner_id ORDER BY day ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING)
        ), judged AS (
            SELECT exp(log_gap) AS days, exp(log_gap - (COALESCE(logs, 0) + %(weight)s * mean) / (number + %(weight)s)) AS share, mean FROM closed
        )
        SELECT count(*), exp(max(mean)),
               percentile_cont(%(late)s) WITHIN GROUP (ORDER BY share), percentile_cont(%(never)s) WITHIN GROUP (ORDER BY share),
               percentile_cont(0.95) WITHIN GROUP (ORDER BY days)
          FROM judged
        """,
        days=purchase_days,
        company=company_id,
        weight=shrinkage,
        late=1 - LATE,
        never=1 - NEVER_THOUGHT,
    )


def buyers(company_id: int) -> SQL:
    """Rows (purchases, customers) of those who have bought."""
    return SQL(
        "SELECT purchase_days, count(*) FROM crm_lifecycle_customer WHERE company_id = %s AND purchase_days > 0 GROUP BY 1 ORDER BY 1",
        company_id,
    )

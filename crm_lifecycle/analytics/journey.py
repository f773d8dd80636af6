"""How customers move between stages in a period, how long they stay, and what becomes of those who came together.

All functions take ``believed``: rows (partner_id, company_id, kind, from_stage_id, to_stage_id, to_health, effective_at) of the
transitions believed today that the reader may see. An interval begins on the day of a transition and ends on that of the next.
"""

from datetime import date

from odoo.tools import SQL


def flows(believed: SQL, start: date, end: date) -> SQL:
    """Rows (from_stage_id, to_stage_id, transitions) of the moves from ``start`` to ``end``, both included; from null: new customers."""
    return SQL(
        """
        SELECT from_stage_id, to_stage_id, count(*)
          FROM (%s) believed
         WHERE kind = 'stage' AND effective_at BETWEEN %s AND %s
         GROUP BY 1, 2
        """,
        believed,
        start,
        end,
    )


def stays(believed: SQL, start: date, end: date) -> SQL:
    """Rows of each stage: (to_stage_id, before, entries, exits, after, closed_days, running_days).

    ``before``: customers inside at the end of the day before ``start``; ``after``: at the end of ``end``; so before + entries − exits =
    after. ``closed_days``: median length in days of the stays that ended in the period; ``running_days``: median length so far of
    those that had not ended by ``end``. The two are kept apart: long stays have not ended yet, so the first alone would be too short.
    """
    return SQL(
        """
        SELECT to_stage_id,
               count(*) FILTER (WHERE since < %(start)s AND (until IS NULL OR until >= %(start)s)) AS before,
               count(*) FILTER (WHERE since BETWEEN %(start)s AND %(end)s) AS entries,
               count(*) FILTER (WHERE until BETWEEN %(start)s AND %(end)s) AS exits,
               count(*) FILTER (WHERE since <= %(end)s AND (until IS NULL OR until > %(end)s)) AS after,
               percentile_disc(0.5) WITHIN GROUP (ORDER BY until - since) FILTER (WHERE until BETWEEN %(start)s AND %(end)s) AS closed_days,
               percentile_disc(0.5) WITHIN GROUP (ORDER BY %(end)s::date - since)
                   FILTER (WHERE since <= %(end)s AND (until IS NULL OR until > %(end)s)) AS running_days
          FROM (%(intervals)s) stay
         WHERE kind = 'stage'
         GROUP BY to_stage_id
        """,
        intervals=_intervals(believed),
        start=start,
        end=end,
    )


def cohorts(believed: SQL, buyers: SQL, end: date) -> SQL:
    """Rows (cohort, months, measure, customers): how many of those who first bought in a month were where, so many months later.

    ``buyers``: rows (partner_id, company_id, first_purchase_date). ``cohort``: first day of the month. ``measure``: a health or a phase,
    on the last day of the month, or on ``end`` in the month of ``end``.
    """
    return SQL(
        """
        WITH buyer AS MATERIALIZED (
            SELECT partner_id, company_id, date_trunc('month', first_purchase_date)::date AS cohort FROM (%(buyers)s) buyer
        )
        SELECT buyer.cohort,
               (12 * (date_part('year', measured.day) - date_part('year', buyer.cohort))
                + date_part('month', measured.day) - date_part('month', buyer.cohort))::integer AS months,
               COALESCE(stay.to_health, stage.phase) AS measure,
               count(*) AS customers
          FROM (%(intervals)s) stay
          JOIN buyer USING (partner_id, company_id)
          LEFT JOIN crm_lifecycle_stage stage ON stage.id = stay.to_stage_id
          CROSS JOIN LATERAL (
              SELECT LEAST((month + interval '1 month')::date - 1, %(end)s::date) AS day
                FROM generate_series(
                    date_trunc('month', GREATEST(stay.since, buyer.cohort)), date_trunc('month', LEAST(stay.until, %(end)s::date)), interval '1 month'
                ) month
          ) measured
         WHERE measured.day >= stay.since AND (stay.until IS NULL OR measured.day < stay.until)
         GROUP BY 1, 2, 3
        """,
        buyers=buyers,
        intervals=_intervals(believed),
        end=end,
    )


def until(alias: str) -> SQL:
    """The day on which the interval that begins with the transition ``alias`` ended; null while it lasts, and for what is no longer believed."""
    return SQL(
        """(SELECT min(following.effective_at)
              FROM crm_lifecycle_transition following
             WHERE following.partner_id = %(alias)s.partner_id AND following.company_id = %(alias)s.company_id
               AND following.kind = %(alias)s.kind AND following.superseded_at IS NULL AND %(alias)s.superseded_at IS NULL
               AND following.effective_at > %(alias)s.effective_at)""",
        alias=SQL.identifier(alias),
    )


def _intervals(believed: SQL) -> SQL:
    return SQL(
        """
        SELECT partner_id, company_id, kind, to_stage_id, to_health, effective_at AS since,
               lead(effective_at) OVER (PARTITION BY partner_id, company_id, kind ORDER BY effective_at) AS until
          FROM (%s) believed
        """,
        believed,
    )

"""Rhythm and health as SQL. ``domain.health`` says what they mean."""

from datetime import date

from odoo.tools import SQL

# Fewer gaps than this say nothing of a segment.
MIN_GAPS = 30


def segment_of_partner() -> SQL:
    """The segment that a company's customer is compared with, as a number: 0 for all, else a country or an industry."""
    return SQL(
        "CASE company.lifecycle_segment WHEN 'country' THEN COALESCE(partner.country_id, 0) WHEN 'industry' THEN COALESCE(partner.industry_id, 0) ELSE 0 END"
    )


def rhythm_versions(purchase_days: SQL, as_of: date) -> SQL:
    """Insert the segments' mean logarithmic gaps as they stood at the beginning of each month, up to that of ``as_of``, that has none yet.

    ``purchase_days``: rows (partner_id, company_id, day). The mean of a month rests on the gaps closed before it, so that a
    month once written never depends on what came later. A company without any version gets them from its first purchase on.
    """
    return SQL(
        """
        WITH purchase AS MATERIALIZED (
            %(purchase_days)s
        ), missing AS (
            SELECT company.id AS company_id, version.month::date AS month
              FROM res_company company
              LEFT JOIN (SELECT company_id, max(month) AS month FROM crm_lifecycle_rhythm GROUP BY 1) latest ON latest.company_id = company.id
              LEFT JOIN (SELECT company_id, min(day) AS day FROM purchase GROUP BY 1) first ON first.company_id = company.id
              CROSS JOIN LATERAL generate_series(
                  COALESCE(latest.month + interval '1 month', date_trunc('month', LEAST(first.day, %(as_of)s::date))),
                  date_trunc('month', %(as_of)s::date),
                  interval '1 month'
              ) version (month)
        ), gap AS (
            SELECT company_id, partner_id, day, day - lag(day) OVER (PARTITION BY partner_id, company_id ORDER BY day) AS days FROM purchase
        ), monthly AS (
            SELECT gap.company_id, segment.number AS segment, (date_trunc('month', gap.day) + interval '1 month')::date AS month,
                   sum(ln(gap.days::float8)) AS total, count(*) AS gaps
              FROM gap
              JOIN res_company company ON company.id = gap.company_id
              JOIN res_partner partner ON partner.id = gap.partner_id
              CROSS JOIN LATERAL (SELECT 0 AS number UNION SELECT %(segment)s) segment
             WHERE gap.days IS NOT NULL
             GROUP BY 1, 2, 3
        ), segment AS (
            SELECT DISTINCT company_id, segment FROM monthly
            UNION
            SELECT DISTINCT company_id, 0 FROM missing
        )
        INSERT INTO crm_lifecycle_rhythm (company_id, segment, month, mean_log_gap, gaps)
        SELECT missing.company_id, segment.segment, missing.month, sum(monthly.total) / sum(monthly.gaps), COALESCE(sum(monthly.gaps), 0)
          FROM missing
          JOIN segment ON segment.company_id = missing.company_id
          LEFT JOIN monthly ON monthly.company_id = missing.company_id AND monthly.segment = segment.segment AND monthly.month <= missing.month
         GROUP BY 1, 2, 3
        ON CONFLICT (company_id, segment, month) DO NOTHING
        """,
        purchase_days=purchase_days,
        as_of=as_of,
        segment=segment_of_partner(),
    )


def lives(day: SQL, as_of: date) -> SQL:
    """Rows of each purchase with what follows from it, from the rows (partner_id, company_id, day, bought) of ``day``.

    Columns: partner_id, company_id, day, following (next purchase or null), expected_gap, state (from that day on), state_before
    (null at the first purchase), sheltered (end of being won back, null if not), at_risk, churned (days), latest_state (on ``as_of`` if nothing follows), reviewed (the next
    day on which time alone changes something, null if never).
    """
    return SQL(
        """
        SELECT *,
               CASE WHEN sheltered > day THEN 'won_back' ELSE 'active' END AS state,
               CASE WHEN previous IS NULL THEN NULL
                    WHEN previous_churned <= day THEN 'churned'
                    WHEN previous_at_risk <= day THEN 'at_risk'
                    WHEN previous_sheltered > day THEN 'won_back'
                    ELSE 'active' END AS state_before,
               CASE WHEN churned <= %(as_of)s THEN 'churned'
                    WHEN at_risk <= %(as_of)s THEN 'at_risk'
                    WHEN sheltered > %(as_of)s THEN 'won_back'
                    ELSE 'active' END AS latest_state,
               CASE WHEN sheltered > %(as_of)s THEN sheltered
                    WHEN at_risk > %(as_of)s THEN at_risk
                    WHEN churned > %(as_of)s THEN churned END AS reviewed
          FROM (
            SELECT *,
                   lag(sheltered) OVER life AS previous_sheltered,
                   lag(at_risk) OVER life AS previous_at_risk,
                   lag(churned) OVER life AS previous_churned
              FROM (
                SELECT partner_id, company_id, day, previous, following, expected_gap, sheltered,
                       GREATEST(risk_limit, sheltered) AS at_risk,
                       GREATEST(churn_limit, sheltered) AS churned
                  FROM (
                    SELECT *,
                           NULLIF(GREATEST(max(won_until) OVER life, day), day) AS sheltered
                      FROM (
                        SELECT *,
                               CASE WHEN day >= lag(churn_limit) OVER life THEN day + ceil(GREATEST(won_back_days, expected_gap))::integer END AS won_until
                          FROM (
                            SELECT *,
                                   day + floor(at_risk_factor * expected_gap)::integer + 1 AS risk_limit,
                                   day + floor(GREATEST(churn_factor * expected_gap, churn_min_days))::integer + 1 AS churn_limit
                              FROM (
                                SELECT *,
                                       exp((COALESCE(sum(ln((day - previous)::float8)) OVER life, 0) + shrinkage * mean_log_gap)
                                           / (number - 1 + shrinkage)) AS expected_gap
                                  FROM (
                                    SELECT day.partner_id, day.company_id, day.day,
                                           lag(day.day) OVER life AS previous,
                                           lead(day.day) OVER life AS following,
                                           row_number() OVER life AS number,
                                           company.lifecycle_shrinkage AS shrinkage,
                                           company.lifecycle_at_risk_factor AS at_risk_factor,
                                           company.lifecycle_churn_factor AS churn_factor,
                                           company.lifecycle_churn_min_days AS churn_min_days,
                                           company.lifecycle_won_back_days AS won_back_days,
                                           COALESCE(
                                               CASE WHEN own.gaps >= %(min_gaps)s THEN own.mean_log_gap END,
                                               CASE WHEN general.gaps >= %(min_gaps)s THEN general.mean_log_gap END,
                                               ln(company.lifecycle_default_gap_days::float8)
                                           ) AS mean_log_gap
                                      FROM (%(day)s) day
                                      JOIN res_company company ON company.id = day.company_id
                                      JOIN res_partner partner ON partner.id = day.partner_id
                                      LEFT JOIN crm_lifecycle_rhythm general
                                             ON general.company_id = day.company_id AND general.segment = 0
                                            AND general.month = date_trunc('month', day.day)::date
                                      LEFT JOIN crm_lifecycle_rhythm own
                                             ON company.lifecycle_segment <> 'company' AND own.company_id = day.company_id
                                            AND own.segment = %(segment)s
                                            AND own.month = date_trunc('month', day.day)::date
                                    WINDOW life AS (PARTITION BY day.partner_id, day.company_id ORDER BY day.day)
                                  ) purchase
                                WINDOW life AS (PARTITION BY partner_id, company_id ORDER BY day)
                              ) paced
                          ) limited
                        WINDOW life AS (PARTITION BY partner_id, company_id ORDER BY day)
                      ) returned
                    WINDOW life AS (PARTITION BY partner_id, company_id ORDER BY day)
                  ) secured
              ) bounded
            WINDOW life AS (PARTITION BY partner_id, company_id ORDER BY day)
          ) remembered
        """,
        day=day,
        as_of=as_of,
        min_gaps=MIN_GAPS,
        segment=segment_of_partner(),
    )


def steps(lives: SQL, as_of: date) -> SQL:
    """Rows (partner_id, company_id, effective_at, from_health, to_health, last_purchase_date, rhythm_days) of each change of health."""
    return SQL(
        """
        SELECT life.partner_id, life.company_id, step.effective_at, step.from_health, step.to_health,
               life.day AS last_purchase_date, round(life.expected_gap)::integer AS rhythm_days
          FROM %(lives)s life
          CROSS JOIN LATERAL (
              VALUES (life.day, life.state_before, life.state, life.state IS DISTINCT FROM life.state_before),
                     (life.sheltered, life.state, 'active', life.sheltered < life.at_risk),
                     (life.at_risk, CASE WHEN life.at_risk = life.sheltered THEN life.state ELSE 'active' END, 'at_risk', life.at_risk < life.churned),
                     (life.churned, CASE WHEN life.at_risk < life.churned THEN 'at_risk'
                                         WHEN life.churned = life.sheltered THEN life.state ELSE 'active' END, 'churned', TRUE)
          ) step (effective_at, from_health, to_health, happens)
         WHERE step.happens AND step.effective_at <= %(as_of)s
           AND (life.following IS NULL OR step.effective_at < life.following)
        """,
        lives=lives,
        as_of=as_of,
    )

"""From documents to facts and history, in one pass over the documents.

:func:`replay` writes the facts and leaves the steps of the history in a temporary table; :func:`supersede` and
:func:`record` bring the stored history in line with them. All three take the same scope, and a rerun without new
documents writes nothing.
"""

from collections.abc import Iterable, Sequence
from datetime import date

from odoo.tools import SQL

from ..domain.stages import StageRule
from . import health
from .documents import encounters, in_scope, sales
from .stages import phase_rank, stage_case

FACTS = (
    "active",
    "known_since",
    "interested_since",
    "first_purchase_date",
    "last_purchase_date",
    "purchase_days",
    "net_revenue",
    "refunded",
    "expected_gap",
    "next_purchase_date",
    "computed_stage_id",
    "stage_id",
    "stage_since",
    "furthest_phase",
    "health",
    "health_since",
    "next_review_date",
)
STEP_TABLE = SQL("crm_lifecycle_step")
STEP_TYPES = {
    "partner_id": SQL("integer"),
    "company_id": SQL("integer"),
    "effective_at": SQL("date"),
    "kind": SQL("varchar"),
    "from_stage_id": SQL("integer"),
    "to_stage_id": SQL("integer"),
    "from_health": SQL("varchar"),
    "to_health": SQL("varchar"),
    "trigger": SQL("varchar"),
    "purchases": SQL("integer"),
    "tenure_days": SQL("integer"),
    "last_purchase_date": SQL("date"),
    "rhythm_days": SQL("integer"),
}
STEP_KEY = ("partner_id", "company_id", "effective_at", "kind")


def prepare() -> list[SQL]:
    """Make the temporary table of steps, empty."""
    columns = SQL(", ").join(SQL("%s %s", SQL.identifier(name), kind) for name, kind in STEP_TYPES.items())
    return [
        SQL("CREATE TEMPORARY TABLE IF NOT EXISTS %s (%s) ON COMMIT DELETE ROWS", STEP_TABLE, columns),
        SQL("TRUNCATE %s", STEP_TABLE),
    ]


def purchase_days(scope: SQL | None) -> SQL:
    """Rows (partner_id, company_id, day) of the days whose sales, less what was credited of them, are positive."""
    return SQL(
        "SELECT partner_id, company_id, day FROM (%s) sale GROUP BY partner_id, company_id, day HAVING sum(amount) > 0", sales(scope)
    )


def replay(scope: SQL | None, rules: Sequence[StageRule], as_of: date) -> SQL:
    """Upsert the facts of everybody in scope, drop those who have no documents any more, and fill the table of steps.

    ``as_of`` is the last day that counts; later documents wait for their day. Gives one row (written, dropped): how many
    fact rows really changed.
    """
    return SQL(
        """
        WITH moment AS (
            SELECT partner_id, company_id, day, amount, refund, FALSE AS interested, TRUE AS met FROM (%(sales)s) sale
            UNION ALL
            SELECT partner_id, company_id, day, 0, 0, interested, TRUE FROM (%(encounters)s) encounter
            UNION ALL
            SELECT override.partner_id, override.company_id, border.day, 0, 0, FALSE, FALSE
              FROM crm_lifecycle_override override
              CROSS JOIN LATERAL (VALUES (override.date_from), (override.date_until + 1)) border (day)
             WHERE border.day IS NOT NULL AND %(override_scope)s
        ), day AS MATERIALIZED (
            SELECT partner_id, company_id, day,
                   sum(amount) AS amount, sum(refund) AS refund, sum(amount) > 0 AS bought,
                   bool_or(interested) AS interested, bool_or(met) AS met
              FROM moment
             GROUP BY partner_id, company_id, day
        ), standing AS (
            SELECT partner_id, company_id, day, bought, purchases, first_purchase_date, last_purchase_date, interested, latest,
                   COALESCE(last_purchase_date - first_purchase_date, 0) AS tenure_days
              FROM (
                SELECT partner_id, company_id, day, bought,
                       (count(*) FILTER (WHERE bought) OVER past)::integer AS purchases,
                       min(day) FILTER (WHERE bought) OVER past AS first_purchase_date,
                       max(day) FILTER (WHERE bought) OVER past AS last_purchase_date,
                       bool_or(interested) OVER past AS interested,
                       lead(day) OVER past IS NULL AS latest
                  FROM day
                 WHERE day <= %(as_of)s
                WINDOW past AS (PARTITION BY partner_id, company_id ORDER BY day)
              ) total
        ), staged AS (
            SELECT standing.*, %(stage)s AS computed_stage_id, override.stage_id AS override_stage_id
              FROM standing
              LEFT JOIN (SELECT DISTINCT partner_id, company_id FROM crm_lifecycle_override override WHERE %(override_scope)s) overridden
                     ON overridden.partner_id = standing.partner_id AND overridden.company_id = standing.company_id
              LEFT JOIN LATERAL (
                  SELECT stage_id
                    FROM crm_lifecycle_override override
                   WHERE override.partner_id = overridden.partner_id AND override.company_id = overridden.company_id
                     AND override.date_from <= standing.day AND (override.date_until IS NULL OR override.date_until >= standing.day)
                   ORDER BY override.date_from DESC, override.id DESC
                   LIMIT 1
              ) override ON overridden.partner_id IS NOT NULL
        ), moved AS MATERIALIZED (
            SELECT *,
                   lag(stage_id) OVER past AS from_stage_id,
                   lag(override_stage_id) OVER past AS former_override_id,
                   max(%(phase_rank)s) OVER past AS furthest_rank
              FROM (SELECT *, COALESCE(override_stage_id, computed_stage_id) AS stage_id FROM staged) effective
            WINDOW past AS (PARTITION BY partner_id, company_id ORDER BY day)
        ), life AS MATERIALIZED (
            %(lives)s
        ), step AS (
            INSERT INTO %(steps)s (%(step_columns)s)
            SELECT partner_id, company_id, day, 'stage', from_stage_id, stage_id, NULL, NULL,
                   CASE WHEN override_stage_id IS NOT NULL THEN 'override'
                        WHEN former_override_id IS NOT NULL THEN 'override_end'
                        WHEN bought THEN 'purchase' WHEN purchases > 0 THEN 'refund' WHEN interested THEN 'interest' ELSE 'contact' END,
                   purchases, tenure_days, NULL, NULL
              FROM moved
             WHERE stage_id IS NOT NULL AND stage_id IS DISTINCT FROM from_stage_id
            UNION ALL
            SELECT partner_id, company_id, effective_at, 'health', NULL, NULL, from_health, to_health, NULL, NULL, NULL,
                   last_purchase_date, rhythm_days
              FROM (%(health_steps)s) change
            RETURNING partner_id, company_id, effective_at, kind
        ), since AS (
            SELECT partner_id, company_id,
                   max(effective_at) FILTER (WHERE kind = 'stage') AS stage_since,
                   max(effective_at) FILTER (WHERE kind = 'health') AS health_since
              FROM step
             GROUP BY partner_id, company_id
        ), summary AS (
            SELECT partner_id, company_id,
                   min(day) FILTER (WHERE met) AS known_since,
                   min(day) FILTER (WHERE interested) AS interested_since,
                   min(day) FILTER (WHERE day > %(as_of)s) AS next_day,
                   sum(amount) AS net_revenue,
                   sum(refund) AS refunded
              FROM day
             GROUP BY partner_id, company_id
        ), fact AS (
            SELECT summary.partner_id, summary.company_id, partner.active,
                   summary.known_since, summary.interested_since,
                   moved.first_purchase_date, moved.last_purchase_date, COALESCE(moved.purchases, 0) AS purchase_days,
                   round(summary.net_revenue, currency.decimals) AS net_revenue,
                   round(summary.refunded, currency.decimals) AS refunded,
                   round(life.expected_gap::numeric, 2)::float8 AS expected_gap,
                   life.day + round(life.expected_gap)::integer AS next_purchase_date,
                   NULLIF(moved.computed_stage_id, moved.stage_id) AS computed_stage_id, moved.stage_id, since.stage_since,
                   (ARRAY['acquire', 'enhance', 'retain'])[moved.furthest_rank] AS furthest_phase,
                   life.latest_state AS health, since.health_since,
                   LEAST(life.reviewed, summary.next_day) AS next_review_date
              FROM summary
              JOIN res_partner partner ON partner.id = summary.partner_id
              JOIN res_company company ON company.id = summary.company_id
              JOIN LATERAL (
                  SELECT GREATEST(0, -floor(log(rounding)))::integer AS decimals FROM res_currency WHERE id = company.currency_id
              ) currency ON TRUE
              LEFT JOIN moved ON moved.latest AND moved.partner_id = summary.partner_id AND moved.company_id = summary.company_id
              LEFT JOIN life ON life.following IS NULL AND life.partner_id = summary.partner_id AND life.company_id = summary.company_id
              LEFT JOIN since ON since.partner_id = summary.partner_id AND since.company_id = summary.company_id
        ), written AS (
            INSERT INTO crm_lifecycle_customer AS stored (partner_id, company_id, %(facts)s, create_date, write_date)
            SELECT partner_id, company_id, %(facts)s, timezone('UTC', now()), timezone('UTC', now()) FROM fact
            ON CONFLICT (partner_id, company_id) DO UPDATE
               SET %(assignments)s, write_date = timezone('UTC', now())
             WHERE (%(stored)s) IS DISTINCT FROM (%(excluded)s)
            RETURNING 1
        ), dropped AS (
            DELETE FROM crm_lifecycle_customer stored
             WHERE %(stored_scope)s
               AND NOT EXISTS (SELECT FROM summary WHERE summary.partner_id = stored.partner_id AND summary.company_id = stored.company_id)
            RETURNING 1
        )
        SELECT (SELECT count(*) FROM written), (SELECT count(*) FROM dropped)
        """,
        sales=sales(scope),
        encounters=encounters(scope),
        override_scope=in_scope(scope, "override.partner_id"),
        as_of=as_of,
        stage=stage_case(rules),
        phase_rank=phase_rank(rules),
        lives=health.lives(SQL("SELECT partner_id, company_id, day FROM day WHERE bought AND day <= %s", as_of), as_of),
        health_steps=health.steps(SQL("life"), as_of),
        steps=STEP_TABLE,
        step_columns=_columns(STEP_TYPES),
        facts=_columns(FACTS),
        assignments=SQL(", ").join(SQL("%s = excluded.%s", SQL.identifier(name), SQL.identifier(name)) for name in FACTS),
        stored=SQL(", ").join(SQL.identifier("stored", name) for name in FACTS),
        excluded=SQL(", ").join(SQL.identifier("excluded", name) for name in FACTS),
        stored_scope=in_scope(scope, "stored.partner_id"),
    )


def supersede(scope: SQL | None) -> SQL:
    """Close the believed transitions in scope which the documents no longer bear out. Gives their number."""
    return SQL(
        """
        WITH closed AS (
            UPDATE crm_lifecycle_transition stored
               SET superseded_at = timezone('UTC', now())
             WHERE superseded_at IS NULL AND %s
               AND NOT EXISTS (SELECT FROM %s step WHERE %s)
            RETURNING 1
        )
        SELECT count(*) FROM closed
        """,
        in_scope(scope, "stored.partner_id"),
        STEP_TABLE,
        _same_step(),
    )


def record() -> SQL:
    """Append the steps that are not believed yet. Gives the ids of the new transitions, in order of the days."""
    return SQL(
        """
        INSERT INTO crm_lifecycle_transition (%(columns)s, recorded_at)
        SELECT %(columns)s, timezone('UTC', now())
          FROM %(steps)s step
         WHERE NOT EXISTS (SELECT FROM crm_lifecycle_transition stored WHERE stored.superseded_at IS NULL AND %(same)s)
         ORDER BY effective_at, partner_id, company_id
        RETURNING id
        """,
        columns=_columns(STEP_TYPES),
        steps=STEP_TABLE,
        same=_same_step(),
    )


def _same_step() -> SQL:
    rest = [name for name in STEP_TYPES if name not in STEP_KEY]
    return SQL(
        "%s AND (%s) IS NOT DISTINCT FROM (%s)",
        SQL(" AND ").join(SQL("%s = %s", SQL.identifier("stored", name), SQL.identifier("step", name)) for name in STEP_KEY),
        SQL(", ").join(SQL.identifier("stored", name) for name in rest),
        SQL(", ").join(SQL.identifier("step", name) for name in rest),
    )


def _columns(names: Iterable[str]) -> SQL:
    return SQL(", ").join(SQL.identifier(name) for name in names)

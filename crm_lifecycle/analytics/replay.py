"""From documents to facts and history, in one pass over the documents.

:func:`replay` writes the facts and leaves the steps of the history in a temporary table; :func:`supersede` and
:func:`record` bring the stored history in line with them. All three take the same scope, and a rerun without new
documents writes nothing.
"""

from collections.abc import Sequence

from odoo.tools import SQL

from ..domain.stages import StageRule
from .documents import encounters, in_scope, sales
from .stages import stage_case

FACTS = (
    "active",
    "known_since",
    "interested_since",
    "first_purchase_date",
    "last_purchase_date",
    "purchase_days",
    "net_revenue",
    "refunded",
    "stage_id",
    "stage_since",
)
STEP_TABLE = SQL("crm_lifecycle_step")
STEP_COLUMNS = ("partner_id", "company_id", "effective_at", "from_stage_id", "to_stage_id", "trigger", "purchases", "tenure_days")


def prepare() -> list[SQL]:
    """Make the temporary table of steps, empty."""
    return [
        SQL(
            """
            CREATE TEMPORARY TABLE IF NOT EXISTS %s (
                partner_id integer, company_id integer, effective_at date, from_stage_id integer, to_stage_id integer,
                trigger varchar, purchases integer, tenure_days integer
            ) ON COMMIT DELETE ROWS
            """,
            STEP_TABLE,
        ),
        SQL("TRUNCATE %s", STEP_TABLE),
    ]


def replay(scope: SQL | None, rules: Sequence[StageRule]) -> SQL:
    """Upsert the facts of everybody in scope, drop those who have no documents any more, and fill the table of steps.

    Gives one row (written, dropped): how many fact rows really changed.
    """
    return SQL(
        """
        WITH sale AS (
            SELECT partner_id, company_id, day, sum(amount) AS amount, sum(refund) AS refund
              FROM (%(sales)s) document
             GROUP BY partner_id, company_id, day
        ), encounter AS (
            SELECT met.partner_id, met.company_id,
                   timezone(COALESCE(home.tz, 'UTC'), timezone('UTC', met.met_at))::date AS day,
                   bool_or(met.interested) AS interested
              FROM (%(encounters)s) met
              JOIN res_company company ON company.id = met.company_id
              JOIN res_partner home ON home.id = company.partner_id
             GROUP BY 1, 2, 3
        ), day AS (
            SELECT partner_id, company_id, day,
                   COALESCE(sale.amount, 0) AS amount,
                   COALESCE(sale.refund, 0) AS refund,
                   COALESCE(sale.amount > 0, FALSE) AS bought,
                   COALESCE(encounter.interested, FALSE) AS interested
              FROM sale FULL JOIN encounter USING (partner_id, company_id, day)
        ), total AS (
            SELECT *,
                   count(*) FILTER (WHERE bought) OVER past AS purchases,
                   min(day) FILTER (WHERE bought) OVER past AS first_purchase_date,
                   max(day) FILTER (WHERE bought) OVER past AS last_purchase_date,
                   bool_or(interested) OVER past AS interested_before,
                   lead(day) OVER past IS NULL AS latest
              FROM day
            WINDOW past AS (PARTITION BY partner_id, company_id ORDER BY day)
        ), standing AS (
            SELECT partner_id, company_id, day, bought, latest,
                   purchases::integer, first_purchase_date, last_purchase_date,
                   interested_before AS interested,
                   COALESCE(last_purchase_date - first_purchase_date, 0) AS tenure_days
              FROM total
        ), staged AS (
            SELECT *, %(stage)s AS stage_id FROM standing
        ), moved AS MATERIALIZED (
            SELECT *, lag(stage_id) OVER (PARTITION BY partner_id, company_id ORDER BY day) AS from_stage_id FROM staged
        ), step AS (
            INSERT INTO %(steps)s (%(step_columns)s)
            SELECT partner_id, company_id, day, from_stage_id, stage_id,
                   CASE WHEN bought THEN 'purchase' WHEN purchases > 0 THEN 'refund' WHEN interested THEN 'interest' ELSE 'contact' END,
                   purchases, tenure_days
              FROM moved
             WHERE stage_id IS NOT NULL AND stage_id IS DISTINCT FROM from_stage_id
            RETURNING partner_id, company_id, effective_at
        ), since AS (
            SELECT partner_id, company_id, max(effective_at) AS stage_since FROM step GROUP BY 1, 2
        ), summary AS (
            SELECT partner_id, company_id,
                   min(day) AS known_since,
                   min(day) FILTER (WHERE interested) AS interested_since,
                   sum(amount) AS net_revenue,
                   sum(refund) AS refunded
              FROM day
             GROUP BY 1, 2
        ), fact AS (
            SELECT summary.partner_id, summary.company_id, partner.active,
                   summary.known_since, summary.interested_since,
                   moved.first_purchase_date, moved.last_purchase_date, moved.purchases AS purchase_days,
                   round(summary.net_revenue, currency.decimals) AS net_revenue,
                   round(summary.refunded, currency.decimals) AS refunded,
                   moved.stage_id, since.stage_since
              FROM summary
              JOIN moved ON moved.latest AND moved.partner_id = summary.partner_id AND moved.company_id = summary.company_id
              JOIN res_partner partner ON partner.id = summary.partner_id
              JOIN res_company company ON company.id = summary.company_id
              JOIN LATERAL (
                  SELECT GREATEST(0, -floor(log(rounding)))::integer AS decimals FROM res_currency WHERE id = company.currency_id
              ) currency ON TRUE
              LEFT JOIN since ON since.partner_id = summary.partner_id AND since.company_id = summary.company_id
        ), written AS (
            INSERT INTO crm_lifecycle_customer AS stored (partner_id, company_id, %(facts)s, create_uid, create_date, write_uid, write_date)
            SELECT partner_id, company_id, %(facts)s, 1, timezone('UTC', now()), 1, timezone('UTC', now()) FROM fact
            ON CONFLICT (partner_id, company_id) DO UPDATE
               SET %(assignments)s, write_uid = 1, write_date = timezone('UTC', now())
             WHERE (%(stored)s) IS DISTINCT FROM (%(excluded)s)
            RETURNING 1
        ), dropped AS (
            DELETE FROM crm_lifecycle_customer stored
             WHERE %(stored_scope)s
               AND NOT EXISTS (SELECT FROM fact WHERE fact.partner_id = stored.partner_id AND fact.company_id = stored.company_id)
            RETURNING 1
        )
        SELECT (SELECT count(*) FROM written), (SELECT count(*) FROM dropped)
        """,
        sales=sales(scope),
        encounters=encounters(scope),
        stage=stage_case(rules),
        steps=STEP_TABLE,
        step_columns=_columns(STEP_COLUMNS),
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
        INSERT INTO crm_lifecycle_transition (%(columns)s, recorded_at, create_uid, create_date, write_uid, write_date)
        SELECT %(columns)s, timezone('UTC', now()), 1, timezone('UTC', now()), 1, timezone('UTC', now())
          FROM %(steps)s step
         WHERE NOT EXISTS (SELECT FROM crm_lifecycle_transition stored WHERE stored.superseded_at IS NULL AND %(same)s)
         ORDER BY effective_at, partner_id, company_id
        RETURNING id
        """,
        columns=_columns(STEP_COLUMNS),
        steps=STEP_TABLE,
        same=_same_step(),
    )


def _same_step() -> SQL:
    return SQL(
        """stored.partner_id = step.partner_id AND stored.company_id = step.company_id AND stored.effective_at = step.effective_at
           AND (stored.from_stage_id, stored.to_stage_id, stored.trigger, stored.purchases, stored.tenure_days)
               IS NOT DISTINCT FROM (step.from_stage_id, step.to_stage_id, step.trigger, step.purchases, step.tenure_days)"""
    )


def _columns(names: Sequence[str]) -> SQL:
    return SQL(", ").join(SQL.identifier(name) for name in names)

"""What playbooks wait for, who is due, and what came of it.

Each function of an event gives rows (partner_id, event_key, event_date) of one company, with ``event_date`` from ``since`` to ``today``. The key names
the event for good: an event that is found again has the same one.
"""

from dataclasses import dataclass
from datetime import date, datetime

from odoo.tools import SQL, Query

from .documents import sales


@dataclass(frozen=True)
class Period:
    """Where and when to look: ``known_since`` (UTC) leaves out what became known before; None looks at the past as well."""

    company_id: int
    since: date
    today: date
    known_since: datetime | None = None

    @property
    def start(self) -> date:
        """The first day of what is known by its day alone."""
        return max(self.since, self.known_since.date()) if self.known_since else self.since


def transitions(period: Period, kind: str, sources: list, targets: list) -> SQL:
    """Customers who left one of ``sources`` for one of ``targets`` (stage ids or health; empty: any) and are still there.

    A transition that has turned out wrong is none.
    """
    suffix = {"stage": "stage_id", "health": "health"}[kind]
    target = SQL.identifier("step", f"to_{suffix}")
    conditions = [SQL("step.kind = %s", kind), SQL("%s = %s", target, SQL.identifier("customer", suffix))]
    if sources:
        conditions.append(SQL("%s = ANY(%s)", SQL.identifier("step", f"from_{suffix}"), sources))
    if targets:
        conditions.append(SQL("%s = ANY(%s)", target, targets))
    if period.known_since:
        conditions.append(SQL("step.recorded_at >= %s", period.known_since))
    return SQL(
        """
        SELECT step.partner_id, concat_ws(':', step.kind, %(target)s, step.effective_at) AS event_key, step.effective_at AS event_date
          FROM crm_lifecycle_transition step
          JOIN crm_lifecycle_customer customer ON customer.partner_id = step.partner_id AND customer.company_id = step.company_id
         WHERE step.company_id = %(company)s AND step.superseded_at IS NULL AND step.effective_at BETWEEN %(since)s AND %(today)s AND %(conditions)s
        """,
        target=target,
        company=period.company_id,
        since=period.since,
        today=period.today,
        conditions=SQL(" AND ").join(conditions),
    )


def before_purchase(period: Period, days: int) -> SQL:
    """Customers whose next purchase is expected in at most ``days`` days; once for each purchase that lets expect it."""
    return SQL(
        """
        SELECT partner_id, 'before:' || last_purchase_date AS event_key, next_purchase_date - %(days)s AS event_date
          FROM crm_lifecycle_customer
         WHERE company_id = %(company)s AND next_purchase_date - %(days)s BETWEEN %(since)s AND %(today)s AND next_purchase_date > %(today)s
        """,
        days=days,
        company=period.company_id,
        since=period.start,
        today=period.today,
    )


def missed_purchase(period: Period, days: int) -> SQL:
    """Customers whose purchase was expected ``days`` days ago and has not come; once for each purchase that let expect it."""
    return SQL(
        """
        SELECT partner_id, 'missed:' || last_purchase_date AS event_key, next_purchase_date + %(days)s AS event_date
          FROM crm_lifecycle_customer
         WHERE company_id = %(company)s AND next_purchase_date + %(days)s BETWEEN %(since)s AND %(today)s
        """,
        days=days,
        company=period.company_id,
        since=period.start,
        today=period.today,
    )


def anniversaries(period: Period) -> SQL:
    """Customers whose first purchase was some whole years ago; of 29 February, on the 28th in other years."""
    return SQL(
        """
        SELECT partner_id, 'years:' || years AS event_key, (first_purchase_date + make_interval(years => years))::date AS event_date
          FROM crm_lifecycle_customer
         CROSS JOIN LATERAL (VALUES (extract(year FROM %(today)s::date)::int - extract(year FROM first_purchase_date)::int),
                                    (extract(year FROM %(since)s::date)::int - extract(year FROM first_purchase_date)::int)) AS passed (years)
         WHERE company_id = %(company)s AND years > 0
           AND (first_purchase_date + make_interval(years => years))::date BETWEEN %(since)s AND %(today)s
         GROUP BY 1, 2, 3
        """,
        company=period.company_id,
        since=period.start,
        today=period.today,
    )


def calls(period: Period, outcomes: list[int]) -> SQL:
    """Customers with whom a call ended so; each call once, whatever is entered later."""
    return SQL(
        """
        SELECT commercial_partner_id AS partner_id, 'call:' || id AS event_key, started_at::date AS event_date
          FROM crm_call
         WHERE company_id = %(company)s AND outcome_id = ANY(%(outcomes)s) AND commercial_partner_id IS NOT NULL
           AND started_at >= %(since)s AND started_at < %(today)s::date + 1 AND %(known)s
        """,
        company=period.company_id,
        outcomes=outcomes,
        since=period.since,
        today=period.today,
        known=SQL("started_at >= %s", period.known_since) if period.known_since else SQL("TRUE"),
    )


def due(events: SQL, customers: Query, period: Period, playbook_id: int, limit: int | None = None) -> SQL:
    """Rows (partner_id, event_key, event_date) of the events of those ``customers`` for which the playbook has no run yet, oldest first."""
    return SQL(
        """
        SELECT event.partner_id, event.event_key, event.event_date
          FROM (%(events)s) event
          JOIN crm_lifecycle_customer chosen ON chosen.partner_id = event.partner_id AND chosen.company_id = %(company)s
         WHERE chosen.active AND chosen.id IN %(customers)s AND NOT EXISTS (
               SELECT FROM crm_lifecycle_playbook_run run
                WHERE run.playbook_id = %(playbook)s AND run.company_id = %(company)s AND run.partner_id = event.partner_id
                  AND run.event_key = event.event_key)
         ORDER BY event.event_date, event.partner_id
         LIMIT %(limit)s
        """,
        events=events,
        company=period.company_id,
        customers=customers.subselect(),
        playbook=playbook_id,
        limit=limit,
    )


def claim(due_events: SQL, playbook_id: int, company_id: int, dry_run: bool) -> SQL:
    """Claim the due events, once and for all, as runs that wait. Gives a row each."""
    return SQL(
        """
        INSERT INTO crm_lifecycle_playbook_run (playbook_id, company_id, partner_id, event_key, event_date, state, dry_run)
        SELECT %s, %s, partner_id, event_key, event_date, 'waiting', %s FROM (%s) due
            ON CONFLICT DO NOTHING RETURNING id
        """,
        playbook_id,
        company_id,
        dry_run,
        due_events,
    )


def next_waiting(playbook_id: int, company_id: int, limit: int) -> SQL:
    """Rows (id, partner_id, event_key, event_date) out of the ``limit`` oldest runs that wait, of each customer the oldest, locked; those that another
    job holds are passed over, and with them what waits for the same customer."""
    return SQL(
        """
        WITH oldest AS MATERIALIZED (
            SELECT id, partner_id FROM crm_lifecycle_playbook_run
             WHERE playbook_id = %s AND company_id = %s AND state = 'waiting' ORDER BY id LIMIT %s
        )
        SELECT id, partner_id, event_key, event_date FROM crm_lifecycle_playbook_run
         WHERE id = ANY(ARRAY(SELECT min(id) FROM oldest GROUP BY partner_id)) ORDER BY id FOR NO KEY UPDATE SKIP LOCKED
        """,
        playbook_id,
        company_id,
        limit,
    )


def known_of(partner_ids: list[int], company_id: int, playbook_id: int, cap_since: datetime) -> SQL:
    """Rows (partner_id, own, treated, treatments) of customers whom playbooks have chosen before; see ``domain.playbook.Event``."""
    return SQL(
        """
        SELECT partner_id,
               max(ran_at) FILTER (WHERE playbook_id = %(playbook)s)::date,
               max(ran_at) FILTER (WHERE state = 'done')::date,
               count(*) FILTER (WHERE state = 'done' AND ran_at >= %(cap_since)s)
          FROM crm_lifecycle_playbook_run
         WHERE partner_id = ANY(%(partners)s) AND company_id = %(company)s AND state IN ('done', 'held_out') AND dry_run IS NOT TRUE
         GROUP BY partner_id
        """,
        playbook=playbook_id,
        cap_since=cap_since,
        partners=partner_ids,
        company=company_id,
    )


def workload(user_ids: list[int]) -> SQL:
    """Rows (user_id, open activities, last time a playbook gave them work)."""
    return SQL(
        """
        SELECT member.id,
               (SELECT count(*) FROM mail_activity activity WHERE activity.user_id = member.id AND activity.active),
               (SELECT max(ran_at) FROM crm_lifecycle_playbook_run run WHERE run.user_id = member.id)
          FROM unnest(%s::int[]) AS member (id)
        """,
        user_ids,
    )


def record(rows: list[tuple], at: datetime) -> SQL:
    """Write what became of runs: rows (id, state, reason, error, user_id, recipient_id, activities, lead_id, message_id)."""
    return SQL(
        """
        UPDATE crm_lifecycle_playbook_run run
           SET state = became.state, reason = became.reason, error = became.error, user_id = became.user_id,
               recipient_id = became.recipient_id, activities = became.activities, lead_id = became.lead_id,
               mail_message_id = became.message_id, ran_at = %s
          FROM unnest(%s::int[], %s::varchar[], %s::varchar[], %s::text[], %s::int[], %s::int[], %s::int[], %s::int[], %s::int[])
            AS became (id, state, reason, error, user_id, recipient_id, activities, lead_id, message_id)
         WHERE run.id = became.id
        """,
        at,
        *(list(column) for column in zip(*rows, strict=True)),
    )


def results(playbook_ids: list[int], today: date, order_margin: bool, which: SQL | None = None) -> SQL:
    """What followed within each playbook's days, a row for each playbook and group:
    (playbook_id, treated, customers, buyers, mean revenue, its variance, mean margin, its variance, currencies).

    The first run of each customer whose days are over counts, under what was meant to happen: a failed run belongs to the treated, because
    among those held out some would have failed as well. Amounts in company currency; a credit note takes back the purchase it reverses.
    ``order_margin`` says whether orders have a margin. ``which``: only those of this condition on
    ``company_id`` and ``last_day``, the last day that counts.
    """
    return SQL(
        """
        WITH first_run AS (
            SELECT DISTINCT ON (run.playbook_id, run.company_id, run.partner_id)
                   run.id, run.playbook_id, run.company_id, run.partner_id, run.state <> 'held_out' AS treated, run.ran_at::date AS day,
                   playbook.result_days
              FROM crm_lifecycle_playbook_run run
              JOIN crm_lifecycle_playbook playbook ON playbook.id = run.playbook_id
             WHERE run.playbook_id = ANY(%(playbooks)s) AND run.state IN ('done', 'failed', 'held_out') AND run.dry_run IS NOT TRUE
             ORDER BY run.playbook_id, run.company_id, run.partner_id, run.ran_at, run.id
        ), judged AS (
            SELECT * FROM (SELECT *, day + result_days AS last_day FROM first_run) run WHERE last_day < %(today)s AND %(which)s
        ), sale AS (%(sales)s), outcome AS (
            SELECT judged.id, sum(sale.amount) AS revenue, sum(sale.margin) AS margin
              FROM judged
              JOIN sale ON sale.partner_id = judged.partner_id AND sale.company_id = judged.company_id
                       AND sale.day > judged.day AND sale.day <= judged.last_day
             GROUP BY judged.id
        )
        SELECT playbook_id, treated, count(*), count(*) FILTER (WHERE revenue > 0),
               avg(COALESCE(revenue, 0))::float8, var_samp(COALESCE(revenue, 0))::float8,
               avg(COALESCE(margin, 0))::float8, var_samp(COALESCE(margin, 0))::float8, array_agg(DISTINCT company.currency_id)
          FROM judged
          JOIN res_company company ON company.id = judged.company_id
          LEFT JOIN outcome ON outcome.id = judged.id
         GROUP BY playbook_id, treated
        """,
        playbooks=playbook_ids,
        today=today,
        which=which or SQL("TRUE"),
        sales=sales(SQL("IN (SELECT partner_id FROM judged)"), order_margin),
    )

"""Customer results over a large firm, beside bare SQL of the same definitions.

``BENCH_CUSTOMERS`` and ``BENCH_DOCUMENTS`` set another volume than the scale's.
"""

import os
import resource
from datetime import date

from odoo.tools import SQL

from tests.benchmarks import volume
from tests.benchmarks.ground import LARGE, environment, timed
from tools.bench import figure

CUSTOMERS = int(os.environ.get("BENCH_CUSTOMERS") or (1_000_000 if LARGE else 20_000))
DOCUMENTS = int(os.environ.get("BENCH_DOCUMENTS") or CUSTOMERS * 3)
TURNS = 3
PERIOD = (date(2024, 10, 1), date(2025, 9, 30), date(2023, 10, 1), date(2024, 9, 30))

# What was sold on which day, credit notes on the day of their invoice, as an analyst would write it.
SALES = """
    SELECT partner.commercial_partner_id AS customer, move.company_id AS company, COALESCE(origin.invoice_date, move.invoice_date) AS day,
           move.amount_untaxed_signed AS amount
      FROM account_move move
      JOIN res_partner partner ON partner.id = move.partner_id
      LEFT JOIN account_move origin ON origin.id = move.reversed_entry_id
     WHERE move.state = 'posted' AND move.move_type IN ('out_invoice', 'out_refund', 'out_receipt')
"""
RATIOS = """
    sum(revenue) FILTER (WHERE before > 0) / sum(before) FILTER (WHERE before > 0),
    sum(GREATEST(LEAST(revenue, before), 0)) FILTER (WHERE before > 0) / sum(before) FILTER (WHERE before > 0)
"""
BARE_RETENTION = f"""
    SELECT date_trunc('quarter', GREATEST(first, %(end)s::date - interval '3 years')), {RATIOS}
      FROM (
        SELECT customer, company, min(day) FILTER (WHERE amount > 0) AS first,
               COALESCE(sum(amount) FILTER (WHERE day BETWEEN %(start)s AND %(end)s), 0) AS revenue,
               COALESCE(sum(amount) FILTER (WHERE day BETWEEN %(before_start)s AND %(before_end)s), 0) AS before
          FROM (SELECT customer, company, day, sum(amount) AS amount FROM ({SALES}) sale GROUP BY 1, 2, 3) sold
         GROUP BY 1, 2
      ) customer
     GROUP BY ROLLUP (1)
"""
BARE_COHORTS = f"""
    SELECT date_trunc('quarter', first), year, {RATIOS}, sum((revenue > 0)::integer)
      FROM (
        SELECT customer, company, min(first) AS first, year, COALESCE(sum(amount) FILTER (WHERE now), 0) AS revenue,
               COALESCE(sum(amount) FILTER (WHERE NOT now), 0) AS before
          FROM (
            SELECT *, min(CASE WHEN amount > 0 THEN day END) OVER (PARTITION BY customer, company) AS first
              FROM (SELECT customer, company, day, sum(amount) AS amount FROM ({SALES}) sale GROUP BY 1, 2, 3) sold
          ) sale
          CROSS JOIN LATERAL (VALUES (date_part('year', day)::integer, TRUE), (date_part('year', day)::integer + 1, FALSE)) counted (year, now)
         GROUP BY customer, company, year
      ) customer
     GROUP BY 1, 2
"""


def main() -> None:
    with environment() as env:
        print(f"{CUSTOMERS} customers, {DOCUMENTS} documents")
        volume.documents(env, CUSTOMERS, DOCUMENTS)
        customers = env["crm.lifecycle.customer"]
        seconds, _count = timed(lambda: customers._rebuild_all(commit=True))
        figure("rebuild_seconds", seconds)
        env.cr.execute("ANALYZE")
        # It locks what all databases share.
        env.cr.commit()
        retention(env)
        cohorts(env)
        report(env)
        figure("peak_memory_mb", resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024, 500)


def fastest(work) -> float:
    return min(timed(work)[0] for _turn in range(TURNS))


def retention(env) -> None:
    """Net and gross revenue retention, by cohort and in all, of a year."""
    from odoo.addons.crm_lifecycle.analytics import measures
    from odoo.addons.crm_lifecycle.domain.periods import Period

    period = Period(*PERIOD)
    model = env["crm.lifecycle.measures"]
    known = measures.known(model._get_customers(env.company), [period], model._get_rates(env.company))
    ours = measures.figures(known, [period], ["nrr", "grr"], [measures.cohort(period)])
    names = dict(zip(("start", "end", "before_start", "before_end"), PERIOD, strict=True))
    bare = fastest(lambda: env.execute_query(SQL(BARE_RETENTION, **names)))
    seconds = fastest(lambda: env.execute_query(ours))
    expected = {
        str(cohort.date()) if cohort else None: (float(nrr), float(grr))
        for cohort, nrr, grr in env.execute_query(SQL(BARE_RETENTION, **names))
        if nrr
    }
    found = {cohort: (nrr, grr) for _place, _part, (_level, cohort, _none, nrr, grr) in env.execute_query(ours) if nrr is not None}
    off = max(abs(mine - theirs) for cohort, pair in expected.items() for mine, theirs in zip(found[cohort], pair, strict=True))
    figure("retention_off", off + (expected.keys() != found.keys()), 1e-9)
    figure("retention_seconds", seconds)
    figure("retention_over_bare_sql", seconds / bare, 3)


def cohorts(env) -> None:
    """The report by calendar year of its most asked for question."""
    asked = ([], ["cohort:quarter", "year:year"], ["nrr:avg", "grr:avg", "bought:sum"])
    bare = fastest(lambda: env.execute_query(SQL(BARE_COHORTS)))
    seconds = fastest(lambda: env["crm.lifecycle.cohort"]._read_group(*asked))
    figure("cohorts_seconds", seconds)
    figure("cohorts_over_bare_sql", seconds / bare, 3)


def report(env) -> None:
    """The page, which loads its parts one by one, as its reader waits for them: two periods, phases, cohorts, curve and trend."""
    from odoo.addons.crm_lifecycle.models.crm_lifecycle_measures import PARTS

    found = {}
    for part in PARTS:
        seconds, loaded = timed(
            lambda part=part: env["crm.lifecycle.measures"].get_report("custom", str(PERIOD[0]), str(PERIOD[1]), parts=[part])
        )
        found |= loaded
        figure(f"{part}_seconds", seconds)
    new = next(each for section in found["sections"] for each in section["figures"] if each["key"] == "buyers")
    seconds, count = timed(lambda: env["crm.lifecycle.customer"].with_context(active_test=False).search_count(new["action"]["domain"]))
    figure("records_behind_a_figure_seconds", seconds)
    figure("records_behind_a_figure_off", abs(count - new["value"]), 0)


if __name__ == "__main__":
    main()

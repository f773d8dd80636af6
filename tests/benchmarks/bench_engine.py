"""The lifecycle engine against one bare aggregate over the same documents: rebuild, rerun, refresh, and what a hook adds to posting.

``BENCH_CUSTOMERS`` and ``BENCH_DOCUMENTS`` set another volume than the scale's.
"""

import os
import resource
import statistics
from unittest.mock import patch

from odoo import Command
from odoo.tools import SQL

from tests.benchmarks.ground import LARGE, environment, timed
from tools.bench import figure
from tools.sales.volume import generate

CUSTOMERS = int(os.environ.get("BENCH_CUSTOMERS") or (100_000 if LARGE else 10_000))
DOCUMENTS = int(os.environ.get("BENCH_DOCUMENTS") or CUSTOMERS * 10)
BATCH = 1_000
BARE = SQL(
    """
    SELECT count(*), sum(days), sum(revenue) FROM (
        SELECT p.commercial_partner_id, m.company_id, count(DISTINCT m.invoice_date) FILTER (WHERE m.move_type <> 'out_refund') AS days,
               sum(m.amount_untaxed_signed) AS revenue, min(m.invoice_date), max(m.invoice_date)
          FROM account_move m JOIN res_partner p ON p.id = m.partner_id
         WHERE m.state = 'posted' AND m.move_type IN ('out_invoice', 'out_refund', 'out_receipt')
         GROUP BY 1, 2
    ) fact
    """
)


def main() -> None:
    with environment() as env:
        print(f"{CUSTOMERS} customers, {DOCUMENTS} documents")
        seconds, made = timed(lambda: generate(env, CUSTOMERS, DOCUMENTS, seed=1))
        env.cr.commit()
        figure("generated_documents_per_second", DOCUMENTS / seconds)
        env.cr.execute("ANALYZE")
        env.cr.commit()
        customers = env["crm.lifecycle.customer"]
        env.execute_query(BARE)
        bare = statistics.median(timed(lambda: env.execute_query(BARE))[0] for _turn in range(3))
        figure("bare_aggregate_seconds", bare)
        rebuild, count = timed(lambda: customers._rebuild_all(commit=True))
        print(f"{count} customers have a stage")
        figure("rebuild_seconds", rebuild)
        figure("rebuild_over_bare", rebuild / bare, 4)
        env.cr.execute("ANALYZE")
        written = env.execute_query(SQL("SELECT count(*) FROM crm_lifecycle_transition"))[0][0]
        rerun, _count = timed(lambda: customers._rebuild_all(commit=True))
        figure("rerun_over_bare", rerun / bare, 2)
        figure("rows_written_by_rerun", env.execute_query(SQL("SELECT count(*) FROM crm_lifecycle_transition"))[0][0] - written, 0)
        some = env["res.partner"].browse(range(made["partner_first"], made["partner_first"] + CUSTOMERS, CUSTOMERS // BATCH)[:BATCH])
        refresh = statistics.median(timed(lambda: customers._refresh_partners(some))[0] for _turn in range(3))
        env.cr.commit()
        figure("refresh_1000_seconds", refresh)
        # A thousandth of a million customers is what the bound is meant for; fewer customers make a thousand a larger part.
        figure("refresh_1000_over_rebuild", refresh / rebuild, 0.01 if CUSTOMERS >= 1_000_000 else None)
        figure("peak_memory_mb", resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024, 500)
        posting(env)


def posting(env) -> None:
    """Invoices in one batch (a thousand at the large scale), with the hooks and with hooks that watch nothing, in turn."""

    def post():
        moves = env["account.move"].create(
            [
                {"move_type": "out_invoice", "partner_id": partner.id, "invoice_date": "2026-01-10", "invoice_line_ids": [line]}
                for partner in partners
            ]
        )
        env.flush_all()
        before = env.cr.sql_log_count
        seconds, _done = timed(lambda: (moves.action_post(), env.flush_all()))
        queries = env.cr.sql_log_count - before
        env.cr.rollback()
        env.invalidate_all()
        return seconds, queries

    line = Command.create({"name": "Thing", "price_unit": 5, "tax_ids": []})
    partners = env["res.partner"].search([("name", "like", "Volume customer")], limit=BATCH if LARGE else 200)
    ratios, more = [], []
    for _turn in range(4 if LARGE else 2):
        with_hooks = post()
        with (
            patch("odoo.addons.crm_lifecycle.models.account_move.MOVED_BY", set()),
            patch("odoo.addons.crm_lifecycle.models.res_partner.MOVED_BY", set()),
        ):
            without = post()
        ratios.append(with_hooks[0] / without[0])
        more.append(with_hooks[1] - without[1])
    figure("posting_batch_time_ratio", statistics.median(ratios[1:]), 1.05)
    figure("posting_batch_more_queries", max(more[1:]), 2)


if __name__ == "__main__":
    main()

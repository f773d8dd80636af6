"""The lifecycle engine against one bare aggregate over the same documents: rebuild, rerun, refresh, and what the hooks add to posting.

``BENCH_CUSTOMERS`` and ``BENCH_DOCUMENTS`` set another volume than the scale's.
"""

import os
import resource
import statistics
from unittest.mock import patch

from odoo import Command
from odoo.tools import SQL

from tests.benchmarks.ground import LARGE, environment, processor_seconds, timed
from tests.benchmarks.volume import documents
from tools.bench import figure

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
        customers, transitions = env["crm.lifecycle.customer"], env["crm.lifecycle.transition"]
        seconds, partners = timed(lambda: documents(env, CUSTOMERS, DOCUMENTS))
        figure("generated_documents_per_second", DOCUMENTS / seconds)
        # The machine grows faster and slower: what is compared is taken in one go, and three times where that takes seconds.
        turns = 3 if CUSTOMERS <= 100_000 else 1
        fills = [fill(env) for _turn in range(turns)]
        aggregate, rebuild, count = sorted(fills, key=lambda found: found[1] / found[0])[len(fills) // 2]
        figure("bare_aggregate_seconds", aggregate)
        figure("rebuild_seconds", rebuild)
        figure("rebuild_over_bare", rebuild / aggregate, 4)
        figure("customers", count)
        figure("transitions_per_customer", transitions.search_count([]) / count)
        env.cr.execute("ANALYZE")
        env.cr.commit()
        written = rows_written(env)
        figure(
            "rerun_over_bare",
            statistics.median(timed(lambda: customers._rebuild_all(commit=True))[0] / bare(env) for _turn in range(turns)),
            2,
        )
        figure("rows_written_by_rerun", rows_written(env) - written, 0)
        some = env["res.partner"].browse(partners[:: CUSTOMERS // BATCH][:BATCH])
        refresh = statistics.median(timed(lambda: (customers._refresh_partners(some), env.cr.commit()))[0] for _turn in range(3))
        figure("refresh_1000_seconds", refresh)
        # A thousandth of a million customers is what the bound is meant for; fewer customers make a thousand a larger part.
        figure("refresh_1000_over_rebuild", refresh / rebuild, 0.01 if CUSTOMERS >= 1_000_000 else None)
        figure("peak_memory_mb", resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024, 500)
        posting(env)


def fill(env) -> tuple[float, float, int]:
    """(seconds of the bare aggregate, seconds of the rebuild, customers) where the first history is written, as at installation."""
    env.cr.execute("TRUNCATE crm_lifecycle_customer, crm_lifecycle_transition, crm_lifecycle_rhythm, crm_lifecycle_cut_points CASCADE")
    env.cr.commit()
    before = bare(env)
    seconds, (count, _done) = timed(lambda: (env["crm.lifecycle.customer"]._rebuild_all(), env.cr.commit()))
    return (before + bare(env)) / 2, seconds, count


def bare(env) -> float:
    """Seconds of the bare aggregate, the median of three."""
    return statistics.median(timed(lambda: env.execute_query(BARE))[0] for _turn in range(3))


def rows_written(env) -> int:
    """Rows of facts and history that PostgreSQL has written in this database so far."""
    env.cr.execute("SELECT pg_stat_force_next_flush()")
    env.cr.commit()
    env.cr.execute(
        "SELECT sum(n_tup_ins + n_tup_upd + n_tup_del) FROM pg_stat_all_tables WHERE relname IN ('crm_lifecycle_customer', 'crm_lifecycle_transition')"
    )
    return env.cr.fetchone()[0]


def posting(env) -> None:
    """Invoices in one batch (a thousand at the large scale), with the hooks and without, in turn. Leaves nothing behind."""

    def post():
        moves = env["account.move"].create(
            [
                {"move_type": "out_invoice", "partner_id": partner.id, "invoice_date": "2026-01-10", "invoice_line_ids": [line]}
                for partner in partners
            ]
        )
        env.flush_all()
        # As autovacuum does between batches; without it Odoo's search for what to reconcile takes now a twentieth of the batch, now ten times as long.
        env.cr.execute("ANALYZE account_move, account_move_line, res_partner")
        before, spent = env.cr.sql_log_count, processor_seconds(env.cr)
        seconds, _done = timed(lambda: (moves.action_post(), env.flush_all()))
        taken = {"time": seconds, "processor": processor_seconds(env.cr) - spent, "queries": env.cr.sql_log_count - before}
        env.cr.rollback()
        env.invalidate_all()
        return taken

    product = env["product.product"].create({"name": "Thing", "standard_price": 3})
    line = Command.create({"product_id": product.id, "price_unit": 5, "tax_ids": []})
    partners = env["res.partner"].create([{"name": f"Payer {number}"} for number in range(BATCH if LARGE else 200)])
    env.cr.commit()
    move, pairs = type(env["account.move"]), []

    def post_without():
        with (
            patch("odoo.addons.crm_lifecycle.models.account_move.MOVED_BY", set()),
            patch("odoo.addons.crm_lifecycle.models.res_partner.MOVED_BY", set()),
            patch.object(move, "_record_margin", lambda moves: None),
        ):
            return post()

    post()
    for turn in range(6 if LARGE else 10):
        # Whichever is first in a pair takes longer.
        first, second = (post, post_without) if turn % 2 else (post_without, post)
        pair = first(), second()
        pairs.append(pair if turn % 2 else pair[::-1])
    # By the processor's time: what else a machine does makes pairs of a few seconds differ by a tenth on the clock.
    for name, bound in (("time", None), ("processor", 1.05)):
        figure(f"posting_batch_{name}_ratio", statistics.median(one[name] / other[name] for one, other in pairs), bound)
    figure("posting_batch_more_queries", max(one["queries"] - other["queries"] for one, other in pairs), 2)


if __name__ == "__main__":
    main()

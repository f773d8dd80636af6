"""Whether scores, stages and health stay put while customers do nothing: Online Retail, posted and judged week by week.

The days of the file pass as they did: each week its documents are posted, the two jobs run, and at the beginning of a month new cut-points
are drawn. ``SALES_FILE`` names the file, as in the benchmark of the load.
"""

import tempfile
from collections import Counter
from datetime import date, timedelta
from pathlib import Path
from unittest.mock import patch

from odoo import fields
from odoo.tools import SQL

from tests.benchmarks.bench_load import read, records, sales_file
from tests.benchmarks.ground import environment
from tools.bench import figure
from tools.sales.copy_writer import CopyWriter
from tools.sales.ledger import Ledger

WEEK = timedelta(days=7)
SETTLED = 8  # weeks after which enough customers are known to be watched


def main() -> None:
    with environment() as env, tempfile.TemporaryDirectory() as folder:
        path = sales_file(Path(folder))
        print(f"file: {path.name}")
        ledger = Ledger(env)
        plan = read(ledger, path, None)
        CopyWriter(ledger).write(plan.invoices, *records(ledger, plan), {}, lambda count: None)
        env.flush_all()
        env.cr.execute("UPDATE account_move SET state = 'draft' WHERE state = 'posted' AND move_type IN ('out_invoice', 'out_refund')")
        # What was loaded is known since today; here everybody is known by what they bought.
        env.cr.execute("UPDATE res_partner SET customer_rank = 0")
        for table in ("crm_lifecycle_dirty", "crm_lifecycle_rhythm"):
            env.cr.execute(SQL("DELETE FROM %s", SQL.identifier(table)))
        env.invalidate_all()
        env.cr.execute("ANALYZE")
        watch(env)
        env.cr.rollback()


def watch(env) -> None:
    [(first, last)] = env.execute_query(SQL("SELECT min(invoice_date), max(invoice_date) FROM account_move WHERE state = 'draft'"))
    counts, unequal, drawn, day = Counter(), 0, None, first + WEEK
    weeks = []
    while day <= last:
        bought, touched = post(env, day)
        with patch.object(fields.Date, "context_today", lambda record, timestamp=None, today=day: today):
            judge(env, day)
            fresh = day.month != drawn
            if fresh:
                env["crm.lifecycle.cut.points"]._draw(env.company, day)
                drawn = day.month
        seen = look(env)
        unequal += ties_apart(seen)
        weeks.append(seen)
        if len(weeks) > SETTLED and not fresh:
            compare(counts, *weeks[-2:], bought, touched)
        day += WEEK
    flips = Counter()
    for before, between, after in zip(weeks[SETTLED:], weeks[SETTLED + 1 :], weeks[SETTLED + 2 :], strict=False):
        for customer, now in before.items():
            flips["customer_weeks"] += 1
            flips["at_risk"] += now["health"] == "at_risk"
            for kind in ("stage", "health"):
                if now[kind] == after[customer][kind] != between[customer][kind]:
                    flips[kind] += 1
                    flips[f"{kind}_alone"] += between[customer]["purchases"] == after[customer]["purchases"] == now["purchases"]
    print(f"{len(weeks)} weeks, {len(weeks[-1])} customers at last, {counts['weeks']} customer-weeks between cut-points without a purchase")
    figure("scores_changed_without_purchase_share", counts["changed"] / counts["weeks"], 0.001)
    figure("scores_changed_without_document_share", counts["changed_alone"] / counts["weeks"], 0)
    thousand = flips["customer_weeks"] / 1_000
    # Who buys in the week after becoming at risk is active again, as everybody would say: that is news, not a flip.
    figure("flips_without_purchase_per_1000_customer_weeks", (flips["stage_alone"] + flips["health_alone"]) / thousand, 0.5)
    figure("stage_flips_of_all_kinds_per_1000_customer_weeks", flips["stage"] / thousand, 0.5)
    figure("health_back_by_purchase_within_a_week_per_1000_customer_weeks", flips["health"] / thousand)
    figure("share_of_customer_weeks_at_risk", flips["at_risk"] / flips["customer_weeks"])
    figure("equal_values_with_different_scores", unequal, 0)


def post(env, day: date) -> tuple[set[int], set[int]]:
    """Post the documents up to a day; the customers with an invoice, and all with a document."""
    posted = env.execute_query(
        SQL("UPDATE account_move SET state = 'posted' WHERE state = 'draft' AND invoice_date <= %s RETURNING partner_id, move_type", day)
    )
    env.invalidate_all()
    touched = {partner for partner, _kind in posted}
    env["crm.lifecycle.dirty"]._mark(env["res.partner"].browse(touched))
    return {partner for partner, kind in posted if kind == "out_invoice"}, touched


def judge(env, day: date) -> None:
    while env["crm.lifecycle.dirty"]._drain(as_of=day):
        pass
    while env["crm.lifecycle.customer"]._review_due(as_of=day):
        pass


def look(env) -> dict[int, dict]:
    """What is known of everybody who has bought, by contact."""
    names = ("partner_id", "purchase_days", "last_purchase_date", "net_revenue", "r_score", "f_score", "m_score", "stage_id", "health")
    rows = env.execute_query(
        SQL(
            "SELECT %s FROM crm_lifecycle_customer WHERE company_id = %s AND (purchase_days > 0 OR furthest_phase IS NOT NULL)",
            SQL(", ").join(map(SQL.identifier, names)),
            env.company.id,
        )
    )
    return {
        partner: {"purchases": days, "last": last, "revenue": revenue, "scores": (r, f, m), "stage": stage, "health": health}
        for partner, days, last, revenue, r, f, m, stage, health in rows
    }


def ties_apart(seen: dict[int, dict]) -> int:
    """Values that more than one score was given for, each of the three by itself."""
    scores = {}
    for now in seen.values():
        for place, name in enumerate(("last", "purchases", "revenue")):
            scores.setdefault((name, now[name]), set()).add(now["scores"][place])
    return sum(len(given - {None}) > 1 for given in scores.values())


def compare(counts: Counter, before: dict, after: dict, bought: set[int], touched: set[int]) -> None:
    for customer, now in before.items():
        if customer not in bought:
            changed = now["scores"][1:] != after[customer]["scores"][1:]
            counts["weeks"] += 1
            counts["changed"] += changed
            counts["changed_alone"] += changed and customer not in touched


if __name__ == "__main__":
    main()

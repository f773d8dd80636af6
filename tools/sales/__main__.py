"""``python -m tools.sales FILE``: runs inside Odoo's Python, on the database that ``ODOO_RC`` names."""

import argparse
import sys
import time
from datetime import date
from pathlib import Path

from .report import Bar, report_bad, statement


def main() -> int:
    parser = argparse.ArgumentParser(prog="sales")
    parser.add_argument("file", type=Path)
    parser.add_argument("--through-orm", action="store_true")
    parser.add_argument("--limit", type=int, help="only the first so many invoices")
    parser.add_argument("--bad", type=Path, help="where to list the lines that were not booked")
    arguments = parser.parse_args()

    import odoo
    import psycopg2
    from odoo.exceptions import UserError
    from odoo.modules.registry import Registry

    from .ledger import Refused
    from .reader import FileRefused

    odoo.tools.config.parse_config([], setup_logging=True)
    (database,) = odoo.tools.config["db_name"]
    try:
        with Registry(database).cursor() as cursor:
            return load(cursor, arguments)
    except (FileRefused, Refused, UserError) as error:
        print(f"workbench: nothing was loaded: {error}", file=sys.stderr)
    except psycopg2.OperationalError as error:
        print(
            f"workbench: the connection to PostgreSQL was lost: {error}Run the same command again: nothing is booked twice", file=sys.stderr
        )
    except psycopg2.errors.UniqueViolation:
        print("workbench: nothing was loaded: another load is booking the same invoices. Run it again when that has ended", file=sys.stderr)
    return 1


def load(cursor, arguments) -> int:
    """Load a file into the database of ``cursor`` and print what became of every line."""
    from odoo import SUPERUSER_ID, api

    from .copy_writer import CopyWriter
    from .ledger import Ledger, Refused
    from .orm_writer import OrmWriter
    from .plan import make_plan
    from .reader import SalesReader

    begin = time.monotonic()
    env = api.Environment(cursor, SUPERUSER_ID, {})
    ledger = Ledger(env)
    ledger.check()
    reader = SalesReader(arguments.file, ledger.countries(), date.today())
    with Bar("reading", reader.size if arguments.file.is_file() else 0, "bytes") as bar:
        plan = make_plan(watched(reader, bar))
    if arguments.limit:
        shorten(plan, arguments.limit)
    if not plan.invoices:
        report_bad(plan.bad, arguments.bad)
        raise Refused("no line of the file can be booked")
    fresh, known, before, lacking = ledger.split_known(plan)
    bad = plan.bad + lacking
    lines = sum(len(invoice.lines) for invoice in fresh)
    customers, products = {invoice.customer for invoice in fresh}, {line.product for invoice in fresh for line in invoice.lines}
    with Bar("customers", len(customers), "customers") as bar:
        partners = ledger.customers(plan, customers, bar)
    with Bar("products", len(products), "products") as bar:
        goods = ledger.products(plan, products, bar)
    # What committing means for the slow way: a stopped load goes on where it was.
    writer = OrmWriter(ledger, cursor.commit) if arguments.through_orm else CopyWriter(ledger)
    posting = time.monotonic()
    with Bar("posting", lines, "lines") as bar:
        writer.write(fresh, partners, goods, known, bar)
    cursor.execute("ANALYZE ir_model_data, account_partial_reconcile")
    seconds = time.monotonic() - posting
    moves, booked, total = ledger.booked(fresh)
    wanted = sum((invoice.total * invoice.sign for invoice in fresh), start=type(total)())
    balanced = plan.read == booked + before + len(bad) and (moves, booked, total) == (len(fresh), lines, wanted)
    report_bad(bad, arguments.bad)
    print("reconciliation")
    statement(
        [
            ("lines read", plan.read),
            ("lines posted now", booked),
            ("lines posted before", before),
            ("lines reported", len(bad)),
            ("difference", plan.read - booked - before - len(bad)),
            ("invoices posted now", sum(invoice.kind == "out_invoice" for invoice in fresh)),
            ("credit notes posted now", sum(invoice.kind == "out_refund" for invoice in fresh)),
            ("of them reversing an invoice", sum(bool(invoice.reverses) for invoice in fresh)),
            (f"file, {ledger.currency.name}", wanted),
            (f"books, {ledger.currency.name}", total),
            ("difference", wanted - total),
        ]
    )
    if not balanced:
        cursor.rollback()
        raise Refused("the books would not equal the file. This is an error of the load")
    staged = rebuild_facts(env)
    cursor.commit()
    duration = time.monotonic() - begin
    if staged is not None:
        print(f"customers with a stage: {staged:,}")
    print(
        f"posted {lines:,} lines in {seconds:.1f} s ({lines / max(seconds, 0.001):,.0f} lines/s); whole load {duration:.1f} s ({lines / duration:,.0f} lines/s)"
    )
    return 0


def watched(reader, bar):
    for item in reader:
        if not reader.read % 1000:
            bar.to(reader.bytes_read)
        yield item
    bar.to(reader.size)


def shorten(plan, count: int) -> None:
    """Keep the first ``count`` invoices, and of the counts what belongs to them."""
    plan.invoices = plan.invoices[:count]
    plan.bad = []
    plan.read = plan.planned
    kept = {invoice.number for invoice in plan.invoices}
    for invoice in plan.invoices:
        if invoice.reverses not in kept:
            invoice.reverses = None


def rebuild_facts(env) -> int | None:
    """Let the lifecycle know. Returns how many customers have a stage, None where the addon has no facts."""
    model = env.get("crm.lifecycle.customer")
    if model is None or not hasattr(model, "_rebuild_all"):
        return None
    env.invalidate_all()
    env["crm.lifecycle.customer"]._rebuild_all()
    env["crm.lifecycle.cut.points"]._draw_missing()
    env.flush_all()
    return env["crm.lifecycle.customer"].search_count([("stage_id", "!=", False)])


if __name__ == "__main__":
    sys.exit(main())

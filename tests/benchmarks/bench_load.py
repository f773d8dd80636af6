"""Lines per second of a load by COPY and through the ORM, and documents per second of the generator.

``SALES_FILE`` names the file; else the public one is looked for beside the project, else one of the same layout is made.
"""

import csv
import os
import random
import tempfile
import time
from datetime import date, datetime, timedelta
from pathlib import Path

from tests.benchmarks.ground import LARGE, environment
from tools.bench import figure
from tools.ground import ROOT
from tools.sales.copy_writer import CopyWriter
from tools.sales.ledger import Ledger
from tools.sales.orm_writer import OrmWriter
from tools.sales.plan import make_plan
from tools.sales.reader import COLUMNS, SalesReader
from tools.sales.volume import generate

BOUND = 5000
SMALL_LINES = 60_000
ORM_INVOICES = 40


def main() -> None:
    with environment() as env, tempfile.TemporaryDirectory() as folder:
        path = sales_file(Path(folder))
        print(f"file: {path.name}")
        ledger = Ledger(env)
        orm_sample(env, ledger, path)
        start = time.monotonic()
        plan = read(ledger, path, None if LARGE else SMALL_LINES)
        partners, products = records(ledger, plan)
        posting = time.monotonic()
        CopyWriter(ledger).write(plan.invoices, partners, products, {}, lambda count: None)
        env.cr.commit()
        end = time.monotonic()
        figure("copy_posting_lines_per_second", plan.planned / (end - posting), BOUND, at_least=True)
        # A small load is mostly its fixed cost (products, templates), so the whole has a bound at full length only.
        figure("copy_whole_load_lines_per_second", plan.planned / (end - start), BOUND if LARGE else None, at_least=True)
        for customers, documents in ((1_000, 10_000), (10_000, 100_000), *([(100_000, 1_000_000)] if LARGE else [])):
            start = time.monotonic()
            generate(env, customers, documents, seed=documents)
            env.cr.commit()
            figure(f"generated_{documents}_documents_per_second", documents / (time.monotonic() - start))


def orm_sample(env, ledger: Ledger, path: Path) -> None:
    plan = read(ledger, path, 5_000)
    plan.invoices = plan.invoices[:ORM_INVOICES]
    kept = {invoice.number for invoice in plan.invoices}
    for invoice in plan.invoices:
        invoice.reverses = invoice.reverses if invoice.reverses in kept else None
    partners, products = records(ledger, plan)
    start = time.monotonic()
    OrmWriter(ledger).write(plan.invoices, partners, products, {}, lambda count: None)
    figure("orm_posting_lines_per_second", plan.planned / (time.monotonic() - start))
    env.cr.rollback()
    env.invalidate_all()


def read(ledger: Ledger, path: Path, lines: int | None):
    items = []
    for item in SalesReader(path, ledger.countries(), date.today()):
        items.append(item)
        if len(items) == lines:
            break
    return make_plan(items)


def records(ledger: Ledger, plan):
    partners = ledger.customers(plan, {invoice.customer for invoice in plan.invoices}, lambda count: None)
    products = ledger.products(plan, {line.product for invoice in plan.invoices for line in invoice.lines}, lambda count: None)
    return partners, products


def sales_file(folder: Path) -> Path:
    named = os.environ.get("SALES_FILE")
    if named:
        return Path(named)
    beside = sorted((ROOT.parent / "shared" / "data").glob("online_retail*.csv.gz"))
    return beside[0] if beside else made_up(folder / "made_up.csv")


def made_up(path: Path, lines: int = 320_000) -> Path:
    """A file of the same layout and proportions."""
    dice = random.Random(1)
    moment = datetime(2010, 12, 1, 8)
    with path.open("w", newline="") as handle:
        writer = csv.writer(handle)
        writer.writerow(COLUMNS)
        number, written = 500000, 0
        while written < lines:
            number += 1
            moment += timedelta(minutes=dice.randrange(40))
            credit = dice.random() < 0.15
            customer = dice.randrange(12000, 15400) if dice.random() < 0.75 else ""
            for _line in range(dice.randrange(1, 4) if credit else dice.randrange(1, 45)):
                product = dice.randrange(20000, 23700)
                quantity = dice.randrange(1, 25) * (-1 if credit else 1)
                price = f"{product % 900 / 100 + 0.1:.2f}"
                writer.writerow(
                    (f"C{number}" if credit else number, product, f"ITEM {product}", quantity, moment, price, customer, "United Kingdom")
                )
                written += 1
    return path


if __name__ == "__main__":
    main()

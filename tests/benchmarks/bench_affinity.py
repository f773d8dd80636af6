"""Product affinities: what they are worth on sales that they have not seen, and what they cost beside one bare count of pairs.

``SALES_FILE`` names the file of sales; else the public one is looked for beside the project. ``BENCH_SPLIT`` is the first day that is not
learnt from (2011-07-01), ``BENCH_UNTIL`` the first day after the test. ``BENCH_LINES`` sets another number of order lines.

Questions, hit@5 each, over the invoices of customers with a number; a list never names what is known to be in the basket:
*basket*: one product of a basket is hidden, the others are known (three times a basket, drawn with a fixed seed);
*anchor*: the same, but the list is made from one of the known products alone: the mean over all such pairs of a basket, then over all baskets;
*anchor_blind*: as *anchor*, but what else is in the basket is not known, so that it takes places in the list;
*new*: the first invoice of the test, from the customer's history: is one of five products among those new to them;
*again*: the same for any product.
"""

import os
import random
import resource
from collections import Counter, defaultdict
from datetime import date
from pathlib import Path
from unittest.mock import patch

import numpy as np
from odoo import Command
from odoo.tools import SQL

from tests.benchmarks.bench_load import sales_file
from tests.benchmarks.bench_snapshot import copy
from tests.benchmarks.ground import LARGE, environment, timed
from tests.benchmarks.volume import unchecked
from tools.bench import figure
from tools.ground import ROOT
from tools.sales.copy_writer import CopyWriter
from tools.sales.ledger import Ledger
from tools.sales.plan import ANONYMOUS, make_plan
from tools.sales.reader import SalesReader

SPLIT = date.fromisoformat(os.environ.get("BENCH_SPLIT") or "2011-07-01")
UNTIL = date.fromisoformat(os.environ.get("BENCH_UNTIL") or "9999-12-31")
LINES = int(os.environ.get("BENCH_LINES") or (10_000_000 if LARGE else 300_000))
SHOWN = 5
RECENT = 5
# No list is looked at further down: baskets have fewer products.
LONGEST = 700


def main() -> None:
    with environment() as env:
        # First, as what the hits are counted with would be in the peak of the memory, too.
        cost(env)
        env.cr.rollback()
        env.invalidate_all()
        if os.environ.get("SALES_FILE") or list((ROOT.parent / "shared" / "data").glob("online_retail*.csv.gz")):
            quality(env)
        else:
            print("no file of sales: set SALES_FILE to measure hits")


# ----------------------------------------------------------------------
# Hits
# ----------------------------------------------------------------------


def quality(env) -> None:
    path = sales_file(Path())
    print(f"{path.name}, learnt before {SPLIT}")
    ledger = Ledger(env)
    plan = make_plan(list(SalesReader(path, ledger.countries(), date.today())))
    plan.invoices = [invoice for invoice in plan.invoices if invoice.customer != ANONYMOUS]
    kept = {invoice.number for invoice in plan.invoices}
    for invoice in plan.invoices:
        invoice.reverses = invoice.reverses if invoice.reverses in kept else None
    partners = ledger.customers(plan, {invoice.customer for invoice in plan.invoices}, lambda count: None)
    products = ledger.products(plan, {line.product for invoice in plan.invoices for line in invoice.lines}, lambda count: None)
    CopyWriter(ledger).write(plan.invoices, partners, products, {}, lambda count: None)
    seconds, number = timed(lambda: env["crm.product.affinity"]._compute_company(env.company, SPLIT.fromordinal(SPLIT.toordinal() - 1)))
    print(f"{number} products")
    figure("ease_seconds", seconds)
    baskets = sorted(read_baskets(env))
    train = [basket for basket in baskets if basket[0] < SPLIT]
    test = [basket for basket in baskets if SPLIT <= basket[0] < UNTIL]
    print(f"{len(train)} invoices learnt from, {len(test)} tested")
    places = {product: place for place, product in enumerate(sorted({product for *_rest, found in train for product in found}))}
    train, test = (
        [(day, who, sorted(places[one] for one in found if one in places)) for day, who, found in part] for part in (train, test)
    )
    scores = Scores(env, places, train)
    basket_hits(scores, test)
    anchor_hits(scores, test)
    next_invoice_hits(scores, train, test)


def read_baskets(env):
    """(day, customer, products) of each posted invoice, by the products whose reference begins with a digit."""
    env.cr.execute(
        """SELECT move.invoice_date, move.partner_id, array_agg(DISTINCT line.product_id)
             FROM account_move move JOIN account_move_line line ON line.move_id = move.id AND line.display_type = 'product'
             JOIN product_product product ON product.id = line.product_id
            WHERE move.move_type = 'out_invoice' AND move.state = 'posted' AND line.quantity > 0 AND line.price_subtotal > 0
              AND product.default_code ~ '^[0-9]'
            GROUP BY move.id ORDER BY move.id"""
    )
    return env.cr.fetchall()


class Scores:
    """The weights that the addon wrote, and what they are compared with, as products × products matrices and popularities."""

    def __init__(self, env, places: dict[int, int], train):
        size = len(places)
        seen = np.zeros((len(train), size), dtype=np.float32)
        for row, (_day, _who, basket) in enumerate(train):
            seen[row, basket] = 1
        together = seen.T @ seen
        self.count = np.diag(together).copy()
        month = SPLIT.replace(day=1)
        month = month.replace(month=month.month - 1) if month.month > 1 else month.replace(year=month.year - 1, month=12)
        self.last_month = seen[[row for row, (day, _who, _basket) in enumerate(train) if day >= month]].sum(axis=0)
        cosine = together / np.sqrt(np.outer(self.count, self.count).clip(1))
        np.fill_diagonal(cosine, 0)
        addon, self.alone = np.zeros((size, size), dtype=np.float32), np.zeros((size, size), dtype=np.float32)
        env.cr.execute(
            "SELECT product_id, other_id, weight, together FROM crm_product_affinity WHERE company_id = %s AND product_id <> other_id",
            [env.company.id],
        )
        for product, other, weight, number in env.cr.fetchall():
            if product in places and other in places:
                addon[places[product], places[other]] = max(weight, 0)
                self.alone[places[product], places[other]] = number + weight * 1e-3
        self.weights = {"addon": addon, "cosine": cosine}
        self.popular = {"popularity": self.count, "last_month": self.last_month}

    def of(self, name: str, products: list[int]) -> np.ndarray:
        if name == "addon" and len(products) == 1:  # as analytics.suggestion.goes_with ranks them
            return self.alone[products[0]]
        return self.weights[name][products].sum(axis=0) if name in self.weights else self.popular[name]

    @property
    def names(self):
        return [*self.weights, *self.popular]


def best(score: np.ndarray, excluded) -> set[int]:
    score = score.copy()
    score[list(excluded)] = -np.inf
    return set(np.argpartition(-score, SHOWN)[:SHOWN].tolist())


def report(name: str, hits: Counter, asked: int, bound: float) -> None:
    for kind, number in hits.items():
        figure(f"{name}_hit5_{kind}", number / asked, bound if kind == "addon" else None, at_least=True)


def basket_hits(scores: Scores, test) -> None:
    dice, hits, asked = random.Random(1), Counter(), 0
    for _day, _who, basket in test:
        for hidden in dice.sample(basket, min(3, len(basket))) if len(basket) > 1 else ():
            rest = [product for product in basket if product != hidden]
            asked += 1
            for name in scores.names:
                hits[name] += hidden in best(scores.of(name, rest), rest)
    report("basket", hits, asked, 0.235)


def anchor_hits(scores: Scores, test) -> None:
    """Each product of a basket is the known one once, each other one equally likely to be asked for, each basket of the same weight."""
    orders, hits, blind = {}, Counter(), Counter()
    baskets = [set(basket) for _day, _who, basket in test if len(basket) > 1]
    for basket in baskets:
        pairs = len(basket) * (len(basket) - 1)
        for name in scores.names:
            for known in basket:
                if (name, known) not in orders:
                    order = np.argsort(-scores.of(name, [known]), kind="stable").tolist()
                    orders[name, known] = [product for product in order[: LONGEST + SHOWN + 1] if product != known]
                hits[name] += found_among(orders[name, known], basket) / pairs
                blind[name] += len(basket.intersection(orders[name, known][:SHOWN])) / pairs
    report("anchor", hits, len(baskets), 0.115)
    for kind, number in blind.items():
        figure(f"anchor_blind_hit5_{kind}", number / len(baskets))


def found_among(order: list[int], basket: set[int]) -> int:
    """How many products of the basket, each asked for by itself, are among the first five once the others of the basket are left out."""
    found = strange = 0
    for product in order:
        found += product in basket
        strange += product not in basket
        if strange == SHOWN:
            break
    return found


def next_invoice_hits(scores: Scores, train, test) -> None:
    history = defaultdict(list)
    for _day, who, basket in train:
        history[who].append(basket)
    first = {}
    for _day, who, basket in test:
        if who in history and basket:
            first.setdefault(who, basket)
    new, again, asked_new, asked_again = Counter(), Counter(), 0, 0
    for who, basket in first.items():
        times = Counter(product for earlier in history[who] for product in earlier)
        if not times:
            continue
        asked_again += 1
        # The addon's list, and the customer's own frequency: ties go to the more popular one in both.
        own = sorted(times, key=lambda product: (-times[product], -scores.count[product]))
        repeated = [product for product in own if times[product] > 1] or own
        listed = (repeated + [product for product in own if product not in set(repeated)])[:SHOWN]
        again["addon"] += bool(set(listed) & set(basket))
        again["own_frequency"] += bool(set(own[:SHOWN]) & set(basket))
        for name in scores.popular:
            again[name] += bool(best(scores.of(name, []), ()) & set(basket))
        wanted = set(basket) - set(times)
        if wanted:
            asked_new += 1
            recent = sorted({product for earlier in history[who][-RECENT:] for product in earlier})
            for name in scores.names:
                new[name] += bool(best(scores.of(name, recent), times) & wanted)
    report("new", new, asked_new, 0.32)
    report("again", again, asked_again, again["own_frequency"] / asked_again)


# ----------------------------------------------------------------------
# Cost
# ----------------------------------------------------------------------


def cost(env) -> None:
    """Orders of eight lines each; with EASE as for so few products, then with the cosine as if they were more."""
    company = env.company
    company.lifecycle_basis = "orders"
    taken, _nothing = timed(lambda: make_orders(env, LINES // 8, 4_000))
    print(f"{LINES} order lines made in {taken:.0f} s")
    bare = SQL(
        """SELECT count(*), sum(number) FROM (
             SELECT one.product_id, two.product_id, count(*) AS number FROM sale_order_line one
               JOIN sale_order_line two ON two.order_id = one.order_id AND two.product_id > one.product_id GROUP BY 1, 2) pair"""
    )
    counted, _rows = timed(lambda: env.execute_query(bare))
    for label, most in (("ease", 5_000), ("cosine", 0)):
        with patch("odoo.addons.crm_lifecycle.models.crm_product_affinity.PRODUCTS", most):
            taken, found = timed(lambda: env["crm.product.affinity"]._compute_company(company))
        print(f"{label}: {found} products, bare count of pairs {counted:.1f} s, all {taken:.1f} s")
        # The matrix of EASE costs the same for few lines as for many, so its bound is for many.
        figure(f"{label}_over_bare_count_of_pairs", taken / counted, 3 if LINES >= 10_000_000 else None)
    figure("peak_memory_mb", resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024, 500)


def make_orders(env, orders: int, products: int) -> None:
    """So many confirmed orders with eight lines each, the products drawn unevenly; copies of rows that Odoo made. Commits nothing."""
    partner = env["res.partner"].create({"name": "Buyer"})
    product = env["product.product"].create({"name": "Thing", "list_price": 5})
    order = env["sale.order"].create({"partner_id": partner.id, "order_line": [Command.create({"product_id": product.id})]})
    order.action_confirm()
    env.flush_all()
    drawn = SQL("floor(power(abs(hashint8extended(n::bigint, 7) %% 1000000) / 1e6, 2) * %s)::int", products)
    with unchecked(env.cr, ("sale_order", "sale_order_line")):
        last_product = copy(env, "product.product", product, products, combination_indices=SQL("'bench' || n"))
        day = SQL("now() AT TIME ZONE 'UTC' - interval '1 day'")
        last_order = copy(env, "sale.order", order, orders, name=SQL("'B' || n"), date_order=day)
        copy(
            env,
            "sale.order.line",
            order.order_line,
            orders * 8,
            order_id=SQL("%s - 1 - (n - 1) / 8", last_order),
            product_id=SQL("%s - 1 - %s", last_product, drawn),
        )
    env.cr.execute("ANALYZE sale_order, sale_order_line")


if __name__ == "__main__":
    main()

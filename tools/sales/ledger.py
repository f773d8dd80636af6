"""What both writers need of Odoo: customers, products, and which invoices are there already."""

from collections import Counter
from collections.abc import Callable, Iterable
from decimal import Decimal

from odoo import Command
from odoo.tools import SQL

from .plan import ANONYMOUS, SERVICES, Invoice, Plan
from .reader import Bad

# External ids make a second load find what the first one made; "__import__" is Odoo's own name for imported records.
MODULE = "__import__"
BATCH = 500
QUIET = {"tracking_disable": True, "mail_create_nolog": True, "mail_create_nosubscribe": True, "mail_notrack": True}
Progress = Callable[[int], None]


class Refused(Exception):
    """The database is not one that this load can be booked into."""


def invoice_key(number: str) -> str:
    return f"sales_invoice_{number}"


def customer_key(number: str) -> str:
    return f"sales_customer_{number or 'anonymous'}"


def product_key(code: str) -> str:
    return f"sales_product_{code.encode('unicode_escape').decode().replace('.', '_dot_').replace(' ', '_')}"


class Ledger:
    """A company's books, seen by a load."""

    def __init__(self, env):
        self.env = env(context={**env.context, **QUIET})
        self.company = env.company
        self.currency = env.company.currency_id

    def check(self) -> None:
        """Raise :class:`Refused` where amounts of the file could not be kept to the cent."""
        if not self.env["account.journal"].search_count([("type", "=", "sale"), ("company_id", "=", self.company.id)]):
            raise Refused(f"{self.company.name} has no sales journal: install a chart of accounts first")
        if self.currency.decimal_places != 2:
            raise Refused(
                f"{self.company.name} keeps its books in {self.currency.name}, which has no cents: choose a database in pounds, say"
            )

    def countries(self) -> dict[str, str]:
        """Country codes by lower-case English name and by code."""
        found = self.env["res.country"].with_context(lang="en_US").search_fetch([], ["name", "code"])
        return {key.lower(): country.code for country in found for key in (country.name, country.code)}

    def known(self, model: str, keys: Iterable[str]) -> dict[str, int]:
        """Ids of records by external id, of those that exist."""
        table = self.env[model]._table
        rows = self.env.execute_query(
            SQL(
                "SELECT d.name, d.res_id FROM ir_model_data d JOIN %s r ON r.id = d.res_id WHERE d.module = %s AND d.model = %s AND d.name = ANY(%s)",
                SQL.identifier(table),
                MODULE,
                model,
                list(keys),
            )
        )
        return dict(rows)

    def name_records(self, model: str, ids: dict[str, int]) -> None:
        """Give records their external ids. Two loads at once meet here: the second one fails on the unique index."""
        for some in batches(list(ids.items()), 5000):
            self.env.execute_query(
                SQL(
                    """INSERT INTO ir_model_data (module, name, model, res_id, noupdate, create_uid, write_uid, create_date, write_date)
                       SELECT %s, name, %s, id, true, %s, %s, now() AT TIME ZONE 'UTC', now() AT TIME ZONE 'UTC'
                         FROM unnest(%s::text[], %s::int[]) AS made (name, id) RETURNING id""",
                    MODULE,
                    model,
                    self.env.uid,
                    self.env.uid,
                    [name for name, _id in some],
                    [number for _name, number in some],
                )
            )

    def customers(self, plan: Plan, wanted: Iterable[str], progress: Progress) -> dict[str, int]:
        """Partner ids by customer number; missing ones are made."""
        countries = {country.code: country.id for country in self.env["res.country"].search_fetch([], ["code"])}

        def values(number: str) -> dict:
            if number == ANONYMOUS:
                return {"name": "Sales without a customer", "comment": "Loaded sales whose customer is not known."}
            country = countries.get(plan.customers[number]) if plan.customers[number] else False
            return {"name": f"Customer {number}", "ref": number, "is_company": True, "country_id": country}

        return self._records("res.partner", wanted, customer_key, values, progress)

    def products(self, plan: Plan, wanted: Iterable[str], progress: Progress) -> dict[str, int]:
        """Product ids by stock code; missing ones are made, without taxes and prices."""

        def values(code: str) -> dict:
            kind = "service" if code.upper() in SERVICES or code.startswith("gift_") else "consu"
            nothing = {"taxes_id": [Command.clear()], "supplier_taxes_id": [Command.clear()], "list_price": 0.0}
            return {"name": plan.products[code], "default_code": code, "type": kind, **nothing}

        return self._records("product.product", wanted, product_key, values, progress)

    def _records(self, model: str, wanted: Iterable[str], key, values, progress: Progress) -> dict[str, int]:
        wanted = sorted(set(wanted))
        known = self.known(model, map(key, wanted))
        missing = [code for code in wanted if key(code) not in known]
        progress(len(wanted) - len(missing))
        for some in batches(missing, BATCH):
            records = self.env[model].create([values(code) for code in some])
            made = {key(code): record.id for code, record in zip(some, records, strict=True)}
            self.env.flush_all()
            self.name_records(model, made)
            known |= made
            self.env.invalidate_all()
            progress(len(some))
        return {code: known[key(code)] for code in wanted}

    def split_known(self, plan: Plan) -> tuple[list[Invoice], dict[str, int], int, list[Bad]]:
        """What of the plan is not in the books yet.

        Returns the invoices to post, the ids of those that are there by number, the count of lines that are there, and as bad
        lines those which a posted invoice lacks: nothing can be added to it any more.
        """
        by_key = {invoice_key(invoice.number): invoice for invoice in plan.invoices}
        ids = self.known("account.move", by_key)
        there = {by_key[key].number: number for key, number in ids.items()}
        fresh = [invoice for invoice in plan.invoices if invoice.number not in there]
        present = self._lines_of(list(there.values()))
        before, bad = 0, []
        for invoice in plan.invoices:
            if invoice.number not in there:
                continue
            state, lines = present[there[invoice.number]]
            for line in invoice.lines:
                key = (line.product, Decimal(line.quantity), line.price.normalize())
                if lines[key] > 0 and state == "posted":
                    lines[key] -= 1
                    before += 1
                else:
                    reason = f"invoice {invoice.number} was loaded before without this line: enter the difference by hand"
                    if state != "posted":
                        reason = f"invoice {invoice.number} was loaded before and is {state} now"
                    bad.append(Bad(line.source, reason, f"{invoice.number},{line.product},{line.quantity},{line.price}"))
        return fresh, there, before, bad

    def _lines_of(self, moves: list[int]) -> dict[int, tuple[str, Counter]]:
        """State of moves, and how often each has a (stock code, quantity, price)."""
        rows = self.env.execute_query(
            SQL(
                """SELECT m.id, m.state, p.default_code, l.quantity, l.price_unit, count(*)
                     FROM account_move m
                     LEFT JOIN account_move_line l ON l.move_id = m.id AND l.display_type = 'product'
                     LEFT JOIN product_product p ON p.id = l.product_id
                    WHERE m.id = ANY(%s) GROUP BY 1, 2, 3, 4, 5""",
                moves,
            )
        )
        found: dict[int, tuple[str, Counter]] = {}
        for move, state, code, quantity, price, count in rows:
            lines = found.setdefault(move, (state, Counter()))[1]
            if code is not None:
                lines[code, Decimal(str(quantity)).normalize(), Decimal(str(price)).normalize()] += count
        return found

    def booked(self, invoices: Iterable[Invoice]) -> tuple[int, int, Decimal]:
        """Moves, product lines and signed total which the database has of these invoices."""
        ids = self.known("account.move", [invoice_key(invoice.number) for invoice in invoices])
        ((moves, total, lines),) = self.env.execute_query(
            SQL(
                """SELECT count(*), coalesce(sum(m.amount_total_signed), 0),
                          (SELECT count(*) FROM account_move_line l WHERE l.move_id = ANY(%(ids)s) AND l.display_type = 'product')
                     FROM account_move m WHERE m.id = ANY(%(ids)s) AND m.state = 'posted'""",
                ids=list(ids.values()),
            )
        )
        return moves, lines, Decimal(str(total))


def batches(items: list, size: int):
    for start in range(0, len(items), size):
        yield items[start : start + size]

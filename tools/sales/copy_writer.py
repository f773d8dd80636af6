"""Writes posted invoices by COPY: the same rows that posting through the ORM leaves, some hundred times as fast.

What is the same on all documents of a kind is taken from documents that Odoo itself posted (:mod:`.templates`); what differs is
computed here. Documents with customers who have terms, sellers or addresses of their own, and credit notes for invoices that
were in the books before, go through the ORM.
"""

import csv
import io
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal

from odoo.tools import SQL

from . import references, templates
from .ledger import Ledger, Progress, batches, invoice_key
from .orm_writer import OrmWriter
from .plan import Invoice

CHUNK = 1000
NOW = "now() AT TIME ZONE 'UTC'"
STAMPS = {"create_date": NOW, "write_date": NOW}
STAGE = """
CREATE TEMP TABLE IF NOT EXISTS load_move (
    id int PRIMARY KEY, kind varchar, ref varchar, partner_id int, display_name varchar, fiscal_position_id int, receivable_id int,
    receivable_account_id int, name varchar, prefix varchar, number int, day date, sign int, total numeric, residual numeric,
    payment_state varchar, reversed_entry_id int, full_id int, matching_number varchar
) ON COMMIT DROP;
CREATE TEMP TABLE IF NOT EXISTS load_line (
    place int, move_id int, account_id int, product_id int, uom_id int, name varchar, quantity numeric, price numeric, amount numeric
) ON COMMIT DROP;
"""
MOVE = {
    "id": "s.id",
    "name": "s.name",
    "ref": "s.ref",
    "sequence_prefix": "s.prefix",
    "sequence_number": "s.number",
    "payment_reference": "CASE WHEN s.kind = 'out_invoice' THEN s.name END",
    "payment_state": "s.payment_state",
    "reversed_entry_id": "s.reversed_entry_id",
    "partner_id": "s.partner_id",
    "commercial_partner_id": "s.partner_id",
    "partner_shipping_id": "s.partner_id",
    "fiscal_position_id": "s.fiscal_position_id",
    "invoice_partner_display_name": "s.display_name",
    "date": "s.day",
    "invoice_date": "s.day",
    "invoice_date_due": "s.day",
    "amount_untaxed": "s.total",
    "amount_total": "s.total",
    "amount_residual": "s.residual",
    "amount_untaxed_signed": "s.sign * s.total",
    "amount_total_signed": "s.sign * s.total",
    "amount_residual_signed": "s.sign * s.residual",
    "amount_untaxed_in_currency_signed": "s.sign * s.total",
    "amount_total_in_currency_signed": "s.sign * s.total",
    **STAMPS,
}
BOTH_LINES = {
    "move_id": "s.id",
    "partner_id": "s.partner_id",
    "move_name": "s.name",
    "ref": "s.ref",
    "date": "s.day",
    "invoice_date": "s.day",
    **STAMPS,
}
PRODUCT_LINE = {
    **BOTH_LINES,
    "id": None,
    "account_id": "l.account_id",
    "product_id": "l.product_id",
    "product_uom_id": "l.uom_id",
    "name": "l.name",
    "quantity": "l.quantity",
    "price_unit": "l.price",
    "price_subtotal": "l.amount",
    "price_total": "l.amount",
    "balance": "-s.sign * l.amount",
    "amount_currency": "-s.sign * l.amount",
    "debit": "greatest(-s.sign * l.amount, 0)",
    "credit": "greatest(s.sign * l.amount, 0)",
}
RECEIVABLE_LINE = {
    **BOTH_LINES,
    "id": "s.receivable_id",
    "account_id": "s.receivable_account_id",
    "name": "CASE WHEN s.kind = 'out_invoice' THEN s.ref || ' - ' || s.name END",
    "date_maturity": "s.day",
    "balance": "s.sign * s.total",
    "amount_currency": "s.sign * s.total",
    "debit": "greatest(s.sign * s.total, 0)",
    "credit": "greatest(-s.sign * s.total, 0)",
    "amount_residual": "s.sign * s.residual",
    "amount_residual_currency": "s.sign * s.residual",
    "reconciled": "s.residual = 0",
    "full_reconcile_id": "s.full_id",
    "matching_number": "s.matching_number",
}


@dataclass(slots=True)
class Posting:
    """An invoice on its way into the tables."""

    invoice: Invoice
    id: int
    receivable: int
    name: str = ""
    residual: Decimal = Decimal()
    original: "Posting | None" = None
    full: int | None = None
    matching: str | None = None
    credited: bool = False
    reconciled_total: Decimal = Decimal()

    @property
    def state(self) -> str:
        if not self.residual:
            return "reversed" if self.credited and self.invoice.kind == "out_invoice" else "paid"
        return "partial" if self.reconciled_total else "not_paid"


@dataclass(slots=True)
class Match:
    """A credit note reconciled with its invoice."""

    id: int
    debit: Posting
    credit: Posting
    amount: Decimal


class CopyWriter:
    """Writes into the running transaction and commits nothing."""

    def __init__(self, ledger: Ledger):
        self.ledger = ledger
        self.env = ledger.env
        self.cursor = ledger.env.cr

    def write(
        self, invoices: Sequence[Invoice], partners: dict[str, int], products: dict[str, int], known: dict[str, int], progress: Progress
    ) -> None:
        """Post the invoices in the given order. ``known``: ids of moves by number, to which the new ones are added."""
        if not invoices:
            return
        found = templates.learn(self.ledger, {invoice.day for invoice in invoices})
        self.env.flush_all()
        peculiar = self._peculiar(partners)
        slow_numbers: set[str] = set()
        quick: list[Invoice] = []
        for invoice in invoices:
            if invoice.customer in peculiar or invoice.reverses in known or invoice.reverses in slow_numbers:
                slow_numbers.add(invoice.number)
            else:
                quick.append(invoice)
        postings, matches = self._postings(quick, found)
        if postings:
            self._write(postings, matches, found, partners, products, progress)
        known |= {posting.invoice.number: posting.id for posting in postings}
        self.env.invalidate_all()
        slow = [invoice for invoice in invoices if invoice.number in slow_numbers]
        # What was numbered above is not in the ORM's memory of numbers.
        self.env["account.move"]._get_sequence_cache().clear()
        OrmWriter(self.ledger).write(slow, partners, products, known, progress)

    def _peculiar(self, partners: dict[str, int]) -> set[str]:
        """The customers whose invoices Odoo would not fill like any other's."""
        records = self.env["res.partner"].browse(partners.values())
        marked = {
            partner.id
            for partner in records
            if partner.parent_id or partner.child_ids or partner.user_id or partner.property_payment_term_id or not partner.active
        }
        return {number for number, partner in partners.items() if partner in marked}

    def _ids(self, table: str, count: int) -> list[int]:
        query = SQL("SELECT nextval(pg_get_serial_sequence(%s, 'id')) FROM generate_series(1, %s)", table, count)
        return sorted(number for (number,) in self.env.execute_query(query))

    def _postings(self, invoices: Sequence[Invoice], found: templates.Templates) -> tuple[list[Posting], list[Match]]:
        """Number the invoices and reconcile credit notes, in the order of posting."""
        moves = self._ids("account_move", len(invoices))
        receivables = self._ids("account_move_line", len(invoices))
        postings: list[Posting] = []
        by_number: dict[str, Posting] = {}
        pairs: list[tuple[Posting, Posting, Decimal]] = []
        for invoice, move, receivable in zip(invoices, moves, receivables, strict=True):
            numbering = found.numberings[invoice.kind, invoice.day.year, invoice.day.month]
            numbering.last += 1
            posting = Posting(invoice, move, receivable, numbering.name(numbering.last), invoice.total)
            postings.append(posting)
            by_number[invoice.number] = posting
            if invoice.reverses:
                posting.original = original = by_number[invoice.reverses]
                taken = min(posting.residual, original.residual)
                if taken > 0:
                    for side in (posting, original):
                        side.residual -= taken
                        side.reconciled_total += taken
                    original.credited = True
                    pairs.append((original, posting, taken))
        ids = self._ids("account_partial_reconcile", len(pairs))
        matches = [Match(number, *pair) for number, pair in zip(ids, pairs, strict=True)]
        families: dict[int, list[Match]] = defaultdict(list)
        for match in matches:
            families[match.debit.id].append(match)
        complete = []
        for family in families.values():
            members = [family[0].debit, *(match.credit for match in family)]
            for member in members:
                member.matching = f"P{family[0].id}"
            if not any(member.residual for member in members):
                complete.append(members)
        for number, members in zip(self._ids("account_full_reconcile", len(complete)), complete, strict=True):
            for member in members:
                member.full, member.matching = number, str(number)
        return postings, matches

    def _write(self, postings: list[Posting], matches: list[Match], found, partners, products, progress: Progress) -> None:
        self.cursor.execute(STAGE)
        self._keep_templates(found)
        fulls = sorted({posting.full for posting in postings if posting.full})
        self.cursor.execute(
            f"""INSERT INTO account_full_reconcile (id, create_uid, write_uid, create_date, write_date)
                SELECT id, %s, %s, {NOW}, {NOW} FROM unnest(%s::int[]) AS made (id)""",
            [self.env.uid, self.env.uid, fulls],
        )
        customers = self._customers(partners)
        accounts = self._accounts(products, found, {position for _name, position, _account in customers.values()})
        statements = self._statements()
        with references.checked_at_once(self.cursor, self._new_rows(postings)):
            self._write_rows(postings, partners, products, customers, accounts, statements, progress)
            self._write_matches(matches, found)
        ranks = Counter(partners[posting.invoice.customer] for posting in postings)
        self.cursor.execute(
            """UPDATE res_partner p SET customer_rank = coalesce(p.customer_rank, 0) + made.count
                 FROM unnest(%s::int[], %s::int[]) AS made (id, count) WHERE p.id = made.id""",
            [list(ranks.keys()), list(ranks.values())],
        )

    def _new_rows(self, postings: list[Posting]) -> dict[str, str]:
        """Conditions that tell the new rows: ids come from sequences, so nobody else's lie between unless written meanwhile."""
        moves = f"BETWEEN {postings[0].id} AND {postings[-1].id}"
        lines = f"BETWEEN {postings[0].receivable} AND {postings[-1].receivable}"
        return {
            "account_move": f"r.id {moves}",
            "account_move_line": f"r.move_id {moves}",
            "account_partial_reconcile": f"r.credit_move_id {lines}",
        }

    def _write_rows(self, postings, partners, products, customers, accounts, statements, progress: Progress) -> None:
        for some in batches(postings, CHUNK):
            self.cursor.execute("TRUNCATE load_move, load_line")
            self._copy("load_move", (self._move_row(posting, partners, customers) for posting in some))
            self._copy("load_line", self._line_rows(some, products, customers, accounts))
            for statement in statements:
                self.cursor.execute(statement)
            self.ledger.name_records("account.move", {invoice_key(posting.invoice.number): posting.id for posting in some})
            progress(sum(len(posting.invoice.lines) for posting in some))

    def _keep_templates(self, found) -> None:
        """The template rows as temporary tables of the same columns."""
        for name, table in (
            ("account_move", "account_move"),
            ("product_line", "account_move_line"),
            ("receivable_line", "account_move_line"),
        ):
            target = f"load_{name}_template"
            self.cursor.execute(f"DROP TABLE IF EXISTS {target}")
            self.cursor.execute(f"CREATE TEMP TABLE {target} ON COMMIT DROP AS SELECT ''::varchar AS kind, t.* FROM {table} t WHERE false")
            for kind in templates.KINDS:
                self.cursor.execute(
                    f"INSERT INTO {target} SELECT %s, t.* FROM json_populate_record(NULL::{table}, %s::json) t",
                    [kind, found.rows[name, kind]],
                )

    def _statements(self) -> list[str]:
        return [
            self._insert("account_move", MOVE, "load_move s JOIN load_account_move_template t USING (kind) ORDER BY s.id"),
            self._insert(
                "account_move_line",
                PRODUCT_LINE,
                "load_line l JOIN load_move s ON s.id = l.move_id JOIN load_product_line_template t USING (kind) ORDER BY l.place",
            ),
            self._insert(
                "account_move_line", RECEIVABLE_LINE, "load_move s JOIN load_receivable_line_template t USING (kind) ORDER BY s.id"
            ),
        ]

    def _insert(self, table: str, computed: dict[str, str | None], source: str) -> str:
        columns = [column for column in self._columns(table) if computed.get(column, "") is not None]
        values = ", ".join(computed.get(column) or f't."{column}"' for column in columns)
        names = ", ".join(f'"{column}"' for column in columns)
        return f"INSERT INTO {table} ({names}) SELECT {values} FROM {source}"

    def _columns(self, table: str) -> list[str]:
        self.cursor.execute(
            "SELECT attname FROM pg_attribute WHERE attrelid = %s::regclass AND attnum > 0 AND NOT attisdropped AND attgenerated = ''",
            [table],
        )
        return [name for (name,) in self.cursor.fetchall()]

    def _copy(self, table: str, rows: Iterable[Sequence]) -> None:
        text = io.StringIO()
        csv.writer(text).writerows(rows)
        text.seek(0)
        self.cursor.copy_expert(f"COPY {table} FROM STDIN (FORMAT csv)", text)

    def _customers(self, partners: dict[str, int]) -> dict[str, tuple[str, int | None, int]]:
        """Name, fiscal position and receivable account of each customer."""
        positions: dict[tuple, object] = {}
        found = {}
        records = self.env["res.partner"].browse(partners.values())
        for number, partner in zip(partners, records, strict=True):
            own = partner.property_account_position_id
            key = (partner.country_id.id, partner.state_id.id, partner.zip, partner.vat, own.id)
            if key not in positions:
                positions[key] = self.env["account.fiscal.position"]._get_fiscal_position(partner)
            account = positions[key].map_account(partner.property_account_receivable_id)
            found[number] = (partner.display_name, positions[key].id or None, account.id)
        return found

    def _accounts(self, products: dict[str, int], found, positions: set[int | None]) -> dict[str, tuple[int, dict[int | None, int]]]:
        """Unit, and income account by fiscal position, of each product."""
        journal = self.env["account.journal"].browse(found.journal)
        records = self.env["product.product"].browse(products.values())
        mapped = {position: self.env["account.fiscal.position"].browse(position or ()) for position in positions}
        result = {}
        for code, product in zip(products, records, strict=True):
            income = product.product_tmpl_id._get_product_accounts()["income"]
            result[code] = (
                product.uom_id.id,
                {position: (record.map_account(income) or journal.default_account_id).id for position, record in mapped.items()},
            )
        return result

    def _move_row(self, posting: Posting, partners, customers) -> tuple:
        invoice = posting.invoice
        name, position, receivable_account = customers[invoice.customer]
        prefix, number = templates.split_name(self.env, posting.name)
        return (
            *(posting.id, invoice.kind, invoice.number, partners[invoice.customer], name, position, posting.receivable, receivable_account),
            *(posting.name, prefix, number, invoice.day, invoice.sign, invoice.total, posting.residual, posting.state),
            *(posting.original.id if posting.original else None, posting.full, posting.matching),
        )

    def _line_rows(self, postings: Iterable[Posting], products, customers, accounts) -> Iterable[tuple]:
        place = 0
        for posting in postings:
            position = customers[posting.invoice.customer][1]
            for line in posting.invoice.lines:
                place += 1
                uom, by_position = accounts[line.product]
                yield (
                    *(place, posting.id, by_position[position], products[line.product], uom),
                    *(line.description or line.product, line.quantity, line.price, line.amount),
                )

    def _write_matches(self, matches: list[Match], found) -> None:
        own = {
            "id": "m.id",
            "debit_move_id": "m.debit",
            "credit_move_id": "m.credit",
            "full_reconcile_id": "m.full_id",
            "amount": "m.amount",
            "debit_amount_currency": "m.amount",
            "credit_amount_currency": "m.amount",
            "max_date": "m.day",
            **STAMPS,
        }
        statement = self._insert(
            "account_partial_reconcile",
            own,
            "load_match m CROSS JOIN json_populate_record(NULL::account_partial_reconcile, %s::json) t ORDER BY m.id",
        )
        self.cursor.execute("DROP TABLE IF EXISTS load_match")
        self.cursor.execute(
            "CREATE TEMP TABLE load_match (id int, debit int, credit int, full_id int, amount numeric, day date) ON COMMIT DROP"
        )
        self._copy(
            "load_match",
            (
                (
                    match.id,
                    match.debit.receivable,
                    match.credit.receivable,
                    match.debit.full,
                    match.amount,
                    max(match.debit.invoice.day, match.credit.invoice.day),
                )
                for match in matches
            ),
        )
        self.cursor.execute(statement, [found.partial])

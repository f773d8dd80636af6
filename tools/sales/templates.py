"""Rows as Odoo itself writes them for an invoice and a credit note, and the numbers it would give next."""

import json
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date

from odoo import Command
from odoo.tools import SQL

from .ledger import Ledger, Refused

KINDS = ("out_invoice", "out_refund")
STAMPS = {"create_date", "write_date"}
# What the writer computes for itself, by table. Everything else must be the same on any two documents of a kind.
COMPUTED = {
    "account_move": {
        *("id", "name", "ref", "sequence_prefix", "sequence_number", "payment_reference", "payment_state", "reversed_entry_id"),
        *("partner_id", "commercial_partner_id", "partner_shipping_id", "fiscal_position_id", "invoice_partner_display_name"),
        *("date", "invoice_date", "invoice_date_due", "amount_untaxed", "amount_total", "amount_residual", "amount_untaxed_signed"),
        *("amount_total_signed", "amount_residual_signed", "amount_untaxed_in_currency_signed", "amount_total_in_currency_signed"),
        *STAMPS,
    },
    "product_line": {
        *("id", "move_id", "account_id", "partner_id", "product_id", "product_uom_id", "move_name", "ref", "name", "date", "invoice_date"),
        *("quantity", "price_unit", "price_subtotal", "price_total", "balance", "amount_currency", "debit", "credit"),
        *STAMPS,
    },
    "receivable_line": {
        *("id", "move_id", "account_id", "partner_id", "move_name", "ref", "name", "date", "invoice_date", "date_maturity"),
        *("balance", "amount_currency", "debit", "credit", "amount_residual", "amount_residual_currency"),
        *("reconciled", "full_reconcile_id", "matching_number"),
        *STAMPS,
    },
}


@dataclass
class Numbering:
    """A series of document names: ``form`` takes ``seq``; ``last`` is the number given last."""

    form: str
    values: dict
    last: int

    def name(self, number: int) -> str:
        return self.form.format(**self.values, seq=number)


@dataclass
class Templates:
    """``rows``: a row by table ("account_move", "product_line", "receivable_line") and kind of document, as JSON; and a partial
    reconciliation's. ``numberings``: the series of each kind and month; several months may share one."""

    rows: dict[tuple[str, str], str] = field(default_factory=dict)
    partial: str = ""
    journal: int = 0
    numberings: dict[tuple[str, int, int], Numbering] = field(default_factory=dict)


def learn(ledger: Ledger, days: Iterable[date]) -> Templates:
    """Post documents for customers and products that then never were, and remember how they look.

    Two of each kind which have as little in common as the documents of a load have, so that a column that Odoo fills otherwise than
    expected is found: :class:`Refused` says so.
    """
    found = Templates()
    days = sorted(days)
    months = sorted({(day.year, day.month): day for day in reversed(days)}.items())
    with ledger.env.registry.cursor() as cursor:
        env = ledger.env(cr=cursor)
        try:
            _learn(env, found, days, months)
        finally:
            cursor.rollback()
    return found


def _learn(env, found: Templates, days: Sequence[date], months) -> None:
    countries = [env.ref("base.uk"), env.ref("base.fr"), env.ref("base.us"), env["res.country"]]
    partners = [
        env["res.partner"].create({"name": f"Template {number}", "is_company": True, "country_id": country.id})
        for number, country in enumerate(countries)
    ]
    nothing = {"taxes_id": [Command.clear()], "supplier_taxes_id": [Command.clear()]}
    products = env["product.product"].create(
        [
            {"name": "Template", "default_code": "T1", "type": "consu", **nothing},
            {"name": "Template fee", "default_code": "T2", "type": "service", **nothing},
        ]
    )

    def draft(kind: str, partner: int, day: date, price: float, reverses=None):
        line = {"product_id": products[partner % 2].id, "name": f"line {partner}", "quantity": partner + 1, "price_unit": price}
        values = {
            "move_type": kind,
            "partner_id": partners[partner].id,
            "invoice_date": day,
            "invoice_date_due": day,
            "ref": f"template {partner}",
            "reversed_entry_id": reverses and reverses.id,
            "invoice_line_ids": [Command.create({**line, "tax_ids": [Command.clear()]})],
        }
        return env["account.move"].create(values)

    first = draft("out_invoice", 0, days[0], 100.0)
    moves = {"out_invoice": [first, draft("out_invoice", 1, days[-1], 2.5)]}
    moves["out_refund"] = [draft("out_refund", 2, days[0], 7.25), draft("out_refund", 3, days[-1], 1.5, reverses=first)]
    violated = env.company._get_violated_lock_dates(days[0], False, first.journal_id)
    if violated:
        raise Refused(f"the books of {env.company.name} are locked until {violated[-1][0]}, and the file has sales of {days[0]}")
    series: dict[str, Numbering] = {}
    for kind in KINDS:
        draft_move = draft(kind, 0, days[0], 1.0)
        for (year, month), day in months:
            draft_move.write({"date": day, "invoice_date": day, "invoice_date_due": day})
            form, values = draft_move._get_next_sequence_format()
            last = values.pop("seq")
            key = form.format(**values, seq=0)
            found.numberings[kind, year, month] = series.setdefault(key, Numbering(form, values, last))
    for two in moves.values():
        for move in two:
            move.action_post()
    env.flush_all()
    found.journal = first.journal_id.id
    refuse_specialties(first.journal_id)
    for kind, two in moves.items():
        for name, display_type in (("account_move", None), ("product_line", "product"), ("receivable_line", "payment_term")):
            rows = _rows(env, two, display_type)
            if len(rows) != 2:
                raise Refused("invoices have payment terms with several parts here: use --through-orm")
            strange = {key for key in rows[0] if rows[0][key] != rows[1][key]} - COMPUTED[name]
            if strange:
                raise Refused(f"Odoo fills {', '.join(sorted(strange))} of {name} in a way this load does not know: use --through-orm")
            found.rows[name, kind] = json.dumps(rows[0])
            _check_names(kind, name, rows, two)
    ((partial,),) = env.execute_query(
        SQL("SELECT to_json(p) FROM account_partial_reconcile p WHERE credit_move_id = ANY(%s)", moves["out_refund"][1].line_ids.ids)
    )
    found.partial = json.dumps(partial)


def refuse_specialties(journal) -> None:
    """Raise :class:`Refused` for settings that change what posting does."""
    if journal.restrict_mode_hash_table:
        raise Refused(f"the entries of journal {journal.name} are secured by hash: use --through-orm")
    if journal.currency_id and journal.currency_id != journal.company_id.currency_id:
        raise Refused(f"journal {journal.name} is in {journal.currency_id.name}: use --through-orm")


def _rows(env, moves, display_type: str | None) -> list[dict]:
    ids = [move.id for move in moves]
    if display_type is None:
        found = env.execute_query(SQL("SELECT to_json(m) FROM account_move m WHERE id = ANY(%s) ORDER BY id", ids))
    else:
        query = "SELECT to_json(l) FROM account_move_line l WHERE move_id = ANY(%s) AND display_type = %s ORDER BY id"
        found = env.execute_query(SQL(query, ids, display_type))
    return [row for (row,) in found]


def _check_names(kind: str, name: str, rows, moves) -> None:
    for row, move in zip(rows, moves, strict=True):
        expected = {}
        if name == "account_move":
            expected = {"payment_reference": move.name if kind == "out_invoice" else None}
        elif name == "receivable_line":
            expected = {"name": f"{move.ref} - {move.name}" if kind == "out_invoice" else None}
        for column, value in expected.items():
            if row[column] != value:
                raise Refused(f"Odoo fills {column} with {row[column]!r} here, where {value!r} was expected: use --through-orm")
        if name == "product_line" and (row["is_storno"] or row["analytic_distribution"]):
            raise Refused("invoices are booked with storno or analytic accounts here: use --through-orm")


def split_name(env, name: str) -> tuple[str, int]:
    """Prefix and number of a document's name, as Odoo stores them."""
    model = env["account.move"]
    regex = model._make_regex_non_capturing(model._sequence_fixed_regex.replace(r"?P<seq>", ""))
    matching = re.match(regex, name)
    return name[: matching.start(1)], int(matching.group(1) or 0)

"""Posts invoices through Odoo's ORM: what a user would do, and as slow."""

from collections.abc import Callable, Sequence

from odoo import Command

from .ledger import Ledger, Progress, invoice_key
from .plan import Invoice

BATCH = 50


class OrmWriter:
    """``commit`` is called after each batch, so that a stopped load goes on where it was."""

    def __init__(self, ledger: Ledger, commit: Callable[[], None] = lambda: None):
        self.ledger = ledger
        self.env = ledger.env
        self.commit = commit

    def write(
        self, invoices: Sequence[Invoice], partners: dict[str, int], products: dict[str, int], known: dict[str, int], progress: Progress
    ) -> None:
        """Post the invoices in the given order. ``known``: ids of moves by number, to which the new ones are added."""
        batch: list[Invoice] = []
        inside: set[str] = set()
        for invoice in invoices:
            # Odoo reconciles a credit note only with an invoice that is posted already, and not two at once with one.
            if batch and (len(batch) == BATCH or invoice.reverses in inside):
                self._post(batch, partners, products, known, progress)
                batch, inside = [], set()
            batch.append(invoice)
            inside |= {invoice.number, invoice.reverses} - {None}
        if batch:
            self._post(batch, partners, products, known, progress)

    def _post(self, batch, partners, products, known, progress) -> None:
        moves = self.env["account.move"].create([self._values(invoice, partners, products, known) for invoice in batch])
        moves.action_post()
        made = {invoice.number: move.id for invoice, move in zip(batch, moves, strict=True)}
        self.env.flush_all()
        self.ledger.name_records("account.move", {invoice_key(number): move for number, move in made.items()})
        known |= made
        self.commit()
        self.env.invalidate_all()
        progress(sum(len(invoice.lines) for invoice in batch))

    def _values(self, invoice: Invoice, partners, products, known) -> dict:
        lines = [
            Command.create(
                {
                    "product_id": products[line.product],
                    "name": line.description or line.product,
                    "quantity": line.quantity,
                    "price_unit": float(line.price),
                    "tax_ids": [Command.clear()],
                }
            )
            for line in invoice.lines
        ]
        return {
            "move_type": invoice.kind,
            "partner_id": partners[invoice.customer],
            "invoice_date": invoice.day,
            "invoice_date_due": invoice.day,
            "ref": invoice.number,
            "reversed_entry_id": known[invoice.reverses] if invoice.reverses else False,
            "invoice_line_ids": lines,
        }

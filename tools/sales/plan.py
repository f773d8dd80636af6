"""What shall stand in the books, as plain values: customers, products, and invoices with their lines."""

from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import ROUND_HALF_UP, Decimal
from typing import NamedTuple

from .reader import Bad, Row

CENT = Decimal("0.01")
ANONYMOUS = ""
# Stock codes of such files that are not goods.
SERVICES = frozenset({"AMAZONFEE", "B", "BANK CHARGES", "C2", "CRUK", "D", "DOT", "M", "POST", "S"})


class Line(NamedTuple):
    """A line of an invoice; ``amount`` is rounded to the cent as Odoo rounds it."""

    product: str
    description: str
    quantity: int
    price: Decimal
    amount: Decimal
    source: int


@dataclass(slots=True)
class Invoice:
    """An invoice, or a credit note with positive quantities. ``reverses``: number of the invoice it takes back."""

    number: str
    kind: str
    customer: str
    moment: datetime
    lines: list[Line] = field(default_factory=list)
    reverses: str | None = None

    @property
    def day(self) -> date:
        return self.moment.date()

    @property
    def total(self) -> Decimal:
        return sum((line.amount for line in self.lines), Decimal())

    @property
    def sign(self) -> int:
        return -1 if self.kind == "out_refund" else 1


@dataclass
class Plan:
    """``customers``: country by number; ``products``: name by code; ``invoices`` in the order in which they are posted."""

    customers: dict[str, str | None]
    products: dict[str, str]
    invoices: list[Invoice]
    bad: list[Bad]
    read: int

    @property
    def planned(self) -> int:
        return sum(len(invoice.lines) for invoice in self.invoices)

    @property
    def total(self) -> Decimal:
        """What the customers owe by these invoices, credit notes taken off."""
        return sum((invoice.total * invoice.sign for invoice in self.invoices), Decimal())


def amount(quantity: int, price: Decimal) -> Decimal:
    return (quantity * price).quantize(CENT, ROUND_HALF_UP)


def make_plan(items: Iterable[Row | Bad]) -> Plan:
    """Gather lines into invoices. Lines that do not fit their invoice join the bad ones."""
    invoices: dict[str, Invoice] = {}
    bad: list[Bad] = []
    countries: dict[str, str | None] = {}
    names: dict[str, Counter] = defaultdict(Counter)
    read = 0
    for item in items:
        read += 1
        if isinstance(item, Bad):
            bad.append(item)
            continue
        invoice = invoices.get(item.invoice)
        if invoice is None:
            kind = "out_refund" if item.invoice[0] == "C" else "out_invoice"
            invoice = invoices[item.invoice] = Invoice(item.invoice, kind, item.customer, item.moment)
        reason = None
        if invoice.customer != item.customer:
            reason = f"invoice {item.invoice} belongs to customer {invoice.customer or 'none'}, this line to {item.customer or 'none'}"
        elif invoice.moment.date() != item.moment.date():
            reason = f"invoice {item.invoice} is of {invoice.moment.date()}, this line of {item.moment.date()}"
        if reason:
            bad.append(Bad(item.line, reason, f"{item.invoice},{item.product},{item.quantity},{item.price}"))
            continue
        quantity = -item.quantity if invoice.kind == "out_refund" else item.quantity
        invoice.lines.append(Line(item.product, item.description, quantity, item.price, amount(quantity, item.price), item.line))
        if item.description:
            names[item.product][item.description] += 1
        else:
            names[item.product]
        # The latest known country is the customer's.
        countries[item.customer] = item.country or countries.get(item.customer) if item.customer else None
    for invoice in invoices.values():
        if invoice.total < 0 and invoice.kind == "out_invoice":
            turn_round(invoice)
    # As Odoo numbers what is posted together.
    ordered = sorted(invoices.values(), key=lambda invoice: (invoice.day, invoice.number))
    find_originals(ordered)
    products = {code: counter.most_common(1)[0][0] if counter else code for code, counter in names.items()}
    return Plan(countries, products, ordered, bad, read)


def turn_round(invoice: Invoice) -> None:
    """Make a negative invoice the credit note that it is."""
    invoice.kind = "out_refund"
    invoice.lines = [line._replace(quantity=-line.quantity, amount=-line.amount) for line in invoice.lines]


def find_originals(invoices: Iterable[Invoice]) -> None:
    """Give each credit note the invoice it takes back: most of its lines covered, the latest of equals.

    What one credit note has taken back, the next cannot take back again.
    """
    sold: dict[tuple[str, str, Decimal], dict[str, int]] = defaultdict(dict)
    moments: dict[str, datetime] = {}
    for invoice in sorted(invoices, key=lambda invoice: (invoice.moment, invoice.kind == "out_refund", invoice.number)):
        if invoice.customer == ANONYMOUS:
            continue
        moments[invoice.number] = invoice.moment
        if invoice.kind == "out_invoice":
            for line in invoice.lines:
                if line.price and line.quantity > 0:
                    left = sold[invoice.customer, line.product, line.price]
                    left[invoice.number] = left.get(invoice.number, 0) + line.quantity
            continue
        wanted: Counter = Counter()
        for line in invoice.lines:
            if line.price:
                wanted[line.product, line.price] += line.quantity
        covered: Counter = Counter()
        for (product, price), quantity in wanted.items():
            for number, left in sold.get((invoice.customer, product, price), {}).items():
                if left >= quantity > 0:
                    covered[number] += 1
        if covered:
            best = max(covered, key=lambda number: (covered[number], moments[number], number))
            invoice.reverses = best
            for (product, price), quantity in wanted.items():
                left = sold.get((invoice.customer, product, price), {})
                if left.get(best, 0) >= quantity:
                    left[best] -= quantity

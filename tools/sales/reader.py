"""Reads the lines of a sales file, checks each, and never holds more than one of them."""

import csv
import gzip
import re
import zlib
from collections.abc import Iterator, Mapping
from datetime import date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import NamedTuple

COLUMNS = ("InvoiceNo", "StockCode", "Description", "Quantity", "InvoiceDate", "UnitPrice", "CustomerID", "Country")
LONGEST_LINE = 10_000
LONGEST_RECORD = 5  # physical lines, for descriptions with line breaks
MANY_BAD = 1_000
GZIP = b"\x1f\x8b"
FIRST_DAY = date(1990, 1, 1)
DATE_FORMATS = ("%Y-%m-%d %H:%M:%S", "%Y-%m-%d %H:%M", "%m/%d/%Y %H:%M")
NUMBER = re.compile(r"[0-9]{1,12}|[CAca][0-9]{1,12}", re.ASCII)
WHOLE = re.compile(r"-?[0-9]{1,9}", re.ASCII)
DECIMAL = re.compile(r"-?[0-9]{1,9}(\.[0-9]{1,6})?", re.ASCII)
CUSTOMER = re.compile(r"([0-9]{1,12})(\.0)?", re.ASCII)
CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f]")
# Names in such files that are no country's name. Jersey stands for the Channel Islands: Odoo knows the islands one by one.
COUNTRY_ALIASES = {
    "eire": "IE",
    "channel islands": "JE",
    "rsa": "ZA",
    "usa": "US",
    "uk": "GB",
    "uae": "AE",
    "korea": "KR",
    "russia": "RU",
    "czech republic": "CZ",
    "unspecified": None,
    "european community": None,
    "west indies": None,
    "": None,
}


class FileRefused(Exception):
    """The file as a whole is not one that can be loaded."""


class Row(NamedTuple):
    """A line that can be booked, with the number it has in the file (the header is line 1)."""

    line: int
    invoice: str
    product: str
    description: str
    quantity: int
    moment: datetime
    price: Decimal
    customer: str
    country: str | None


class Bad(NamedTuple):
    """A line that cannot be booked, and why."""

    line: int
    reason: str
    text: str


class SalesReader:
    """Iterates over a file's lines as :class:`Row` or :class:`Bad`; raises :class:`FileRefused` for a file that is no sales file.

    ``countries``: codes by lower-case name. ``today``: the last day a sale may have.
    """

    def __init__(self, path: Path, countries: Mapping[str, str], today: date | None = None):
        self.path = Path(path)
        self.countries = {**countries, **COUNTRY_ALIASES}
        self.last_day = (today or date.today()) + timedelta(days=1)
        self.bytes_read = 0
        self.read = 0
        self.bad = 0
        self._moments: dict[str, datetime | str] = {}
        self._prices: dict[str, Decimal | str] = {}

    @property
    def size(self) -> int:
        """Bytes of the file as it lies on the disk."""
        return self.path.stat().st_size

    def __iter__(self) -> Iterator[Row | Bad]:
        try:
            yield from self._items()
        except FileNotFoundError:
            raise FileRefused(f"there is no file {self.path}") from None
        except IsADirectoryError:
            raise FileRefused(f"{self.path} is a folder, not a file") from None
        except EOFError:
            raise FileRefused(f"{self.path.name} is cut off: its gzip data end in the middle. Fetch it again") from None
        except (gzip.BadGzipFile, zlib.error) as error:
            raise FileRefused(f"{self.path.name} is not a sound gzip file ({error}). Fetch it again, or give the plain .csv") from None
        except OSError as error:
            raise FileRefused(f"{self.path} cannot be read: {error.strerror or error}") from None

    def _items(self) -> Iterator[Row | Bad]:
        with self.path.open("rb") as raw:
            packed = raw.read(2) == GZIP
            raw.seek(0)
            if not packed and self.path.suffix == ".gz":
                raise FileRefused(
                    f"{self.path.name} is called .gz but is not gzip data. Fetch it again, or name it .csv if it is plain text"
                )
            with gzip.GzipFile(fileobj=raw) if packed else raw as handle:
                lines = self._lines(handle, raw)
                first = next(lines, None)
                if first is None:
                    raise FileRefused(f"{self.path.name} is empty")
                header = [name.strip().lower() for name in first[1].lstrip("\ufeff").split(",")]
                if header != [name.lower() for name in COLUMNS]:
                    raise FileRefused(f"{self.path.name} has other columns: expected {','.join(COLUMNS)}, found {shortened(first[1])}")
                for number, fields, text in self._records(lines):
                    self.read += 1
                    item = self._item(number, fields, text)
                    if isinstance(item, Bad):
                        self.bad += 1
                        if self.bad >= MANY_BAD and self.bad * 2 > self.read:
                            raise FileRefused(
                                f"{self.path.name} is no sales file: {self.bad} of its first {self.read} lines cannot be read; "
                                f"line {number}: {item.reason}"
                            )
                    yield item
        if not self.read:
            raise FileRefused(f"{self.path.name} has a header and no lines")

    def _lines(self, handle, raw) -> Iterator[tuple[int, str, bool]]:
        """Number, text and whether it ended properly, of each physical line."""
        number = 0
        while data := handle.readline(LONGEST_LINE + 1):
            number += 1
            self.bytes_read = raw.tell()
            if len(data) > LONGEST_LINE:
                raise FileRefused(f"{self.path.name} is no sales file: line {number} is longer than {LONGEST_LINE} bytes")
            try:
                text = data.decode("utf-8")
            except UnicodeDecodeError as error:
                raise FileRefused(
                    f"{self.path.name} is not UTF-8: byte {data[error.start]:#04x} in line {number}. Convert it, e.g. iconv -f latin1 -t utf-8"
                ) from None
            ended = text.endswith("\n")
            yield number, text.rstrip("\r\n"), ended

    def _records(self, lines: Iterator[tuple[int, str, bool]]) -> Iterator[tuple[int, list[str] | None, str]]:
        """Line number, fields and text of each record; no fields where a quote is not closed."""
        waiting: list[tuple[int, str, bool]] = []
        while True:
            current = waiting.pop(0) if waiting else next(lines, None)
            if current is None:
                return
            number, text, ended = current
            if '"' not in text:
                fields = text.split(",")
            else:
                fields, taken = parse(text), 1
                while fields is None and taken < LONGEST_RECORD:
                    if len(waiting) < taken:
                        following = next(lines, None)
                        if following is None:
                            break
                        waiting.append(following)
                    taken += 1
                    fields = parse("\n".join([text, *(line for _number, line, _ended in waiting[: taken - 1])]))
                if fields is not None and taken > 1:
                    ended = waiting[taken - 2][2]
                    del waiting[: taken - 1]
            if not ended and len(fields or ()) < len(COLUMNS):
                raise FileRefused(f"{self.path.name} is cut off: it ends in the middle of line {number}. Fetch it again")
            yield number, fields, text

    def _item(self, number: int, fields: list[str] | None, text: str) -> Row | Bad:
        reason = None
        if fields is None:
            reason = "a quotation mark is opened and not closed"
        elif len(fields) != len(COLUMNS):
            reason = f"{len(fields)} columns instead of {len(COLUMNS)}" if text.strip() else "the line is empty"
        elif CONTROL.search(text):
            reason = "control characters"
        else:
            row = self._row(number, [field.strip() for field in fields])
            if isinstance(row, Row):
                return row
            reason = row
        return Bad(number, reason, shortened(text))

    def _row(self, number: int, fields: list[str]) -> Row | str:
        invoice, product, description, quantity, moment, price, customer, country = fields
        invoice = invoice.upper()
        if not NUMBER.fullmatch(invoice):
            return f"invoice number {shortened(invoice, 30)!r} is not digits, alone or after C or A"
        if not product or len(product) > 64:
            return "no stock code" if not product else "stock code longer than 64 characters"
        if not WHOLE.fullmatch(quantity):
            return f"quantity {shortened(quantity, 30)!r} is not a whole number"
        count = int(quantity)
        if not count:
            return "quantity 0"
        when = self._moments.get(moment)
        if when is None:
            when = self._moments[moment] = self._moment(moment)
        if isinstance(when, str):
            return when
        value = self._prices.get(price)
        if value is None:
            value = self._prices[price] = self._price(price)
        if isinstance(value, str):
            return value
        if invoice[0] == "C" and count > 0:
            return "a credit note with a positive quantity"
        known = CUSTOMER.fullmatch(customer)
        if customer and not known:
            return f"customer {shortened(customer, 30)!r} is not a number"
        place = country.lower()
        if place not in self.countries:
            return f"unknown country {shortened(country, 40)!r}"
        return Row(number, invoice, product, description, count, when, value, known[1] if known else "", self.countries[place])

    def _moment(self, text: str) -> datetime | str:
        for form in DATE_FORMATS:
            try:
                moment = datetime.strptime(text, form)
            except ValueError:
                continue
            if not FIRST_DAY <= moment.date() <= self.last_day:
                return f"date {shortened(text, 30)} is not between {FIRST_DAY} and today"
            return moment
        return f"date {shortened(text, 30)!r} cannot be read: expected e.g. 2010-12-01 08:26:00"

    def _price(self, text: str) -> Decimal | str:
        if not DECIMAL.fullmatch(text):
            return f"price {shortened(text, 30)!r} is not a number"
        price = Decimal(text)
        if price < 0:
            return f"negative price {text}: book the adjustment by hand"
        return price


def parse(text: str) -> list[str] | None:
    """The fields of a CSV record, None if it is not one (yet)."""
    try:
        records = list(csv.reader([text], strict=True))
    except csv.Error:
        return None
    return records[0] if len(records) == 1 else None


def shortened(text: str, length: int = 200) -> str:
    """The beginning of a text that nobody vouches for, fit to be printed."""
    text = "".join(character if character.isprintable() else "?" for character in text[: length + 1])
    return text if len(text) <= length else text[:length] + "…"

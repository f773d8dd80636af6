"""Past sales as people keep them in spreadsheets: which column is which, and what each line says or lacks."""

import csv
import io
import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

COLUMNS = ("customer", "email", "phone", "city", "country", "date", "document", "product", "quantity", "price", "currency")
# What a heading may be called, in English and Indonesian, besides the name in COLUMNS.
HEADINGS = {
    "customer": ("customer name", "name", "company", "client", "pelanggan", "nama", "nama pelanggan", "perusahaan"),
    "email": ("e mail", "email address", "surel", "alamat surel", "alamat email"),
    "phone": ("telephone", "phone number", "mobile", "telepon", "telp", "no telepon", "nomor telepon", "hp", "no hp"),
    "city": ("town", "kota"),
    "country": ("country code", "negara"),
    "date": ("invoice date", "order date", "day", "tanggal", "tgl", "tanggal faktur"),
    "document": (
        "document number",
        "invoice",
        "invoice number",
        "number",
        "nomor dokumen",
        "no dokumen",
        "faktur",
        "nomor faktur",
        "no faktur",
    ),
    "product": ("item", "description", "produk", "barang", "nama barang"),
    "quantity": ("qty", "jumlah", "kuantitas"),
    "price": ("unit price", "amount", "harga", "harga satuan"),
    "currency": ("currency code", "mata uang"),
}
FIRST_YEAR = 1990
# Day 0 of spreadsheets, which count the 29 February 1900 that never was.
SPREADSHEET_ZERO = date(1899, 12, 30)
SPREADSHEET_DAYS = range(20_000, 80_000)
MOST = 10.0**15
LONGEST = 250
LEGAL_FORMS = ("pt", "cv", "ud", "tbk", "persero", "ltd", "limited", "llc", "inc", "corp", "gmbh", "bv", "pte", "sdn", "bhd", "plc", "co")
EMAIL = re.compile(r"[^@\s,;<>]+@[^@\s,;<>]+\.[^@\s,;<>.]+")
XLSX = b"PK\x03\x04"
OLD_XLS = b"\xd0\xcf\x11\xe0"


@dataclass(frozen=True)
class Problem:
    """What is wrong with a line (as the spreadsheet counts them, the heading is 1): a code, the column, and what stands there."""

    line: int
    code: str
    column: str = ""
    value: str = ""


@dataclass(frozen=True)
class Sale:
    """A line that can be taken over. ``amount``: quantity × price, without taxes, in ``currency`` (a code), negative for what came back."""

    line: int
    customer: str
    email: str
    phone: str
    city: str
    country: str
    day: date
    document: str
    product: str
    quantity: float
    price: float
    currency: str

    @property
    def amount(self) -> float:
        return self.quantity * self.price


@dataclass(frozen=True)
class Rules:
    """What lines are judged by. ``last``: sales after it are in Odoo already. ``currencies``: known codes; ``currency``: where none is given.
    ``countries``: their codes and names without capitals."""

    today: date
    last: date
    currencies: frozenset[str]
    currency: str
    countries: frozenset[str] = frozenset()
    decimal: str = "."
    month_first: bool = False


class Unreadable(ValueError):
    """A file that is no spreadsheet of the kinds read here; the argument is a code."""


def rows(content: bytes) -> Iterator[tuple[int, Sequence]]:
    """The lines of the first sheet of an xlsx file, or of a text file with commas, semicolons or tabs, numbered from 1; empty ones left out."""
    if content.startswith(XLSX):
        yield from _xlsx_rows(content)
    elif content.startswith(OLD_XLS):
        raise Unreadable("xls")
    else:
        yield from _text_rows(content)


def places(heading: Sequence) -> dict[str, int]:
    """Where each known column is. The first of two columns of the same name counts."""
    known = {name: column for column in COLUMNS for name in (column, *HEADINGS[column])}
    found: dict[str, int] = {}
    for place, cell in enumerate(heading):
        words = " ".join(re.findall(r"\w+", str(cell or "").casefold().replace("*", " ").replace("_", " ")))
        if words in known:
            found.setdefault(known[words], place)
    return found


def missing(found: dict[str, int]) -> list[str]:
    """The columns that cannot be done without and are not there; who bought is told by a name or an e-mail address."""
    lacking = [column for column in ("date", "price") if column not in found]
    return lacking if "customer" in found or "email" in found else ["customer", *lacking]


def read(line: int, cells: Sequence, found: dict[str, int], rules: Rules) -> Sale | list[Problem]:
    """What a line says, or all that is wrong with it."""
    raw = {column: cells[place] if place < len(cells) else None for column, place in found.items()}
    text = {column: _text(raw.get(column)) for column in COLUMNS}
    problems = []

    def wrong(code: str, column: str) -> None:
        problems.append(Problem(line, code, column, text[column][:60]))

    if not text["customer"] and not text["email"]:
        wrong("nobody", "customer")
    if text["email"] and not EMAIL.fullmatch(text["email"]):
        wrong("email", "email")
    problems += [Problem(line, "long", column, text[column][:60]) for column in COLUMNS if len(text[column]) > LONGEST]
    day = _day(raw.get("date"), rules.month_first)
    if not text["date"]:
        wrong("no_date", "date")
    elif not day or day.year < FIRST_YEAR:
        wrong("date", "date")
    elif day > rules.today:
        wrong("future", "date")
    elif day > rules.last:
        wrong("in_odoo", "date")
    price = number(raw.get("price"), rules.decimal)
    quantity = number(raw.get("quantity"), rules.decimal) if text["quantity"] else 1.0
    if price is None:
        wrong("number" if text["price"] else "no_price", "price")
    if quantity is None or abs(quantity * (price or 0)) > MOST:
        wrong("number", "quantity")
    currency = text["currency"].upper() or rules.currency
    if currency not in rules.currencies:
        wrong("currency", "currency")
    if text["country"] and text["country"].casefold() not in rules.countries:
        wrong("country", "country")
    if problems or not day or price is None or quantity is None:
        return problems
    named = {column: text[column] for column in ("customer", "phone", "city", "country", "document", "product")}
    return Sale(line=line, email=text["email"].lower(), day=day, quantity=quantity, price=price, currency=currency, **named)


def normal_name(name: str) -> str:
    """A name by which the same firm is recognised: without accents, signs, capitals and legal form."""
    plain = "".join(letter for letter in unicodedata.normalize("NFKD", name) if not unicodedata.combining(letter)).lower()
    words = re.findall(r"[^\W_]+", plain)
    return " ".join([word for word in words if word not in LEGAL_FORMS] or words)


def number(value, decimal: str = ".") -> float | None:
    """A number as people write it, with or without a currency sign; None where it is none. ``decimal``: the decimal mark of the reader."""
    if isinstance(value, bool) or value is None:
        return None
    if isinstance(value, int | float):
        return float(value) if abs(value) <= MOST else None
    text = re.sub(r"[\s\u00a0'’]|^[^\d(.,+-]+|[^\d).,]+$", "", str(value).strip().replace("−", "-"))
    text = re.sub(r"^([+-]?)[^\d.,(+-]+", r"\1", text)
    negative = text.startswith("-") or (text.startswith("(") and text.endswith(")"))
    text = text.strip("()+-")
    marks = [mark for mark in ".," if mark in text]
    if len(marks) == 2:
        mark = max(marks, key=text.rfind)
    elif marks:
        [only] = marks
        groups = text.split(only)
        thousands = len(groups) > 2 or (only != decimal and len(groups[1]) == 3 and groups[0].strip("0"))
        mark = "" if thousands else only
    else:
        mark = ""
    whole, _mark, rest = text.rpartition(mark) if mark else (text, "", "")
    groups = re.split(r"[.,]", whole)
    if len(groups) > 1 and any(len(group) != 3 for group in groups[1:]):
        return None
    digits = "".join(groups)
    if not re.fullmatch(r"\d*", digits, re.ASCII) or not re.fullmatch(r"\d*", rest, re.ASCII) or not digits + rest:
        return None
    found = float(f"{digits or 0}.{rest or 0}")
    if found > MOST:
        return None
    return -found if negative else found


def _day(value, month_first: bool) -> date | None:
    """A day as a cell of a spreadsheet, as year-month-day, or as day, month and year in the order of the reader."""
    if isinstance(value, datetime):
        return value.date()
    if isinstance(value, date):
        return value
    if isinstance(value, int | float) and not isinstance(value, bool):
        return SPREADSHEET_ZERO + timedelta(days=int(value)) if SPREADSHEET_DAYS.start <= value < SPREADSHEET_DAYS.stop else None
    text = str(value or "").strip()
    if matched := re.match(r"(\d{4})[-/.](\d{1,2})[-/.](\d{1,2})(?:[T ].*)?$", text, re.ASCII):
        year, month, day = map(int, matched.groups())
    elif matched := re.match(r"(\d{1,2})[-/. ](\d{1,2})[-/. ](\d{4}|\d{2})$", text, re.ASCII):
        first, second, year = map(int, matched.groups())
        month, day = (first, second) if month_first else (second, first)
        year += 2000 if year < 70 else 1900 if year < 100 else 0
    else:
        return None
    try:
        return date(year, month, day)
    except ValueError:
        return None


def _text(value) -> str:
    if value is None:
        return ""
    if isinstance(value, float) and value.is_integer() and abs(value) < MOST:
        value = int(value)
    return " ".join(str(value).replace("\x00", "").split())


def _xlsx_rows(content: bytes) -> Iterator[tuple[int, Sequence]]:
    import openpyxl

    try:
        book = openpyxl.load_workbook(io.BytesIO(content), read_only=True, data_only=True)
        sheet = book.worksheets[0]
        # Some programs write a wrong size into the sheet, which would cut it off.
        sheet.reset_dimensions()
        for line, cells in enumerate(sheet.iter_rows(values_only=True), 1):
            if any(cell not in (None, "") for cell in cells):
                yield line, cells
    except Exception as error:
        raise Unreadable("xlsx") from error


def _text_rows(content: bytes) -> Iterator[tuple[int, Sequence]]:
    for encoding in ("utf-8-sig", "utf-16" if content[:2] in (b"\xff\xfe", b"\xfe\xff") else "cp1252", "latin-1"):
        try:
            text = content.decode(encoding)
            break
        except UnicodeDecodeError:
            continue
    if "\x00" in text:
        raise Unreadable("text")
    heading = text[: text.find("\n")] if "\n" in text else text
    mark = max(";\t,|", key=heading.count)
    try:
        reader = csv.reader(io.StringIO(text, newline=""), delimiter=mark)
        for cells in reader:
            if any(cell.strip() for cell in cells):
                yield reader.line_num, cells
    except csv.Error as error:
        raise Unreadable("text") from error

import io
from datetime import date, datetime

import openpyxl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from crm_lifecycle.domain.past_sales import COLUMNS, Problem, Rules, Sale, Unreadable, missing, normal_name, number, places, read, rows

RULES = Rules(date(2026, 6, 30), date(2026, 3, 31), frozenset({"IDR", "USD"}), "IDR", frozenset({"id", "indonesia"}))
PLACES = {column: place for place, column in enumerate(COLUMNS)}


def line(**values):
    given = {"customer": "Aster", "date": "2026-01-10", "price": "100", **values}
    return [given.get(column) for column in COLUMNS]


def codes(cells, rules=RULES):
    found = read(7, cells, PLACES, rules)
    return [(problem.code, problem.column) for problem in found] if isinstance(found, list) else found


@pytest.mark.parametrize(
    ("text", "decimal", "value"),
    [
        ("1234.5", ".", 1234.5),
        ("1,234.50", ".", 1234.5),
        ("1.234,50", ".", 1234.5),
        ("1.250", ",", 1250),
        ("1.250", ".", 1.25),
        ("1,250", ".", 1250),
        ("0.250", ",", 0.25),
        ("Rp 1.250.000", ".", 1_250_000),
        ("Rp1.250.000,50", ",", 1_250_000.5),
        ("$ 12", ".", 12),
        ("12 USD", ".", 12),
        ("-5", ".", -5),
        ("−5", ".", -5),
        ("(5.5)", ".", -5.5),
        ("-Rp 5.000", ",", -5000),
        ("1 000", ".", 1000),
        (12, ".", 12),
        (1.5, ",", 1.5),
        ("", ".", None),
        ("free", ".", None),
        ("1.2.3", ".", None),
        ("12-05", ".", None),
        ("1e5", ".", None),
        (True, ".", None),
        (float("nan"), ".", None),
        ("9" * 40, ".", None),
    ],
)
def test_numbers(text, decimal, value):
    assert number(text, decimal) == value


@given(st.integers(-(10**12), 10**12), st.sampled_from([(".", ","), (",", ".")]))
def test_numbers_with_two_decimals_and_groups_are_read_in_any_locale(cents, marks):
    decimal, group = marks
    whole, rest = divmod(abs(cents), 100)
    text = f"{'-' if cents < 0 else ''}{whole:,}".replace(",", group) + f"{decimal}{rest:02d}"
    assert number(text, decimal) == pytest.approx(cents / 100)


@given(st.one_of(st.text(), st.floats(), st.integers(), st.none(), st.dates(), st.binary()))
def test_anything_may_stand_in_a_cell(cell):
    for column in COLUMNS:
        found = read(2, line(**{column: cell}), PLACES, RULES)
        assert isinstance(found, Sale) or (found and all(isinstance(problem, Problem) for problem in found))


@pytest.mark.parametrize(
    ("cell", "month_first", "day"),
    [
        ("2026-01-02", False, date(2026, 1, 2)),
        ("2026-01-02 00:00:00", True, date(2026, 1, 2)),
        ("02/01/2026", False, date(2026, 1, 2)),
        ("01/02/2026", True, date(2026, 1, 2)),
        ("2.1.26", False, date(2026, 1, 2)),
        (datetime(2026, 1, 2, 13), False, date(2026, 1, 2)),
        (date(2026, 1, 2), False, date(2026, 1, 2)),
        (46024, False, date(2026, 1, 2)),
        ("31/02/2026", False, None),
        ("yesterday", False, None),
        (5, False, None),
    ],
)
def test_days(cell, month_first, day):
    found = read(2, line(date=cell), PLACES, Rules(**{**RULES.__dict__, "month_first": month_first}))
    assert (found.day if isinstance(found, Sale) else None) == day


def test_a_good_line():
    cells = line(
        email="Halo@Aster.Example",
        phone="0812",
        city="Bandung",
        country="ID",
        document="F-1",
        product="Tea",
        quantity="3",
        price="Rp 10.000",
        currency="idr",
    )
    found = read(7, cells, PLACES, Rules(**{**RULES.__dict__, "decimal": ","}))
    assert found == Sale(7, "Aster", "halo@aster.example", "0812", "Bandung", "ID", date(2026, 1, 10), "F-1", "Tea", 3.0, 10_000.0, "IDR")
    assert found.amount == 30_000


def test_each_fault_is_told_with_its_column():
    assert codes(line(customer="", email="")) == [("nobody", "customer")]
    assert codes(line(email="aster")) == [("email", "email")]
    assert codes(line(date="")) == [("no_date", "date")]
    assert codes(line(date="soon")) == [("date", "date")]
    assert codes(line(date="1066-10-14")) == [("date", "date")]
    assert codes(line(date="2026-07-01")) == [("future", "date")]
    assert codes(line(date="2026-04-01")) == [("in_odoo", "date")]
    assert codes(line(price="")) == [("no_price", "price")]
    assert codes(line(price="free")) == [("number", "price")]
    assert codes(line(quantity="many")) == [("number", "quantity")]
    assert codes(line(currency="XYZ")) == [("currency", "currency")]
    assert codes(line(country="Atlantis")) == [("country", "country")]
    assert codes(line(product="x" * 300)) == [("long", "product")]
    assert codes(line(date="", price="free", currency="XYZ")) == [("no_date", "date"), ("number", "price"), ("currency", "currency")]


def test_headings_in_both_languages():
    assert places(["Customer", "E-mail", "Date", "Unit Price"]) == {"customer": 0, "email": 1, "date": 2, "price": 3}
    assert places(["No. Faktur", "Tanggal *", "Nama Pelanggan", "Harga Satuan", "Jumlah", "?"]) == {
        "document": 0,
        "date": 1,
        "customer": 2,
        "price": 3,
        "quantity": 4,
    }
    assert missing({"email": 0}) == ["date", "price"]
    assert missing({"date": 0, "price": 1}) == ["customer"]
    assert missing({"email": 0, "date": 1, "price": 2}) == []


@pytest.mark.parametrize(
    ("one", "other"),
    [("PT. Maju Jaya, Tbk", "maju jaya"), ("Café Ñandú", "CAFE NANDU"), ("Toko  Sinar-Pagi", "toko sinar pagi"), ("CV", "cv.")],
)
def test_names_of_one_firm(one, other):
    assert normal_name(one) == normal_name(other)


def test_lines_keep_the_numbers_of_the_spreadsheet():
    book = openpyxl.Workbook()
    for place, cells in ((1, ["Customer", "Date"]), (4, ["Aster", date(2026, 1, 2)])):
        for column, cell in enumerate(cells, 1):
            book.active.cell(place, column, cell)
    content = io.BytesIO()
    book.save(content)
    assert [(number, cells[0]) for number, cells in rows(content.getvalue())] == [(1, "Customer"), (4, "Aster")]
    text = "Customer;Date\n\n\nAster;2026-01-02\n"
    assert list(rows(text.encode())) == [(1, ["Customer", "Date"]), (4, ["Aster", "2026-01-02"])]
    assert list(rows("Customer\tDate\nKafé\t1".encode("cp1252"))) == [(1, ["Customer", "Date"]), (2, ["Kafé", "1"])]


@pytest.mark.parametrize("content", [b"PK\x03\x04 no archive", b"\xd0\xcf\x11\xe0 old", b"a\x00b,c"])
def test_other_files_are_refused(content):
    with pytest.raises(Unreadable):
        list(rows(content))


def test_an_empty_file_has_no_lines():
    assert list(rows(b"")) == []

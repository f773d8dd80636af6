"""Reading and planning of sales files: plain Python."""

import gzip
import time
import zlib
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tools.sales.plan import make_plan
from tools.sales.reader import COLUMNS, LONGEST_LINE, MANY_BAD, Bad, FileRefused, Row, SalesReader

SAMPLE = Path(__file__).parents[1] / "data" / "online_retail_sample.csv"
HEADER = ",".join(COLUMNS) + "\n"
GOOD = "536365,85123A,HEART,6,2010-12-01 08:26:00,2.55,17850,United Kingdom\n"
NAMES = ("United Kingdom", "Germany", "France", "Norway", "Portugal", "Belgium", "Spain", "Italy", "Switzerland", "Cyprus", "Netherlands")
COUNTRIES = {name.lower(): name[:2].upper() for name in (*NAMES, "Sweden", "Japan", "Poland", "Israel", "Finland", "Australia", "Austria")}
TODAY = date(2026, 1, 31)


def items(content, folder, name="sales.csv"):
    path = folder / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return list(SalesReader(path, COUNTRIES, TODAY))


def refusal(content, folder, name="sales.csv"):
    with pytest.raises(FileRefused) as caught:
        items(content, folder, name)
    return str(caught.value)


def line(
    invoice="536365", product="85123A", quantity=6, moment="2010-12-01 08:26:00", price="2.55", customer="17850", country="United Kingdom"
):
    return f"{invoice},{product},THING {product},{quantity},{moment},{price},{customer},{country}\n"


def plan_of(folder, *lines):
    return make_plan(items(HEADER + "".join(lines), folder))


def test_a_good_line(tmp_path):
    (row,) = items(HEADER + GOOD, tmp_path)
    assert (row.line, row.invoice, row.product, row.quantity, row.price) == (2, "536365", "85123A", 6, Decimal("2.55"))
    assert (row.customer, row.country, row.moment.isoformat()) == ("17850", "UN", "2010-12-01T08:26:00")


def test_gzip_bom_and_line_ends_make_no_difference(tmp_path):
    plain = items(HEADER + GOOD * 3, tmp_path)
    assert items(gzip.compress((HEADER + GOOD * 3).encode()), tmp_path, "sales.csv.gz") == plain
    assert items(b"\xef\xbb\xbf" + (HEADER + GOOD * 3).replace("\n", "\r\n").encode(), tmp_path) == plain


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("", "is empty"),
        (HEADER, "no lines"),
        ("a,b,c\n" + GOOD, "other columns"),
        (HEADER + GOOD + GOOD[:40], "cut off"),
        (HEADER + GOOD + '536366,1,"half a descr', "cut off"),
        (HEADER.encode() + GOOD.encode() + b"536365,1,caf\xe9,1,2010-12-01 08:26,1,1,EIRE\n", "not UTF-8: byte 0xe9 in line 3"),
        (HEADER + "x" * (LONGEST_LINE + 1), "line 2 is longer"),
        (HEADER + GOOD + "rubbish\n" * (MANY_BAD + 10), "no sales file"),
    ],
)
def test_refused_files(tmp_path, content, message):
    assert message in refusal(content, tmp_path)


def test_refused_gzip(tmp_path):
    packed = gzip.compress((HEADER + GOOD * 5000).encode())
    assert "not gzip" in refusal(HEADER + GOOD, tmp_path, "sales.csv.gz")
    assert "cut off" in refusal(packed[:-100], tmp_path, "sales.csv.gz")
    assert "not a sound gzip" in refusal(packed[:60] + b"\xff" * 60 + packed[120:], tmp_path, "sales.csv.gz")
    with pytest.raises(FileRefused, match="there is no file"):
        list(SalesReader(tmp_path / "none.csv", {}))
    with pytest.raises(FileRefused, match="is a folder"):
        list(SalesReader(tmp_path, {}))


def test_a_gigabyte_of_zeros_is_refused_at_once(tmp_path):
    path = tmp_path / "zeros.csv"
    with path.open("wb") as handle:
        handle.truncate(1 << 30)
    packed = tmp_path / "zeros.csv.gz"
    packer = zlib.compressobj(1, zlib.DEFLATED, 31)
    packed.write_bytes((packer.compress(bytes(1 << 24)) + packer.flush()) * 64)
    headed = tmp_path / "headed.csv"
    headed.write_text(HEADER + GOOD)
    with headed.open("r+b") as handle:
        handle.truncate(1 << 30)
    for each in (path, packed, headed):
        start = time.monotonic()
        with pytest.raises(FileRefused, match="longer than"):
            list(SalesReader(each, COUNTRIES))
        assert time.monotonic() - start < 1


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        (line(price="-1"), "negative price"),
        (line(moment="1899-12-31 00:00:00"), "is not between"),
        (line(moment="2099-12-31 00:00:00"), "is not between"),
        (line(moment="yesterday"), "cannot be read"),
        (line(quantity="six"), "not a whole number"),
        (line(quantity="٣"), "not a whole number"),
        (line(quantity="1.5"), "not a whole number"),
        (line(quantity="0"), "quantity 0"),
        (line(price="NaN"), "not a number"),
        (line(price="1e5"), "not a number"),
        (line(invoice=""), "invoice number"),
        (line(invoice="Z1"), "invoice number"),
        (line(product=""), "no stock code"),
        (line(customer="abc"), "customer"),
        (line(country="United King"), "unknown country"),
        (line(invoice="C1", quantity=1), "positive quantity"),
        ("536365,85123A\n", "2 columns"),
        ("\n", "empty"),
        (GOOD.replace("HEART", "HE\0ART"), "control characters"),
        ('536365,1,"open,1,2010-12-01 08:26,1,1,EIRE\n' + GOOD * 5, "quotation mark"),
    ],
)
def test_bad_lines_are_reported_and_the_rest_is_read(tmp_path, text, reason):
    found = items(HEADER + GOOD + text + GOOD, tmp_path)
    bad = [item for item in found if isinstance(item, Bad)]
    assert [item.line for item in bad] == [3]
    assert reason in bad[0].reason
    assert len(found) - 1 == (HEADER + GOOD + text + GOOD).count(GOOD)


def test_quoted_commas_and_line_breaks(tmp_path):
    text = '536365,1,"A ""B"", C\nD",1,2010-12-01 08:26,1,1,EIRE\n'
    first, second = items(HEADER + text + GOOD, tmp_path)
    assert (first.line, first.description, first.country) == (2, 'A "B", C\nD', "IE")
    assert second.line == 4


@given(st.lists(st.binary(max_size=80), max_size=8))
def test_garbage_is_refused_or_counted(tmp_path_factory, chunks):
    """Whatever stands in a file: every line becomes a row or a reported line, or the file is refused."""
    content = HEADER.encode() + GOOD.encode() + b"\n".join(chunks) + b"\n"
    try:
        found = items(content, tmp_path_factory.getbasetemp())
    except FileRefused:
        return
    assert all(isinstance(item, Row | Bad) for item in found)
    plan = make_plan(found)
    assert plan.read == len(found) == plan.planned + len(plan.bad)


fields = st.tuples(
    st.sampled_from(["1", "2", "C3", "C4", "A5", "X6"]),
    st.sampled_from(["a", "b", ""]),
    st.integers(-3, 3).map(str) | st.just("x"),
    st.sampled_from(["2011-01-01 10:00:00", "2011-01-01 10:01:00", "2011-01-02 10:00:00", "1899-01-01 00:00:00"]),
    st.sampled_from(["1.00", "0", "2.5", "0.001", "-4"]),
    st.sampled_from(["7", "8", ""]),
)


@given(st.lists(fields, max_size=25))
def test_nothing_is_lost_between_lines_and_plan(tmp_path_factory, rows):
    content = HEADER + GOOD + "".join(f"{a},{b},D,{c},{d},{e},{f},EIRE\n" for a, b, c, d, e, f in rows)
    plan = make_plan(items(content, tmp_path_factory.getbasetemp()))
    assert plan.read == len(rows) + 1 == plan.planned + len(plan.bad)
    assert sorted([x.source for i in plan.invoices for x in i.lines] + [bad.line for bad in plan.bad]) == list(range(2, len(rows) + 3))
    numbers = {invoice.number: invoice for invoice in plan.invoices}
    for invoice in plan.invoices:
        assert invoice.total >= 0
        if invoice.reverses:
            original = numbers[invoice.reverses]
            assert original.customer == invoice.customer != ""
            assert original.moment <= invoice.moment
            assert plan.invoices.index(original) < plan.invoices.index(invoice)


def test_a_credit_note_takes_back_the_latest_invoice_with_most_of_its_lines(tmp_path):
    plan = plan_of(
        tmp_path,
        line("1", "a", 5, "2011-01-01 10:00:00") + line("1", "b", 5, "2011-01-01 10:00:00"),
        line("2", "a", 5, "2011-01-02 10:00:00"),
        line("C3", "a", -2, "2011-01-03 10:00:00") + line("C3", "b", -2, "2011-01-03 10:00:00"),
        line("C4", "a", -4, "2011-01-04 10:00:00"),
        line("C5", "a", -4, "2011-01-05 10:00:00"),
        line("C6", "a", -1, "2011-01-05 10:00:00", price="9.99"),
        line("C7", "a", -1, "2011-01-05 10:00:00", customer="1"),
    )
    assert {i.number: i.reverses for i in plan.invoices if i.kind == "out_refund"} == {
        "C3": "1",
        "C4": "2",
        "C5": None,
        "C6": None,
        "C7": None,
    }


def test_no_original_for_sales_without_a_customer(tmp_path):
    plan = plan_of(tmp_path, line("1", customer=""), line("C2", quantity=-6, moment="2010-12-02 08:26:00", customer=""))
    assert plan.invoices[1].reverses is None


def test_a_negative_invoice_is_a_credit_note(tmp_path):
    plan = plan_of(tmp_path, line("1", "a", 1, price="1.00"), line("1", "b", -3, price="1.00"), line("2", "c", -3, price="0"))
    first, second = plan.invoices
    assert (first.kind, first.total, [x.quantity for x in first.lines]) == ("out_refund", Decimal("2.00"), [-1, 3])
    assert (second.kind, second.total, second.lines[0].quantity) == ("out_invoice", 0, -3)


def test_lines_that_do_not_fit_their_invoice_are_reported(tmp_path):
    plan = plan_of(
        tmp_path, line("1"), line("1", customer="2"), line("1", moment="2010-12-02 08:26:00"), line("1", moment="2010-12-01 08:27:00")
    )
    assert [bad.line for bad in plan.bad] == [3, 4]
    assert plan.planned == 2


def test_thousandths_round_like_an_invoice(tmp_path):
    plan = plan_of(
        tmp_path, line("1", quantity=5, price="0.001"), line("1", quantity=4, price="0.001"), line("C2", quantity=-5, price="0.001")
    )
    assert [x.amount for i in plan.invoices for x in i.lines] == [Decimal("0.01"), Decimal("0.00"), Decimal("0.01")]


def test_the_sample(tmp_path):
    plan = make_plan(SalesReader(SAMPLE, COUNTRIES, TODAY))
    assert plan.bad == []
    assert (plan.read, plan.planned, len(plan.invoices)) == (2390, 2390, 210)
    assert sum(bool(invoice.reverses) for invoice in plan.invoices) == 4

"""Loading past sales: by COPY and through the ORM, into databases of their own."""

import csv
import gzip
import itertools
import os
import signal
import subprocess
import sys
import tempfile
from collections import defaultdict
from concurrent.futures import ThreadPoolExecutor
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path

import pytest
from odoo import sql_db

from tools.ground import ROOT
from tools.postgres import Server

SAMPLE = ROOT / "tests" / "data" / "online_retail_sample.csv"
# Several credit notes for one invoice: in part, in full, and for more than is left; an adjustment; stock written off; thousandths.
EDGES = """\
600001,E1,Edge one,10,2010-12-20 09:00:00,4.50,15290,United Kingdom
600001,E2,Edge two,4,2010-12-20 09:00:00,1.25,15290,United Kingdom
C600002,E1,Edge one,-3,2010-12-21 09:00:00,4.50,15290,United Kingdom
C600003,E1,Edge one,-7,2011-01-03 09:00:00,4.50,15290,United Kingdom
C600003,E2,Edge two,-4,2011-01-03 09:00:00,1.25,15290,United Kingdom
600004,E1,Edge one,1,2011-01-04 09:00:00,2.00,15290,EIRE
C600005,E1,Edge one,-1,2011-01-05 09:00:00,2.00,15290,EIRE
C600005,E3,Edge three,-1,2011-01-05 09:00:00,7.77,15290,EIRE
600006,E3,Edge three,-20,2011-01-05 10:00:00,0,,United Kingdom
600007,E3,,5,2011-01-05 11:00:00,0.001,99001,USA
600007,POST,POSTAGE,1,2011-01-05 11:01:00,18.00,99001,USA
A600008,B,Adjust bad debt,1,2011-01-05 12:00:00,110.62,,United Kingdom
600009,E1,Edge one,1,2011-01-06 12:00:00,1.00,99002,Channel Islands
600009,D,Discount,-2,2011-01-06 12:00:00,1.00,99002,Channel Islands
600010,E1,Edge one,2,2011-01-06 12:30:00,3.00,99003,European Community
C600011,E1,Edge one,-1,2011-01-06 13:00:00,3.00,99003,European Community
"""
BAD = """\
A600012,B,Adjust bad debt,1,2011-01-06 12:00:00,-110.62,,United Kingdom
600013,E1,Edge one,1,1899-12-31 00:00:00,1.00,99003,France
600014,E1,Edge one,many,2011-01-06 12:00:00,1.00,99003,France
600010,E1,Edge one,1,2011-01-06 12:30:00,3.00,99001,USA
600015,E1
"""
counter = itertools.count()
CONFIGURATIONS = tempfile.TemporaryDirectory()


@pytest.fixture(scope="module")
def server():
    return Server()


@pytest.fixture(scope="module")
def new_database(server):
    """Makes copies of the database with the addons, and drops them at the end."""
    made = []

    def make():
        name = f"lifecycle_load_{os.getpid()}_{next(counter)}"
        server.drop(name)
        server.copy(os.environ["WORKBENCH_PRODUCT"], name)
        made.append(name)
        return name

    yield make
    for name in made:
        sql_db.close_db(name)
        server.drop(name)


@pytest.fixture(scope="module")
def sales_file():
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "sales.csv.gz"
        path.write_bytes(gzip.compress((SAMPLE.read_text() + EDGES + BAD).encode()))
        yield path


def start(database, path, *words):
    """Start the loader as its command does."""
    conf = Path(CONFIGURATIONS.name) / f"{database}-{next(counter)}.conf"
    text = [
        line for line in Path(os.environ["ODOO_RC"]).read_text().splitlines() if not line.startswith(("db_name", "dbfilter", "logfile"))
    ]
    conf.write_text("\n".join([*text, f"db_name = {database}", "log_level = warn"]) + "\n")
    command = [sys.executable, "-m", "tools.sales", str(path), *words]
    environment = {**os.environ, "ODOO_RC": str(conf)}
    return subprocess.Popen(command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def run(database, path, *words):
    process = start(database, path, *words)
    output, errors = process.communicate(timeout=300)
    assert process.returncode == 0, errors
    assert " WARNING " not in errors and " ERROR " not in errors, errors
    return output


def figures(output):
    """The closing statement as numbers by title."""
    found = {}
    for line in output.partition("reconciliation\n")[2].splitlines():
        title, _, value = line.strip().rpartition("  ")
        if title:
            found.setdefault(title.strip(), Decimal(value.replace(",", "")))
    return found


@pytest.fixture(scope="module")
def copied(new_database, sales_file):
    database = new_database()
    return database, run(database, sales_file)


@pytest.fixture(scope="module")
def posted(new_database, sales_file):
    database = new_database()
    return database, run(database, sales_file, "--through-orm")


def rows(database, query, params=None):
    with sql_db.db_connect(database).cursor() as cursor:
        cursor.execute(query, params)
        return cursor.dictfetchall()


def size_of_everything(database):
    """The number of rows of each table."""
    with sql_db.db_connect(database).cursor() as cursor:
        cursor.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public' ORDER BY 1")
        found = {}
        for (table,) in cursor.fetchall():
            cursor.execute(f'SELECT count(*) FROM "{table}"')  # noqa: S608
            found[table] = cursor.fetchone()[0]
        return found


NAMES = """
SELECT (SELECT json_object_agg(id, coalesce(ref, name)) FROM res_partner) AS partner_id,
       (SELECT json_object_agg(id, default_code) FROM product_product) AS product_id,
       (SELECT json_object_agg(id, ref) FROM account_move) AS move_id,
       (SELECT json_object_agg(r.full_reconcile_id, r.refs) FROM (SELECT full_reconcile_id, string_agg(ref, ' ' ORDER BY ref) AS refs
          FROM account_move_line WHERE full_reconcile_id IS NOT NULL GROUP BY 1) r) AS full_reconcile_id,
       (SELECT json_object_agg(r.matching_number, r.refs) FROM (SELECT matching_number, string_agg(ref, ' ' ORDER BY ref) AS refs
          FROM account_move_line WHERE matching_number IS NOT NULL GROUP BY 1) r) AS matching_number
"""
SAME_KIND = {"commercial_partner_id": "partner_id", "partner_shipping_id": "partner_id", "reversed_entry_id": "move_id"}
ASIDE = {"id", "create_date", "write_date"}


def books(database):
    """Every stored column of moves and lines, with names in place of the ids that a load gives, by reference and place."""
    (names,) = rows(database, NAMES)

    def named(row):
        values = {}
        for column, value in row.items():
            of = names.get(SAME_KIND.get(column, column))
            if column not in ASIDE:
                values[column] = of[str(value)] if of and value is not None else value
        return values

    moves = {row["ref"]: named(row) for row in rows(database, "SELECT * FROM account_move ORDER BY id")}
    lines = defaultdict(list)
    for row in rows(database, "SELECT * FROM account_move_line ORDER BY move_id, display_type <> 'product', id"):
        lines[row["ref"]].append(named(row))
    return moves, lines


def test_both_ways_write_the_same_books(copied, posted):
    moves, lines = books(copied[0])
    other_moves, other_lines = books(posted[0])
    assert len(moves) >= 200
    assert len(next(iter(moves.values()))) > 50
    assert moves.keys() == other_moves.keys()
    for number, move in moves.items():
        assert move == other_moves[number]
        assert lines[number] == other_lines[number]
    states = {number: move["payment_state"] for number, move in moves.items()}
    assert (states["600001"], states["600004"], states["C600005"], states["600010"]) == ("reversed", "reversed", "partial", "partial")
    assert moves["C600003"]["reversed_entry_id"] == "600001"
    assert [moves[number]["move_type"] for number in ("600006", "600009")] == ["out_invoice", "out_refund"]


def test_both_ways_reconcile_the_same(copied, posted):
    query = """SELECT d.ref AS debit, c.ref AS credit, to_jsonb(p) - '{id,debit_move_id,credit_move_id,full_reconcile_id,create_date,write_date}'::text[] AS part,
                      p.full_reconcile_id IS NULL AS open
                 FROM account_partial_reconcile p JOIN account_move_line d ON d.id = p.debit_move_id JOIN account_move_line c ON c.id = p.credit_move_id
                ORDER BY 1, 2"""
    assert rows(copied[0], query) == rows(posted[0], query)
    assert len(rows(copied[0], query)) >= 7


def test_both_ways_touch_nothing_else(copied, posted):
    aside = {"base_registry_signaling", "orm_signaling_registry", "crm_lifecycle_dirty"}
    sizes, other = size_of_everything(copied[0]), size_of_everything(posted[0])
    assert {table: count for table, count in sizes.items() if table not in aside} == {t: c for t, c in other.items() if t not in aside}
    query = "SELECT coalesce(ref, name) AS name, customer_rank FROM res_partner WHERE customer_rank > 0 ORDER BY 1"
    assert rows(copied[0], query) == rows(posted[0], query)
    assert len(rows(copied[0], query)) > 50


def test_it_reconciles(copied, posted):
    for _database, output in (copied, posted):
        found = figures(output)
        assert found["lines read"] == found["lines posted now"] + found["lines reported"]
        assert (found["lines reported"], found["lines posted before"], found["difference"]) == (5, 0, 0)
        (file,) = [value for title, value in found.items() if title.startswith("file, ")]
        (posted_total,) = [value for title, value in found.items() if title.startswith("books, ")]
        assert file == posted_total > 0
        first = len((SAMPLE.read_text() + EDGES).splitlines()) + 1
        for number, reason in enumerate(("negative price", "1899", "not a whole number", "belongs to customer", "2 columns"), first):
            (line,) = [line for line in output.splitlines() if line.startswith(f"  line {number}:")]
            assert reason in line


def test_a_rerun_adds_nothing(copied, posted, sales_file):
    for database, _output in (copied, posted):
        before = size_of_everything(database)
        for words in ((), ("--through-orm",)):
            found = figures(run(database, sales_file, *words))
            assert (found["lines posted now"], found["lines reported"]) == (0, 5)
            assert found["lines posted before"] == found["lines read"] - 5
            assert size_of_everything(database) == before


def test_customers_agree_with_an_independent_computation(copied):
    """Net revenue and purchase days by customer, straight from the text of the file."""
    expected = defaultdict(lambda: [Decimal(), set()])
    for row in csv.reader((SAMPLE.read_text() + EDGES).splitlines()[1:]):
        customer = row[6] or "Sales without a customer"
        expected[customer][0] += (int(row[3]) * Decimal(row[5])).quantize(Decimal("0.01"), ROUND_HALF_UP)
        if not row[0].startswith("C") and row[0] != "600009":
            expected[customer][1].add(row[4][:10])
    query = """SELECT coalesce(p.ref, p.name) AS name, sum(m.amount_untaxed_signed)::text AS revenue,
                      count(DISTINCT m.invoice_date) FILTER (WHERE m.move_type = 'out_invoice') AS days
                 FROM account_move m JOIN res_partner p ON p.id = m.partner_id WHERE m.state = 'posted' GROUP BY 1"""
    found = {row["name"]: (Decimal(row["revenue"]), row["days"]) for row in rows(copied[0], query)}
    assert found == {name: (total, len(days)) for name, (total, days) in expected.items()}
    assert len(found) > 50


def test_every_customer_has_facts_a_stage_and_a_dated_history(copied):
    query = """SELECT p.ref, c.net_revenue, sum(m.amount_untaxed_signed) AS revenue, c.stage_id,
                      (SELECT count(*) FROM crm_lifecycle_transition t
                        WHERE t.partner_id = p.id AND t.kind = 'stage' AND t.superseded_at IS NULL AND t.effective_at IS NOT NULL) AS steps
                 FROM account_move m JOIN res_partner p ON p.id = m.partner_id LEFT JOIN crm_lifecycle_customer c ON c.partner_id = p.id
                WHERE m.state = 'posted' AND p.ref IS NOT NULL GROUP BY p.id, c.net_revenue, c.stage_id"""
    found = rows(copied[0], query)
    assert len(found) > 50
    for row in found:
        assert row["net_revenue"] == row["revenue"], row
        assert row["stage_id"] and row["steps"], row


HEADER = SAMPLE.read_text().splitlines()[0].encode() + b"\n"
REFUSED = {
    "empty": (b"", "is empty"),
    "gzip": (b"\x1f\x8bnot gzip at all", "not a sound gzip"),
    "columns": (SAMPLE.read_bytes().replace(b"StockCode", b"Stock"), "other columns"),
    "half": (SAMPLE.read_bytes()[:-30], "cut off"),
    "half gzip": (gzip.compress(SAMPLE.read_bytes())[:-50], "cut off"),
    "latin": (SAMPLE.read_bytes() + b"539412,1,caf\xe9,1,2010-12-17 13:39:00,1,,EIRE\n", "not UTF-8"),
    "negative": (HEADER + b"700001,1,A,1,2010-12-17 13:39:00,-1,,EIRE\n", "no line of the file can be booked"),
    "1899": (HEADER + b"700001,1,A,1,1899-12-30 13:39:00,1,,EIRE\n", "no line of the file can be booked"),
    "zeros": (bytes(1 << 20), "longer than"),
    "missing": (None, "there is no file"),
}


def test_a_bad_file_leaves_the_database_as_it_was(copied, tmp_path):
    def attempt(name):
        path = tmp_path / f"{name}.csv"
        if REFUSED[name][0] is not None:
            path.write_bytes(REFUSED[name][0])
        process = start(copied[0], path)
        _output, errors = process.communicate(timeout=120)
        return name, process.returncode, errors

    before = size_of_everything(copied[0])
    with ThreadPoolExecutor(2) as pool:
        for name, status, errors in pool.map(attempt, REFUSED):
            assert status == 1, name
            assert "workbench: nothing was loaded: " in errors
            assert REFUSED[name][1] in errors
            assert "Traceback" not in errors
    assert size_of_everything(copied[0]) == before


@pytest.mark.parametrize("words", [(), ("--through-orm",)])
def test_a_killed_load_goes_on(copied, new_database, sales_file, words):
    database = new_database()
    process = start(database, sales_file, *words)
    for line in process.stderr:
        if "posting" in line:
            break
    process.send_signal(signal.SIGKILL)
    process.communicate()
    (there,) = rows(database, "SELECT count(*) AS count FROM account_move")
    complete, lines = books(copied[0])
    assert there["count"] < len(complete)
    assert bool(there["count"]) == bool(words)
    # The same way again: the other one would give some credit notes other numbers.
    run(database, sales_file, *words)
    moves, other_lines = books(database)
    assert moves == complete
    assert other_lines == lines


def test_a_line_mended_later_is_reported_not_added(copied, tmp_path):
    path = tmp_path / "sales.csv"
    path.write_text(
        "\n".join([SAMPLE.read_text().splitlines()[0], *EDGES.splitlines()[:2]]) + "\n600001,E9,New,1,2010-12-20 09:00:00,1.00,15290,EIRE\n"
    )
    before = size_of_everything(copied[0])
    output = run(copied[0], path)
    assert "line 4: invoice 600001 was loaded before without this line" in output
    assert figures(output)["lines posted before"] == 2
    assert size_of_everything(copied[0]) == before

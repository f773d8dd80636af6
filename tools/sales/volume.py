"""Large volumes of posted documents for benchmarks, made inside the database from rows that Odoo itself posted."""

from datetime import date, timedelta

from odoo import SUPERUSER_ID, Command
from odoo.tools import SQL

from . import references, templates
from .copy_writer import MOVE, NOW, PRODUCT_LINE, RECEIVABLE_LINE, STAGE, CopyWriter
from .ledger import QUIET, Ledger

FIRST_DAY = date(2022, 1, 3)
DAYS = 1300
PRODUCTS = 200
CHUNK = 200_000
REFUNDS = 12  # one document in so many is a credit note

# ``h`` gives each document a number of its own that depends on the seed only, so that the same call gives the same volume.
DOCUMENTS = """
INSERT INTO load_move
SELECT d.id, d.kind, 'V' || d.place, p.id, p.name, NULL, d.receivable, %(account)s, NULL, NULL, NULL, %(first)s::date + d.day,
       CASE d.kind WHEN 'out_refund' THEN -1 ELSE 1 END, d.total, d.total, 'not_paid', NULL, NULL, NULL
  FROM (SELECT i AS place, %(move)s + i AS id, %(line)s + i AS receivable,
               CASE WHEN abs(hashint8extended(i, %(seed)s + 1) %% %(refunds)s) = 0 THEN 'out_refund' ELSE 'out_invoice' END AS kind,
               -- Squaring makes some customers buy often and many once.
               floor(power(abs(hashint8extended(i, %(seed)s + 2) %% 1000000) / 1e6, 2) * %(customers)s)::int AS customer,
               abs(hashint8extended(i, %(seed)s + 3) %% %(days)s)::int AS day,
               (1 + abs(hashint8extended(i, %(seed)s + 4) %% 100000))::numeric / 100 AS total
          FROM generate_series(%(low)s, %(high)s) i) d
  JOIN load_partner p ON p.place = d.customer
"""
LINES = """
INSERT INTO load_line
SELECT m.number, m.id, %(income)s, g.id, g.uom, g.name, 1, m.total, m.total
  FROM (SELECT *, abs(hashint8extended(id::bigint, %(seed)s + 5) %% %(products)s) AS good FROM load_move) m
  JOIN load_good g ON g.place = m.good
"""


def generate(env, customers: int, documents: int, seed: int = 0) -> dict[str, int]:
    """Make ``customers`` partners and ``documents`` posted invoices and credit notes for them, each with one line. Commits nothing.

    Returns the first and last id of what was made: ``{"partner_first", "partner_last", "move_first", "move_last"}``.
    """
    env = env(user=SUPERUSER_ID, context={**env.context, **QUIET})
    ledger = Ledger(env)
    ledger.check()
    days = [FIRST_DAY + timedelta(days=number) for number in range(0, DAYS, 14)] + [FIRST_DAY + timedelta(days=DAYS - 1)]
    found = templates.learn(ledger, days)
    partner_template = _partner_template(env)
    writer = CopyWriter(ledger)
    cursor = env.cr
    env.flush_all()
    cursor.execute(STAGE)
    writer._keep_templates(found)
    goods = _goods(env)
    first_partner = reserve(cursor, "res_partner", customers)
    first_move = reserve(cursor, "account_move", documents)
    first_line = reserve(cursor, "account_move_line", documents)
    condition = {
        "res_partner": f"r.id BETWEEN {first_partner} AND {first_partner + customers - 1}",
        "account_move": f"r.id BETWEEN {first_move} AND {first_move + documents - 1}",
        "account_move_line": f"r.move_id BETWEEN {first_move} AND {first_move + documents - 1}",
    }
    with references.checked_at_once(cursor, condition):
        _partners(env, writer, partner_template, first_partner, customers)
        cursor.execute("DROP TABLE IF EXISTS load_good")
        cursor.execute("CREATE TEMP TABLE load_good (place int PRIMARY KEY, id int, uom int, name varchar) ON COMMIT DROP")
        writer._copy("load_good", [(place, good.id, good.uom_id.id, good.name) for place, good in enumerate(goods)])
        journal = env["account.journal"].browse(found.journal)
        values = {
            "first": FIRST_DAY,
            "days": DAYS,
            "seed": seed,
            "customers": customers,
            "products": len(goods),
            "refunds": REFUNDS,
            "move": first_move - 1,
            "line": first_line - 1,
            "account": env.company.partner_id.property_account_receivable_id.id,
            "income": (goods[0].product_tmpl_id._get_product_accounts()["income"] or journal.default_account_id).id,
        }
        statements = [
            writer._insert("account_move", MOVE, "load_move s JOIN load_account_move_template t USING (kind) ORDER BY s.id"),
            writer._insert(
                "account_move_line",
                PRODUCT_LINE,
                "load_line l JOIN load_move s ON s.id = l.move_id JOIN load_product_line_template t USING (kind) ORDER BY s.id",
            ),
            writer._insert(
                "account_move_line", RECEIVABLE_LINE, "load_move s JOIN load_receivable_line_template t USING (kind) ORDER BY s.id"
            ),
        ]
        for low in range(1, documents + 1, CHUNK):
            cursor.execute("TRUNCATE load_move, load_line")
            cursor.execute(DOCUMENTS, {**values, "low": low, "high": min(low + CHUNK - 1, documents)})
            _number(env, found)
            cursor.execute("ANALYZE load_move")
            cursor.execute(LINES, values)
            for statement in statements:
                cursor.execute(statement)
    cursor.execute(
        """UPDATE res_partner p SET customer_rank = made.count
             FROM (SELECT partner_id, count(*) FROM account_move WHERE id BETWEEN %s AND %s GROUP BY 1) made WHERE p.id = made.partner_id""",
        [first_move, first_move + documents - 1],
    )
    env.invalidate_all()
    return {
        "partner_first": first_partner,
        "partner_last": first_partner + customers - 1,
        "move_first": first_move,
        "move_last": first_move + documents - 1,
    }


def reserve(cursor, table: str, count: int) -> int:
    """The first of ``count`` ids in a row that nobody else gets."""
    cursor.execute(f"LOCK TABLE {table} IN SHARE ROW EXCLUSIVE MODE")
    cursor.execute(f"SELECT nextval(pg_get_serial_sequence('{table}', 'id'))")
    (first,) = cursor.fetchone()
    cursor.execute(f"SELECT setval(pg_get_serial_sequence('{table}', 'id'), %s)", [first + max(count, 1)])
    return first


def _goods(env):
    nothing = {"taxes_id": [Command.clear()], "supplier_taxes_id": [Command.clear()], "type": "consu"}
    return env["product.product"].create([{"name": f"Volume {n}", "default_code": f"V{n}", **nothing} for n in range(PRODUCTS)])


def _partner_template(env) -> str:
    """A partner's row as the ORM writes it. To be taken before tables are locked: it needs a cursor of its own."""
    with env.registry.cursor() as other:
        model = env["res.partner"].with_env(env(cr=other))
        partner = model.create({"name": "Volume customer", "is_company": True})
        model.env.flush_all()
        ((template,),) = model.env.execute_query(SQL("SELECT to_json(p)::text FROM res_partner p WHERE id = %s", partner.id))
        other.rollback()
    return template


def _partners(env, writer: CopyWriter, template: str, first: int, count: int) -> None:
    """Partners like one that the ORM makes, without a country, so that no fiscal position applies."""
    own = {
        "id": "s.id",
        "commercial_partner_id": "s.id",
        "name": "s.name",
        "complete_name": "s.name",
        "commercial_company_name": "s.name",
        "ref": "s.ref",
        "create_date": NOW,
        "write_date": NOW,
    }
    env.cr.execute("DROP TABLE IF EXISTS load_partner")
    env.cr.execute("CREATE TEMP TABLE load_partner (place int PRIMARY KEY, id int, name varchar, ref varchar) ON COMMIT DROP")
    env.cr.execute(
        "INSERT INTO load_partner SELECT i, %s + i, 'Volume customer ' || (%s + i), 'V' || (%s + i) FROM generate_series(0, %s) i",
        [first, first, first, count - 1],
    )
    env.cr.execute("ANALYZE load_partner")
    source = "load_partner s CROSS JOIN json_populate_record(NULL::res_partner, %s::json) t ORDER BY s.id"
    env.cr.execute(writer._insert("res_partner", own, source), [template])


def _number(env, found) -> None:
    """Give the staged documents their names, by day, in each series where Odoo would go on."""
    series: dict[int, tuple] = {}
    for (kind, year, month), numbering in found.numberings.items():
        series.setdefault(id(numbering), (numbering, []))[1].append((kind, year, month))
    for numbering, months in series.values():
        probe = numbering.name(numbering.last + 1)
        prefix, _number = templates.split_name(env, probe)
        width = numbering.values["seq_length"]
        env.cr.execute(
            """WITH numbered AS (
                   SELECT id, %(last)s + row_number() OVER (ORDER BY day, id) AS number FROM load_move
                    WHERE (kind, extract(year FROM day)::int, extract(month FROM day)::int) IN %(months)s)
               UPDATE load_move m SET number = n.number, prefix = %(prefix)s,
                      name = %(prefix)s || lpad(n.number::text, greatest(%(width)s, length(n.number::text)), '0')
                 FROM numbered n WHERE n.id = m.id""",
            {"last": numbering.last, "months": tuple(months), "prefix": prefix, "width": width},
        )
        numbering.last += env.cr.rowcount

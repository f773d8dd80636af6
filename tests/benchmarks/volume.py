"""Posted documents by the million for benchmarks of what reads documents without their lines, made by set-based SQL."""

import json
from contextlib import contextmanager

from odoo import Command
from odoo.tools import SQL

from tools.sales.volume import reserve

FIRST_DAY = "2022-01-03"
DAYS = 1400
# Documents of ten customers out of ten, in per cent of all: most buy a few times, few buy often.
SHARES = (1, 1, 2, 3, 5, 8, 10, 15, 20, 35)
REFUNDS = 12  # one document in so many is a credit note on the one before it


def documents(env, customers: int, count: int, seed: int = 1) -> range:
    """Make ``customers`` partners with ``count`` posted invoices and credit notes, in order of their days; the ids of the partners.

    Customers buy in a rhythm of their own, with a jitter of a third, for a part of four years. Rows are copies of documents
    that Odoo posted, with another contact, day and amount, without lines. Commits.
    """
    partner = env["res.partner"].create({"name": "Volume customer", "is_company": True, "customer_rank": 1})
    line = Command.create({"name": "Thing", "price_unit": 5, "tax_ids": []})
    invoice = env["account.move"].create(
        {"move_type": "out_invoice", "partner_id": partner.id, "invoice_date": FIRST_DAY, "invoice_line_ids": [line]}
    )
    invoice.action_post()
    refund = invoice._reverse_moves([{"invoice_date": FIRST_DAY}])
    refund.action_post()
    env.flush_all()
    cursor = env.cr
    with unchecked(cursor, ("res_partner", "account_move")):
        first_partner = reserve(cursor, "res_partner", customers)
        named = dict.fromkeys(("name", "complete_name"), "'Volume customer ' || s.id")
        source = f"generate_series({first_partner}, {first_partner + customers - 1}) s(id)"
        _insert(cursor, partner, {"id": "s.id", "commercial_partner_id": "s.id", **named}, source)
        per_customer = count / customers
        cursor.execute(
            SQL(
                """
                CREATE TEMPORARY TABLE volume AS
                SELECT row_number() OVER (ORDER BY day, customer, place) AS place, customer, day, amount, credits, place AS turn
                  FROM (
                    SELECT customer, place,
                           least(start + (length * (place + .35 * noise) / number)::int, %(days)s - 1) AS day,
                           (1 + abs(hashint8extended(customer * 1000 + place, %(seed)s + 4) %% 100000))::numeric / 100 AS amount,
                           place > 0 AND abs(hashint8extended(customer * 1000 + place, %(seed)s + 5) %% %(refunds)s) = 0 AS credits
                      FROM (
                        SELECT customer, number, start, (20 + (%(days)s - 20 - start) * share)::int AS length
                          FROM (
                            SELECT i AS customer,
                                   greatest(1, round(%(per_customer)s / 10 * (%(shares)s)[1 + i %% 10]))::int AS number,
                                   (abs(hashint8extended(i, %(seed)s + 1) %% 1000) / 1e3 * .7 * %(days)s)::int AS start,
                                   .4 + .6 * abs(hashint8extended(i, %(seed)s + 2) %% 1000) / 1e3 AS share
                              FROM generate_series(0, %(customers)s - 1) i
                          ) customer
                      ) life
                      CROSS JOIN LATERAL generate_series(0, number - 1) place
                      CROSS JOIN LATERAL (SELECT 2 * abs(hashint8extended(customer * 1000 + place, %(seed)s + 3) %% 1000) / 1e3 - 1 AS noise) noise
                  ) document
                """,
                days=DAYS,
                seed=seed,
                refunds=REFUNDS,
                per_customer=per_customer,
                shares=list(SHARES),
                customers=customers,
            )
        )
        made = cursor.rowcount
        cursor.execute(
            """
            CREATE TEMPORARY TABLE volume_document AS
            SELECT *, CASE WHEN credits THEN lag(place) OVER (PARTITION BY customer ORDER BY turn) END AS origin FROM volume ORDER BY place
            """
        )
        first = reserve(cursor, "account_move", made)
        own = {
            "id": f"{first - 1} + s.place",
            "name": "'V' || s.place",
            "partner_id": f"{first_partner} + s.customer",
            "commercial_partner_id": f"{first_partner} + s.customer",
            "date": f"'{FIRST_DAY}'::date + s.day",
            "invoice_date": f"'{FIRST_DAY}'::date + s.day",
        }
        for template, sign, origin in ((invoice, "", "NULL"), (refund, "-", f"{first - 1} + s.origin")):
            own |= {"amount_untaxed_signed": f"{sign}s.amount", "amount_total_signed": f"{sign}s.amount", "reversed_entry_id": origin}
            _insert(cursor, template, own, f"(SELECT * FROM volume_document WHERE {'NOT' if not sign else ''} credits) s")
        cursor.execute("DROP TABLE volume, volume_document")
    env.invalidate_all()
    cursor.commit()
    cursor.execute("ANALYZE res_partner, account_move")
    cursor.commit()
    return range(first_partner, first_partner + customers)


@contextmanager
def unchecked(cursor, tables: tuple[str, ...]):
    """Without foreign keys' checks and with the indexes of ``tables`` made anew at the end: the database is a throw-away one."""
    cursor.execute("SET LOCAL session_replication_role = replica")
    cursor.execute(
        """SELECT index.indexrelid::regclass::text, pg_get_indexdef(index.indexrelid) FROM pg_index index
            WHERE index.indrelid = ANY(%s::regclass[]) AND NOT EXISTS (SELECT FROM pg_constraint WHERE conindid = index.indexrelid)""",
        [list(tables)],
    )
    indexes = cursor.fetchall()
    for name, _definition in indexes:
        cursor.execute(f"DROP INDEX {name}")
    yield
    for _name, definition in indexes:
        cursor.execute(definition)
    cursor.execute("SET LOCAL session_replication_role = origin")


def _insert(cursor, template, own: dict[str, str], source: str) -> None:
    """Copies of a record's row, one for each row ``s`` of ``source``, with the columns ``own`` set to expressions over it."""
    cursor.execute(f"SELECT to_json(t)::text FROM {template._table} t WHERE id = %s", [template.id])
    ((row,),) = cursor.fetchall()
    columns = [name for name, value in json.loads(row).items() if value is not None or name in own]
    values = ", ".join(own.get(name, f't."{name}"') for name in columns)
    names = ", ".join(f'"{name}"' for name in columns)
    cursor.execute(
        f"INSERT INTO {template._table} ({names}) "
        f"SELECT {values} FROM {source} CROSS JOIN json_populate_record(NULL::{template._table}, %s::json) t",
        [row],
    )

"""The snapshot of a customer beside an empty JSON route, by requests to worker processes as the browser makes them, for small and huge families,
those who have long bought nothing, and those of many contacts who hardly buy; and the timeline's page 200 beside its page 1.

The empty route is Odoo's check of a session (``/web/session/check``). What Odoo takes to answer whether a contact may be read
(``has_access`` by ``call_kw``) is shown for comparison. Requests of all kinds take turns, so that what else the machine does hits all alike.

``BENCH_ORDERS`` and ``BENCH_CONTACTS`` set another size of the largest family than the scale's.
"""

import http.client
import json
import os
import statistics
import time
from urllib.parse import urlsplit

from odoo import Command
from odoo.tools import SQL

from tests.benchmarks.ground import LARGE, environment
from tests.benchmarks.serving import served
from tools.bench import figure
from tools.camera import Session
from tools.sales.volume import generate

EVERYBODY = (20_000, 200_000) if LARGE else (1_000, 10_000)
ORDERS = int(os.environ.get("BENCH_ORDERS") or (10_000 if LARGE else 4_500))
CONTACTS = int(os.environ.get("BENCH_CONTACTS") or (100_000 if LARGE else 1_000))
TURNS = 100
# Each of the processes plans what it asks, and fills its caches.
WARM = 8
HEAD = ["who", "standing"]
PAGE = 20
PAID_AFTER = 30
LONG_AGO = 500


def main() -> None:
    with environment() as env:
        generate(env, *EVERYBODY, seed=1)
        settle(env)
        env["crm.lifecycle.customer"]._rebuild_all()
        families = {
            "1_contact_1_order": family(env, 1, 1),
            "1000_contacts_100_orders": family(env, 1_000, 100),
            "3000_contacts_3_orders": family(env, 3_000, 3),
            f"20_contacts_{ORDERS}_orders_{LONG_AGO}_days_ago": family(env, 20, ORDERS, LONG_AGO),
            f"20_contacts_{ORDERS}_orders": family(env, 20, ORDERS),
            f"{CONTACTS}_contacts_{ORDERS}_orders": family(env, CONTACTS, ORDERS),
        }
        talk(env)
        env["crm.lifecycle.dirty"]._drain(limit=100_000)
        env.cr.commit()
        # As a database is that has been in use for some time; autovacuum would work beside the first requests.
        env.cr._cnx.autocommit = True
        env.cr.execute("VACUUM ANALYZE")
        env.cr._cnx.autocommit = False
        counts = {queries(env, partner) for partner in families.values()}
        database = env.cr.dbname
        env.cr.commit()
    figure("snapshot_queries", max(counts), 10)
    figure("snapshot_queries_differ_by_size", max(counts) - min(counts), 0)
    with served(database) as (address, _log):
        client = Client(address, Session(address, database, "admin"))
        for label, partner in families.items():
            page(client, label, partner)
        timeline(client, partner)


def page(client, label: str, partner: int) -> None:
    """The requests that the page of a customer makes, and one for all there is."""
    available = client.ask(*call(partner, "crm_lifecycle_snapshot", {"sections": []}))[1]["available"]
    sections = [name for name in available if name not in HEAD]
    asked = {
        "empty": ("/web/session/check", {}),
        "may_read": call(partner, "has_access", {"operation": "read"}),
        "head": call(partner, "crm_lifecycle_snapshot", {"sections": HEAD}),
        # The page asks for what is below its head one by one, so that nothing waits for the slowest.
        **{name: call(partner, "crm_lifecycle_snapshot", {"sections": [name]}) for name in sections},
        "all": call(partner, "crm_lifecycle_snapshot", {}),
    }
    taken, size = {name: [] for name in asked}, 0
    for turn in range(WARM + TURNS):
        for name, request in asked.items():
            seconds, answer = client.ask(*request)
            if turn >= WARM:
                taken[name].append(seconds)
            if name == "all":
                size = max(size, len(json.dumps(answer)))
    middle = {name: statistics.median(values) / statistics.median(taken["empty"]) for name, values in taken.items()}
    worst = {name: percentile(values) / percentile(taken["empty"]) for name, values in taken.items()}
    print(label, *(f"{name} {middle[name]:.2f}/{worst[name]:.2f}" for name in asked), sep="; ")
    slowest = max(sections, key=worst.get)
    print(f"slowest section: {slowest}")
    figure(f"{label}_empty_route_p95_ms", percentile(taken["empty"]) * 1000)
    figure(f"{label}_head_p95_over_empty", worst["head"], 4)
    figure(f"{label}_slowest_section_p95_over_empty", worst[slowest], 4)
    figure(f"{label}_all_at_once_p95_ms", percentile(taken["all"]) * 1000)
    figure(f"{label}_all_at_once_p95_over_empty", worst["all"], 4)
    figure(f"{label}_all_at_once_over_may_read", middle["all"] / middle["may_read"])
    figure(f"{label}_kilobytes", size / 1024, 30)


def timeline(client, partner: int) -> None:
    """Page 200 beside page 1, each with its own cursor."""
    cursor, cursors = None, []
    for _page in range(200):
        cursors.append(cursor)
        cursor = client.ask(*call(partner, "crm_lifecycle_timeline", {"cursor": cursor, "limit": PAGE}))[1]["next"]
    taken = {
        page: statistics.median(
            client.ask(*call(partner, "crm_lifecycle_timeline", {"cursor": cursors[page], "limit": PAGE}))[0] for _turn in range(TURNS)
        )
        for page in (0, 199)
    }
    figure("timeline_page_1_ms", taken[0] * 1000)
    figure("timeline_page_200_over_page_1", taken[199] / taken[0], 1.5)


class Client:
    """Asks by JSON over one connection, as the user of a session. A larger library's own time would be part of each figure."""

    def __init__(self, address: str, session: Session):
        self.connection = http.client.HTTPConnection(urlsplit(address).netloc)
        self.headers = {"Content-Type": "application/json", "Cookie": f"session_id={session.cookie()}"}

    def ask(self, path: str, params: dict):
        """(seconds until the answer had come, the answer)."""
        start = time.perf_counter()
        self.connection.request("POST", path, json.dumps({"jsonrpc": "2.0", "params": params}), self.headers)
        body = self.connection.getresponse().read()
        seconds = time.perf_counter() - start
        answer = json.loads(body)
        if "error" in answer:
            raise SystemExit(answer["error"]["data"]["debug"])
        return seconds, answer.get("result")


def call(partner: int, method: str, kwargs: dict):
    context = {"lang": "en_US", "tz": "Asia/Jakarta", "allowed_company_ids": [1]}
    params = {"model": "res.partner", "method": method, "args": [[partner]], "kwargs": {**kwargs, "context": context}}
    return f"/web/dataset/call_kw/res.partner/{method}", params


def queries(env, partner: int) -> int:
    admin = env.ref("base.user_admin")
    seen = env["res.partner"].with_user(admin).browse(partner)
    for _turn in range(2):
        seen.crm_lifecycle_snapshot()
        env.invalidate_all()
    before = env.cr.sql_log_count
    seen.crm_lifecycle_snapshot()
    return env.cr.sql_log_count - before


def percentile(values: list[float]) -> float:
    return sorted(values)[int(len(values) * 0.95)]


def settle(env) -> None:
    """Everybody's invoices of more than ``PAID_AFTER`` days ago are paid."""
    env.cr.execute(
        """
        UPDATE account_move_line line SET reconciled = TRUE, amount_residual = 0, amount_residual_currency = 0 FROM account_account account
         WHERE account.id = line.account_id AND account.account_type = 'asset_receivable' AND line.date < current_date - %s
        """,
        [PAID_AFTER],
    )
    env.cr.execute(
        """
        UPDATE account_move SET payment_state = 'paid', amount_residual = 0, amount_residual_signed = 0
         WHERE move_type IN ('out_invoice', 'out_refund') AND invoice_date < current_date - %s
        """,
        [PAID_AFTER],
    )


def talk(env) -> None:
    """A note on each of everybody's invoices that has none."""
    note = env["mail.message"].search([("message_type", "=", "comment"), ("model", "=", "account.move")], limit=1)
    names = [name for name, field in note._fields.items() if name not in ("id", "res_id", "date") and field.store and field.column_type]
    columns = SQL(", ").join(map(SQL.identifier, names))
    env.cr.execute(
        SQL(
            """
            INSERT INTO mail_message (res_id, date, %(columns)s)
            SELECT move.id, move.invoice_date, %(columns)s FROM mail_message message
              JOIN (SELECT id, invoice_date FROM account_move WHERE invoice_date IS NOT NULL) move
                ON NOT EXISTS (SELECT FROM mail_message known WHERE known.model = 'account.move' AND known.res_id = move.id)
             WHERE message.id = %(note)s
            """,
            columns=columns,
            note=note.id,
        )
    )


def family(env, contacts: int, orders: int, ago: int = 0) -> int:
    """A customer with so many contacts, orders and invoices spread over them, one an hour until some days ``ago``, and two notes on each; copies
    of what Odoo made.

    What is older than ``PAID_AFTER`` days is invoiced and paid.
    """
    partner = env["res.partner"].create({"name": f"Family of {contacts}", "is_company": True})
    child = env["res.partner"].create({"name": "Contact", "parent_id": partner.id})
    product = env["product.product"].search([("sale_ok", "=", True)], limit=1)
    order = env["sale.order"].create({"partner_id": child.id, "order_line": [Command.create({"product_id": product.id})]})
    order.action_confirm()
    move, paid = env["account.move"].create(
        [
            {
                "move_type": "out_invoice",
                "partner_id": child.id,
                "invoice_date": day,
                "invoice_line_ids": [Command.create({"product_id": product.id, "price_unit": 5, "tax_ids": []})],
            }
            for day in ("2026-01-10", "2020-01-10")
        ]
    )
    (move | paid).action_post()
    env["account.payment.register"].with_context(active_model="account.move", active_ids=paid.ids).create({})._create_payments()
    env["crm.lead"].create({"name": "Interest", "partner_id": child.id, "type": "opportunity"})
    env.flush_all()
    copy(env, "res.partner", child, contacts - 1)
    env.cr.execute("CREATE TEMPORARY TABLE IF NOT EXISTS person (place integer PRIMARY KEY, id integer)")
    env.cr.execute("TRUNCATE person")
    env.cr.execute("INSERT INTO person SELECT row_number() OVER (ORDER BY id) - 1, id FROM res_partner WHERE parent_id = %s", [partner.id])
    person = SQL("(SELECT person.id FROM person WHERE place = n %% %s)", contacts)
    day = SQL("now() AT TIME ZONE 'UTC' - (n + %s) * interval '1 hour'", ago * 24)
    settled = SQL("n > %s", (PAID_AFTER - ago) * 24)

    def if_settled(value: SQL, column: str) -> SQL:
        return SQL("CASE WHEN %s THEN %s ELSE %s END", settled, value, SQL.identifier(column))

    ordered = copy(
        env,
        "sale.order",
        order,
        orders - 1,
        partner_id=person,
        partner_invoice_id=person,
        date_order=day,
        name=SQL("'S' || n"),
        invoice_status=if_settled(SQL("'invoiced'"), "invoice_status"),
    )
    copy(
        env,
        "sale.order.line",
        order.order_line,
        orders - 1,
        order_id=SQL("(SELECT %s - n)", ordered),
        order_partner_id=person,
        invoice_status=if_settled(SQL("'invoiced'"), "invoice_status"),
        qty_delivered=if_settled(SQL("product_uom_qty"), "qty_delivered"),
        qty_invoiced=if_settled(SQL("product_uom_qty"), "qty_invoiced"),
        untaxed_amount_to_invoice=if_settled(SQL("0"), "untaxed_amount_to_invoice"),
    )
    invoiced = copy(
        env,
        "account.move",
        move,
        orders - 1,
        partner_id=person,
        invoice_date=day,
        name=SQL("'I' || %s || n", partner.id),
        payment_state=if_settled(SQL("'paid'"), "payment_state"),
        amount_residual=if_settled(SQL("0"), "amount_residual"),
    )
    made = SQL("(SELECT %s - n)", invoiced)
    note = move.message_post(body="Called", message_type="comment", subtype_xmlid="mail.mt_note")
    for model, end in (("sale.order", ordered), ("account.move", invoiced)):
        document = SQL("%s - 1 - n %% %s", end, orders)
        copy(env, "mail.message", note, 2 * orders, model=SQL("%s", model), res_id=document, date=day)
    receivable = move.line_ids.filtered(lambda line: line.display_type == "payment_term")
    lines = copy(
        env,
        "account.move.line",
        receivable,
        orders - 1,
        move_id=made,
        reconciled=if_settled(SQL("TRUE"), "reconciled"),
        amount_residual=if_settled(SQL("0"), "amount_residual"),
        amount_residual_currency=if_settled(SQL("0"), "amount_residual_currency"),
    )
    copy(env, "account.move.line", move.invoice_line_ids, orders - 1, move_id=made)
    debit = SQL("CASE WHEN %s THEN %s - n ELSE debit_move_id END", settled, lines)
    when = SQL("(%s + %s * interval '1 day')::date", day, PAID_AFTER)
    copy(env, "account.partial.reconcile", paid.line_ids.matched_credit_ids, orders - 1, debit_move_id=debit, max_date=when)
    env.invalidate_all()
    env["crm.lifecycle.dirty"]._mark(partner)
    return partner.id


def copy(env, model: str, record, number: int, /, **changed) -> int:
    """Insert ``number`` copies of a record's row, the n-th with these columns changed. Returns an id from which the n-th is n less."""
    fields = env[model]._fields
    names = [name for name, field in fields.items() if name != "id" and field.store and field.column_type]
    table = SQL.identifier(env[model]._table)
    env.cr.execute(SQL("SELECT COALESCE(max(id), 0) FROM %s", table))
    (last,) = env.cr.fetchone()
    env.cr.execute(
        SQL(
            "INSERT INTO %s (id, %s) SELECT %s - n, %s FROM %s, generate_series(1, %s) n WHERE id = %s",
            table,
            SQL(", ").join(map(SQL.identifier, names)),
            last + number + 1,
            SQL(", ").join(changed.get(name, SQL.identifier(name)) for name in names),
            table,
            number,
            record.id,
        )
    )
    env.cr.execute(SQL("SELECT setval(pg_get_serial_sequence(%s, 'id'), %s)", env[model]._table, last + number + 1))
    return last + number + 1


if __name__ == "__main__":
    main()

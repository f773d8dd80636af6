"""Nightly expiry against bare SQL that writes the same rows, and what the ledger adds to confirming an order.

``BENCH_CARDS`` sets another volume than the scale's; there are three lots a card, and for three cards in ten one of them is due.
"""

import os
import resource
import statistics
from datetime import date

from odoo import SUPERUSER_ID, api, sql_db
from odoo.fields import Command
from odoo.modules.registry import Registry
from odoo.tools import SQL

from tests.benchmarks.ground import LARGE, environment, processor_seconds, timed
from tests.benchmarks.volume import unchecked
from tools.bench import figure
from tools.database import Workshop
from tools.postgres import Server

CARDS = int(os.environ.get("BENCH_CARDS") or (1_000_000 if LARGE else 50_000))
ORDERS = int(os.environ.get("BENCH_ORDERS") or (200 if LARGE else 60))
WARM = 5

LEDGER_TABLES = ("crm_loyalty_entry", "crm_loyalty_lot", "crm_loyalty_allocation")
LEDGER = """
INSERT INTO crm_loyalty_entry (card_id, program_id, company_id, points, kind, event_key, description, qualifying, user_id, posted_at)
SELECT card.id, card.program_id, %(company)s, 10 * lot, 'event', 'bench:' || card.id || ':' || lot, 'Gift', FALSE, 1, now() AT TIME ZONE 'UTC'
  FROM loyalty_card card CROSS JOIN generate_series(1, 3) AS lot WHERE card.program_id = %(program)s;
INSERT INTO crm_loyalty_lot (card_id, program_id, entry_id, points, remaining, expiration_date)
SELECT card_id, program_id, id, points, points,
       CASE WHEN points = 10 AND card_id %% 10 < 3 THEN DATE '2020-01-01' WHEN points = 20 THEN DATE '2099-01-01' END
  FROM crm_loyalty_entry WHERE program_id = %(program)s;
"""
BARE = """
INSERT INTO crm_loyalty_entry
       (card_id, program_id, company_id, points, kind, event_key, description, qualifying, res_model, res_id, user_id, posted_at)
SELECT card_id, program_id, %(company)s, -remaining, 'expire', 'expire:' || id || ':' || %(day)s, 'Points expired', FALSE, 'crm.loyalty.lot',
       id, 1, now() AT TIME ZONE 'UTC' FROM crm_loyalty_lot WHERE expiration_date < %(day)s AND remaining > 0;
INSERT INTO crm_loyalty_allocation (lot_id, entry_id, points) SELECT res_id, id, -points FROM crm_loyalty_entry WHERE kind = 'expire';
INSERT INTO loyalty_history (card_id, description, issued, used, create_uid, create_date, write_uid, write_date)
SELECT card_id, description, 0, -points, 1, now() AT TIME ZONE 'UTC', 1, now() AT TIME ZONE 'UTC' FROM crm_loyalty_entry WHERE kind = 'expire';
UPDATE loyalty_card card SET points = card.points + entry.points, write_uid = 1, write_date = now() AT TIME ZONE 'UTC'
  FROM (SELECT card_id, sum(points) AS points FROM crm_loyalty_entry WHERE kind = 'expire' GROUP BY card_id) AS entry
 WHERE card.id = entry.card_id;
UPDATE crm_loyalty_lot SET remaining = 0 WHERE expiration_date < %(day)s AND remaining > 0;
"""


def _names(*tables: str) -> SQL:
    return SQL(", ").join(map(SQL.identifier, tables))


def _analyse(env, *tables: str) -> None:
    """Commit, and tell PostgreSQL how large the tables are. A bare ANALYZE would wait for whoever holds a catalogue that databases share."""
    env.cr.commit()
    env.cr.execute(SQL("ANALYZE %s", _names("res_partner", "loyalty_card", *tables)))
    env.cr.commit()


def fill(env, cards: int):
    """A loyalty program with so many cards, each of a customer of its own, written by SQL."""
    program = env["loyalty.program"].create(
        {
            "name": "Bench",
            "program_type": "loyalty",
            "applies_on": "both",
            "trigger": "auto",
            "rule_ids": [Command.create({"reward_point_mode": "money", "reward_point_amount": 1, "minimum_qty": 0})],
            "reward_ids": [Command.create({"discount_mode": "per_point", "discount": 0.01, "required_points": 1})],
        }
    )
    env.flush_all()
    pattern = env["res.partner"].create({"name": "Pattern"})
    env.flush_all()
    columns = [name for name, field in env["res.partner"]._fields.items() if field.store and field.column_type and name != "id"]
    special = {"name": "'Customer ' || number", "complete_name": "'Customer ' || number", "commercial_partner_id": "partner.id + number"}
    env.cr.execute(
        f"""
        INSERT INTO res_partner (id, {", ".join(columns)})
        SELECT partner.id + number, {", ".join(special.get(name, f"partner.{name}") for name in columns)}
          FROM res_partner partner CROSS JOIN generate_series(1, %s) AS number WHERE partner.id = %s
        """,
        [cards, pattern.id],
    )
    env.cr.execute("SELECT setval('res_partner_id_seq', (SELECT max(id) FROM res_partner))")
    env.cr.execute(
        """
        INSERT INTO loyalty_card (program_id, company_id, partner_id, points, code, active, create_uid, create_date, write_uid, write_date)
        SELECT %s, %s, %s + number, 60, 'bench-' || number, TRUE, 1, now(), 1, now() FROM generate_series(1, %s) AS number
        """,
        [program.id, program.company_id.id or None, pattern.id, cards],
    )
    _analyse(env)
    env.invalidate_all()
    return program


def expiry(env, program) -> None:
    values = {"program": program.id, "company": env.company.id, "day": str(date.today())}
    with unchecked(env.cr, ("crm_loyalty_entry", "crm_loyalty_lot")):
        env.cr.execute(LEDGER, values)
    _analyse(env, *LEDGER_TABLES)
    due = CARDS * 3 // 10
    bare_processor = processor_seconds(env.cr)
    bare, __ = timed(lambda: env.cr.execute(BARE, values))
    bare_processor = processor_seconds(env.cr) - bare_processor
    env.cr.rollback()
    env.cr._cnx.autocommit = True
    env.cr.execute(SQL("VACUUM ANALYZE %s", _names(*LEDGER_TABLES, "loyalty_history", "loyalty_card")))
    env.cr._cnx.autocommit = False

    def ours():
        total = 0
        while count := program._crm_loyalty_expire_chunk():
            total += count
            env.cr.commit()
        return total

    processor = processor_seconds(env.cr)
    seconds, count = timed(ours)
    processor = processor_seconds(env.cr) - processor
    assert due * 0.9 < count < due * 1.1, (count, due)
    figure("expired_lots", count)
    figure("bare_expiry_seconds", bare)
    figure("expiry_seconds", seconds)
    figure("expiry_over_bare", seconds / bare, 2)
    figure("expiry_over_bare_processor", processor / bare_processor, 2)
    again, count = timed(ours)
    figure("expiry_rerun_seconds", again)
    figure("expired_by_rerun", count, 0)
    figure("peak_memory_mb", resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024, 500)
    env.cr.execute("SELECT count(*) FROM loyalty_card WHERE program_id = %s AND points NOT IN (50, 60)", [program.id])
    figure("cards_with_another_balance", env.cr.fetchone()[0], 0)


def quotations(env, program):
    """Orders that earn points, each of another customer, not confirmed yet."""
    product = env["product.product"].create({"name": "Bench", "type": "service", "list_price": 10})
    cards = env["loyalty.card"].search([("program_id", "=", program.id)], limit=ORDERS + WARM, order="id desc")
    orders = env["sale.order"].create(
        [
            {"partner_id": card.partner_id.id, "order_line": [Command.create({"product_id": product.id, "price_unit": 100})]}
            for card in cards
        ]
    )
    for order in orders:
        order._update_programs_and_rewards()
    env.cr.commit()
    return orders


def confirm(order) -> tuple[float, float, int]:
    """(seconds, seconds of the processor, queries) of confirming an order, from a cold cache to the commit."""
    cr = order.env.cr
    order.env.invalidate_all()
    before, processor = cr.sql_log_count, processor_seconds(cr)

    def work():
        order.action_confirm()
        order.env.flush_all()
        cr.commit()

    seconds, __ = timed(work)
    return seconds, processor_seconds(cr) - processor, cr.sql_log_count - before


def confirmations(env, program, bare_env, bare_program) -> None:
    """The same orders with the addons and without, one of each at a time: what else the machine does then falls on both."""
    legs = {"with": quotations(env, program), "without": quotations(bare_env, bare_program)}
    found = {leg: [] for leg in legs}
    for number in range(ORDERS + WARM):
        for leg in sorted(legs, reverse=bool(number % 2)):
            found[leg].append(confirm(legs[leg][number]))
    # The clock tells of whatever else the machine does; the bound is on the processor's time.
    for place, unit, bound in ((0, "", None), (1, "processor_", 1.1)):
        times = {leg: [each[place] for each in measured[WARM:]] for leg, measured in found.items()}
        p95 = {leg: statistics.quantiles(values, n=20)[-1] for leg, values in times.items()}
        median = {leg: statistics.median(values) for leg, values in times.items()}
        figure(f"confirm_{unit}p95_ms_without", p95["without"] * 1000)
        figure(f"confirm_{unit}p95_ms_with", p95["with"] * 1000)
        figure(f"confirm_{unit}p95_ratio", p95["with"] / p95["without"], bound)
        figure(f"confirm_{unit}median_ratio", median["with"] / median["without"])
    asked = {leg: statistics.median(each[2] for each in measured[WARM:]) for leg, measured in found.items()}
    figure("confirm_queries_without", asked["without"])
    figure("confirm_more_queries", asked["with"] - asked["without"], 8)


def main() -> None:
    workshop = Workshop(Server())
    with environment() as env:
        program = fill(env, CARDS)
        expiry(env, program)
        plain = workshop.fresh("benchplain", workshop.base())
        try:
            with Registry(plain).cursor() as cursor:
                bare_env = api.Environment(cursor, SUPERUSER_ID, {})
                confirmations(env, program, bare_env, fill(bare_env, CARDS))
        finally:
            sql_db.close_db(plain)
            workshop.server.drop(plain)


if __name__ == "__main__":
    main()

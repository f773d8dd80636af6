"""Calls: finding one caller among many numbers, keeping the index, the routes of telephone systems, and the card in a real browser.

``BENCH_ONLY`` (numbers, routes or cards) runs a part; ``BENCH_NUMBERS`` sets another number of contacts than the scale's: a hundred thousand, or a million at the large scale.
"""

import http.client
import os
import random
import statistics
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from urllib.parse import quote, urlsplit

from odoo import Command
from odoo.tools import SQL

from tests.benchmarks.ground import LARGE, environment, processor_seconds, timed
from tests.benchmarks.serving import served
from tests.benchmarks.tabs import Tabs
from tools.bench import figure

NUMBERS = int(os.environ.get("BENCH_NUMBERS") or (1_000_000 if LARGE else 100_000))
ONLY = os.environ.get("BENCH_ONLY", "")
LOOKUPS = 1000
REQUESTS = 200
FLOOD = 1500
CARDS = 40
WARM = 3


def main() -> None:
    with environment() as env:
        env.company.country_id = env.ref("base.id")
        if ONLY in ("", "numbers"):
            writes(env)
        print(f"{NUMBERS} contacts with a number")
        contacts(env)
        backfill(env)
        if ONLY in ("", "numbers"):
            lookups(env)
        # One for each part, none of which may come upon the limit for what the others have sent.
        tokens, caller = [telephone_system(env) for _part in range(5)], "+6281210000004"
        database = env.cr.dbname
        env.cr.commit()
    if ONLY == "numbers":
        return
    with served(database) as (address, log):
        if ONLY in ("", "routes"):
            routes(address, *tokens[:3], caller)
            flood(address, tokens[0], tokens[3], caller)
        if ONLY in ("", "cards"):
            cards(address, database, tokens[4], caller)
        written = log.read_text()
        assert "/crm_lifecycle/cti/***/event" in written
        figure("tokens_in_the_log", sum(map(written.count, tokens)), 0)


def contacts(env) -> None:
    """Contacts by plain SQL, as an import of another program leaves them: numbers in several spellings.

    Odoo's own indexes of contacts, which take most of the time and have no part in this, are dropped for it.
    """
    for (name,) in env.execute_query(
        SQL("SELECT indexrelid::regclass::text FROM pg_index WHERE indrelid = 'res_partner'::regclass AND NOT indisunique")
    ):
        env.cr.execute(SQL("DROP INDEX %s", SQL.identifier(name)))
    model = env["res.partner"]
    pattern = model.create({"name": "Bench", "country_id": env.ref("base.id").id})
    env.flush_all()
    own = {"id", "name", "complete_name", "phone", "commercial_partner_id"}
    first = (
        env.execute_query(SQL("SELECT setval('res_partner_id_seq', nextval('res_partner_id_seq') + %s) - %s", NUMBERS, NUMBERS))[0][0] + 1
    )
    columns = [name for name, field in model._fields.items() if field.store and field.column_type and name not in own]
    kept = SQL(", ").join(map(SQL.identifier, columns))
    env.cr.execute(
        SQL(
            """
            INSERT INTO res_partner (id, commercial_partner_id, name, complete_name, phone, %(kept)s)
            SELECT n - 10000000 + %(first)s, n - 10000000 + %(first)s, 'Bench ' || n, 'Bench ' || n,
                   CASE n %% 4 WHEN 0 THEN '+62 812 ' || lpad((n / 10000)::text, 4, '0') || ' ' || lpad((n %% 10000)::text, 4, '0')
                              WHEN 1 THEN '0812-' || lpad((n / 10000)::text, 4, '0') || '-' || lpad((n %% 10000)::text, 4, '0')
                              WHEN 2 THEN '0062812' || lpad(n::text, 8, '0')
                              ELSE '(0812) ' || lpad((n / 10000)::text, 4, '0') || '.' || lpad((n %% 10000)::text, 4, '0') END,
                   %(kept)s
              FROM res_partner, generate_series(10000000, %(last)s) n WHERE id = %(pattern)s
            """,
            kept=kept,
            first=first,
            last=10_000_000 + NUMBERS - 1,
            pattern=pattern.id,
        )
    )
    env.cr.commit()


def backfill(env) -> None:
    before = time.process_time()

    def progress(_count):
        env.cr.commit()
        return True

    seconds, count = timed(lambda: env["crm.lifecycle.phone"]._backfill(progress=progress))
    figure("backfill_seconds", seconds, 300 * NUMBERS / 1_000_000)
    figure("backfill_numbers_per_second", count / seconds)
    figure("backfill_python_cpu_seconds", time.process_time() - before)
    rest, count = timed(lambda: env["crm.lifecycle.phone"]._backfill())
    figure("backfill_again_numbers", count, 0)
    figure("backfill_again_seconds", rest)
    env.cr.execute("ANALYZE")
    env.cr.commit()


def lookups(env) -> None:
    # Importable only once the addons' path is known.
    from odoo.addons.crm_lifecycle.domain import phone

    phones = env["crm.lifecycle.phone"]
    chance = random.Random(7)
    chosen = [10_000_000 + chance.randrange(NUMBERS) for _each in range(LOOKUPS)]

    def explain(query):
        return env.execute_query(SQL("EXPLAIN (ANALYZE, BUFFERS, SUMMARY, FORMAT JSON) %s", query))[0][0][0]

    def lookup(text, region="ID"):
        return explain(phones._match_query(phone.read(text, region), env.company.id))

    for name, text in (("known", f"+62812{chosen[0]}"), ("maybe", f"999812{chosen[1]}"), ("unknown", "+628990000001")):
        lookup(text)
        found = lookup(text)["Plan"]
        figure(f"lookup_{name}_seq_scans_of_numbers_or_contacts", scans(found), 0)
        figure(f"lookup_{name}_buffers", found["Shared Hit Blocks"] + found["Shared Read Blocks"], 10)
    plans = [lookup(f"+62812{number}") for number in chosen]
    assert all(plan["Plan"]["Actual Rows"] == 1 for plan in plans)
    whole = [plan["Planning Time"] + plan["Execution Time"] for plan in plans]
    figure("lookup_sql_p95_ms", statistics.quantiles(whole, n=20)[-1], 1)
    figure("lookup_sql_median_ms", statistics.median(whole))
    execution = statistics.median(plan["Execution Time"] for plan in plans)
    figure("lookup_execution_median_ms", execution)
    ilike = SQL("SELECT partner_id FROM crm_lifecycle_phone WHERE number ILIKE %s", f"%{str(chosen[2])[-9:]}")
    slow = statistics.median(explain(ilike)["Execution Time"] for _turn in range(5))
    figure("ilike_execution_median_ms", slow)
    figure("times_faster_than_ilike", slow / execution, 1000 if NUMBERS >= 1_000_000 else NUMBERS / 1000, at_least=True)
    env.cr.rollback()


def scans(plan) -> int:
    """Sequential scans of the big tables in a plan."""
    here = plan["Node Type"] == "Seq Scan" and plan["Relation Name"] in ("crm_lifecycle_phone", "res_partner")
    return here + sum(scans(child) for child in plan.get("Plans", ()))


def writes(env) -> None:
    """A thousand contacts get new numbers, with the hooks and with an index that does nothing, in turn: what processors took."""
    from unittest.mock import patch

    partners = env["res.partner"].create([{"name": f"Writer {number}", "phone": f"+62 811 {number:07d}"} for number in range(1000)])
    env.flush_all()
    env.cr.commit()

    def write(turn):
        env.invalidate_all()

        before = processor_seconds(env.cr)
        partners.write({"phone": f"+62 813 {turn:04d} 9999"})
        env.flush_all()
        middle = processor_seconds(env.cr)
        for number, partner in enumerate(partners[:100]):
            partner.phone = f"+62 813 {turn:04d} {number:04d}"
        env.flush_all()
        after = processor_seconds(env.cr)
        env.cr.rollback()
        return middle - before, after - middle

    def bare(turn):
        with patch.object(type(env["crm.lifecycle.phone"]), "_follow", lambda *_arguments: None):
            return write(turn + 100)

    hooked, without = [], []
    for turn in range(30):
        # In turn, so that neither always comes second.
        for taken, once in ((without, bare), (hooked, write))[:: 1 if turn % 2 else -1]:
            taken.append(once(turn))
    for kind, (name, bound) in enumerate((("bulk_write_1000", 1.1), ("single_writes_100", None))):
        ratio = sum(seconds[kind] for seconds in hooked) / sum(seconds[kind] for seconds in without)
        figure(f"{name}_processor_ratio", ratio, bound)


def telephone_system(env):
    """The token of a telephone system whose extension 101 is the administrator's."""
    admin = env.ref("base.user_admin")
    admin.password = "admin"
    endpoint = env["crm.cti.endpoint"].create(
        {
            "name": "Bench PBX",
            "kind": "generic",
            "public_url": "http://127.0.0.1",
            "extension_ids": [Command.create({"name": "101", "user_id": admin.id})],
        }
    )
    return endpoint.action_new_token()["context"]["default_token"]


def ask(address: str, method: str, path: str, body: str = "", headers=()) -> tuple[int, float]:
    """(status, seconds) of one request on a connection of its own, as a telephone system makes it."""
    place = urlsplit(address)
    start = time.perf_counter()
    connection = http.client.HTTPConnection(place.hostname, place.port, timeout=60)
    form = {"Content-Type": "application/x-www-form-urlencoded"} if body else {}
    connection.request(method, path, body or None, {**form, **dict(headers)})
    answer = connection.getresponse()
    answer.read()
    connection.close()
    return answer.status, time.perf_counter() - start


def event(address, token, state, call_id, number, agent="101"):
    body = f"event={state}&direction=in&callId={call_id}&from={quote(number)}&to=%2B62224200199&user[]={agent}"
    return ask(address, "POST", f"/crm_lifecycle/cti/{token}/event", body)


def routes(address, asked, reported, at_once, caller) -> None:
    """``asked``, ``reported``, ``at_once``: tokens for the look-ups, for the events, and for what comes all at once."""

    def p95(times):
        return statistics.quantiles(times, n=20)[-1]

    empty, looked, sent, statuses = [], [], [], set()
    for number in range(20):
        ask(address, "GET", "/web/health"), event(address, reported, "newCall", f"warm-{number}", caller, "nobody")
        ask(address, "GET", f"/crm_lifecycle/cti/{asked}/lookup?number=%2B628121000{number:04d}")
    for number in range(REQUESTS):
        empty.append(ask(address, "GET", "/web/health")[1])
        status, seconds = ask(address, "GET", f"/crm_lifecycle/cti/{asked}/lookup?number=%2B628121000{number * 4:04d}")
        looked.append(seconds)
        statuses.add(status)
        status, seconds = event(address, reported, "newCall", f"seq-{number}", f"+6281210{number:06d}", "nobody")
        sent.append(seconds)
        statuses.add(status)
    assert statuses == {200, 204}, statuses
    figure("empty_route_p95_ms", p95(empty) * 1000)
    figure("event_p95_ms", p95(sent) * 1000)
    figure("event_over_empty", p95(sent) / p95(empty), 3)
    figure("lookup_p95_ms", p95(looked) * 1000)
    figure("lookup_over_empty", p95(looked) / p95(empty), 2)
    with ThreadPoolExecutor(50) as pool:
        answers = list(pool.map(lambda number: event(address, at_once, "newCall", f"all-{number}", caller, "nobody"), range(50)))
        same = list(
            pool.map(
                lambda number: event(address, at_once, ("newCall", "answer", "hangup")[number % 3], "same", caller, "nobody"), range(50)
            )
        )
    figure("concurrent_50_calls_errors", sum(status != 204 for status, _seconds in answers), 0)
    figure("concurrent_50_events_of_one_call_errors", sum(status != 204 for status, _seconds in same), 0)


def flood(address, token, calm, caller) -> None:
    """One telephone system sends far too much, to all workers, while another one works on."""
    # Importable only once the addons' path is known.
    from odoo.addons.crm_lifecycle.controllers.cti import requests_per_line as limit

    start = time.monotonic()
    with ThreadPoolExecutor(24) as pool:
        sent = [pool.submit(ask, address, "GET", f"/crm_lifecycle/cti/{token}/lookup?number=%2B6281210000004") for _each in range(FLOOD)]
        others = [event(address, calm, "newCall", f"calm-{number}", caller, "nobody")[0] for number in range(40)]
        statuses = [each.result()[0] for each in sent]
    passed = statuses.count(200)
    figure("flood_requests_a_second", FLOOD / (time.monotonic() - start))
    figure("flood_refused", statuses.count(429), 1, at_least=True)
    figure("flood_passed_of_what_the_limit_allows", passed / (limit.burst + limit.rate * (time.monotonic() - start)), 1.01)
    figure("flood_other_answers", FLOOD - passed - statuses.count(429), 0)
    figure("another_system_meanwhile_errors", sum(status != 204 for status in others), 0)


def cards(address, database, token, caller) -> None:
    """From the request of the telephone system to the card on the screen, with three tabs open, of which one shows it."""
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as profile, Tabs(profile, address, database, 3) as tabs:
        times, shown, left = [], [], 0
        # Every process loads its registry with its first request; the first cards are not counted.
        with ThreadPoolExecutor(8) as pool:
            list(pool.map(lambda number: ask(address, "GET", f"/crm_lifecycle/cti/{token}/lookup?number=1"), range(16)))
        for number in range(-WARM, CARDS):
            start = time.time()
            status, _seconds = event(address, token, "newCall", f"card-{number}", caller)
            assert status == 204, status
            visible = tabs.wait_for_card(start)
            if visible and number >= 0:
                times.append((visible - start) * 1000)
            time.sleep(0.4)
            shown.append(tabs.cards())
            event(address, token, "hangup", f"card-{number}", caller)
            left += tabs.wait_for_none()
        figure("cards_not_shown", CARDS - len(times), 0)
        figure("webhook_to_card_median_ms", statistics.median(times))
        figure("webhook_to_card_p95_ms", statistics.quantiles(times, n=20, method="inclusive")[-1], 1000)
        print("ms, in turn:", *map(round, times))
        figure("most_cards_in_three_tabs", max(shown), 1)
        figure("fewest_cards_in_three_tabs", min(shown), 1, at_least=True)
        figure("cards_left_after_the_call", left, 0)


if __name__ == "__main__":
    main()

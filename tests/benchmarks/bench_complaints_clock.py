"""Complaints by the hundred thousand: causes by weight, deadlines of a thousand at once, escalation of ten thousand.

``BENCH_COMPLAINTS`` sets another volume than the scale's. Every complaint has ten messages.
"""

import os
import statistics
from unittest.mock import patch

from odoo import fields
from odoo.tools import SQL

from tests.benchmarks.ground import LARGE, environment, timed
from tools.bench import figure

COMPLAINTS = int(os.environ.get("BENCH_COMPLAINTS") or (100_000 if LARGE else 10_000))
MESSAGES = 10
DUE = 10_000 if LARGE else 1_000


def main() -> None:
    with environment() as env:
        print(f"{COMPLAINTS} complaints, {COMPLAINTS * MESSAGES} messages")
        seconds, _made = timed(lambda: fill(env))
        figure("filling_seconds", seconds)
        env.cr.execute("ANALYZE")
        env.cr.commit()
        pareto(env)
        deadlines(env)
        escalation(env)


def multiply(env, record, rows: SQL, **changes: SQL) -> None:
    """Copy a record's row for each row of ``rows`` (n), with other values in some columns."""
    columns = [name for name, field in record._fields.items() if field.store and field.column_type and name != "id"]
    env.flush_all()
    env.cr.execute(
        SQL(
            "INSERT INTO %s (%s) SELECT %s FROM %s one, (%s) AS many (n) WHERE one.id = %s",
            SQL.identifier(record._table),
            SQL(", ").join(SQL.identifier(name) for name in columns),
            SQL(", ").join(changes.get(name, SQL.identifier("one", name)) for name in columns),
            SQL.identifier(record._table),
            rows,
            record.id,
        )
    )
    env.invalidate_all()


def fill(env) -> None:
    causes = env["crm.complaint.cause"].search([("aspect", "=", "occurrence")])
    partners = env["res.partner"].create([{"name": f"Volume customer {number}"} for number in range(2_000)])
    env["crm.lifecycle.customer"].search([("partner_id", "in", partners.ids)]).unlink()
    env["crm.lifecycle.customer"].create(
        [
            {"partner_id": partner.id, "company_id": env.company.id, "expected_purchases": 3, "expected_spend": partner.id % 97}
            for partner in partners
        ]
    )
    complaint = env["crm.complaint"].create({"name": "Volume", "partner_id": partners[0].id})
    complaint.write({"occurrence_cause_id": causes[0].id})
    some = SQL("SELECT generate_series(1, %s)", COMPLAINTS)
    multiply(
        env,
        complaint,
        some,
        number=SQL("'VOL/' || n"),
        partner_id=SQL("%s + n %% 2000", partners[0].id),
        commercial_partner_id=SQL("%s + n %% 2000", partners[0].id),
        occurrence_cause_id=SQL("(%s::int[])[1 + floor(random() * random() * %s)::int]", causes.ids, len(causes)),
        received_at=SQL("timezone('UTC', now()) - make_interval(mins => (n %% 500000))"),
        next_due_at=SQL("NULL::timestamp"),
    )
    message = complaint.message_ids[:1]
    multiply(
        env,
        message,
        SQL("SELECT complaint.id FROM crm_complaint complaint, generate_series(1, %s) WHERE complaint.name = 'Volume'", MESSAGES),
        res_id=SQL("n"),
        message_id=SQL("NULL"),
    )
    env.cr.commit()


def pareto(env) -> None:
    causes = env["crm.complaint.pareto"].with_user(env.ref("base.user_admin"))
    fields_shown = causes.get_view(view_type="list")["models"]["crm.complaint.pareto"]
    specification = {name: {"fields": {"display_name": {}}} if causes._fields[name].relational else {} for name in fields_shown}

    def report():
        """What the web client asks for when the list is opened."""
        env.invalidate_all()
        return causes.web_search_read([], specification, limit=80, count_limit=10_001)["records"]

    def graph():
        env.invalidate_all()
        return causes.formatted_read_group([], ["cause_id"], ["complaints:sum", "__count"])

    def aggregate():
        return env.execute_query(SQL("SELECT company_id, occurrence_cause_id, count(*), max(received_at) FROM crm_complaint GROUP BY 1, 2"))

    rows = report()
    assert sum(row["complaints"] for row in rows) >= COMPLAINTS * 0.7
    seconds = statistics.median(timed(report)[0] for _turn in range(5))
    bare = statistics.median(timed(aggregate)[0] for _turn in range(5))
    figure("pareto_seconds", seconds, 1)
    figure("pareto_graph_seconds", statistics.median(timed(graph)[0] for _turn in range(5)), 1)
    figure("pareto_over_bare_aggregate", seconds / bare)


def deadlines(env) -> None:
    partner = env["res.partner"].search([("name", "=", "Volume customer 1")])
    values = [{"name": "Thousand", "partner_id": partner.id} for _each in range(1_000)]
    seconds, made = timed(lambda: (env["crm.complaint"].with_context(tracking_disable=True).create(values), env.flush_all()))
    complaints = made[0]
    figure("created_1000_seconds", seconds, 10)
    env.invalidate_all()
    seconds, _done = timed(lambda: (complaints._sync_clocks(), env.flush_all()))
    figure("deadlines_of_1000_seconds", seconds)
    env.cr.rollback()
    env.invalidate_all()


def escalation(env) -> None:
    """Ten thousand deadlines pass at once; the job is stopped after its first batch, as if killed, and started again."""
    clocks = env["crm.complaint.clock"]
    complaint = env["crm.complaint"].search([("name", "=", "Volume")], limit=1)
    leader = env["res.users"].create(
        {
            "name": "Leader",
            "login": "bench_leader",
            "group_ids": [(4, env.ref("crm_lifecycle_complaints.crm_lifecycle_complaints_group_manager").id)],
        }
    )
    complaint.team_id.user_id = leader
    clock = clocks.search([("complaint_id", "=", env["crm.complaint"].search([("clock_ids", "!=", False)], limit=1).id)], limit=1)
    clocks.search([("id", "!=", clock.id)]).unlink()
    clock.write({"due_at": fields.Datetime.subtract(fields.Datetime.now(), days=1), "warn_at": False})
    multiply(
        env,
        clock,
        SQL("SELECT id FROM crm_complaint WHERE name = 'Volume' AND id <> %s ORDER BY id LIMIT %s", clock.complaint_id.id, DUE - 1),
        complaint_id=SQL("n"),
    )
    env.cr.commit()
    with patch.object(type(env["ir.cron"]), "_commit_progress", lambda *_arguments, **_names: 0):
        first, _done = timed(clocks._cron_watch)
    env.cr.commit()
    escalated = clocks.search_count([("escalated_at", "!=", False)])
    assert 0 < escalated <= 500 < DUE
    rest, _done = timed(clocks._cron_watch)
    assert clocks.search_count([("escalated_at", "!=", False)]) == DUE
    activities = env["mail.activity"].search_count([("user_id", "=", leader.id), ("res_model", "=", "crm.complaint")])
    assert activities == DUE, f"{activities} to-dos"
    again, _done = timed(clocks._cron_watch)
    figure("escalation_of_due", DUE)
    figure("escalation_seconds", first + rest, 60)
    figure("escalation_again_seconds", again, 1)


if __name__ == "__main__":
    main()

"""Complaints at 100,000 complaints and a million messages: the kanban, the list, creating, receiving, and what each costs in queries.

``BENCH_COMPLAINTS`` sets another number than the scale's; there are ten messages for each.
"""

import os
import statistics

from lxml import etree
from odoo.tools import SQL

from tests.benchmarks.ground import LARGE, environment, timed
from tools.bench import figure

COMPLAINTS = int(os.environ.get("BENCH_COMPLAINTS") or (100_000 if LARGE else 10_000))
MESSAGES = 10
COLUMN = 40
LIST = 80


def main() -> None:
    with environment() as env:
        print(f"{COMPLAINTS} complaints, {COMPLAINTS * MESSAGES} messages")
        seconds, _done = timed(lambda: fill(env))
        figure("filling_seconds", seconds)
        agent = env["res.users"].create(
            {
                "name": "Agent",
                "login": "bench_agent",
                "group_ids": [(6, 0, env.ref("crm_lifecycle_complaints.crm_lifecycle_complaints_group_user").ids)],
            }
        )
        env["crm.complaint.team"].search([]).member_ids |= agent
        env.cr.commit()
        bare = statistics.median(
            timed(lambda: env.execute_query(SQL("SELECT stage_id, count(*) FROM crm_complaint GROUP BY 1")))[0] for _ in range(3)
        )
        figure("bare_count_by_stage_seconds", bare)
        for name, user in (("manager", env.ref("base.user_admin")), ("agent", agent)):
            complaints = env["crm.complaint"].with_user(user).with_context(lang="en_US")
            kanban(complaints)
            seconds = middle(complaints, kanban)
            figure(f"kanban_{name}_seconds", seconds, 1)
            figure(f"kanban_{name}_over_bare_count", seconds / bare)
            figure(f"list_{name}_seconds", middle(complaints, listing), 1)
        one, many = queries(complaints, 1), queries(complaints, LIST)
        figure("queries_for_1_row", one)
        figure("queries_for_80_rows", many, one)
        complaint = complaints.search([("product_id", "!=", False)], limit=1)
        figure(
            "similar_seconds",
            middle(complaint, lambda each: each._find_similar()),
            0.5,
        )
        creating(env)
        receiving(env)


def fill(env) -> None:
    """Complaints and messages by SQL, spread over stages, users, customers and two years."""
    company, team = env.company, env["crm.complaint.team"].search([], limit=1)
    product = env["product.product"].create([{"name": f"Product {number}"} for number in range(200)])
    partners = env["res.partner"].create([{"name": f"Customer {number}", "email": f"c{number}@bench.test"} for number in range(2000)])
    env.flush_all()
    stages = env["crm.complaint.stage"].search([])
    closed = stages.filtered("is_closed")[:1]
    opened = stages - closed
    env.execute_query(
        SQL(
            """
            INSERT INTO crm_complaint (number, name, active, kind, narrative, company_id, partner_id, commercial_partner_id, email_from,
                email_normalized, team_id, stage_id, is_closed, severity, priority, safety_risk, channel, received_at, product_id, decision,
                decision_reason, create_date, write_date, create_uid, write_uid)
            SELECT 'BENCH/' || n, (ARRAY['Cracked jar', 'Late delivery', 'Wrong invoice', 'Rude answer', 'Stale coffee'])[1 + n %% 5] || ' no. ' || n,
                   true, 'complaint', repeat('It arrived like this. ', 20), %(company)s, partner.id, partner.id, partner.email, partner.email,
                   %(team)s, CASE WHEN n %% 10 < 9 THEN %(closed)s ELSE (%(open)s::int[])[1 + n %% %(opens)s] END, n %% 10 < 9,
                   (ARRAY['minor', 'serious', 'grave'])[1 + n %% 3], (n %% 4)::text, false, 'mail',
                   now() AT TIME ZONE 'UTC' - (n %% 730) * interval '1 day', %(product)s + n %% 200, 'accept', '<p>x</p>', now(), now(), 1, 1
              FROM generate_series(1, %(count)s) n JOIN res_partner partner ON partner.id = %(partner)s + n %% 2000
            RETURNING 1
            """,
            company=company.id,
            team=team.id,
            closed=closed.id,
            open=opened.ids,
            opens=len(opened),
            product=product[0].id,
            partner=partners[0].id,
            count=COMPLAINTS,
        )
    )
    env.execute_query(
        SQL(
            """
            INSERT INTO mail_message (model, res_id, message_type, subtype_id, body, date, author_id, message_id, create_date, create_uid)
            SELECT 'crm.complaint', complaint.id, 'comment', %s, repeat('An answer. ', 10), now(), complaint.partner_id,
                   '<' || complaint.id || '.' || n || '@bench.test>', now(), 1
              FROM crm_complaint complaint, generate_series(1, %s) n
             RETURNING 1
            """,
            env.ref("mail.mt_comment").id,
            MESSAGES,
        )
    )
    env.cr.commit()
    # As autovacuum leaves a table that has grown.
    env.cr._cnx.autocommit = True
    env.cr.execute("VACUUM ANALYZE")
    env.cr._cnx.autocommit = False
    env.invalidate_all()


def middle(records, work):
    """The median of three times, each with an empty cache."""

    def fresh():
        records.env.invalidate_all()
        return work(records)

    return statistics.median(timed(fresh)[0] for _turn in range(3))


def fields_of(complaints, view_type):
    """What the web client reads: the fields in the view as this user gets it."""
    arch = etree.fromstring(complaints.get_view(view_type=view_type)["arch"])
    names = {node.get("name") for node in arch.iter("field")}
    return {name: {"fields": {"display_name": {}}} if complaints._fields[name].relational else {} for name in names}


def kanban(complaints):
    """What the web client asks for: the columns, their progress bars, and the first records of each open column."""
    columns = complaints.web_read_group([], ["stage_id"], ["__count"], limit=80)
    complaints.read_progress_bar(
        [], "stage_id", {"field": "activity_state", "colors": {"planned": "success", "today": "warning", "overdue": "danger"}}
    )
    specification = fields_of(complaints, "kanban")
    for column in columns["groups"]:
        complaints.web_search_read(column["__extra_domain"], specification, limit=COLUMN, order="priority desc, received_at")


def listing(complaints):
    complaints.web_search_read([("is_closed", "=", False)], fields_of(complaints, "list"), limit=LIST)


def queries(complaints, count):
    specification = fields_of(complaints, "list")
    ids = complaints.search([], limit=count).ids
    complaints.env.invalidate_all()
    before = complaints.env.cr.sql_log_count
    complaints.browse(ids).web_read(specification)
    return complaints.env.cr.sql_log_count - before


def creating(env) -> None:
    partners = env["res.partner"].search([("email", "like", "@bench.test")], limit=1000)
    team = env["crm.complaint.team"].search([], limit=1)
    values = [{"name": f"Created {number}", "partner_id": partner.id, "team_id": team.id} for number, partner in enumerate(partners)]
    before = env.cr.sql_log_count
    seconds, _made = timed(lambda: (env["crm.complaint"].create(values), env.flush_all()))
    figure("created_1000_seconds", seconds * 1000 / len(values), 10)
    figure("created_queries_each", (env.cr.sql_log_count - before) / len(values))
    team.write({"assign_method": "least_busy"})
    team.message_subscribe(team.member_ids[:1].partner_id.ids)
    assigned, _made = timed(lambda: (env["crm.complaint"].create(values), env.flush_all()))
    figure("created_assigned_and_followed_1000_seconds", assigned * 1000 / len(values), 10)
    contacts = [{"name": f"Plain {number}", "email": "x@y.test"} for number in range(1000)]
    plain, _made = timed(lambda: (env["res.partner"].create(contacts), env.flush_all()))
    figure("created_1000_over_1000_contacts", seconds / plain)
    env.cr.rollback()


def receiving(env) -> None:
    domain = env["mail.alias.domain"].create({"name": "bench-complaints.test"})
    env.company.alias_domain_id = domain
    team = env["crm.complaint.team"].search([], limit=1)
    team.write({"alias_domain_id": domain.id, "alias_name": "bench"})
    env.cr.commit()

    def mail(number):
        return f"From: c{number}@bench.test\nTo: bench@bench-complaints.test\nSubject: Mail {number}\nMessage-ID: <{number}@bench.test>\n\nCracked."

    env["mail.thread"].message_process(None, mail(1999))
    seconds, _done = timed(lambda: [env["mail.thread"].message_process(None, mail(number)) for number in range(50)])
    figure("mails_received_a_second", 50 / seconds)


if __name__ == "__main__":
    main()

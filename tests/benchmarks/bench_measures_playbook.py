"""A playbook over many due customers: the queries of a batch, the time against what it writes, and a run again.

``BENCH_CUSTOMERS`` sets another volume than the scale's. All are due: their purchase was expected yesterday.
"""

import os
import resource
import statistics
import time

from odoo import fields
from odoo.tools import SQL

from tests.benchmarks.ground import LARGE, environment, timed
from tools.bench import figure

CUSTOMERS = int(os.environ.get("BENCH_CUSTOMERS") or (100_000 if LARGE else 5_000))
# Events a transaction: so few that the small scale has several batches.
BATCH = 500 if LARGE else 50

# What a bare program would write for as many customers: the log and one activity each.
BARE = """
INSERT INTO crm_lifecycle_playbook_run (playbook_id, company_id, partner_id, event_key, event_date, state, dry_run, user_id, activities, ran_at)
SELECT %(playbook)s, company_id, partner_id, 'bare:' || last_purchase_date, next_purchase_date, 'done', FALSE, %(user)s, 1, now()
  FROM crm_lifecycle_customer WHERE next_purchase_date = CURRENT_DATE - 1;
INSERT INTO mail_activity (res_model_id, res_model, res_id, activity_type_id, user_id, date_deadline, summary, active, automated, create_uid, create_date,
                           write_uid, write_date)
SELECT (SELECT id FROM ir_model WHERE model = 'res.partner'), 'res.partner', partner_id, %(type)s, %(user)s, CURRENT_DATE, 'Call', TRUE, TRUE, 1, now(), 1, now()
  FROM crm_lifecycle_customer WHERE next_purchase_date = CURRENT_DATE - 1;
"""


def fill(env):
    """So many firms with an address, each a customer whose purchase was expected yesterday, written by SQL."""
    pattern = env["res.partner"].create({"name": "Pattern", "email": "pattern@example.com", "is_company": True})
    env.flush_all()
    columns = [name for name, field in env["res.partner"]._fields.items() if field.store and field.column_type and name != "id"]
    special = {
        "name": "'Firm ' || number",
        "complete_name": "'Firm ' || number",
        "email": "'firm' || number || '@example.com'",
        "email_normalized": "'firm' || number || '@example.com'",
        "commercial_partner_id": "partner.id + number",
    }
    env.cr.execute(
        f"""
        INSERT INTO res_partner (id, {", ".join(columns)})
        SELECT partner.id + number, {", ".join(special.get(name, f"partner.{name}") for name in columns)}
          FROM res_partner partner CROSS JOIN generate_series(1, %s) AS number WHERE partner.id = %s
        """,
        [CUSTOMERS, pattern.id],
    )
    env.cr.execute("SELECT setval('res_partner_id_seq', (SELECT max(id) FROM res_partner))")
    env.cr.execute(
        """
        INSERT INTO crm_lifecycle_customer (partner_id, company_id, active, stage_id, health, first_purchase_date, last_purchase_date,
                                            next_purchase_date, purchase_days)
        SELECT %s + number, %s, TRUE, %s, 'active', CURRENT_DATE - 100, CURRENT_DATE - 31, CURRENT_DATE - 1, 3 FROM generate_series(1, %s) AS number
        """,
        [pattern.id, env.company.id, env.ref("crm_lifecycle.crm_lifecycle_stage_developing").id, CUSTOMERS],
    )
    env.cr.commit()
    env.cr.execute("ANALYZE")
    env.cr.commit()
    env.invalidate_all()


def make(env, name, **values):
    playbook = env["crm.lifecycle.playbook"].create(
        {"name": name, "event": "missed_purchase", "days": 0, "repeat_days": 0, "quiet_days": 0, "holdout_share": 10, **values}
    )
    playbook.action_switch_on()
    playbook.switched_on_at = fields.Datetime.subtract(fields.Datetime.now(), days=3)
    env.cr.commit()
    return playbook


def work(env, playbook):
    """(seconds of choosing, seconds, queries and events of each batch)."""
    chosen, claimed = timed(lambda: playbook._claim(env.company))
    env.cr.commit()
    batches = []
    processor = time.process_time()
    while True:
        before = env.cr.sql_log_count

        def batch():
            done = playbook._run_batch(env.company, limit=BATCH)
            env.cr.commit()
            return done

        seconds, done = timed(batch)
        if not done:
            break
        batches.append((seconds, env.cr.sql_log_count - before, done))
        env.invalidate_all()
    assert sum(each[2] for each in batches) == claimed
    return chosen, claimed, batches, time.process_time() - processor


def by_odoo(env, playbook):
    """Processor time a customer of Odoo's own making of the same for a batch, in ms: the least that a playbook can take."""
    people = env["res.partner"].browse(playbook.run_ids.filtered(lambda run: run.state == "done")[:BATCH].partner_id.ids)
    env.invalidate_all()
    start = time.process_time()
    if playbook.template_id:
        playbook.template_id.send_mail_batch(people.ids)
    else:
        kind = playbook.plan_id.template_ids.activity_type_id
        values = {
            "res_model_id": env["ir.model"]._get_id("res.partner"),
            "activity_type_id": kind.id,
            "user_id": env.uid,
            "summary": kind.name,
        }
        env["mail.activity"].create([{**values, "res_id": partner.id, "note": kind.default_note} for partner in people])
    env.flush_all()
    seconds = time.process_time() - start
    env.cr.rollback()
    return 1000 * seconds / len(people)


def report(name, chosen, claimed, batches, processor):
    full = [each for each in batches if each[2] == batches[0][2]]
    queries = [each[1] for each in full[1:]]
    figure(f"{name}_events", claimed)
    figure(f"{name}_choosing_seconds", chosen)
    figure(f"{name}_seconds", sum(each[0] for each in batches))
    figure(f"{name}_ms_an_event", 1000 * sum(each[0] for each in batches) / claimed)
    figure(f"{name}_odoo_processor_ms_an_event", 1000 * processor / claimed)
    figure(f"{name}_queries_a_batch", statistics.median(queries))
    # However many customers a batch has. What differs: whether anybody in it is treated, and that Odoo writes mails by fifties.
    figure(f"{name}_most_queries_a_batch", max(queries), 100)
    tenth = max(1, len(full) // 10)
    late, early = (statistics.median(each[0] for each in part) for part in (full[-tenth:], full[1 : 1 + tenth]))
    figure(f"{name}_last_batches_over_first", late / early, 1.5)


def main() -> None:
    with environment() as env:
        env["crm.lifecycle.playbook"].search([]).action_archive()
        env.company.lifecycle_playbook_cap = 0
        fill(env)
        plan = env.ref("crm_lifecycle.mail_activity_plan_at_risk")
        calls = make(env, "Calls", plan_id=plan.id, approach="phone")
        kind = plan.template_ids.activity_type_id.id
        values = {"playbook": calls.id, "user": env.uid, "type": kind}
        bare, __ = timed(lambda: (env.cr.execute(BARE, values), env.cr.rollback()))
        figure("bare_seconds", bare)
        outcome = work(env, calls)
        report("calls", *outcome)
        figure("calls_by_odoo_processor_ms", by_odoo(env, calls))
        figure("calls_over_bare", sum(each[0] for each in outcome[2]) / bare)
        again, claimed, *__ = work(env, calls)
        figure("again_events", claimed, 0)
        figure("again_seconds_over_choosing", again / outcome[0], 1.5)
        share = env.execute_query(
            SQL("SELECT avg((state = 'held_out')::int)::float8 FROM crm_lifecycle_playbook_run WHERE playbook_id = %s", calls.id)
        )[0][0]
        figure("held_out_share", share)
        mails = make(env, "Mails", template_id=env.ref("crm_lifecycle.mail_template_playbook_win_back").id)
        env.cr.execute(
            "UPDATE crm_lifecycle_customer SET next_purchase_date = CURRENT_DATE - 2 WHERE id % 10 <> 0 AND next_purchase_date = CURRENT_DATE - 1"
        )
        mails.within_days = 1
        mails.switched_on_at = fields.Datetime.subtract(fields.Datetime.now(), days=1)
        env.cr.commit()
        report("mails", *work(env, mails))
        figure("mails_by_odoo_processor_ms", by_odoo(env, mails))
        env.company.lifecycle_playbook_cap = 1
        capped = make(env, "Capped", plan_id=plan.id)
        report("capped", *work(env, capped))
        treated = env["crm.lifecycle.playbook.run"].search_count([("playbook_id", "=", capped.id), ("state", "=", "done")])
        twice = env.execute_query(
            SQL(
                "SELECT count(*) FROM (SELECT partner_id FROM crm_lifecycle_playbook_run WHERE state = 'done' AND playbook_id = %s "
                "INTERSECT SELECT partner_id FROM crm_lifecycle_playbook_run WHERE state = 'done' AND playbook_id <> %s) both_",
                capped.id,
                capped.id,
            )
        )[0][0]
        figure("capped_treated", treated)
        figure("treated_beyond_the_cap", twice, 0)
        seconds, __ = timed(env["crm.lifecycle.playbook"]._update_results)
        figure("results_seconds", seconds)
        figure("peak_memory_mb", resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024, 500)


if __name__ == "__main__":
    main()

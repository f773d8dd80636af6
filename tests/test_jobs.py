"""Jobs of the engine at once, beside posting, and killed: no deadlock, no lost key, no double interval."""

import os
import random
import signal
import subprocess
import time

from odoo.tests import tagged

from tests.common import OwnDatabase

GROUND = """
from odoo import Command
line = lambda amount: Command.create({"name": "Thing", "price_unit": amount, "tax_ids": []})
def invoices(env, partners, day, amount):
    moves = env["account.move"].create([
        {"move_type": "out_invoice", "partner_id": partner.id, "invoice_date": day, "invoice_line_ids": [line(amount)]} for partner in partners
    ])
    moves.action_post()
    return moves
def partners(env):
    return env["res.partner"].search([("ref", "=", "jobs")], order="id")
"""
MAKE = (
    GROUND
    + """
env["res.partner"].create([{"name": f"Firm {n}", "ref": "jobs"} for n in range(60)])
for day in ("2025-03-01", "2025-05-10", "2025-08-20"):
    invoices(env, partners(env), day, 10)
env.cr.commit()
"""
)
# Three drains and two reviews, whose rebuilds judge what they have read some transactions ago, meet while somebody posts, and somebody else takes invoices back.
AT_ONCE = (
    GROUND
    + """
import threading
import odoo.addons.crm_lifecycle.models.crm_lifecycle_customer_jobs as engine
from odoo.api import Environment
engine.PARTNERS, engine.PARTS = 7, 1
failures = []
def on_own_cursor(work):
    def run():
        try:
            with env.registry.cursor() as cursor:
                work(Environment(cursor, 1, {}))
        except Exception as error:
            failures.append(repr(error))
    return run
def post(env):
    for day in range(1, 13):
        moves = invoices(env, partners(env)[day % 5 :: 5], f"2025-09-{day:02}", day)
        env.cr.commit()
        moves[:6].button_draft()
        env.cr.commit()
def drain(env):
    for _turn in range(6):
        env["crm.lifecycle.dirty"]._cron_drain()
def review(env):
    for _turn in range(4):
        env["crm.lifecycle.customer"]._cron_review()
        env["crm.lifecycle.customer"]._rebuild_all(commit=True)
threads = [threading.Thread(target=on_own_cursor(work)) for work in (post, drain, drain, drain, review, review)]
for thread in threads: thread.start()
for thread in threads: thread.join()
assert not failures, failures
env.cr.rollback()
env["crm.lifecycle.dirty"]._cron_drain()
env.invalidate_all()
"""
)
# What a rebuild finds to mend after all jobs are done is what they have lost.
CHECK = """
env.cr.commit()
assert not env["crm.lifecycle.dirty"].search_count([]), "keys are left"
env.cr.execute("SELECT count(*) FROM crm_lifecycle_transition WHERE superseded_at IS NULL")
before = env.cr.fetchone()
env.cr.execute("SELECT max(write_date) FROM crm_lifecycle_customer")
written = env.cr.fetchone()
env["crm.lifecycle.customer"]._rebuild_all()
env.cr.execute("SELECT max(write_date) FROM crm_lifecycle_customer")
assert env.cr.fetchone() == written, "a rebuild still finds facts to write"
env.cr.execute("SELECT count(*) FROM crm_lifecycle_transition WHERE superseded_at IS NULL")
assert env.cr.fetchone() == before, "a rebuild still finds history to write"
env.cr.execute("UPDATE crm_lifecycle_customer SET history_digest = 0")
env["crm.lifecycle.customer"]._rebuild_all()
env.cr.execute("SELECT count(*), count(*) FILTER (WHERE superseded_at IS NULL) FROM crm_lifecycle_transition")
assert env.cr.fetchone()[1:] == before, "the digest hid a difference"
env.cr.rollback()
"""
SMALL_CHUNKS = """
import odoo.addons.crm_lifecycle.models.crm_lifecycle_customer_jobs as engine
engine.DOCUMENTS, engine.PARTNERS, engine.PARTS = 0, 7, 2
print("begun", flush=True)
while True:
    env["crm.lifecycle.stage"].search([("condition", "=", "bought")], limit=1).min_tenure_days += 1
    env.cr.commit()
    env["crm.lifecycle.customer"]._rebuild_all(commit=True)
"""
WITH_PROGRESS = """
import odoo.addons.crm_lifecycle.models.crm_lifecycle_customer_jobs as engine
engine.PARTNERS, engine.PARTS = 7, 2
told = []
type(env["ir.cron"])._commit_progress = lambda self, processed=0, *, remaining=None, deactivate=False: told.append((processed, remaining)) or 1
env["crm.lifecycle.customer"]._rebuild_all(commit=True)
env.cr.execute("SELECT count(*) FROM res_partner WHERE commercial_partner_id = id")
[total] = env.cr.fetchone()
assert len(told) == -(-total // 14), told
assert told == [(14, total - 14 * turn) for turn in range(1, len(told))] + [(total - 14 * (len(told) - 1), 0)], told
env["crm.lifecycle.dirty"]._cron_drain()
"""


@tagged("post_install", "-at_install")
class TestJobs(OwnDatabase):
    def test_jobs_at_once(self):
        database = self.database(self.workshop.product())
        self.shell(database, MAKE)
        self.shell(database, AT_ONCE)
        self.shell(database, CHECK)

    def test_killed_rebuild(self):
        database = self.database(self.workshop.product())
        self.shell(database, MAKE)
        conf = self.workshop.configuration(database, "killed")
        self.addCleanup(conf.unlink, missing_ok=True)
        for turn in range(3):
            with subprocess.Popen(
                [self.workshop.bin / "python", "-m", "odoo", "shell", "-d", database, "--no-http"],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                text=True,
                env={**self.workshop.environment, "ODOO_RC": str(conf)},
            ) as process:
                process.stdin.write(SMALL_CHUNKS)
                process.stdin.close()
                while "begun" not in process.stdout.readline():
                    self.assertIsNone(process.poll(), "the rebuild ended before it began")
                time.sleep(random.Random(turn).uniform(0.1, 1.0))
                os.kill(process.pid, signal.SIGKILL)
        self.shell(database, WITH_PROGRESS)
        self.shell(database, CHECK)

"""Playbooks, killed with SIGKILL at five points: the next run ends where an undisturbed one does, and nobody is met twice."""

from odoo.tests import tagged

from .common import OwnDatabase

SCRIPT = """
import os, signal
from odoo import sql_db, SUPERUSER_ID, api, fields
from odoo.modules.registry import Registry
from odoo.addons.crm_lifecycle.models import crm_lifecycle_playbook_execution as module

module.BATCH = 40
name = env.cr.dbname
env["crm.lifecycle.playbook"].search([]).action_archive()
env.company.lifecycle_playbook_cap = 0
firms = env["res.partner"].create([{"name": f"Firm {n}", "email": f"firm{n}@example.com", "customer_rank": 1} for n in range(150)])
env["crm.lifecycle.dirty"]._drain(limit=10_000)
env.cr.execute("UPDATE crm_lifecycle_customer SET last_purchase_date = CURRENT_DATE - 30, next_purchase_date = CURRENT_DATE - 1")
calm, killed = env["crm.lifecycle.playbook"].create([
    {"name": n, "event": "missed_purchase", "days": 0, "repeat_days": 0, "quiet_days": 0, "holdout_share": 0,
     "template_id": env.ref("crm_lifecycle.mail_template_playbook_welcome").id,
     "plan_id": env.ref("crm_lifecycle.mail_activity_plan_at_risk").id, "create_opportunity": True} for n in ("calm", "killed")])
(calm | killed).action_switch_on()
(calm | killed).switched_on_at = fields.Datetime.subtract(fields.Datetime.now(), days=3)
env.cr.commit()
ids = [calm.id, killed.id]
env.cr.close()


def run(playbook_id, die=None):
    with Registry(name).cursor() as cr:
        there = api.Environment(cr, SUPERUSER_ID, {})
        playbook = there["crm.lifecycle.playbook"].browse(playbook_id)
        batches = [lambda: playbook._claim(there.company)] + [lambda: playbook._run_batch(there.company, limit=40)] * 9
        for number, batch in enumerate(batches):
            done = batch()
            if die == (number, "before"):
                os.kill(os.getpid(), signal.SIGKILL)
            cr.commit()
            if die == (number, "after"):
                os.kill(os.getpid(), signal.SIGKILL)


run(ids[0])
for die in ((0, "before"), (0, "after"), (1, "before"), (1, "after"), (2, "before")):
    sql_db.close_all()
    child = os.fork()
    if not child:
        run(ids[1], die)
        os._exit(0)
    status = os.waitpid(child, 0)[1]
    assert os.WIFSIGNALED(status), "it was to be killed at %s" % (die,)
run(ids[1])
with Registry(name).cursor() as cr:
    found = []
    for playbook_id in ids:
        cr.execute(
            "SELECT partner_id, count(*), min(state), max(state), count(DISTINCT mail_message_id), count(DISTINCT lead_id), sum(activities)"
            " FROM crm_lifecycle_playbook_run WHERE playbook_id = %s GROUP BY partner_id ORDER BY partner_id", [playbook_id])
        found.append(cr.fetchall())
    assert found[0] == found[1] and len(found[0]) == 150, [len(each) for each in found]
    assert {row[1:] for row in found[0]} == {(1, "done", "done", 1, 1, 1)}, found[0][:3]
    for table, condition in (
        ("mail_activity", "res_model = 'res.partner'"),
        ("crm_lead", "TRUE"),
        ("mail_mail", "mail_message_id IN (SELECT id FROM mail_message WHERE model = 'res.partner')"),
    ):
        cr.execute("SELECT count(*) FROM " + table + " WHERE " + condition)
        count = cr.fetchone()[0]
        assert count == 300, (table, count)
os._exit(0)  # the shell's own cursor is closed
"""


@tagged("post_install", "-at_install")
class TestPlaybooksKilled(OwnDatabase):
    def test_five_kills_change_nothing(self):
        self.shell(self.database(self.workshop.product()), SCRIPT)

"""The expiry of points, killed with SIGKILL at five points: the next run ends where an undisturbed one does."""

from odoo.tests import tagged

from .common import OwnDatabase

SCRIPT = """
import os, signal
from datetime import date
from odoo import sql_db, SUPERUSER_ID, api
from odoo.modules.registry import Registry
from odoo.addons.crm_lifecycle_loyalty.analytics import ledger
from odoo.addons.crm_lifecycle_loyalty.models import loyalty_program as module

module.EXPIRE_CHUNK = 40
name = env.cr.dbname
partners = env["res.partner"].create([{"name": f"Customer {number}"} for number in range(150)])
programs = env["loyalty.program"].create(
    [{"name": name, "program_type": "loyalty", "applies_on": "both", "trigger": "auto", "company_id": env.company.id,
      "reward_ids": [(0, 0, {"required_points": 1})]} for name in ("calm", "killed")]
)
for program in programs:
    cards = env["loyalty.card"].create([{"program_id": program.id, "partner_id": partner.id} for partner in partners])
    env["crm.loyalty.entry"]._post(
        [
            {"card_id": card.id, "points": number % 7 + lot, "event_key": f"{program.id}:{number}:{lot}", "company_id": env.company.id,
             "description": "Gift", "expiration_date": "2020-01-01" if lot < 2 else False}
            for number, card in enumerate(cards) for lot in (1, 2)
        ]
    )
env.cr.commit()
ids = programs.ids
env.cr.close()


def expire(program_id, die=None):
    with Registry(name).cursor() as cr:
        there = api.Environment(cr, SUPERUSER_ID, {})
        program = there["loyalty.program"].browse(program_id)
        chunk = 0
        while program._crm_loyalty_expire_chunk():
            if die == (chunk, "before"):
                os.kill(os.getpid(), signal.SIGKILL)
            cr.commit()
            if die == (chunk, "after"):
                os.kill(os.getpid(), signal.SIGKILL)
            chunk += 1


expire(ids[0])
for die in ((0, "before"), (0, "after"), (1, "before"), (0, "after"), (0, "before")):
    sql_db.close_all()
    child = os.fork()
    if not child:
        expire(ids[1], die)
        os._exit(0)
    status = os.waitpid(child, 0)[1]
    assert os.WIFSIGNALED(status), "it was to be killed at %s" % (die,)
expire(ids[1])
with Registry(name).cursor() as cr:
    there = api.Environment(cr, SUPERUSER_ID, {})
    assert not there.execute_query(ledger.differences())
    states = []
    for program_id in ids:
        cr.execute(
            "SELECT card.points, count(entry.id), sum(entry.points), min(entry.points),"
            " (SELECT count(*) FROM loyalty_history WHERE card_id = card.id)"
            " FROM loyalty_card card JOIN crm_loyalty_entry entry ON entry.card_id = card.id"
            " WHERE card.program_id = %s GROUP BY card.id ORDER BY card.id", [program_id])
        states.append(cr.fetchall())
    assert states[0] == states[1] and len(states[0]) == 150
    assert {row[1] for row in states[0]} == {3}
os._exit(0)  # the shell's own cursor is closed
"""


@tagged("post_install", "-at_install")
class TestLoyaltyKilled(OwnDatabase):
    def test_five_kills_change_nothing(self):
        self.shell(self.database(self.workshop.product()), SCRIPT)

"""Customers asked, and answers sent, by several transactions at the same moment."""

from odoo.tests import tagged

from .common import OwnDatabase

SCRIPT = """
import logging
import threading
from odoo import SUPERUSER_ID, api
from odoo.exceptions import UserError
from odoo.modules.registry import Registry
from odoo.service.model import retrying

# A serialization failure is what is wanted here: the second one starts again.
logging.getLogger("odoo.sql_db").setLevel(logging.CRITICAL)
logging.getLogger("odoo.service.model").setLevel(logging.CRITICAL)

survey = env.ref("crm_lifecycle.crm_voice_survey_nps")
survey.company_id.email = "shop@example.com"
people = env["res.partner"].create([{"name": f"P{n}", "email": f"p{n}@example.com", "customer_rank": 1} for n in range(12)])
env.cr.commit()


def at_once(count, work):
    barrier = threading.Barrier(count)
    outcomes = [None] * count

    def run(place):
        with Registry(env.cr.dbname).cursor() as cr:
            mine = api.Environment(cr, SUPERUSER_ID, {})
            mine["res.partner"].search_count([])  # the snapshot is taken before the others begin to write
            barrier.wait()
            try:
                outcomes[place] = retrying(lambda: work(mine, place), mine)
            except UserError:
                cr.rollback()
                outcomes[place] = "refused"

    threads = [threading.Thread(target=run, args=(place,)) for place in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    env.cr.rollback()
    env.invalidate_all()
    return outcomes


asked = at_once(3, lambda mine, place: len(survey.with_env(mine)._ask(people.with_env(mine))))
assert sum(asked) == 12, asked
requests = env["crm.voice.request"].search([("partner_id", "in", people.ids)])
assert len(requests) == 12, "somebody was asked twice"

one = requests[0]
outcomes = at_once(3, lambda mine, place: one.with_env(mine)._answer(str(8 + place)) or "taken")
assert sorted(outcomes) == ["refused", "refused", "taken"], outcomes
assert one.score == 8 + outcomes.index("taken"), (one.score, outcomes)
"""


@tagged("post_install", "-at_install")
class TestVoiceConcurrency(OwnDatabase):
    def test_nobody_asked_twice_and_one_answer_taken(self):
        self.shell(self.database(self.workshop.product()), SCRIPT)

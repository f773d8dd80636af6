"""Receipt of complaints by several processes at once, with real transactions."""

from odoo.tests import tagged

from tests.common import OwnDatabase

PREPARE = """
import logging, threading
from odoo import SUPERUSER_ID, api
from odoo.modules.registry import Registry

logging.getLogger("odoo.addons.mail").setLevel(logging.WARNING)
company = env.company
domain = env["mail.alias.domain"].create({"name": "sejahtera.test", "company_ids": [(4, company.id)]})
company.alias_domain_id = domain
team = env["crm.complaint.team"].create({"name": "Care", "company_id": company.id, "alias_name": "keluhan", "alias_domain_id": domain.id})
assert team.alias_email == "keluhan@sejahtera.test", team.alias_email
env.cr.commit()

def at_once(count, work):
    failures, start = [], threading.Barrier(count)
    def run(number):
        try:
            with Registry(env.cr.dbname).cursor() as cr:
                start.wait()
                work(api.Environment(cr, SUPERUSER_ID, {}), number)
        except Exception as error:
            failures.append(error)
    threads = [threading.Thread(target=run, args=(number,)) for number in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not failures, failures
    env.cr.commit()
    env.invalidate_all()

def mail(key, sender="flood@flood.test", subject="Cracked"):
    return f"From: {sender}\\nTo: keluhan@sejahtera.test\\nSubject: {subject}\\nMessage-ID: <{key}@flood.test>\\n\\nIt is cracked."

def count(**found):
    return env["crm.complaint"].with_context(active_test=False).search_count([(name, "=", value) for name, value in found.items()])
"""


@tagged("post_install", "-at_install")
class TestReceiptAtOnce(OwnDatabase):
    def test_mails_at_once(self):
        """The same mail by four processes opens one complaint and gets one acknowledgement; a flood by four opens twenty."""
        database = self.database(self.workshop.product())
        self.shell(
            database,
            PREPARE
            + """
at_once(4, lambda env, number: env["mail.thread"].message_process(None, mail("same")))
assert count(name="Cracked") == 1, count(name="Cracked")
acknowledged = env["mail.message"].search_count([("model", "=", "crm.complaint"), ("message_type", "=", "auto_comment")])
assert acknowledged == 1, acknowledged

unnamed = mail("x").replace("Message-ID: <x@flood.test>\\n", "").replace("flood@", "unnamed@")
at_once(3, lambda env, number: env["mail.thread"].message_process(None, unnamed))
assert count(email_normalized="unnamed@flood.test") == 1

spam = mail("spam", sender="spam@flood.test").replace("Subject", "X-Spam-Flag: YES\\nSubject")
at_once(3, lambda env, number: env["mail.thread"].message_process(None, spam))
assert env["crm.complaint.quarantine"].search_count([("cause", "=", "spam")]) == 1

def flood(env, number):
    for turn in range(10):
        env["mail.thread"].message_process(None, mail(f"{number}.{turn}", subject="Flood"))
        env.cr.commit()

at_once(4, flood)
assert count(email_normalized="flood@flood.test") == 20, count(email_normalized="flood@flood.test")
held = env["crm.complaint.quarantine"].search_count([("cause", "=", "flood")])
assert held == 21, held
""",
        )

    def test_rating_twice_at_once(self):
        """Of two ratings sent at the same moment one is recorded, and the other changes nothing."""
        database = self.database(self.workshop.product())
        self.shell(
            database,
            PREPARE
            + """
import psycopg2

complaint = env["crm.complaint"].create({"name": "Rated", "email_from": "siti@maju.test", "team_id": team.id})
token = complaint._rating_get_access_token()
env.cr.commit()
refused = []

def rate(env, number):
    try:
        env["crm.complaint"].browse(complaint.id).rating_apply((1, 5)[number % 2], token=token)
        env.cr.commit()
    except psycopg2.errors.SerializationFailure:  # Odoo's HTTP layer begins the request anew
        env.cr.rollback()
        refused.append(number)

at_once(4, rate)
first = complaint.rating_ids.rating
assert complaint.rating_ids.consumed and first in (1, 5)
at_once(2, rate)
assert complaint.rating_ids.rating == first
posted = env["mail.message"].search_count([("model", "=", "crm.complaint"), ("res_id", "=", complaint.id), ("rating_ids", "!=", False)])
assert posted <= 1, posted
""",
        )

"""Redress requested and approved by several people at the same moment, each in a transaction of their own."""

from odoo.tests import tagged

from .common import OwnDatabase

SCRIPT = """
import logging
import threading
import random
from psycopg2 import OperationalError
from odoo import SUPERUSER_ID, Command, api, fields
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.modules.registry import Registry
from odoo.service.model import retrying

# A serialization failure is what is wanted here: the second one starts again.
logging.getLogger("odoo.sql_db").setLevel(logging.CRITICAL)
logging.getLogger("odoo.service.model").setLevel(logging.CRITICAL)

company = env.company
if not company.chart_template:
    env["account.chart.template"].try_loading("generic_coa", company=company, install_demo=False)
group = env.ref("crm_lifecycle_complaints.crm_lifecycle_complaints_group_manager")
env["crm.complaint.redress.limit"].search([]).unlink()
limit = env["crm.complaint.redress.limit"].create({"group_id": group.id, "per_case": 1000, "per_customer": 60})
users = env["res.users"].create(
    [{"name": f"U{n}", "login": f"u{n}", "email": f"u{n}@x.test", "group_ids": [Command.link(group.id)]} for n in range(4)]
)
partner = env["res.partner"].create({"name": "Customer"})
product = env["product.product"].create({"name": "Box", "type": "service", "taxes_id": []})
env.cr.commit()


def invoice(quantity):
    move = env["account.move"].create({
        "move_type": "out_invoice", "partner_id": partner.id, "invoice_date": fields.Date.today(),
        "invoice_line_ids": [Command.create({"product_id": product.id, "quantity": quantity, "price_unit": 10, "tax_ids": []})],
    })
    move.action_post()
    return move


def draft(move, quantity, user, kind):
    complaint = env["crm.complaint"].create({"name": "x", "partner_id": partner.id})
    return env["crm.complaint.redress"].with_user(user).create({
        "complaint_id": complaint.id, "move_id": move.id, "kind": kind,
        "line_ids": [Command.create({"move_line_id": move.invoice_line_ids.id, "quantity": quantity})],
    })


def at_once(calls):
    barrier = threading.Barrier(len(calls))
    outcomes = [None] * len(calls)

    def work(place, redress_id, uid, method):
        with Registry(env.cr.dbname).cursor() as cr:
            mine = api.Environment(cr, uid, {})
            record = mine["crm.complaint.redress"].browse(redress_id)
            record.state  # the snapshot is taken before the others begin to write
            barrier.wait()
            try:
                retrying(lambda: getattr(record, method)(), mine)
                outcomes[place] = "ok"
            except (UserError, ValidationError, AccessError) as refused:
                cr.rollback()
                outcomes[place] = str(refused)

    threads = [threading.Thread(target=work, args=(place, *call)) for place, call in enumerate(calls)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    env.cr.rollback()
    env.invalidate_all()
    return outcomes


def settle(redresses):
    for redress in redresses:
        redress.with_user(SUPERUSER_ID).action_cancel()
    env.cr.commit()


chance = random.Random(ROUNDS)
for turn in range(ROUNDS):
    # Three requests on one invoice of 30: together more than it holds.
    limit.write({"per_customer": 100000})
    move = invoice(3)
    redresses = [draft(move, chance.randint(1, 3), user, chance.choice(["credit_note", "replacement"])) for user in users[:3]]
    env.cr.commit()
    outcomes = at_once([(redress.id, redress.env.uid, "action_request") for redress in redresses])
    given = sum(redress.amount for redress in redresses if redress.state == "done")
    assert given <= move.amount_total, (given, outcomes)
    assert any(outcome == "ok" for outcome in outcomes), outcomes
    assert all(outcome == "ok" or "more than is left" in outcome or "left on that line" in outcome for outcome in outcomes), outcomes
    settle([redress for redress in redresses if redress.state != "cancelled"])
    assert move._get_refundable() == 30.0 == move.amount_residual

    # One person asks twice at once on two invoices: each is within their limit, both together are not.
    limit.write({"per_customer": 60})
    redresses = [draft(invoice(4), 4, users[0], "credit_note") for _each in range(2)]
    env.cr.commit()
    at_once([(redress.id, users[0].id, "action_request") for redress in redresses])
    assert sorted(redress.state for redress in redresses) == ["done", "requested"], [redress.state for redress in redresses]
    settle(redresses)

    # Two approvers at once, of two requests that are within the limit of either alone.
    limit.write({"per_customer": 1})
    redresses = [draft(invoice(4), 4, users[0], "credit_note") for _each in range(2)]
    for redress in redresses:
        redress.action_request()
        assert redress.state == "requested"
    limit.write({"per_customer": 100000, "per_case": 40})
    env.cr.commit()
    outcomes = at_once([(redresses[0].id, users[1].id, "action_approve"), (redresses[0].id, users[2].id, "action_approve")])
    assert sorted(outcome == "ok" for outcome in outcomes) == [False, True], outcomes
    assert env["account.move"].search_count([("reversed_entry_id", "=", redresses[0].move_id.id)]) == 1
    settle(redresses)
    limit.write({"per_case": 1000})
    env.cr.commit()
"""


@tagged("post_install", "-at_install")
class TestRedressConcurrency(OwnDatabase):
    def test_at_the_same_moment(self):
        database = self.database(self.workshop.product())
        self.shell(database, SCRIPT.replace("ROUNDS", "2"))

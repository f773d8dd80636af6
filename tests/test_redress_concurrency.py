"""Redress requested and approved by several people at the same moment, each in a transaction of their own."""

from hypothesis import settings
from odoo.tests import tagged

from .common import OwnDatabase

PREPARE = """
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
"""

ROUNDS = """
chance = random.Random(TURNS)
for turn in range(TURNS):
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

# Sequences of moments; in each moment several people do something at once. What they try is drawn by Hypothesis, what happens is PostgreSQL's.
SEQUENCES = """
from hypothesis import HealthCheck, Phase, given, settings, strategies as st

gifts = env["loyalty.program"].create(
    {"name": "Codes", "program_type": "gift_card", "applies_on": "future", "trigger": "auto", "company_id": company.id}
)
# Within their limit: 40 for a case, 60 for the customer.
limit.write({"per_case": 40, "per_customer": 60})
chief_group = env.ref("sales_team.group_sale_manager")
env["crm.complaint.redress.limit"].create({"group_id": chief_group.id, "unlimited": True})
chief = users[3]
chief.group_ids |= chief_group
env.cr.commit()
GIVEN = ("requested", "done")
moves, complaints, seen, told = [], [], {"ok": 0, "refused": 0, "examples": 0}, []


def begin():
    # Fresh documents now and then: cancelled credit notes pile up on the old ones.
    if seen["examples"] % 40 == 0:
        moves[:] = [invoice(3), invoice(6)]
        complaints[:] = env["crm.complaint"].create([{"name": "x", "partner_id": partner.id} for _each in range(2)])
        # A case that was cut in two is one case.
        complaints.append(env["crm.complaint"].create({"name": "y", "partner_id": partner.id, "origin_id": complaints[0].id}))
        env.cr.commit()
    seen["examples"] += 1


def make(case, document, quantity, kind, user):
    move = moves[document]
    values = {"complaint_id": complaints[case].id, "move_id": move.id, "kind": kind}
    if kind == "discount_code":
        values.update(loyalty_program_id=gifts.id, points=10 * quantity)
    else:
        values["line_ids"] = [Command.create({"move_line_id": move.invoice_line_ids.id, "quantity": min(quantity, move.invoice_line_ids.quantity)})]
    return env["crm.complaint.redress"].with_user(user).create(values)


def hold(made):
    given = [redress for redress in made if redress.state in GIVEN]
    for move in moves:
        total = sum(redress.amount for redress in given if redress.move_id == move)
        assert total <= move.amount_total + 0.001, ("more than was invoiced", total)
        assert move._get_refundable() >= -0.001
    alone = [redress for redress in made if redress.state == "done" and not redress.approved_by_id and redress.requested_by_id != chief]
    # Each fitted beside all that was given before it, so all of them together do.
    assert sum(redress.cost for redress in alone) <= 60.001, "the limit of a customer was passed"
    for complaint in complaints:
        case = complaint._get_case()
        assert sum(redress.cost for redress in alone if redress.complaint_id in case) <= 40.001, "the limit of a case was passed"
    for redress in made:
        assert not redress.approved_by_id or redress.approved_by_id not in redress.contributor_ids, "somebody approved their own"
        assert (redress.state == "done") == bool(redress.done_at and redress.state != "cancelled")


act = st.tuples(
    st.sampled_from(["request", "request", "request", "approve", "cancel"]),
    st.integers(0, 2),
    st.integers(0, 1),
    st.integers(1, 6),
    st.sampled_from(["discount_code", "discount_code", "discount_code", "discount_code", "credit_note", "replacement"]),
    st.integers(0, 3),
)
moment = st.lists(act, min_size=2, max_size=3)


@settings(max_examples=EXAMPLES, database=None, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck),
          phases=[Phase.generate])
@given(st.lists(moment, min_size=1, max_size=3))
def check(moments):
    begin()
    made = []
    for acts in moments:
        calls = []
        for what, case, document, quantity, kind, who in acts:
            user = users[who]
            if what == "request":
                made.append(make(case, document, quantity, kind, user))
                calls.append((made[-1].id, user.id, "action_request"))
            elif made:
                calls.append((made[quantity % len(made)].id, user.id, f"action_{what}"))
        env.cr.commit()
        for outcome in at_once(calls) if calls else ():
            seen["ok" if outcome == "ok" else "refused"] += 1
            told.append(outcome)
        hold(made)
    settle([redress for redress in made if redress.state != "cancelled"])
    for move in moves:
        assert move._get_refundable() == move.amount_total == move.amount_residual, "cancelling restores exactly"


check()
assert seen["examples"] >= EXAMPLES * 0.9, seen
assert seen["ok"] and seen["refused"], seen
assert None not in told, "somebody's transaction failed otherwise"
for words in ("more than is left", "Another person", "does not wait for approval"):
    assert EXAMPLES < 100 or any(words in str(outcome) for outcome in told), words
print("SEQUENCES", seen)
"""


@tagged("post_install", "-at_install")
class TestRedressConcurrency(OwnDatabase):
    def test_at_the_same_moment(self):
        database = self.database(self.workshop.product())
        self.shell(database, PREPARE + ROUNDS.replace("TURNS", "2"))

    def test_random_sequences_at_the_same_moment(self):
        """25 sequences as a rule, 500 under the profile "full"."""
        examples = 500 if settings().max_examples >= 1000 else 25
        database = self.database(self.workshop.product())
        self.shell(database, PREPARE + SEQUENCES.replace("EXAMPLES", str(examples)))

"""Who may do what by Odoo's own routes, which every model with a conversation has; the portal's own routes are in test_portal."""

from odoo.tests import tagged
from odoo.tests.common import JsonRpcException
from odoo.tools import mute_logger

from .portal_case import PortalCase

QUIET = ("odoo.http", "odoo.addons.base.models.ir_rule", "odoo.models", "odoo.addons.base.models.ir_model")


@tagged("post_install", "-at_install")
class TestAccessMatrix(PortalCase):
    """{public, portal of another customer, portal of the same company, follower, clerk, agents, other company} × what can be done."""

    def setUp(self):
        super().setUp()
        self.readers = {
            "public": None,
            "portal of another customer": self.portal_stranger,
            "portal of the same company": self.family,
            "follower": self.follower,
            "clerk": self.clerk,
            "agent of another team": self.stranger,
            "agent": self.agent,
            "administrator of another company": self.outsider,
        }
        self.operations = {
            "read": lambda: self.rpc("read", [["name"]]),
            "read what is internal": lambda: self.rpc("read", [["severity", "decision_reason", "policy_id"]]),
            "read what is at risk": lambda: self.rpc("read", [["revenue_at_risk"]]),
            "post": lambda: self.rpc("message_post", [], {"body": "Posted", "message_type": "comment"}),
            "post by the chatter": lambda: self.json("/mail/message/post", post_data={"body": "Posted", "message_type": "comment"}),
            "read the conversation": lambda: self.conversation(),
            "write": lambda: self.rpc("write", [{"name": "Mine"}]),
            "close": lambda: self.rpc("write", [{"stage_id": self.closed.id, "decision": "accept", "decision_reason": "Because."}]),
            "reopen": lambda: self.call("crm.complaint", "action_reopen", [[self.done.id]]),
            "wait": lambda: self.rpc("action_answered_otherwise", []),
            "upload": lambda: self.upload(),
            "rate": lambda: self.rpc("rating_apply", [5], {"token": self.token}),
            "write the rating": lambda: self.call("rating.rating", "write", [[self.rating.id], {"rating": 5, "consumed": True}]),
            "make a rating": lambda: self.call(
                "rating.rating", "create", [[{"res_model_id": self.model_id, "res_id": self.complaint.id, "rating": 5, "consumed": True}]]
            ),
            "accept": lambda: self.rpc("portal_accept", [self.siti.id]),
            "post in a customer's name": lambda: self.rpc("portal_post", ["Posted", [], self.siti.id]),
            "give redress": lambda: self.call("crm.complaint.redress", "create", [[{"complaint_id": self.complaint.id}]]),
            "delete": lambda: self.rpc("unlink", []),
        }
        self.done = self.make_complaint()
        self.decide_and_close(self.done)
        self.model_id = self.env["ir.model"]._get_id("crm.complaint")
        self.token = self.complaint._rating_get_access_token()
        self.rating = self.complaint.rating_ids
        self.env.flush_all()

    def json(self, url, **values):
        return self.make_jsonrpc_request(url, {"thread_model": "crm.complaint", "thread_id": self.complaint.id, **values})

    def call(self, model, method, args, kwargs=None):
        return self.make_jsonrpc_request(
            f"/web/dataset/call_kw/{model}/{method}", {"model": model, "method": method, "args": args, "kwargs": kwargs or {}}
        )

    def rpc(self, method, args, kwargs=None):
        return self.call("crm.complaint", method, [[self.complaint.id], *args], kwargs)

    def conversation(self):
        found = repr(self.json("/mail/thread/messages", fetch_params={}))
        if "Shown to the customer" not in found:
            raise JsonRpcException(404, "nothing was shown")
        self.assertEqual("SECRET" in found, self.session.uid == self.agent.id, "notes are for those who handle the complaint")
        return found

    def upload(self):
        response = self.url_open(
            "/mail/attachment/upload",
            data={"csrf_token": self.csrf(), "thread_model": "crm.complaint", "thread_id": self.complaint.id},
            files=[("ufile", ("photo.txt", b"a photo", "text/plain"))],
        )
        if response.status_code != 200:
            raise JsonRpcException(response.status_code, response.text)

    def state(self):
        self.env.invalidate_all()
        complaint = self.complaint
        return (
            complaint.exists(),
            complaint.name,
            complaint.is_closed,
            self.done.is_closed,
            complaint.accepted_at,
            complaint.unanswered_since,
            len(complaint.message_ids),
            complaint.rating_ids.mapped("rating"),
            len(complaint.redress_ids),
            self.env["ir.attachment"].search_count([("res_model", "=", "crm.complaint"), ("res_id", "=", complaint.id)]),
        )

    # What is not named here is refused and changes nothing.
    ALLOWED = {
        "portal of the same company": {"read", "read the conversation"},
        # Odoo lets whoever was notified of a message read this message: staff added them, and it was mailed to them.
        "follower": {"read the conversation"},
        "agent": {
            "read",
            "read what is internal",
            "read the conversation",
            "post",
            "post by the chatter",
            "write",
            "close",
            "reopen",
            "wait",
            "upload",
            "give redress",
        },
    }

    @mute_logger(*QUIET)
    def test_everybody_by_every_way(self):
        for reader, user in self.readers.items():
            self.login(user)
            before = self.state()
            for operation, work in self.operations.items():
                allowed = operation in self.ALLOWED.get(reader, ())
                with self.subTest(reader=reader, operation=operation), self.env.cr.savepoint() as savepoint:
                    try:
                        work()
                        done = True
                    except JsonRpcException:
                        done = False
                    self.assertEqual(done, allowed, f"{reader}: {operation}")
                    if not allowed:
                        self.assertEqual(self.state(), before, f"{reader}: {operation}")
                    savepoint.close(rollback=True)
                self.env.invalidate_all()

    @mute_logger(*QUIET)
    def test_what_is_internal_is_in_no_answer(self):
        """Whatever a customer's own portal user asks for, notes and figures of risk are not in it."""
        self.login(self.family)
        answers = [self.conversation()]
        for fields in (["name", "message_ids"], ["display_name", "narrative", "rating_ids"], []):
            try:
                answers.append(repr(self.rpc("read", [fields] if fields else [])))
            except JsonRpcException:
                continue
        answers.append(repr(self.call("crm.complaint", "search_read", [[["id", "=", self.complaint.id]], ["name", "number"]])))
        answers.append(repr(self.call("crm.complaint", "fields_get", [])))
        for answer in answers:
            for secret in ("SECRET", "revenue_at_risk", "redress_cost", "decision_reason"):
                self.assertNotIn(secret, answer)

    @mute_logger(*QUIET)
    def test_another_customers_link_opens_nothing_else(self):
        """The token of one complaint is none for another one."""
        other = self.make_complaint()
        token = other._portal_ensure_token()
        self.env.flush_all()
        self.login(None)
        for action in ("read", "message", "accept", "reopen", "rate", "attachment"):
            self.assertEqual(self.act(action, token).status_code, 404, action)

import json
import logging
import re
import time
from contextlib import contextmanager
from pathlib import Path
from unittest.mock import patch

from lxml import etree
from odoo import Command, fields
from odoo.tests import HttpCase, new_test_user, tagged
from odoo.tools import mute_logger

from ..controllers import cti as controller
from ..domain import cti, flood, signature
from .common_calls import CallCase

DATA = Path(__file__).parent / "data" / "cti"
RINGING = {"state": "ringing", "direction": "in", "user": "cc_agent"}
EXPECTED = {
    "3cx_inbound": {"state": "done", "direction": "in", "user": "cc_agent", "talk_seconds": 130},
    "3cx_missed": {"state": "missed", "direction": "in", "user": "cc_agent", "to_return": True},
    "3cx_outbound": {"state": "done", "direction": "out", "user": "cc_agent", "talk_seconds": 65},
    "asterisk_ring": RINGING,
    "asterisk_plus_lost": RINGING,
    "freepbx_dialplan": RINGING,
    "twilio_ringing": {"state": "ringing", "direction": "in", "user": False},
    "twilio_completed": {"state": "done", "direction": "in", "user": False, "talk_seconds": 41},
    "zammad_json": RINGING,
    "zammad_out": {"state": "ringing", "direction": "out", "user": "cc_agent"},
}


@tagged("post_install", "-at_install")
class TestCti(HttpCase, CallCase):
    def setUp(self):
        super().setUp()
        bucket = patch.object(controller, "requests_per_line", flood.Bucket(rate=1000, burst=1000))
        bucket.start()
        self.addCleanup(bucket.stop)

    def event(self, token=None, headers=None, **parameters):
        return self.url_open(self.path("event", token), data=parameters, headers=headers)

    def ring(self, call_id="abc-1", **parameters):
        about = {"from": "+6281234567890", "to": "+62224200199", "direction": "in", "callId": call_id, "user[]": "101"}
        return self.event(event="newCall", **{**about, **parameters})

    def no_call(self):
        self.assertFalse(self.calls.search([("endpoint_id", "=", self.endpoint.id)]))

    def results(self):
        self.env.invalidate_all()
        return self.env["crm.cti.event"].search([("endpoint_id", "=", self.endpoint.id)]).mapped("result")

    # Calls

    def test_a_call_from_ring_to_end(self):
        about = {"from": "+6281234567890", "to": "+62224200199", "direction": "in", "callId": "abc-1"}
        self.assertEqual(self.event(event="newCall", **about, **{"user[]": "101"}).status_code, 204)
        call = self.the_call()
        self.assertEqual((call.state, call.match, call.partner_id, call.user_id), ("ringing", "known", self.acme, self.agent))
        self.assertEqual(self.event(event="answer", **about, answeringNumber="101").status_code, 204)
        call.invalidate_recordset()
        self.assertEqual((call.state, call.agent_took), ("talking", True))
        self.assertEqual(self.event(event="hangup", **about, cause="normalClearing").status_code, 204)
        call.invalidate_recordset()
        self.assertEqual((call.state, self.the_call()), ("done", call))
        self.assertEqual(self.results(), ["ok", "ok", "ok"])

    def test_documented_bodies_unchanged(self):
        self.assertEqual({path.stem for path in DATA.glob("*.http")}, set(EXPECTED))
        for name, expected in EXPECTED.items():
            with self.subTest(name):
                head, _blank, body = (DATA / f"{name}.http").read_text().partition("\n\n")
                request, *headers = head.splitlines()
                method, target = request.split(" ", 1)
                address = self.base_url() + self.path("event") + target.removeprefix("/event")
                answer = self.opener.request(
                    method, address, data=body.strip() or None, headers=dict(line.split(": ", 1) for line in headers)
                )
                self.assertEqual(answer.status_code, 204)
                self.env.invalidate_all()
                call = self.the_call()
                self.assertEqual((call.partner_id, call.match, call.e164), (self.acme, "known", "+6281234567890"))
                expected = {"to_return": False, "talk_seconds": 0, **expected}
                found = {key: call.user_id.login if key == "user" else call[key] for key in expected}
                self.assertEqual(found, expected)
                call.unlink()

    def test_without_call_id_reported_twice(self):
        body = {
            "CallType": "Inbound",
            "Number": "006281234567890",
            "Agent": "101",
            "Duration": "130",
            "CallStartTimeUTC": "2026-03-02T09:20:00Z",
        }
        self.event(**body)
        self.event(**body)
        self.assertEqual(self.the_call().talk_seconds, 130)
        self.event(**{**body, "CallStartTimeUTC": "2026-03-02T09:40:00Z"})
        self.assertEqual(self.calls.search_count([("endpoint_id", "=", self.endpoint.id)]), 2)

    def test_unknown_callers(self):
        for number, text in enumerate(
            ("anonymous", "+266696687", "112", "sip:alice@example.com", "<script>alert(1)</script>", "9" * 10_000)
        ):
            with self.subTest(text[:30]):
                self.assertEqual(self.ring(f"unknown-{number}", **{"from": text}).status_code, 204)
                call = self.calls.search([("call_key", "=", f"id:unknown-{number}")])
                self.assertEqual((call.match, call.partner_id.id, len(call.number) <= 250), ("unknown", False, True))
        self.assertEqual(self.ring("unknown-none", **{"from": ""}).status_code, 204)

    def test_queries(self):
        now = fields.Datetime.now()
        self.ring("warm")
        self.env.cr.precommit.run()
        for event_kind in ("newCall", "answer", "hangup"):
            event = cti.read_event({"event": event_kind, "from": "+6281234567890", "callId": "q", "answeringNumber": "101"}, now)
            self.env.invalidate_all()
            with self.subTest(event_kind), self.counting(6):
                line = self.env["crm.cti.endpoint"]._line(self.token, event.agents)
                call_id = self.calls._receive(line, event)
                self.env["crm.cti.event"]._log(line.id, "ok", "", call_id)
                self.env.cr.precommit.run()
                self.env.flush_all()

    def test_queries_of_whole_requests(self):
        """All that the routes cost from the first byte to the last."""
        self.ring("warm")
        self.url_open(self.path("lookup") + "?number=081234567890")
        for parameters in ({"event": "newCall"}, {"event": "answer", "answeringNumber": "101"}, {"event": "hangup"}):
            self.env.invalidate_all()
            with self.subTest(parameters["event"]), self.counting(6):
                self.assertEqual(
                    self.event(**{"from": "+6281234567890", "callId": "whole", "user[]": "101", **parameters}).status_code, 204
                )
        with self.counting(2):
            self.assertEqual(self.url_open(self.path("lookup") + "?number=081234567890").status_code, 200)

    @contextmanager
    def counting(self, most):
        """At most so many statements, named where there are more."""
        statements = []
        execute = type(self.env.cr).execute

        def count(cursor, query, *args, **kwargs):
            text = " ".join(str(getattr(query, "code", query)).split())[:150]
            # What keeps the requests of a test in its own transaction, and what Odoo asks to find the database.
            if not text.startswith(("SAVEPOINT", "RELEASE", "ROLLBACK", "select datname from pg_database")):
                statements.append(text)
            return execute(cursor, query, *args, **kwargs)

        with patch.object(type(self.env.cr), "execute", count):
            yield
        self.assertLessEqual(len(statements), most, "\n".join(statements))

    # Who is calling

    def test_lookup(self):
        answer = self.url_open(self.path("lookup") + "?number=%2B6281234567890")
        self.assertEqual((answer.status_code, answer.text), (200, "Acme"))
        self.assertEqual((answer.headers["X-Content-Type-Options"], answer.headers["Cache-Control"]), ("nosniff", "no-store"))
        answer = self.url_open(self.path("lookup") + "?number=081234567890&format=json")
        self.assertEqual([contact["name"] for contact in answer.json()["contacts"]], ["Acme"])
        self.assertEqual(self.url_open(self.path("lookup") + "?number=anonymous").text, "")
        bearer = {"Authorization": f"Bearer {self.token}"}
        for headers in (bearer, {"authorization": f"bearer {self.token}"}, {"Authorization": f"Bearer {self.token},Bearer {self.token}"}):
            self.assertEqual(self.url_open(f"{controller.PATH}/lookup?number=081234567890", headers=headers).text, "Acme")
        self.env["res.partner"].create({"name": "Twin", "phone": "081234567890", "country_id": self.indonesia.id})
        self.assertEqual(self.url_open(self.path("lookup") + "?number=081234567890").text, "Acme +1")

    def test_lookup_tells_no_money(self):
        self.invoice(self.acme, "2026-01-10", 4711)
        answer = self.url_open(self.path("lookup") + "?number=081234567890&format=json").text
        self.assertEqual(set(json.loads(answer)["contacts"][0]), {"id", "name", "firstname", "lastname", "company", "match", "url"})
        self.assertNotIn("4711", answer)

    def test_lookup_queries(self):
        self.env.invalidate_all()
        with self.counting(2):
            line = self.env["crm.cti.endpoint"]._line(self.token)
            self.phones._match("+6281234567890", line.region, line.company_id)

    # Security

    def test_a_wrong_token_is_answered_like_a_wrong_path(self):
        wrong_path = self.url_open("/crm_lifecycle/nothing/here/event", data={"event": "newCall"})
        revoked = self.token
        self.endpoint.action_revoke()
        answers = [
            self.ring(token="wrong"),
            self.ring(token=revoked),
            self.ring(token="x" * 5000),
            self.url_open(f"{controller.PATH}/event", data={"event": "newCall"}),
            self.url_open(f"{controller.PATH}/event", data={"event": "newCall"}, headers={"Authorization": "Bearer wrong"}),
            self.url_open(f"{controller.PATH}/wrong/lookup", data={"number": "1"}),
        ]
        for answer in answers:
            self.assertEqual((answer.status_code, _page(answer.text)), (404, _page(wrong_path.text)))
            kept = {name: value for name, value in answer.headers.items() if name not in ("Date", "Content-Length", "Set-Cookie")}
            self.assertEqual(kept, {name: value for name, value in wrong_path.headers.items() if name in kept})
        self.no_call()

    def test_a_new_token_ends_the_old_one(self):
        fresh = self.new_token(self.endpoint)
        self.assertEqual((self.ring().status_code, self.ring(token=fresh).status_code), (404, 204))

    def test_an_archived_system_is_shut_out(self):
        self.endpoint.active = False
        self.assertEqual(self.ring().status_code, 404)

    def test_tokens_are_kept_as_hashes(self):
        self.env.cr.execute("SELECT * FROM crm_cti_endpoint WHERE id = %s", [self.endpoint.id])
        self.assertNotIn(self.token, str(self.env.cr.fetchall()))
        self.assertNotIn("token", self.env["crm.cti.token"].create({"endpoint_id": self.endpoint.id})._fields["token"].column_type or ())
        self.env.cr.execute("SELECT count(*) FROM information_schema.columns WHERE table_name = 'crm_cti_token' AND column_name = 'token'")
        self.assertEqual(self.env.cr.fetchone(), (0,))

    def test_tokens_never_in_logs(self):
        with self.assertLogs("odoo", "DEBUG") as log:
            self.ring()
            self.url_open(self.path("lookup") + "?number=1")
            self.url_open(self.path("event", "tokenofsomebodyelse"))
        access = logging.getLogger("werkzeug")
        lines = []
        for what in ("event", "lookup?number=1"):
            record = logging.LogRecord(
                "werkzeug", logging.INFO, "", 0, '127.0.0.1 - - "%s %s HTTP/1.1" %s', ("GET", self.path(what), 200), None
            )
            self.assertTrue(access.filter(record))
            lines.append(record.getMessage())
        written = "\n".join(log.output + lines)
        self.assertIn(f"{controller.PATH}/***/event HTTP", written)
        self.assertIn(f"{controller.PATH}/***/lookup?number=1 HTTP", written)
        self.assertNotIn(self.token, written)
        self.assertNotIn("tokenofsomebodyelse", "\n".join(line for line in log.output if not line.startswith("DEBUG")))

    def test_allowed_networks(self):
        self.endpoint.allowed_networks = "203.0.113.7, 10.0.0.0/8"
        # The log is written by a cursor of its own, which in a test is undone with the request's.
        with patch.object(type(self.env["crm.cti.event"]), "_log") as log:
            self.assertEqual(self.ring().status_code, 404)
        self.assertEqual(log.call_args.args[:2], (self.endpoint.id, "network"))
        self.assertEqual(self.url_open(self.path("lookup") + "?number=081234567890").status_code, 404)
        self.no_call()
        self.endpoint.allowed_networks = "203.0.113.7 127.0.0.0/8 ::1"
        self.assertEqual(self.ring().status_code, 204)

    def test_generic_signature(self):
        self.endpoint.signature_secret = "secret"
        body = "event=newCall&direction=in&from=%2B6281234567890&callId=s&user[]=101"
        form = {"Content-Type": "application/x-www-form-urlencoded"}

        def send(timestamp, sign=None, text=body):
            proof = sign or signature.generic("secret", str(timestamp), text.encode())
            return self.url_open(
                self.path("event"), data=text, headers={**form, "X-CTI-Timestamp": str(timestamp), "X-CTI-Signature": proof}
            ).status_code

        now = int(time.time())
        self.assertEqual(send(now, "0" * 64), 403)
        self.assertEqual(send(now, signature.generic("other", str(now), body.encode())), 403)
        self.assertEqual(send(now, signature.generic("secret", str(now), b"event=hangup")), 403)
        self.assertEqual(self.ring().status_code, 403)
        self.assertEqual(send(now - 301), 403)
        self.assertEqual(send(now + 400), 403)
        self.no_call()
        self.assertEqual(send(now), 204)
        self.assertEqual(send(now), 409)
        proof = signature.generic("secret", str(now), body.encode())
        self.assertEqual((send(now, f"sha256={proof}"), send(now, proof.upper())), (409, 409))
        self.assertEqual(self.the_call().state, "ringing")
        self.assertEqual(
            self.results(), ["replayed", "replayed", "replayed", "ok", "stale", "stale", "signature", "signature", "signature", "signature"]
        )

    def test_a_signature_covers_all_that_is_sent(self):
        self.endpoint.signature_secret = "secret"
        now = str(int(time.time()))
        query = "event=newCall&direction=in&from=%2B6281234567890&callId=g"

        def send(address, body=None):
            proof = signature.generic("secret", now, (body or query).encode())
            headers = {"X-CTI-Timestamp": now, "X-CTI-Signature": proof, "Content-Type": "application/x-www-form-urlencoded"}
            return self.opener.request("POST" if body else "GET", self.base_url() + address, data=body, headers=headers).status_code

        self.assertEqual(send(f"{self.path('event')}?recordingUrl=https://evil.example", query), 403)
        self.assertEqual(send(f"{self.path('event')}?{query}&agent=102"), 403)
        self.no_call()
        self.assertEqual(send(f"{self.path('event')}?{query}"), 204)
        self.assertEqual(send(f"{self.path('lookup')}?{query}"), 200)

    def test_twilio_signature_behind_a_proxy(self):
        self.endpoint.write({"kind": "twilio", "signature_secret": "12345", "public_url": "https://erp.example.com"})
        parameters = {"CallSid": "CA1", "From": "+6281234567890", "To": "+62224200199", "CallStatus": "ringing", "Direction": "inbound"}
        path = self.path("event") + "?b=2&a=1"

        def send(url, form=parameters):
            proof = signature.twilio("12345", url, {name: [value] for name, value in parameters.items()})
            return self.url_open(path, data=form, headers={"X-Twilio-Signature": proof})

        self.assertEqual(send("http://erp.example.com" + path).status_code, 403)
        self.assertEqual(send(self.base_url() + path).status_code, 403)
        self.assertEqual(send("https://erp.example.com" + self.path("event") + "?a=1&b=2").status_code, 403)
        self.assertEqual(send("https://erp.example.com" + path, {**parameters, "From": "+1"}).status_code, 403)
        self.no_call()
        answer = send("https://erp.example.com" + path)
        self.assertEqual((answer.status_code, answer.text.endswith("<Response/>")), (200, True))
        self.assertEqual(self.the_call().partner_id, self.acme)

    def test_a_flood_is_stopped_and_nobody_else_affected(self):
        other = self.make_endpoint(name="Other PBX")
        token = self.new_token(other)
        with patch.object(controller, "requests_per_line", flood.Bucket(rate=0.001, burst=3)):
            self.assertEqual([self.ring(f"flood-{number}").status_code for number in range(5)], [204, 204, 204, 429, 429])
            self.assertEqual(self.url_open(self.path("lookup") + "?number=1").status_code, 429)
            self.assertEqual(self.ring("calm", token=token).status_code, 204)
            # From another address, with the same token: whoever has stolen it cannot shut out the telephone system.
            with patch.object(controller, "_address", lambda: "203.0.113.9"):
                self.assertEqual(self.ring("elsewhere").status_code, 204)

    def test_a_large_body(self):
        self.assertEqual(self.ring(note="x" * 17_000).status_code, 413)
        answer = self.url_open(
            self.path("event"), data=json.dumps({"event": "newCall", "from": "x" * 17_000}), headers={"Content-Type": "application/json"}
        )
        self.assertEqual(answer.status_code, 413)
        self.no_call()

    def test_what_cannot_be_understood(self):
        for headers, body in (
            ({"Content-Type": "application/json"}, "{"),
            ({"Content-Type": "application/json"}, "[" * 9000),
            ({"Content-Type": "application/json"}, '"text"'),
            ({"Content-Type": "application/x-www-form-urlencoded"}, "event=explode&from=1"),
            ({"Content-Type": "application/octet-stream"}, b"\xff\xfe\x00"),
            ({"Content-Type": "multipart/form-data; boundary=x"}, "--x\r\nbroken"),
        ):
            with self.subTest(body[:20]):
                answer = self.url_open(self.path("event"), data=body, headers=headers)
                self.assertEqual(answer.status_code, 400)
        self.assertEqual(set(self.results()), {"unreadable"})

    def test_script_in_a_name_stays_text(self):
        self.acme.name = "<script>alert(1)</script>"
        answer = self.url_open(self.path("lookup") + "?number=081234567890")
        self.assertEqual(answer.headers["Content-Type"], "text/plain; charset=utf-8")
        self.assertEqual((answer.headers["X-Content-Type-Options"], answer.text), ("nosniff", "<script>alert(1)</script>"))

    def test_only_ids_on_the_bus(self):
        self.env["bus.bus"].search([]).unlink()
        self.ring()
        self.env.cr.precommit.run()
        messages = self.env["bus.bus"].search([])
        sent = [message for message in messages if json.loads(message.message)["type"] == "crm_lifecycle.call"]
        payloads = [json.loads(message.message)["payload"] for message in sent]
        self.assertEqual(payloads, [{"call_id": self.the_call().id, "state": "ringing"}])
        channels = [json.loads(message.channel)[1:] for message in sent]
        self.assertEqual(channels, [["res.partner", self.agent.partner_id.id]])

    def test_an_agent_of_another_system_is_nobody_here(self):
        other = self.make_endpoint(name="Other PBX")
        self.assertEqual(self.ring("theirs", token=self.new_token(other)).status_code, 204)
        call = self.calls.search([("endpoint_id", "=", other.id)])
        self.assertEqual((call.user_id.id, call.state), (False, "ringing"))
        # The same call id of two systems is two calls.
        self.assertEqual(self.ring("theirs").status_code, 204)
        self.assertEqual(self.the_call().user_id, self.agent)

    def test_an_agent_by_the_address_of_their_log_in(self):
        """Only of employees, and of those who may work in the company of the telephone system."""
        here, elsewhere = self.company, self.env["res.company"].create({"name": "Elsewhere"})
        for login, groups, company in (
            ("desk@call.example", "base.group_user", here),
            ("portal@call.example", "base.group_portal", here),
            ("far@call.example", "base.group_user", elsewhere),
        ):
            new_test_user(self.env, login, groups, company_id=company.id, company_ids=[Command.set(company.ids)])
            self.assertEqual(self.ring(login, **{"user[]": login}).status_code, 204)
        calls = self.calls.search([("endpoint_id", "=", self.endpoint.id)], order="id")
        self.assertEqual([call.user_id.login for call in calls], ["desk@call.example", False, False])

    def test_who_has_nothing_to_do_with_calls_opens_odoo(self):
        clerk = new_test_user(self.env, "cc_clerk", "base.group_user")
        for user, there in ((clerk, False), (self.agent, True)):
            self.authenticate(user.login, user.login)
            info = self.make_jsonrpc_request("/web/session/get_session_info")
            self.assertEqual("crm_lifecycle_calls" in info, there, user.login)

    def test_3cx_drives_its_template(self):
        """What 3CX does with the template: it fills in the brackets, asks, reads the answer by its paths, and reports the call."""
        self.endpoint.kind = "3cx"
        self.authenticate("admin", "admin")
        template = etree.fromstring(self.url_open(f"{controller.PATH}/{self.endpoint.id}/3cx.xml").content)
        self.opener.cookies.clear()
        scenarios = {scenario.get("Id"): scenario for scenario in template.iter("Scenario")}
        filled = {"ApiKey": self.token, "Number": "006281234567890", "ReportCallEnabled": "True", "CallType": "Inbound", "Agent": "101"}
        filled |= {"AgentEmail": "agent@call.example", "QueueExtension": "Hotline", "Duration": "130", "DurationTimespan": "00:02:10"}
        filled |= {"CallStartTimeUTC": "2026-03-02T09:20:00Z", "CallEndTimeUTC": "2026-03-02T09:22:10Z"}

        def fill(text, values):
            text = re.sub(r"\[(\[\w+\])\.ToString\([^)]*\)\]", r"\1", text or "")
            return re.sub(r"\[(\w+)\]", lambda found: values.get(found[1], found[0]), text)

        def ask(scenario, values):
            request = scenario.find("Request")
            headers = {value.get("Key"): fill(value.text, values) for value in request.iterfind("Headers/Value")}
            posted = {value.get("Key"): fill(value.text, values) for value in request.iterfind("PostValues/Value")}
            address = fill(request.get("Url"), values).replace("https://erp.example.com", self.base_url())
            return self.opener.request(request.get("RequestType"), address, data=posted or None, headers=headers)

        answer = ask(scenarios[""], filled)
        found = {each.get("Name"): answer.json()["contacts"][0][each.get("Path").split(".")[1]] for each in scenarios[""].iter("Variable")}
        shown = {output.get("Type"): fill(output.get("Value"), filled | found) for output in scenarios[""].iter("Output")}
        self.assertEqual((shown["FirstName"], shown["PhoneBusiness"]), ("Acme", "006281234567890"))
        self.assertEqual(shown["ContactUrl"], f"https://erp.example.com/odoo/customer-360/{self.acme.id}")
        answer = ask(scenarios["ReportCall"], filled)
        self.assertEqual((answer.status_code, answer.json()), (200, {}))
        call = self.the_call()
        self.assertEqual((call.state, call.user_id, call.team_id, call.talk_seconds), ("done", self.agent, self.team, 130))
        # An older 3CX, which leaves what it does not know as it stands, and reports twice.
        older = {name: value for name, value in filled.items() if name not in ("QueueExtension", "AgentEmail", "DurationTimespan")}
        self.assertEqual(ask(scenarios["ReportCall"], older).status_code, 200)
        self.assertEqual(self.the_call().agent_took, True)
        self.assertEqual(ask(scenarios[""], filled | {"Number": "0062811000"}).json(), {"contacts": []})

    @mute_logger("odoo.http")
    def test_3cx_template(self):
        self.endpoint.kind = "3cx"
        self.authenticate("cc_agent", "cc_agent")
        self.assertIn(self.url_open(f"{controller.PATH}/{self.endpoint.id}/3cx.xml").status_code, (403, 404))
        self.authenticate("admin", "admin")
        answer = self.url_open(f"{controller.PATH}/{self.endpoint.id}/3cx.xml")
        self.assertEqual(answer.status_code, 200)
        self.assertIn("https://erp.example.com/crm_lifecycle/cti/event", answer.text)
        self.assertNotIn(self.token, answer.text)


def _page(text):
    """A page without what differs from request to request."""
    return re.sub(r'csrf_token: "\w+"|/crm_lifecycle/[^\s"<]*|"[^"]*(?:crm_lifecycle)[^"]*"', "", text)

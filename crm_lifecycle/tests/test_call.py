import http.server
import threading
from datetime import timedelta
from urllib.parse import parse_qs, urlsplit

from odoo import Command, fields
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import tagged

from ..domain.cti import read_event
from .common_calls import CallCase


@tagged("post_install", "-at_install")
class TestCall(CallCase):
    def setUp(self):
        super().setUp()
        self.now = fields.Datetime.now()

    def receive(self, after=0, token=None, **parameters):
        """The call after an event ``after`` seconds ago."""
        about = {"from": "+6281234567890", "callId": "c-1", "timestamp": (self.now - timedelta(seconds=after)).isoformat() + "Z"}
        event = read_event({**about, **parameters}, self.now)
        self.env.flush_all()
        line = self.env["crm.cti.endpoint"].sudo()._line(token or self.token, event.agents)
        call = self.calls.sudo().browse(self.calls.sudo()._receive(line, event))
        call.invalidate_recordset()
        return call.with_env(self.env)

    def told(self):
        """The users whose browsers were told since the last time: their logins."""
        self.env.cr.precommit.run()
        partners = [
            int(message.channel.rpartition(",")[2].strip("]"))
            for message in self.env["bus.bus"].search([])
            if '"crm_lifecycle.call"' in message.message
        ]
        self.env["bus.bus"].search([]).unlink()
        return set(self.env["res.users"].search([("partner_id", "in", partners)]).mapped("login"))

    def ring(self, **parameters):
        return self.receive(event="newCall", **{"user[]": "101", **parameters})

    def ring_at(self, after, **parameters):
        return self.receive(after, event="newCall", **{"user[]": "101", **parameters})

    # Settling

    def test_any_order_gives_the_same_call(self):
        story = [
            (60, {"event": "newCall", "user[]": "101"}),
            (50, {"event": "answer", "answeringNumber": "102"}),
            (10, {"event": "hangup"}),
        ]
        found = set()
        for number, order in enumerate([(0, 1, 2), (2, 1, 0), (1, 0, 2, 1), (2, 0, 1, 0), (0, 2, 1)]):
            for place in order:
                after, event = story[place]
                call = self.receive(after=after, **event, callId=f"order-{number}")
            found.add(
                (call.state, call.user_id.login, call.wait_seconds, call.talk_seconds, call.started_at, call.partner_id, call.to_return)
            )
        self.assertEqual(
            found, {("done", "cc_colleague", 10, 40, self.now.replace(microsecond=0) - timedelta(seconds=60), self.acme, False)}
        )

    def test_a_late_ring_does_not_open_an_ended_call(self):
        self.receive(after=5, event="hangup")
        call = self.receive(after=30, event="newCall")
        self.assertEqual((call.state, call.wait_seconds), ("missed", 25))

    def test_an_agent_by_mail(self):
        call = self.ring(**{"user[]": "CC_AGENT", "AgentEmail": "cc_agent"})
        self.assertFalse(call.user_id)
        self.agent.login = "agent@call.example"
        self.assertEqual(self.ring(callId="mail", **{"user[]": "Agent@Call.example"}).user_id, self.agent)

    def test_a_queue_by_name(self):
        self.assertEqual(self.ring(**{"user[]": "hotline"}).team_id, self.team)
        self.endpoint.team_id = self.team
        self.assertEqual(self.ring(callId="default", **{"user[]": "999"}).team_id, self.team)

    def test_who_is_told(self):
        self.told()
        self.ring()
        self.assertEqual(self.told(), {"cc_agent"})
        self.ring(callId="group", **{"user[]": ["101", "102"]})
        self.assertEqual(self.told(), {"cc_agent", "cc_colleague"})
        self.receive(event="newCall", callId="queue", **{"user[]": "Hotline"})
        self.assertEqual(self.told(), {"cc_agent", "cc_colleague"})
        self.receive(event="answer", callId="queue", answeringNumber="102")
        self.assertEqual(self.told(), {"cc_agent", "cc_colleague"}, "the others' cards close")
        self.receive(event="hangup", callId="queue")
        self.assertEqual(self.told(), {"cc_colleague"})
        self.receive(event="answer", callId="group", answeringNumber="101")
        self.assertEqual(self.told(), {"cc_agent", "cc_colleague"}, "the card of the group's others closes")
        self.receive(event="answer", callId="c-1", answeringNumber="102")
        self.assertEqual(self.told(), {"cc_agent", "cc_colleague"}, "handed over")

    def test_missed_and_returned(self):
        call = self.ring()
        call = self.receive(event="hangup")
        self.assertEqual((call.state, call.to_return), ("missed", True))
        self.receive(event="newCall", callId="back", direction="out", **{"from": "101", "to": "+6281234567890"})
        self.receive(event="answer", callId="back", direction="out", **{"from": "101", "to": "+6281234567890"})
        call.invalidate_recordset()
        self.assertTrue(call.to_return)
        self.receive(event="hangup", callId="back", direction="out", **{"from": "101", "to": "+6281234567890"})
        call.invalidate_recordset()
        self.assertFalse(call.to_return)

    def test_who_was_spoken_with_elsewhere_waits_on(self):
        elsewhere = self.env["res.company"].create({"name": "Elsewhere"})
        token = self.new_token(self.make_endpoint(name="Other PBX", company_id=elsewhere.id))
        self.receive(60, token, event="newCall", callId="theirs")
        missed = self.receive(50, token, event="hangup", callId="theirs")
        self.assertTrue(missed.to_return)
        for after, event in ((30, "newCall"), (20, "answer"), (10, "hangup")):
            self.receive(after, event=event, **{"user[]": "101"})
        missed.invalidate_recordset()
        self.assertTrue(missed.to_return)

    def test_who_called_again_meanwhile_waits_on(self):
        self.receive(90, event="newCall", **{"user[]": "101"})
        self.receive(80, event="answer", **{"user[]": "101"})
        self.receive(40, event="newCall", callId="second", **{"user[]": "102"})
        missed = self.receive(30, event="hangup", callId="second")
        self.receive(10, event="hangup")
        missed.invalidate_recordset()
        self.assertEqual((missed.state, missed.to_return), ("missed", True))

    def test_without_an_id_a_later_ring_is_another_call(self):
        first, second, third = (self.ring_at(after, callId="") for after in (600, 60, 30))
        self.assertNotEqual(first, second)
        self.assertEqual(second, third)

    def test_what_is_open_for_a_browser_that_comes_back(self):
        old, new = self.ring_at(400, callId="old"), self.ring_at(60, callId="new")
        self.assertEqual(self.calls.with_user(self.agent).open_calls(), new.ids)
        self.assertEqual(old.state, "ringing")

    def test_an_outcome_ends_the_wait(self):
        self.ring()
        call = self.receive(event="hangup").with_user(self.agent)
        call.log_outcome(self.env.ref("crm_lifecycle.crm_call_outcome_callback").id, "at noon")
        self.assertTrue(call.to_return)
        call.log_outcome(self.env.ref("crm_lifecycle.crm_call_outcome_order").id, "10 bags")
        self.assertEqual((call.to_return, call.note), (False, "10 bags"))

    def test_a_lost_end(self):
        call = self.ring(timestamp=(self.now - timedelta(days=2)).isoformat())
        self.calls._gc_lost()
        self.assertEqual((call.state, call.ended_at), ("missed", call.started_at))

    def test_hour_of_the_company(self):
        self.company.partner_id.tz = "Asia/Jakarta"
        self.env.flush_all()
        call = self.ring(timestamp="2026-03-02T02:15:00Z")
        self.assertEqual(call.hour, "09:00")

    # The card

    def test_card(self):
        call = self.ring()
        (card,) = call.with_user(self.agent).cards()
        self.assertEqual(card["partner"], {"id": self.acme.id, "name": "Acme"})
        self.assertEqual((card["number"], card["state"], card["match"], card["candidates"]), ("+62 812-3456-7890", "ringing", "known", []))
        self.assertEqual(self.calls.with_user(self.agent).open_calls(), call.ids)
        self.assertEqual(self.calls.with_user(self.colleague).open_calls(), [])

    def test_another_users_call(self):
        call = self.ring().with_user(self.colleague)
        for work in (
            lambda: call.choose("res.partner", self.acme.id),
            lambda: call.log_outcome(False, "mine now"),
            lambda: call.read(["number"]),
            lambda: call.write({"note": "mine now"}),
        ):
            with self.assertRaises(AccessError):
                work()
        self.assertEqual(call.cards(), [])
        self.assertEqual(self.ring().with_user(self.agent).note, False)

    def test_what_was_reported_stays(self):
        call = self.ring().with_user(self.agent)
        for values in ({"state": "done"}, {"talk_seconds": 9}, {"user_id": self.colleague.id}, {"number": "1"}, {"to_return": False}):
            with self.assertRaises(AccessError):
                call.write(values)
        with self.assertRaises(AccessError):
            call.create({"number": "1"})
        with self.assertRaises(AccessError):
            call.unlink()

    def test_several_give_a_chooser_that_is_remembered(self):
        twin = self.env["res.partner"].create({"name": "Twin", "phone": "081234567890", "country_id": self.indonesia.id})
        call = self.ring().with_user(self.agent)
        self.assertFalse(call.partner_id)
        (card,) = call.cards()
        self.assertEqual([each["name"] for each in card["candidates"]], ["Acme", "Twin"])
        card = call.choose("res.partner", twin.id)
        self.assertEqual((card["partner"]["name"], card["candidates"], call.match), ("Twin", [], "chosen"))
        self.assertEqual(self.ring(callId="again").partner_id, twin)

    def test_several_in_one_family(self):
        self.acme_buyer.write({"phone": "081234567890", "country_id": self.indonesia.id})
        call = self.ring().with_user(self.agent)
        self.assertEqual(call.partner_id, self.acme)
        self.assertEqual(len(call.cards()[0]["candidates"]), 2)

    def test_a_family_that_only_may_be_calling(self):
        self.acme_buyer.write({"phone": "081234567890", "country_id": self.indonesia.id})
        call = self.ring(**{"from": "+491234567890"})
        self.assertEqual((call.match, call.partner_id.id), ("maybe", False))

    def test_a_contact_that_the_agent_may_not_see(self):
        call = self.ring()
        elsewhere = self.env["res.company"].create({"name": "Elsewhere"})
        call.sudo().partner_id = self.env["res.partner"].create({"name": "Theirs", "company_id": elsewhere.id})
        (card,) = call.with_user(self.agent).cards()
        self.assertFalse(card["partner"])

    def test_candidates_follow_the_readers_rights(self):
        secret = {"name": "Secret", "phone": "+62 812-3456-7890", "user_id": self.colleague.id, "company_id": self.company.id}
        self.env["crm.lead"].create(secret)
        self.assertEqual(len(self.phones._match("+6281234567890", "ID", self.company.id)), 2)
        self.agent.group_ids = [Command.link(self.env.ref("sales_team.group_sale_salesman").id)]
        (card,) = self.ring().with_user(self.agent).cards()
        self.assertNotIn("Secret", str(card))

    def test_unknown_becomes_a_contact(self):
        call = self.ring(**{"from": "+628119876543"}).with_user(self.agent)
        self.assertEqual((call.match, call.cards()[0]["partner"]), ("unknown", False))
        action = call.action_new_contact()
        self.assertEqual(action["context"]["default_phone"], "+628119876543")
        self.agent.group_ids = [Command.link(self.env.ref("base.group_partner_manager").id)]
        partner = self.env["res.partner"].with_user(self.agent).with_context(**action["context"]).create({"name": "New Customer"})
        self.assertEqual((call.partner_id, partner.phone), (partner, "+628119876543"))
        self.assertEqual(self.ring(callId="again", **{"from": "+628119876543"}).partner_id, partner)

    def test_unknown_is_attached_to_a_contact(self):
        call = self.ring(**{"from": "+628119876543"}).with_user(self.agent)
        call.choose("res.partner", self.acme.id)
        self.assertEqual(self.ring(callId="again", **{"from": "08119876543"}).partner_id, self.acme)
        self.assertEqual(self.acme.phone, "+62 812-3456-7890")

    def test_choosing_nonsense(self):
        call = self.ring().with_user(self.agent)
        with self.assertRaises(ValueError):
            call.choose("res.users", 1)
        elsewhere = self.env["res.company"].create({"name": "Elsewhere"})
        theirs = self.env["res.partner"].create({"name": "Theirs", "company_id": elsewhere.id})
        with self.assertRaises(AccessError):
            call.choose("res.partner", theirs.id)
        with self.assertRaises(AccessError):
            self.calls.with_user(self.agent).with_context(crm_lifecycle_call_id=call.id)._attach(self.env["res.partner"])
            call.with_user(self.colleague).choose("res.partner", self.acme.id)

    def test_actions(self):
        self.agent.group_ids = [Command.link(self.env.ref("sales_team.group_sale_salesman").id)]
        call = self.ring().with_user(self.agent)
        methods = [action["method"] for action in call.cards()[0]["actions"]]
        self.assertEqual(methods[:2], ["action_new_quotation", "action_new_opportunity"])
        for method in methods:
            with self.subTest(method):
                self.assertEqual(getattr(call, method)()["context"]["default_partner_id"], self.acme.id)
        self.assertEqual(call.action_open_customer()["tag"], "crm_lifecycle.customer_360")
        call.action_plan_callback()
        self.assertEqual((call.activity_user_id, call.activity_summary), (self.agent, "Call back Acme · +62 812-3456-7890"))

    def test_on_the_customers_page(self):
        self.ring()
        self.receive(event="hangup")
        page = self.acme_buyer.with_user(self.agent).crm_lifecycle_snapshot(["calls"])["sections"]["calls"]
        [line] = page["lines"]
        self.assertEqual(
            (line["model"], line["id"], page["to_return"]),
            ("crm.call", self.env["crm.call"].search([("partner_id", "=", self.acme.id)]).id, True),
        )
        lines = self.acme.with_user(self.agent).crm_lifecycle_timeline(kinds=["call"])["lines"]
        self.assertEqual([line["title"] for line in lines], ["+6281234567890"])
        page = self.acme.with_user(self.colleague).crm_lifecycle_snapshot(["calls"])["sections"]["calls"]
        self.assertEqual([line["label"] for line in page["lines"]], ["No calls yet"])

    # Click-to-call

    def test_click_to_call(self):
        asked = []

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_POST(self):
                asked.append(self.path)
                self.send_response(500 if "0800" in self.path else 204)
                self.end_headers()

            def log_message(self, *_arguments):
                pass

        server = http.server.HTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        self.addCleanup(server.server_close)
        self.addCleanup(server.shutdown)
        originate = self.env["crm.cti.endpoint"].with_user(self.agent).originate
        self.assertFalse(originate("+6281234567890"))
        self.endpoint.originate_url = f"http://127.0.0.1:{server.server_port}/channels?endpoint=PJSIP/{{extension}}&extension={{number}}"
        self.assertTrue(originate("+62 812-3456-7890"))
        self.assertEqual(parse_qs(urlsplit(asked[0]).query), {"endpoint": ["PJSIP/101"], "extension": ["+6281234567890"]})
        self.assertTrue(originate("0812;rm -rf/@evil&x=1"))
        self.assertEqual(parse_qs(urlsplit(asked[1]).query)["extension"], ["08121"])
        with self.assertRaisesRegex(UserError, "refused to call"):
            originate("0800")
        with self.assertRaises(UserError):
            originate("")
        self.endpoint.originate_url = "http://user:secret@127.0.0.1:1/{number}"
        with self.assertRaisesRegex(UserError, "does not answer") as caught:
            originate("0812")
        self.assertNotIn("secret", str(caught.exception))

    # Setting up

    def test_bad_settings(self):
        for values in (
            {"allowed_networks": "10.0.0.0/33"},
            {"allowed_networks": "office"},
            {"originate_url": "javascript:alert(1)//{number}"},
            {"originate_url": "https://pbx.example.com/call"},
            {"public_url": "erp.example.com"},
        ):
            with self.subTest(values), self.assertRaises(ValidationError):
                self.endpoint.write(values)

    def test_configuration_of_every_kind(self):
        for kind, _label in self.endpoint._fields["kind"].selection:
            self.endpoint.kind = kind
            with self.subTest(kind):
                self.assertIn("YOUR-TOKEN", self.endpoint.configuration)
                self.assertNotIn(self.token, self.endpoint.configuration)
                self.assertIn("erp.example.com", self.endpoint.configuration)
                self.assertIn(self.token, self.endpoint._configuration(self.token))
                self.assertNotIn("{base}", self.endpoint.configuration)

    def test_the_secret_is_for_administrators(self):
        self.endpoint.signature_secret = "secret"
        for user in (self.agent, self.colleague):
            with self.assertRaises(AccessError):
                self.endpoint.with_user(user).read(["signature_secret"])
            with self.assertRaises(AccessError):
                self.endpoint.with_user(user).action_new_token()
            with self.assertRaises(AccessError):
                self.endpoint.with_user(user).action_revoke()

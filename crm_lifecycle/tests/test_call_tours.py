import hashlib

from odoo import Command
from odoo.tests import HttpCase, tagged

from ..controllers import cti as controller
from ..domain import flood
from .common_calls import CallCase

TOKEN = "token-of-the-tour"


@tagged("post_install", "-at_install")
class TestCallTours(HttpCase, CallCase):
    """An agent's work with the card, in a browser; the reports are posted to the real route."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        # The page asks for several things at once, which would wait too long for whichever compiles these.
        for bundle in ("web.assets_web", "web.assets_tests"):
            compiled = cls.env["ir.qweb"]._get_asset_bundle(bundle, css=True, js=True)
            compiled.css(), compiled.js()

    def setUp(self):
        super().setUp()
        self.patch(controller, "requests_per_line", flood.Bucket(rate=1000, burst=1000))
        self.endpoint.token_hash = hashlib.sha256(TOKEN.encode()).hexdigest()
        self.acme.name = "Aster Coffee"
        self.agent.group_ids = [
            Command.link(self.env.ref(name).id) for name in ("base.group_partner_manager", "sales_team.group_sale_salesman_all_leads")
        ]

    def ring(self, call_id, number):
        answer = self.url_open(self.path("event", TOKEN), data={"event": "newCall", "callId": call_id, "from": number, "user[]": "101"})
        self.assertEqual(answer.status_code, 204)

    def call(self, call_id):
        return self.calls.search([("call_key", "=", f"id:{call_id}")])

    def test_known_caller(self):
        self.ring("tour-1", "+6281234567890")
        self.start_tour("/odoo/calls", "crm_lifecycle_call_known", login="cc_agent", timeout=120)
        call = self.call("tour-1")
        self.assertEqual((call.state, call.outcome_id.name, call.note), ("done", "Order", "Ten bags"))
        self.assertEqual(call.activity_ids.user_id, self.agent)
        self.assertFalse(self.env["sale.order"].search([("partner_id", "=", self.acme.id)]))

    def test_unknown_caller(self):
        self.ring("tour-3", "+628119876543")
        self.start_tour("/odoo/calls", "crm_lifecycle_call_unknown", login="cc_agent", timeout=120)
        self.assertEqual(self.call("tour-3").partner_id.name, "Melati Roastery")
        self.assertEqual(self.call("tour-5").partner_id, self.acme)

    def test_several_callers(self):
        self.env["res.partner"].create({"name": "Budi", "phone": "081234567890", "country_id": self.indonesia.id})
        self.ring("tour-6", "+6281234567890")
        self.start_tour("/odoo/calls", "crm_lifecycle_call_chooser", login="cc_agent", timeout=120)
        self.assertEqual(self.call("tour-7").partner_id.name, "Budi")
        self.assertEqual((self.call("tour-7").outcome_id.name, self.call("tour-7").to_return), ("Question answered", False))

"""Sources of the timeline that are there where other addons of Odoo are. Deliveries are in the repository's own tests, with stock."""

from odoo.tests import tagged

from .common import LifecycleCase


@tagged("post_install", "-at_install")
class TestTimelineSources(LifecycleCase):
    def lines(self, kind):
        return [(line["document"], line["title"], line["state"]) for line in self.acme.crm_lifecycle_timeline(kinds=[kind])["lines"]]

    def test_mailings(self):
        if "mailing.trace" not in self.env:
            # The suite's database has it; a firm's own may not.
            self.skipTest("mass_mailing is not installed")
        mailing = self.env["mailing.mailing"].create(
            {"subject": "Spring Teas", "body_html": "<p>Teas</p>", "mailing_model_id": self.env["ir.model"]._get_id("res.partner")}
        )
        common = {"model": "res.partner", "mass_mailing_id": mailing.id, "trace_type": "mail"}
        stranger = self.env["res.partner"].create({"name": "Stranger"})
        self.env["mailing.trace"].create(
            [
                {
                    **common,
                    "res_id": self.acme_buyer.id,
                    "email": "b@x.example",
                    "trace_status": "open",
                    "sent_datetime": "2026-02-01 08:00:00",
                    "links_click_datetime": "2026-02-01 09:00:00",
                },
                {**common, "res_id": self.acme.id, "email": "a@x.example", "trace_status": "outgoing"},
                {**common, "res_id": stranger.id, "email": "s@x.example", "trace_status": "sent", "sent_datetime": "2026-02-01 08:00:00"},
            ]
        )
        self.assertEqual(self.lines("mailing"), [(mailing.id, "Spring Teas", "Opened")])
        self.assertEqual(self.lines("mailing_click"), [(mailing.id, "Spring Teas", "")])
        line = self.acme.crm_lifecycle_timeline(kinds=["mailing"])["lines"][0]
        self.assertEqual((line["model"], line["person_id"]), ("mailing.mailing", self.acme_buyer.id))

"""Sources of the timeline that are there where other addons of Odoo are: run where these are installed."""

from odoo.tests import tagged

from .common import LifecycleCase


@tagged("post_install", "-at_install")
class TestTimelineSources(LifecycleCase):
    def lines(self, kind):
        return [(line["document"], line["title"], line["state"]) for line in self.acme.crm_lifecycle_timeline(kinds=[kind])["lines"]]

    def test_deliveries(self):
        if "stock.picking" not in self.env:
            # The suite's database has no stock; a firm's own may.
            self.skipTest("stock is not installed")
        warehouse = self.env["stock.warehouse"].search([("company_id", "=", self.company.id)], limit=1)
        product = self.env["product.product"].create({"name": "Tea", "is_storable": True})
        locations = {"location_id": warehouse.lot_stock_id.id, "location_dest_id": self.env.ref("stock.stock_location_customers").id}
        move = {"product_id": product.id, "product_uom_qty": 1, **locations}
        out, back = self.env["stock.picking"].create(
            [
                {"partner_id": self.acme_buyer.id, "picking_type_id": kind.id, "origin": "S1", "move_ids": [(0, 0, move)], **locations}
                for kind in (warehouse.out_type_id, warehouse.in_type_id)
            ]
        )
        out.action_confirm()
        out.move_ids.write({"quantity": 1, "picked": True})
        out.button_validate()
        self.assertEqual(self.lines("delivery"), [(out.id, out.name, "Done")])
        self.assertNotIn(back.id, [document for document, *_rest in self.lines("delivery")])
        kinds = {kind["kind"] for kind in self.acme.crm_lifecycle_timeline()["kinds"]}
        self.assertIn("delivery", kinds)

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

from odoo import fields
from odoo.addons.crm_lifecycle.tests.common import LifecycleCase
from odoo.tests import HttpCase, tagged


@tagged("post_install", "-at_install")
class TestTours(HttpCase, LifecycleCase):
    def setUp(self):
        super().setUp()
        # The mailing's form loads them at once; compiling takes longer than a request may wait for another one.
        for bundle in ("mass_mailing.assets_builder", "mass_mailing.assets_iframe_style", "mass_mailing.assets_inside_builder_iframe"):
            compiled = self.env["ir.qweb"]._get_asset_bundle(bundle)
            compiled.js(), compiled.css()

    def test_from_segment_to_return(self):
        """A segment is written to, half of it is held out, and its return is read with its interval."""
        buyers = self.env["res.partner"].create(
            [{"name": f"Roaster {number}", "email": f"roaster{number}@example.com", "customer_rank": 1} for number in range(120)]
        )
        self.drain()
        self.env["crm.lifecycle.segment"].create({"name": "Coffee Buyers", "customer_domain": f"[('partner_id', 'in', {buyers.ids})]"})
        self.start_tour("/odoo", "crm_lifecycle_marketing_send", login="admin")
        mailing = self.env["mailing.mailing"].search([("subject", "=", "Beans of the month")])
        self.assertEqual((mailing.state, mailing.lifecycle_holdout), ("in_queue", 50))
        mailing.campaign_id.title = "Beans of the month"
        mailing.action_send_mail()
        members = self.env["crm.lifecycle.campaign.member"].search([("campaign_id", "=", mailing.campaign_id.id)])
        self.assertEqual(len(members), 120)
        product = self.env["product.product"].create({"name": "Beans", "standard_price": 60.0, "list_price": 100})
        held = members.filtered("held_out").partner_id
        for partner in (members.partner_id - held)[:40] | held[:2]:
            move = self.invoice(partner, fields.Date.today(), post=False)
            move.invoice_line_ids.write({"product_id": product.id, "quantity": 2, "price_unit": 100, "tax_ids": [(5,)]})
            move.action_post()
        self.drain()
        self.start_tour("/odoo", "crm_lifecycle_marketing_results", login="admin")

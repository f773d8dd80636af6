from odoo.tests import HttpCase, tagged


@tagged("post_install", "-at_install")
class TestMeasuresTour(HttpCase):
    def setUp(self):
        super().setUp()
        # On a busy machine the browser gives up while its first request makes the bundles.
        for name in ("web.assets_web", "web.assets_tests"):
            bundle = self.env["ir.qweb"]._get_asset_bundle(name, css=True, js=True)
            bundle.css()
            bundle.js()

    def test_set_up_to_first_results(self):
        company = self.env["res.company"].create({"name": "Toko Pertama", "country_id": self.env.ref("base.id").id})
        admin = self.env.ref("base.user_admin")
        admin.write({"company_ids": [(4, company.id)], "company_id": company.id, "tz": "UTC"})
        company.currency_id = self.env.ref("base.IDR")
        known = self.env["res.partner"].create({"name": "Toko Lima", "email": "toko5@past.example"})
        self.start_tour("/odoo", "crm_lifecycle_setup_to_results", login="admin")
        customer = self.env["crm.lifecycle.customer"].search([("partner_id", "=", known.id), ("company_id", "=", company.id)])
        self.assertEqual((customer.purchase_days, customer.net_revenue), (6, 6 * 300_000))

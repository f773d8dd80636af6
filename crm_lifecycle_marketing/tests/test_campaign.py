from datetime import timedelta

from odoo import fields
from odoo.addons.crm_lifecycle.domain.uplift import Amounts, difference
from odoo.exceptions import AccessError, ValidationError
from odoo.tests import new_test_user
from odoo.tools import mute_logger
from psycopg2.errors import CheckViolation

from .common import MarketingCase


class TestCampaign(MarketingCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.today = fields.Date.today()
        cls.product = cls.env["product.product"].create({"name": "Goods", "standard_price": 60.0})
        cls.sent = cls.mailing(holdout=50)
        cls.campaign = cls.sent.campaign_id
        cls.sent.action_send_mail()
        members = cls.env["crm.lifecycle.campaign.member"].search([("campaign_id", "=", cls.campaign.id)])
        cls.held = members.filtered("held_out").partner_id
        cls.treated = members.partner_id - cls.held

    def buy(self, partner, amount, days=0):
        """A purchase with a margin of 40 for each 100 of revenue."""
        move = self.invoice(partner, self.today + timedelta(days=days), post=False)
        move.invoice_line_ids.write({"product_id": self.product.id, "quantity": amount / 100, "price_unit": 100, "tax_ids": [(5,)]})
        move.action_post()
        return move

    def test_by_hand(self):
        """Margins, intervals, return and costs, each as computed by hand from the purchases."""
        self.campaign.lifecycle_spend = 100
        for partner in self.treated:
            self.buy(partner, 200)
        first, second = self.held[:2]
        self.buy(first, 100)
        credited = self.buy(second, 100)
        self.credit(credited, self.today + timedelta(days=60))
        self.buy(self.held[2], 900, days=30)  # the window is closed
        self.buy(self.held[3], 900, days=-1)  # it was not open yet
        self.drain()
        n, m = len(self.treated), len(self.held)
        expected = difference([80.0] * n, [40.0] + [0.0] * (m - 1))
        campaign = self.campaign
        self.assertEqual((campaign.lifecycle_treated, campaign.lifecycle_held), (n, m))
        self.assertEqual(campaign.lifecycle_bought_treated, 1)
        self.assertAlmostEqual(campaign.lifecycle_bought_held, 1 / m, 4)
        self.assertAlmostEqual(campaign.lifecycle_margin_treated, 80)
        self.assertAlmostEqual(campaign.lifecycle_margin_held, 40 / m, 2)
        self.assertAlmostEqual(campaign.lifecycle_margin_gained, expected.estimate * n, 2)
        self.assertAlmostEqual(campaign.lifecycle_roi, (expected.estimate * n - 100) / 100, 4)
        self.assertEqual(campaign.lifecycle_won, n)
        self.assertAlmostEqual(campaign.lifecycle_cac, 100 / n, 2)
        self.assertEqual(campaign.lifecycle_costed_share, 1.0)
        low = campaign._percent((expected.low * n - 100) / 100)
        self.assertIn(low, campaign.lifecycle_roi_words)

    def test_variance_as_the_database_has_it(self):
        for number, partner in enumerate(self.treated):
            self.buy(partner, 100 * (number + 1))
        rows = self.env["crm.lifecycle.campaign.result"].search([("campaign_id", "=", self.campaign.id)])
        expected = difference(
            *(Amounts.of(rows.filtered(lambda row, arm=arm: row.held_out == arm).mapped("margin")) for arm in (False, True))
        )
        self.assertAlmostEqual(self.campaign.lifecycle_margin_gained, expected.estimate * len(self.treated), 2)
        self.assertIn(self.campaign._money(expected.high * len(self.treated)), self.campaign.lifecycle_margin_words)

    def test_every_figure_opens_its_records(self):
        for partner in self.treated[:3] + self.held[:1]:
            self.buy(partner, 100)
        self.drain()
        action = self.campaign.with_context(search_default_treated=1, search_default_bought=1).action_open_lifecycle_members()
        self.assertEqual(action["context"], {"search_default_treated": 1, "search_default_bought": 1})
        rows = self.env[action["res_model"]].search([*action["domain"], ("held_out", "=", False), ("bought", ">", 0)])
        self.assertEqual(rows.partner_id, self.treated[:3])
        self.assertAlmostEqual(len(rows) / len(self.treated), self.campaign.lifecycle_bought_treated, 4)

    def test_nothing_to_say(self):
        """No spend, nobody held out, nobody written to: no figure, and a sentence."""
        self.assertFalse(self.campaign.lifecycle_roi_words)
        self.assertFalse(self.campaign.lifecycle_cac)
        nobody = self.mailing(holdout=0)
        self.assertFalse(nobody.campaign_id.lifecycle_margin_words)
        self.assertIn("segment", nobody.campaign_id.lifecycle_verdict)
        nobody.action_send_mail()
        nobody.campaign_id.invalidate_recordset()
        self.assertIn("held out", nobody.campaign_id.lifecycle_verdict)
        self.assertFalse(nobody.campaign_id.lifecycle_margin_words)

    def test_rights(self):
        """Marketing sees who bought, not what was earned; other companies' customers are out of sight."""
        self.buy(self.treated[0], 100)
        campaign = self.campaign.with_user(self.marketer)
        self.assertGreater(campaign.lifecycle_bought_treated, 0)
        rows = self.env["crm.lifecycle.campaign.result"].with_user(self.marketer).search([("campaign_id", "=", self.campaign.id)])
        self.assertEqual(len(rows), 40)
        for record, field in ((campaign, "lifecycle_roi"), (campaign, "lifecycle_margin_gained"), (rows, "margin"), (rows, "revenue")):
            with self.subTest(field), self.assertRaises(AccessError):
                record.mapped(field)
        other = self.other_company()
        stranger = new_test_user(
            self.env, "stranger", groups="mass_mailing.group_mass_mailing_user", company_id=other.id, company_ids=[(6, 0, other.ids)]
        )
        self.assertFalse(self.env["crm.lifecycle.campaign.result"].with_user(stranger).search([("campaign_id", "=", self.campaign.id)]))
        self.assertFalse(self.campaign.with_user(stranger).lifecycle_treated, "Odoo's campaigns are everybody's, their figures are not.")
        with self.assertRaises(ValidationError):
            self.mailing(campaign_id=self.env["utm.campaign"].create({"title": "Theirs", "company_id": other.id}).id)
        with self.assertRaises(AccessError):
            self.env["crm.lifecycle.campaign.member"].with_user(self.marketer).search([], limit=1).held_out = False

    def test_bad_numbers(self):
        for values in ({"lifecycle_holdout": 95}, {"lifecycle_holdout": -1}, {"lifecycle_window_days": 0}, {"lifecycle_spend": -5}):
            with self.subTest(values), self.assertRaises(CheckViolation), mute_logger("odoo.sql_db"), self.env.cr.savepoint():
                self.env["utm.campaign"].create({"title": "Bad", **values})

    def test_few_queries(self):
        """A list of campaigns costs what one does."""
        campaigns = self.campaign | self.mailing().campaign_id | self.mailing().campaign_id
        self.env.invalidate_all()
        with self.assertQueryCount(14):
            campaigns.mapped("lifecycle_roi_words")

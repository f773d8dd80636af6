from datetime import timedelta

from odoo import Command, fields
from odoo.tests import tagged

from .common import LoyaltyCommon


@tagged("post_install", "-at_install")
class TestLoyaltyMeasures(LoyaltyCommon):
    """Points of three members of a company of its own, in the last sixty days and in the sixty before.

    | member | these sixty days | the sixty days before |
    | Ana | earned 120, reward 80, redeemed 50, of which 10 were given back | earned 40 |
    | Ria | tier bonus 50, expired 50 | reward 100, redeemed 30 |
    | Tia | 20 taken back, correction 500 | earned 60 |
    | active members | Ana, Ria: 2 | Ana, Ria, Tia: 3 |
    | points given | 120 + 80 + 50 = 250 | 40 + 100 + 60 = 200 |
    | redemption rate | (50 − 10) / 250 = 16 % | 30 / 200 = 15 % |
    """

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.company = cls.env["res.company"].create({"name": "Other Company"})
        cls.env.user.write({"company_ids": [Command.link(cls.company.id)], "company_id": cls.company.id})
        cls.env = cls.env(context={**cls.env.context, "allowed_company_ids": cls.company.ids})
        cls.program = cls._program("Points")
        cls.ana, cls.ria, cls.tia = (cls._card(cls.env["res.partner"].create({"name": name})) for name in ("Ana", "Ria", "Tia"))
        cls.given, cls.used = cls.env["crm.loyalty.entry"], cls.env["crm.loyalty.entry"]
        for card, days, kind, points in (
            (cls.ana, 80, "earn", 40),
            (cls.ria, 80, "event", 100),
            (cls.ria, 70, "redeem", -30),
            (cls.tia, 80, "earn", 60),
            (cls.ana, 10, "earn", 120),
            (cls.ana, 9, "event", 80),
            (cls.ana, 8, "redeem", -50),
            (cls.ana, 7, "return", 10),
            (cls.ria, 10, "bonus", 50),
            (cls.ria, 9, "expire", -50),
            (cls.tia, 8, "clawback", -20),
            (cls.tia, 8, "correction", 500),
            # Before both.
            (cls.ana, 200, "earn", 1000),
        ):
            entry = cls.post(card, days, kind, points)
            if days < 60 and kind in ("earn", "event", "bonus"):
                cls.given |= entry
            if days < 60 and kind in ("redeem", "return"):
                cls.used |= entry

    @classmethod
    def post(cls, card, days, kind, points):
        """Posted so many days ago."""
        values = {
            "card_id": card.id,
            "points": points,
            "kind": kind,
            "event_key": f"measures:{card.id}:{days}:{kind}",
            "company_id": cls.company.id,
            "description": "By hand",
            "posted_at": fields.Datetime.now() - timedelta(days=days),
        }
        return cls.env["crm.loyalty.entry"]._post([values])

    def figures(self, user=None):
        today = fields.Date.today()
        report = self.env["crm.lifecycle.measures"].with_user(user or self.env.user)
        found = report.get_report("custom", str(today - timedelta(days=59)), str(today))
        return {figure["key"]: figure for section in found["sections"] for figure in section["figures"]}

    def test_counted_by_hand(self):
        found = self.figures()
        for key, value, before in (("active_members", 2, 3), ("points_given", 250, 200), ("redemption_rate", 0.16, 0.15)):
            with self.subTest(key):
                self.assertAlmostEqual(found[key]["value"], value)
                self.assertAlmostEqual(found[key]["previous"], before)

    def test_figures_open_what_they_counted(self):
        found = self.figures()
        for key, entries in (("active_members", self.given | self.used), ("points_given", self.given), ("redemption_rate", self.used)):
            with self.subTest(key):
                self.assertEqual({*self.env["crm.loyalty.entry"].search(found[key]["action"]["domain"])}, {*entries})

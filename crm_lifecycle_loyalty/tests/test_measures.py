from odoo.tests import tagged

from .common import LoyaltyCommon


@tagged("post_install", "-at_install")
class TestLoyaltyMeasures(LoyaltyCommon):
    def figures(self):
        report = self.env["crm.lifecycle.measures"].get_report("this_month")
        return {figure["key"]: figure for section in report["sections"] for figure in section["figures"]}

    def test_counted_by_hand(self):
        before = self.figures()
        mine, other = self._card(self.customer), self._card(self.env["res.partner"].create({"name": "Ria"}))
        self.Entry._post(
            [
                self._entry(mine, "measures-1", 120, kind="earn"),
                self._entry(mine, "measures-2", 80, kind="event"),
                self._entry(mine, "measures-3", -50, kind="redeem"),
                self._entry(other, "measures-4", 50, kind="bonus"),
                self._entry(other, "measures-5", -50, kind="expire"),
            ]
        )
        found = self.figures()
        self.assertEqual(found["active_members"]["value"] - before["active_members"]["value"], 2)
        self.assertEqual(found["points_given"]["value"] - before["points_given"]["value"], 250)
        if not before["points_given"]["value"]:
            self.assertEqual(found["redemption_rate"]["value"], 50 / 250)
        given = found["points_given"]["action"]
        self.assertEqual(sum(self.env[given["res_model"]].search(given["domain"]).mapped("points")), found["points_given"]["value"])

from odoo.tests import HttpCase, tagged
from odoo.tools import mute_logger

from .common import LifecycleCase


@tagged("post_install", "-at_install")
class TestSettings(LifecycleCase, HttpCase):
    """What makes no sense is refused over RPC as well, with the reason, and leaves everything as it was."""

    def setUp(self):
        super().setUp()
        self.authenticate("admin", "admin")

    @mute_logger("odoo.http", "odoo.sql_db")
    def refused(self, reason, record, values):
        names = list(values)
        before = record.read(names)
        call = {"model": record._name, "method": "write", "args": [record.ids, values], "kwargs": {}}
        answer = self.url_open(f"/web/dataset/call_kw/{record._name}/write", json={"jsonrpc": "2.0", "params": call}).json()
        with self.subTest(values=values):
            self.assertEqual(answer["error"]["data"]["name"], "odoo.exceptions.ValidationError")
            self.assertIn(reason, answer["error"]["data"]["message"])
            record.invalidate_recordset()
            self.assertEqual(record.read(names), before)

    def test_bad_days_and_factors(self):
        for values in (
            {"lifecycle_default_gap_days": 0},
            {"lifecycle_default_gap_days": -5},
            {"lifecycle_churn_min_days": -1},
            {"lifecycle_won_back_days": -1},
            {"lifecycle_shrinkage": -3},
            {"lifecycle_at_risk_factor": -1},
        ):
            self.refused("needs positive numbers of days", self.company, values)
        self.refused("must be at risk before being lost", self.company, {"lifecycle_at_risk_factor": 4})
        for values in ({"lifecycle_churn_factor": 1e12}, {"lifecycle_won_back_days": 40_000}, {"lifecycle_default_gap_days": 4_000}):
            self.refused("Nobody would ever be lost", self.company, values)
        self.refused("at least 5 customers", self.company, {"lifecycle_rfm_min_customers": 0})
        self.refused("1 to 120 months ahead", self.company, {"lifecycle_value_horizon_months": -12})

    def test_bad_rules(self):
        self.refused("number of purchases cannot be negative", self.stage("prospect"), {"min_purchases": -1})
        self.refused("days as a customer cannot be negative", self.stage("loyal"), {"min_tenure_days": -1})
        self.refused("at least one purchase", self.stage("first_purchase"), {"min_purchases": 0})
        self.refused("Nobody could ever be in this stage", self.stage("loyal"), {"min_tenure_days": 1_000_000})
        for name, values, hidden in (
            ("lead", {"condition": "known"}, "Prospect"),
            ("developing", {"min_purchases": 1}, "First Purchase"),
            ("champion", {"min_purchases": 7, "min_tenure_days": 150}, "Loyal"),
            # The stage between them does not come into it.
            ("champion", {"min_purchases": 4, "min_tenure_days": 60}, "Established"),
            # Who has bought seven times has been a customer for six days at least.
            ("loyal", {"min_purchases": 1, "min_tenure_days": 1}, "Developing"),
        ):
            self.refused(f"Nobody could ever be in the stage {hidden}", self.stage(name), values)

    def test_hidden_beyond_the_neighbour(self):
        """The last stage asks for more than the one before it, but for less than an earlier one."""
        self.stage("established").write({"min_purchases": 5, "min_tenure_days": 150})
        self.stage("loyal").write({"min_purchases": 6, "min_tenure_days": 100})
        self.refused("Nobody could ever be in the stage Established", self.stage("champion"), {"min_purchases": 5, "min_tenure_days": 120})

    def test_days_imply_purchases(self):
        self.stage("developing").write({"min_purchases": 1, "min_tenure_days": 30})
        self.refused("Nobody could ever be in the stage Developing", self.stage("established"), {"min_purchases": 2, "min_tenure_days": 30})

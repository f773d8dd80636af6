from datetime import date
from unittest.mock import patch

from odoo import fields
from odoo.exceptions import AccessError, UserError
from odoo.tests import new_test_user, tagged

from .common import LifecycleCase

TODAY = date(2026, 12, 31)
START, END = "2026-02-01", "2026-04-30"


@tagged("post_install", "-at_install")
class TestJourney(LifecycleCase):
    """Four customers of one salesperson, whose figures are counted by hand.

    | customer | purchases | stages since |
    | Ada | 10 Jan, 10 Feb | First Purchase 10 Jan, Developing 10 Feb |
    | Ben | 5 Jan, 25 Feb, credited in full | First Purchase 5 Jan, as if the second had never been |
    | Cyd | 20 Feb, 30 Mar, 15 May | First Purchase 20 Feb, Developing 30 Mar |
    | Dan | 1 Apr | First Purchase 1 Apr |
    """

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.seller = new_test_user(cls.env, "journey_seller", "sales_team.group_sale_salesman")
        cls.ada, cls.ben, cls.cyd, cls.dan = cls.env["res.partner"].create(
            [{"name": name, "user_id": cls.seller.id} for name in ("Ada", "Ben", "Cyd", "Dan")]
        )
        for partner, days in (
            (cls.ada, ("2026-01-10", "2026-02-10")),
            (cls.ben, ("2026-01-05",)),
            (cls.cyd, ("2026-02-20", "2026-03-30", "2026-05-15")),
            (cls.dan, ("2026-04-01",)),
        ):
            for day in days:
                cls.invoice(partner, day)
        taken_back = cls.invoice(cls.ben, "2026-02-25")
        cls.env["crm.lifecycle.dirty"]._drain(limit=100_000, as_of=TODAY)
        cls.credit(taken_back, "2026-03-05")
        cls.env["res.partner"].browse((cls.ada + cls.ben + cls.cyd + cls.dan).ids).customer_rank = 0
        cls.env["crm.lifecycle.dirty"]._drain(limit=100_000, as_of=TODAY)
        cls.first, cls.developing = cls.stage("first_purchase"), cls.stage("developing")
        cls.theirs = [("user_id", "=", cls.seller.id)]

    def setUp(self):
        super().setUp()
        self.startPatcher(patch.object(fields.Date, "context_today", lambda record, timestamp=None: TODAY))

    def report(self, start=START, end=END, domain=None, user=None):
        journey = self.env["crm.lifecycle.journey"]
        return journey.with_user(user or self.env.user).get_report(self.theirs if domain is None else domain, start, end)

    def figures(self, report, stage):
        names = ("before", "entries", "exits", "after", "closed_days", "running_days")
        [found] = [each for each in report["stages"] if each["id"] == stage.id]
        return tuple(found[name] for name in names)

    def test_moves_counted_by_hand(self):
        flows = {(flow["from"], flow["to"]): flow["count"] for flow in self.report()["flows"]}
        self.assertEqual(flows, {(False, self.first.id): 2, (self.first.id, self.developing.id): 2})

    def test_stays_counted_by_hand(self):
        report = self.report()
        # Before February: Ada and Ben. Cyd and Dan enter; Ada leaves after 31 days and Cyd after 38, of which the lower is the median.
        # Inside at the end: Ben for 115 days, Dan for 29.
        self.assertEqual(self.figures(report, self.first), (2, 2, 2, 2, 31, 29))
        self.assertEqual(self.figures(report, self.developing), (0, 2, 0, 2, None, 31))
        for stage in report["stages"]:
            self.assertEqual(stage["before"] + stage["entries"] - stage["exits"], stage["after"])

    def test_first_and_last_day_belong_to_the_period(self):
        """Ada leaves on 10 February: she was inside on the evening before, and is so no more on that evening."""
        self.assertEqual(self.figures(self.report("2026-02-10", "2026-02-10"), self.first), (2, 0, 1, 1, 31, 36))
        self.assertEqual(self.figures(self.report("2026-02-09", "2026-02-09"), self.first)[:4], (2, 0, 0, 2))
        self.assertEqual(self.figures(self.report("2026-02-11", "2026-02-11"), self.first)[:4], (1, 0, 0, 1))

    def test_cohorts_counted_by_hand(self):
        january, february, april = self.report("2026-01-01", "2026-12-31")["cohorts"]
        self.assertEqual([each["month"] for each in (january, february, april)], ["2026-01-01", "2026-02-01", "2026-04-01"])
        self.assertEqual([each["customers"] for each in (january, february, april)], [2, 1, 1])
        self.assertEqual([len(each["figures"]) for each in (january, february, april)], [12, 11, 9])
        self.assertEqual(january["figures"][0], {"active": 2, "acquire": 2})
        self.assertEqual(january["figures"][1], {"active": 2, "acquire": 1, "enhance": 1})
        # Ben bought once on 5 January: at risk from 6 May, after two gaps of 60 days, and lost from 4 August, after 210 days.
        # Ada's gap is (31 · 60³)^¼ = 50.9: at risk from 23 May, 102 days after 10 February, and lost from 10 August, after 181 days.
        self.assertEqual(january["figures"][3], {"active": 2, "acquire": 1, "enhance": 1})
        self.assertEqual(january["figures"][4], {"at_risk": 2, "acquire": 1, "enhance": 1})
        self.assertEqual(january["figures"][7], {"churned": 2, "acquire": 1, "enhance": 1})

    def test_running_month_is_judged_on_the_last_day(self):
        [january, *_rest] = self.report("2026-01-01", "2026-05-20")["cohorts"]
        self.assertEqual(january["figures"][4], {"at_risk": 1, "active": 1, "acquire": 1, "enhance": 1})

    def test_every_figure_opens_its_records(self):
        believed = [("superseded_at", "=", False), ("customer_id", "any", self.theirs), ("kind", "=", "stage")]
        at_end = [("effective_at", "<=", END), "|", ("until", "=", False), ("until", ">", END)]
        inside = self.transitions.search([*believed, ("to_stage_id", "=", self.first.id), *at_end])
        self.assertEqual(inside.partner_id, self.ben + self.dan)
        left = self.transitions.search([*believed, ("to_stage_id", "=", self.first.id), ("until", ">=", START), ("until", "<=", END)])
        self.assertEqual(left.partner_id, self.ada + self.cyd)
        self.assertEqual(sorted(left.mapped("days")), [31, 38])
        self.assertEqual(left.customer_id.partner_id, self.ada + self.cyd)
        self.assertEqual(self.transitions.search([*believed, ("until", "=", "2026-02-10")]).partner_id, self.ada)
        self.assertEqual(inside.filtered(lambda stay: stay.partner_id == self.dan).days, (TODAY - date(2026, 4, 1)).days)
        corrected = self.transitions.search([("partner_id", "=", self.ben.id), ("superseded_at", "!=", False)])
        self.assertTrue(corrected)
        self.invoice(self.ben, "2026-06-01")
        self.env["crm.lifecycle.dirty"]._drain(limit=100_000, as_of=TODAY)
        self.assertFalse(any(corrected.mapped("until")), "what is no longer believed ends with nothing")
        self.assertFalse(any(corrected.mapped("days")))

    def test_filters_choose_whose_journey(self):
        self.cyd.user_id = False
        flows = {(flow["from"], flow["to"]): flow["count"] for flow in self.report()["flows"]}
        self.assertEqual(flows, {(False, self.first.id): 1, (self.first.id, self.developing.id): 1})
        self.assertEqual(self.report(domain=[("partner_id", "=", self.cyd.id)])["cohorts"][0]["customers"], 1)

    def test_archived_customers_still_moved(self):
        before = self.report()
        self.ada.action_archive()
        self.env["crm.lifecycle.dirty"]._drain(limit=100_000, as_of=TODAY)
        self.assertEqual(self.report(), before)

    def test_archived_stage_stays_in_the_report(self):
        self.developing.active = False
        self.assertEqual(self.figures(self.report(), self.developing)[1], 2)
        self.stage("champion").active = False
        self.assertNotIn(self.stage("champion").id, [stage["id"] for stage in self.report()["stages"]])

    def test_nothing_happened(self):
        report = self.report("2020-01-01", "2020-12-31")
        self.assertEqual((report["flows"], report["cohorts"]), ([], []))
        self.assertTrue(all(self.figures(report, stage) == (0, 0, 0, 0, None, None) for stage in self.first + self.developing))

    def test_days_to_come_do_not_count(self):
        self.assertEqual(self.report("2026-01-01", "2030-01-01")["end"], "2026-12-31")

    def test_bad_periods_are_refused(self):
        for start, end in (
            ("2026-05-01", "2026-04-30"),
            ("2027-01-01", "2027-02-01"),
            (False, END),
            (START, None),
            ("soon", END),
            (START, {}),
        ):
            with self.subTest(start=start, end=end), self.assertRaises(UserError):
                self.report(start, end)

    def test_readers_see_their_companies_only(self):
        other = self.other_company()
        stranger = new_test_user(
            self.env, "journey_other", "sales_team.group_sale_manager", company_id=other.id, company_ids=[(6, 0, other.ids)]
        )
        self.assertFalse(self.report(domain=[], user=stranger)["flows"])
        self.assertFalse(self.report(domain=[], user=stranger)["cohorts"])
        self.assertEqual(self.report(user=self.seller), self.report())
        portal = new_test_user(self.env, "journey_portal", "base.group_portal")
        with self.assertRaises(AccessError):
            self.report(user=portal)
        with self.assertRaises(AccessError):
            self.report(domain=[("net_revenue", ">", 10)], user=self.seller)

    def test_rules_on_customers_hold(self):
        self.env["ir.rule"].create(
            {
                "name": "Own customers",
                "model_id": self.env["ir.model"]._get_id("crm.lifecycle.customer"),
                "domain_force": f"[('partner_id', '=', {self.dan.id})]",
                "groups": [(4, self.env.ref("sales_team.group_sale_salesman").id)],
            }
        )
        self.assertEqual([flow["count"] for flow in self.report(user=self.seller)["flows"]], [1])

    def test_queries(self):
        self.report()
        self.env.invalidate_all()
        with self.assertQueryCount(5):
            self.report()

    def test_labels_follow_the_language(self):
        self.env["res.lang"]._activate_lang("id_ID")
        measures = self.env["crm.lifecycle.journey"].with_context(lang="id_ID").get_report([], START, END)["measures"]
        self.assertEqual([key for key, _label in measures["health"]], ["active", "at_risk", "churned", "won_back"])
        self.assertNotEqual(dict(measures["health"])["at_risk"], "At risk")

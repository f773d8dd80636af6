import io
import json
from datetime import date
from unittest.mock import patch

import openpyxl
from odoo import fields
from odoo.exceptions import AccessError, UserError
from odoo.tests import HttpCase, new_test_user, tagged

from ..analytics import measures
from .common import LifecycleCase

TODAY = date(2026, 6, 30)


@tagged("post_install", "-at_install")
class TestMeasures(LifecycleCase):
    """Eight customers of a company of its own, whose results in the second quarter of 2026 are counted by hand.

    | customer | first quarter | second quarter | health |
    | Ada | 300, on two days | 150 | there at both ends |
    | Ben | 100 | – | there at both ends |
    | Cyd | 100 | 300 | there at both ends, enhanced on 15 May after 84 days |
    | Dan | – | 500 | new on 1 April |
    | Fay | 100 in October 2025 | – | lost on 30 April, after 210 days |
    | Gus | 90 in June 2025 | 80 | lost in December, won back on 10 April, enhanced after 313 days |
    | Hal | 70 in June 2025 | – | lost in December |
    | Ivy | 50, credited in full | – | never a customer |
    """

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.company = cls.other_company()
        cls.env.user.write({"company_ids": [(4, cls.company.id)], "company_id": cls.company.id})
        cls.env = cls.env(context={**cls.env.context, "allowed_company_ids": cls.company.ids})
        cls.customers, cls.transitions = cls.env["crm.lifecycle.customer"], cls.env["crm.lifecycle.transition"]
        names = ("Ada", "Ben", "Cyd", "Dan", "Fay", "Gus", "Hal", "Ivy")
        partners = cls.env["res.partner"].create([{"name": name} for name in names])
        cls.ada, cls.ben, cls.cyd, cls.dan, cls.fay, cls.gus, cls.hal, cls.ivy = partners
        for partner, purchases in (
            (cls.ada, {"2026-01-10": 100, "2026-02-10": 200, "2026-05-10": 150}),
            (cls.ben, {"2026-02-01": 100}),
            (cls.cyd, {"2026-02-20": 100, "2026-05-15": 300}),
            (cls.dan, {"2026-04-01": 500}),
            (cls.fay, {"2025-10-01": 100}),
            (cls.gus, {"2025-06-01": 90, "2026-04-10": 80}),
            (cls.hal, {"2025-06-02": 70}),
        ):
            for day, amount in purchases.items():
                cls.invoice(partner, day, amount)
        cls.credit(cls.invoice(cls.ivy, "2026-03-10", 50), "2026-04-12")
        partners.customer_rank = 0
        cls.env["crm.lifecycle.dirty"]._drain(limit=100_000, as_of=TODAY)

    def setUp(self):
        super().setUp()
        self.startPatcher(patch.object(fields.Date, "context_today", lambda record, timestamp=None: TODAY))
        self.measures = self.env["crm.lifecycle.measures"]

    def report(self, name="this_quarter", *arguments, user=None):
        return self.measures.with_user(user or self.env.user).get_report(name, *arguments)

    def figures(self, report, field="value"):
        return {figure["key"]: figure[field] for section in report["sections"] for figure in section["figures"]}

    def reader(self, *groups):
        return new_test_user(
            self.env, "measures_reader", ",".join(groups), company_id=self.company.id, company_ids=[(6, 0, self.company.ids)]
        )

    def test_figures_counted_by_hand(self):
        found = self.figures(self.report())
        expected = {
            "new": 1,
            "known": 1,
            "buyers": 4,
            "repeat_rate": 3 / 4,
            "retention": 3 / 4,
            "churn": 1 / 4,
            "won_back": 1,
            "win_back_rate": 1 / 2,
            "revenue": 150 + 300 + 500 + 80,
            "nrr": (150 + 0 + 300) / (300 + 100 + 100),
            "grr": (150 + 0 + 100) / (300 + 100 + 100),
            "top": 500 / 1030,
        }
        for key, value in expected.items():
            with self.subTest(key):
                self.assertAlmostEqual(found[key], value)

    def test_the_quarter_before_counted_by_hand(self):
        """In the first quarter Ada, Ben and Cyd were new; Fay was there at its start; Gus and Hal were lost on its eve already."""
        found = self.figures(self.report(), "previous")
        expected = {
            "new": 3,
            "buyers": 3,
            "repeat_rate": 1 / 3,
            "retention": 1,
            "churn": 0,
            "won_back": 0,
            "win_back_rate": 0,
            "revenue": 500,
        }
        # Fay brought 100 in the quarter before that, and nothing in this one.
        expected |= {"nrr": 0, "grr": 0, "top": 300 / 500}
        for key, value in expected.items():
            with self.subTest(key):
                self.assertAlmostEqual(found[key], value)
        self.assertIsNone(found["clv"], "a forecast has no period before")

    def test_every_figure_opens_its_records(self):
        behind = {
            "new": self.dan,
            "known": self.dan,
            "buyers": self.ada + self.cyd + self.dan + self.gus,
            "repeat_rate": self.ada + self.cyd + self.gus,
            "retention": self.ada + self.ben + self.cyd,
            "churn": self.fay,
            "won_back": self.gus,
            "win_back_rate": self.gus,
            "revenue": self.ada + self.cyd + self.dan + self.gus,
            "nrr": self.ada + self.ben + self.cyd,
            "grr": self.ada + self.ben,
            "top": self.dan,
        }
        actions = self.figures(self.report(), "action")
        for key, partners in behind.items():
            with self.subTest(key):
                self.assertEqual(self.customers.search(actions[key]["domain"]).partner_id, partners)

    def test_phases_counted_by_hand(self):
        acquire, enhance, retain = self.report()["phases"]
        inside, moved = (self.customers.search(acquire[f"open_{side}"]["domain"]).partner_id for side in ("inside", "moved"))
        # Whose only purchase was taken back is still known.
        self.assertEqual(inside, self.ben + self.cyd + self.dan + self.fay + self.gus + self.hal + self.ivy)
        self.assertEqual(moved, self.cyd + self.gus)
        self.assertEqual((acquire["inside"], acquire["moved"], acquire["conversion"], acquire["days"]), (7, 2, 2 / 7, 84))
        self.assertEqual((enhance["inside"], enhance["moved"], enhance["days"]), (3, 0, None))
        self.assertEqual((retain["inside"], retain["conversion"]), (0, None))
        # In the quarter before Ada moved on after 31 days, of all but Dan and Gus' second purchase.
        self.assertEqual((acquire["conversion_before"], acquire["days_before"]), (1 / 7, 31))

    def test_cohorts_counted_by_hand(self):
        [cohort] = self.report()["cohorts"]
        self.assertEqual(cohort, {"cohort": "2026-01-01", "nrr": 450 / 500, "grr": 250 / 500, "retention": 1})

    def test_curve_counted_by_hand(self):
        curve = self.report()["curve"]
        self.assertEqual([round(1030 * share) for _customers, share in curve], [0, 500, 800, 950, 1030])
        self.assertEqual([customers for customers, _share in curve], [0, 0.25, 0.5, 0.75, 1])

    def test_trend_counted_by_hand(self):
        trend = {month["month"]: (month["new"], month["lost"], month["won_back"]) for month in self.report()["trend"]}
        self.assertEqual(len(trend), 12)
        self.assertEqual(trend["2025-12-01"], (0, 2, 0))
        self.assertEqual(trend["2026-02-01"], (2, 0, 0))
        self.assertEqual(trend["2026-04-01"], (1, 1, 1))

    def test_cohort_years_counted_by_hand(self):
        """2026 beside 2025, up to 30 June: Gus brought 90 by then and Hal 70; Fay's October is still to come."""
        rows = self.env["crm.lifecycle.cohort"]._read_group(
            [("year", "=", "2026-01-01")],
            ["cohort:year"],
            ["bought:sum", "kept_buyer:sum", "revenue:sum", "nrr:avg", "grr:avg", "retention:avg"],
        )
        self.assertEqual(
            rows,
            # Whose only purchase was taken back belongs to no cohort, but to the totals.
            [
                (date(2025, 1, 1), 1, 1, 80, 80 / 160, 80 / 160, 1 / 2),
                (date(2026, 1, 1), 4, 0, 1450, False, False, False),
                (False, 0, 0, 0, False, False, False),
            ],
        )
        gus = self.env["crm.lifecycle.cohort"].search([("partner_id", "=", self.gus.id), ("year", "=", "2026-01-01")])
        self.assertEqual((gus.age, gus.revenue, gus.revenue_before, gus.kept), (1, 80, 90, 80))

    def test_cohort_years_add_up_to_revenue(self):
        [(total,)] = self.env["crm.lifecycle.cohort"]._read_group([], [], ["revenue:sum"])
        self.assertEqual(total, sum(self.customers.search([]).mapped("net_revenue")))

    def test_amounts_follow_the_right_to_balances(self):
        seller = self.reader("sales_team.group_sale_salesman_all_leads")
        report = self.report(user=seller)
        found = self.figures(report)
        self.assertEqual((found["new"], found["retention"]), (1, 3 / 4))
        self.assertFalse({"revenue", "nrr", "grr", "clv", "clv_mean", "top", "roi"} & found.keys())
        self.assertFalse(report["curve"] or report["cohorts"])
        word = self.figures(self.report(), "action")["top"]["domain"][0][2]
        with self.assertRaises(AccessError):
            self.customers.with_user(seller).search([("counted_in", "=", word)])
        for name in ("revenue:sum", "nrr:avg", "grr:avg"):
            with self.subTest(name), self.assertRaises(AccessError):
                self.env["crm.lifecycle.cohort"].with_user(seller)._read_group([], ["year:year"], [name])
        self.assertEqual(self.env["crm.lifecycle.cohort"].with_user(seller)._read_group([], [], ["bought_before:sum"])[0][0], 2)
        accountant = new_test_user(
            self.env, "measures_books", "account.group_account_readonly", company_id=self.company.id, company_ids=[(6, 0, self.company.ids)]
        )
        everything = self.figures(self.report())
        self.assertEqual(self.figures(self.report(user=accountant)), {key: everything[key] for key in [*measures.BY_KEY, "roi"]})

    def test_rules_on_customers_hold(self):
        seller = self.reader("sales_team.group_sale_salesman")
        self.env["ir.rule"].create(
            {
                "name": "Own customers",
                "model_id": self.env["ir.model"]._get_id("crm.lifecycle.customer"),
                "domain_force": f"[('partner_id', 'in', {(self.dan + self.fay).ids})]",
                "groups": [(4, self.env.ref("sales_team.group_sale_salesman").id)],
            }
        )
        report = self.report(user=seller)
        found = self.figures(report)
        self.assertEqual((found["new"], found["buyers"], found["churn"]), (1, 1, 1))
        self.assertEqual(report["phases"][0]["inside"], 2)
        self.assertEqual(sum(month["lost"] for month in report["trend"]), 1)

    def test_portal_and_public_have_no_results(self):
        with self.assertRaises(AccessError):
            self.report(user=new_test_user(self.env, "measures_portal", "base.group_portal"))

    def test_other_companies(self):
        second = self.with_chart(self.env["res.company"].create({"name": "Second Company"}))
        second.currency_id = self.env.ref("base.EUR")
        self.env.user.company_ids |= second
        self.env["res.currency.rate"].search([]).unlink()
        self.env["res.currency.rate"].create(
            {"name": "2020-01-01", "rate": 0.5, "currency_id": second.currency_id.id, "company_id": self.company.id}
        )
        both = self.measures.with_context(allowed_company_ids=[self.company.id, second.id])
        buyer = self.env["res.partner"].create({"name": "Eva"})
        invoice = self.invoice(buyer, "2026-05-05", 1000, post=False, company_id=second.id, currency_id=second.currency_id.id)
        invoice.with_company(second).action_post()
        self.env["crm.lifecycle.dirty"]._drain(limit=100_000, as_of=TODAY)
        report = both.get_report("this_quarter")
        self.assertAlmostEqual(self.figures(report)["revenue"], 1030 + 2000)
        self.assertEqual({row["name"]: row["revenue"] for row in report["by_company"]}, {self.company.name: 1030, second.name: 2000})
        self.assertEqual(
            self.customers.with_context(allowed_company_ids=both.env.companies.ids)
            .search(self.figures(report, "action")["top"]["domain"])
            .partner_id,
            buyer,
        )
        self.assertAlmostEqual(self.figures(both.get_report("this_quarter", False, False, self.company.ids))["revenue"], 1030)
        with self.assertRaises(AccessError):
            self.report("this_quarter", False, False, second.ids)

    def test_bad_periods_are_refused(self):
        for arguments in (
            ("never",),
            ("custom",),
            ("custom", "2026-05-01", "2026-04-30"),
            ("custom", "2027-05-01", "2027-05-30"),
            ("custom", "soon", "2026-05-01"),
            ("custom", {}, "2026-05-01"),
            ("custom", "0001-01-01", "2026-05-01"),
            (None,),
            (["this_quarter"],),
        ):
            with self.subTest(arguments), self.assertRaises(UserError):
                self.report(*arguments)

    def test_bad_parts_are_refused(self):
        for parts in ("trend", 5, None, {"trend": 1}, ["trend", "all"], [["trend"]], [None]):
            with self.subTest(parts), self.assertRaises(UserError):
                self.measures.get_report("this_quarter", parts=parts)
        self.assertNotIn("phases", self.measures.get_report("this_quarter", parts=["trend"]))

    def test_bad_companies_are_refused(self):
        for company_ids in ("1", 1, [0], ["1"], [[1]], [None], [10**12], {"id": 1}):
            with self.subTest(company_ids), self.assertRaises(UserError):
                self.report("this_quarter", False, False, company_ids)

    def test_forged_figures_are_refused(self):
        for word in (
            "",
            "new",
            "drop/2026-01-01/2026-01-01/2026-01-01/2026-01-01/1",
            "new/x/y/z/a/1",
            f"new////{self.company.id}",
            "acquire-x/" * 6,
            7,
        ):
            with self.subTest(word), self.assertRaises(UserError):
                self.customers.search([("counted_in", "=", word or "/")])

    def test_nothing_happened(self):
        report = self.report("custom", "2020-01-01", "2020-01-31")
        self.assertEqual(self.figures(report)["new"], 0)
        self.assertIsNone(self.figures(report)["retention"])
        self.assertFalse(report["curve"])

    def test_queries(self):
        self.report()
        self.env.invalidate_all()
        # Eight are of this addon; the others are those of complaints, loyalty and campaigns, where they are installed.
        with self.assertQueryCount(19):
            self.report()

    def test_definitions_follow_the_language(self):
        self.env["res.lang"]._activate_lang("id_ID")
        here, there = (
            self.figures(self.measures.with_context(lang=lang).get_report("this_quarter"), "definition") for lang in ("en_US", "id_ID")
        )
        self.assertTrue(all(here.values()))
        self.assertFalse([key for key in here if here[key] == there[key]])

    def test_monthly_mail(self):
        digest = self.env.ref("crm_lifecycle.digest_customer_results")
        self.assertEqual(digest.periodicity, "monthly")
        digest = digest.with_context(
            start_datetime=fields.Datetime.to_datetime("2026-04-01"), end_datetime=fields.Datetime.to_datetime("2026-07-01")
        )
        digest.company_id = self.company
        self.assertEqual((digest.kpi_lifecycle_new_value, digest.kpi_lifecycle_lost_value, digest.kpi_lifecycle_won_back_value), (1, 1, 1))
        reader = self.reader("crm_lifecycle.crm_lifecycle_group_manager")
        reader.email = "reader@example.com"
        digest.user_ids = reader
        digest.action_send()
        mail = self.env["mail.mail"].search([("subject", "ilike", digest.name)], limit=1)
        self.assertIn("New Customers", mail.body_html)


@tagged("post_install", "-at_install")
class TestMeasuresExport(HttpCase):
    def test_export(self):
        self.authenticate("admin", "admin")
        asked = {"arguments": ["this_year"], "context": {"lang": "en_US"}}
        answer = self.url_open(f"/crm_lifecycle/measures.xlsx?data={json.dumps(asked)}")
        self.assertEqual(answer.status_code, 200)
        rows = list(openpyxl.load_workbook(io.BytesIO(answer.content)).active.iter_rows(values_only=True))
        self.assertEqual(rows[0][:4], ("Section", "Figure", "Value", "Period before"))
        self.assertIn("New customers", [row[1] for row in rows])
        self.assertTrue(all(row[4] for row in rows[1:5]))

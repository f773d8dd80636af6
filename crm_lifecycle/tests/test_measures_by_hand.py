from datetime import timedelta

from odoo import Command, fields
from odoo.tests import tagged

from .common_playbook import PlaybookCase


@tagged("post_install", "-at_install")
class TestMeasuresByHand(PlaybookCase):
    """The measures that do not come from sales alone, each beside the sum that gives it: value, what customers say, return."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.company = cls.other_company()
        cls.env.user.write({"company_ids": [Command.link(cls.company.id)], "company_id": cls.company.id})
        cls.env = cls.env(context={**cls.env.context, "allowed_company_ids": cls.company.ids})
        cls.playbooks, cls.runs = cls.env["crm.lifecycle.playbook"], cls.env["crm.lifecycle.playbook.run"]
        cls.product = cls.env["product.product"].create({"name": "Tea", "standard_price": 60, "type": "consu"})

    @classmethod
    def people(cls, count):
        return cls.env["res.partner"].create([{"name": f"Customer {number}", "customer_rank": 1} for number in range(count)])

    def report(self):
        """Of the last sixty days, beside the sixty before."""
        return self.env["crm.lifecycle.measures"].get_report("custom", str(self.day(-59)), str(self.day(0)))

    def figure(self, key, report=None):
        return next(each for section in (report or self.report())["sections"] for each in section["figures"] if each["key"] == key)

    def test_lifetime_value(self):
        """1,000 and 500, and a customer without a forecast: 1,500 in all, 750 a customer who has one."""
        partners = self.people(3)
        for partner in partners:
            self.invoice(partner, self.day(-200))
        self.drain()
        for partner, value in zip(partners, (1000, 500, None), strict=True):
            self.env.cr.execute("UPDATE crm_lifecycle_customer SET clv = %s WHERE partner_id = %s", [value, partner.id])
        self.env.invalidate_all()
        report = self.report()
        self.assertEqual([self.figure(key, report)["value"] for key in ("clv", "clv_mean")], [1500, 750])
        behind = self.env["crm.lifecycle.customer"].search(self.figure("clv", report)["action"]["domain"])
        self.assertEqual(behind.partner_id, partners[:2])

    def answered(self, kind, scores, days):
        """One answer of each score, so many days from today."""
        survey = self.env["crm.voice.survey"].create({"name": kind, "question": "How?", "kind": kind, "company_id": self.company.id})
        requests = self.env["crm.voice.request"].create(
            [{"survey_id": survey.id, "partner_id": each.id} for each in self.people(len(scores))]
        )
        for request, score in zip(requests, scores, strict=True):
            request._answer(str(score))
        requests.answered_at = fields.Datetime.now() + timedelta(days=days)
        return requests

    def test_what_customers_say(self):
        """
        | measure | answers | by hand | the period before |
        | NPS | 10 9 9 7 3 | (3 promoters − 1 detractor) / 5 = 40 | 9 2: (1 − 1) / 2 = 0 |
        | satisfied | 5 4 3 1 | 2 of 4 = 50 | 5 5 2: 2 of 3 = 66.7 |
        | effort | 7 6 2 | 15 / 3 = 5 | 1: 1 |
        """
        answers = self.answered("nps", (10, 9, 9, 7, 3), -5) | self.answered("csat", (5, 4, 3, 1), -5) | self.answered("ces", (7, 6, 2), -5)
        for kind, scores in (("nps", (9, 2)), ("csat", (5, 5, 2)), ("ces", (1,))):
            self.answered(kind, scores, -70)
        report = self.report()
        for key, value, before in (("nps", 40, 0), ("csat", 50, 200 / 3), ("ces", 5, 1)):
            with self.subTest(key):
                figure = self.figure(key, report)
                self.assertAlmostEqual(figure["value"], value)
                self.assertAlmostEqual(figure["previous"], before)
                self.assertEqual(
                    self.env["crm.voice.request"].search(figure["action"]["domain"]), answers.filtered_domain([("kind", "=", key)])
                )

    def sold(self, partners):
        """100 to each, of which 60 are cost, ten days after the run."""
        for partner in partners:
            line = Command.create({"product_id": self.product.id, "price_unit": 100, "tax_ids": [Command.clear()]})
            move = self.invoice(partner, self.day(-30), post=False)
            move.invoice_line_ids = [Command.clear(), line]
            move.action_post()

    def test_return_of_a_playbook(self):
        """
        Runs of 40 days ago, judged after 30: within the period. 40 a sale is margin.

        | | customers | buyers | margin | a customer |
        | treated | 10 | 5 | 200 | 20 |
        | held out | 4 | 1 | 40 | 10 |

        Incremental margin (20 − 10) × 10 = 100, cost 4 × 10 = 40, ROI (100 − 40) / 40 = 1.5.
        """
        playbook = self.playbook(result_days=30, approach_cost=4)
        treated, held_out = self.people(10), self.people(4)
        # Seven whose days are not over, and three whose days were over before the period, do not count.
        others = ((self.people(7), "done", -20), (self.people(3), "done", -100))
        for partners, state, days in ((treated, "done", -40), (held_out, "held_out", -40), *others):
            self.runs.sudo().create(
                [
                    {
                        "playbook_id": playbook.id,
                        "company_id": self.company.id,
                        "partner_id": partner.id,
                        "event_key": "once",
                        "event_date": self.day(days),
                        "state": state,
                        "ran_at": fields.Datetime.now() + timedelta(days=days),
                    }
                    for partner in partners
                ]
            )
        self.sold(treated[:5] + held_out[0])
        self.assertAlmostEqual(self.figure("roi")["value"], 1.5)
        for values in ({"approach_cost": 0}, {"approach_cost": 4, "result_days": 10**3}):
            playbook.write(values)
            with self.subTest(values):
                self.assertIsNone(self.figure("roi")["value"])
        playbook.result_days = 30
        self.runs.sudo().search([("state", "=", "held_out")]).unlink()
        self.assertIsNone(self.figure("roi")["value"], "nobody was left alone")

from datetime import timedelta

from odoo import Command, fields
from odoo.tests import new_test_user, tagged

from .common import ComplaintCase


@tagged("post_install", "-at_install")
class TestComplaintMeasures(ComplaintCase):
    """What customers of a company of its own complained about and bought, in the last sixty days and in the sixty before; days from today.

    | customer | complaints: received, closed, rated | purchases |
    | Maju | One: −10, −5, 4 of 5; Two: −8, open | −30, −2 |
    | Ria | Three: −20, −15, 2 of 5; a request for support: −10 | −30 |
    | Citra | Four: −70, −3, 5 of 5 | – |
    | Dian | Five: −80, −75, 5 of 5 | −30, −90 |
    | Eko | – | −12 |
    | unknown | Six: −12, open | |

    | measure | these sixty days | the sixty before |
    | complaints | One, Two, Three, Six: 4 | Four, Five: 2 |
    | complaint rate | Maju and Ria, of the buyers Maju, Ria, Dian, Eko: 2 / 4 | |
    | recovery | Maju has bought since; Ria and Citra have not: 1 / 3 | |
    | satisfaction | 4, 2 and 5: 2 / 3 | 5: 1 |
    """

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.company.lifecycle_basis = "orders"
        cls.today = fields.Date.today()
        cls.ria, cls.citra, cls.dian, cls.eko = cls.env["res.partner"].create([{"name": name} for name in ("Ria", "Citra", "Dian", "Eko")])
        cls.one = cls.complain("One", cls.customer, -10, closed=-5, rated=4)
        cls.two = cls.complain("Two", cls.siti, -8)
        cls.three = cls.complain("Three", cls.ria, -20, closed=-15, rated=2)
        cls.complain("A question", cls.ria, -10, kind="support")
        cls.four = cls.complain("Four", cls.citra, -70, closed=-3, rated=5)
        cls.complain("Five", cls.dian, -80, closed=-75, rated=5)
        cls.six = cls.complain("Six", cls.env["res.partner"], -12)
        product = cls.env["product.product"].create({"name": "Jar", "type": "service"})
        for partner, days in (
            (cls.customer, -30),
            (cls.customer, -2),
            (cls.ria, -30),
            (cls.dian, -30),
            (cls.dian, -90),
            (cls.eko, -12),
        ):
            line = Command.create({"product_id": product.id, "price_unit": 100, "tax_ids": [Command.clear()]})
            order = cls.env["sale.order"].create({"partner_id": partner.id, "company_id": cls.company.id, "order_line": [line]})
            order.action_confirm()
            order.date_order = cls.moment(days)
        cls.env["crm.lifecycle.dirty"]._drain(limit=100_000)

    @classmethod
    def moment(cls, days):
        return fields.Datetime.to_datetime(cls.today) + timedelta(days=days, hours=12)

    @classmethod
    def complain(cls, name, partner, received, closed=None, rated=None, **values):
        complaint = cls.env["crm.complaint"].create(
            {"name": name, "partner_id": partner.id, "company_id": cls.company.id, "received_at": cls.moment(received), **values}
        )
        if closed is not None:
            ComplaintCase.decide_and_close(cls, complaint)
            complaint.rating_apply(rated, token=complaint._rating_get_access_token())
            complaint.closed_at = complaint.rating_ids.rated_on = cls.moment(closed)
        return complaint

    def figures(self, user=None):
        report = self.env["crm.lifecycle.measures"].with_user(user or self.env.user)
        found = report.get_report("custom", str(self.today - timedelta(days=59)), str(self.today))
        return {figure["key"]: figure for section in found["sections"] for figure in section["figures"]}

    def test_counted_by_hand(self):
        found = self.figures()
        for key, value, before in (
            ("buyers", 4, 1),
            ("complaints", 4, 2),
            ("complaint_rate", 2 / 4, None),
            ("recovery", 1 / 3, None),
            ("satisfaction", 2 / 3, 1),
        ):
            with self.subTest(key):
                self.assertAlmostEqual(found[key]["value"], value)
                self.assertEqual(found[key]["previous"], before)

    def test_figures_open_what_they_counted(self):
        found = self.figures()
        for key, records in (
            ("complaints", self.one | self.two | self.three | self.six),
            ("complaint_rate", self.one | self.two | self.three),
            ("satisfaction", (self.one | self.three | self.four).rating_ids),
        ):
            action = found[key]["action"]
            with self.subTest(key):
                self.assertEqual({*self.env[action["res_model"]].search(action["domain"])}, {*records})
        action = found["recovery"]["action"]
        self.assertEqual(self.env[action["res_model"]].search(action["domain"]).partner_id, self.customer)

    def test_nobody_bought(self):
        self.env["sale.order"].search([("company_id", "=", self.company.id)]).date_order = "2020-01-01"
        self.assertIsNone(self.figures()["complaint_rate"]["value"])

    def test_who_reads_no_complaints_sees_no_figures(self):
        self.assertIn("complaints", self.figures(self.agent))
        seller = new_test_user(
            self.env,
            "measures_seller",
            "sales_team.group_sale_salesman",
            company_id=self.company.id,
            company_ids=[(6, 0, self.company.ids)],
        )
        self.assertNotIn("complaints", self.figures(seller))

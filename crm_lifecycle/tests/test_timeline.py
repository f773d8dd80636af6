from odoo.exceptions import UserError
from odoo.tests import tagged

from .common import LifecycleCase


@tagged("post_install", "-at_install")
class TestTimeline(LifecycleCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.invoices = [cls.invoice(cls.acme_buyer if day % 2 else cls.acme, f"2026-01-{day:02}") for day in range(1, 13)]
        cls.order = cls.env["sale.order"].create({"partner_id": cls.acme_buyer.id, "date_order": "2026-01-20 10:00:00"})

    def pages(self, partner, limit, **chosen):
        cursor, pages = None, []
        while True:
            page = partner.crm_lifecycle_timeline(cursor=cursor, limit=limit, **chosen)
            pages.append(page["lines"])
            cursor = page["next"]
            if not cursor:
                return pages

    def test_newest_first_of_the_whole_family(self):
        lines = self.acme.crm_lifecycle_timeline(kinds=["order", "invoice"])["lines"]
        self.assertEqual(lines[0]["document"], self.order.id)
        self.assertEqual([line["document"] for line in lines[1:]], [move.id for move in reversed(self.invoices)])

    def test_pages_have_no_gap_and_no_double(self):
        whole = [(line["kind"], line["id"]) for line in self.acme.crm_lifecycle_timeline(limit=100)["lines"]]
        for limit in (1, 3, 5):
            paged = [(line["kind"], line["id"]) for page in self.pages(self.acme, limit) for line in page]
            self.assertEqual(paged, whole)

    def test_bad_input(self):
        for values in (
            {"cursor": "x"},
            {"cursor": 5},
            {"limit": 0},
            {"limit": 10**9},
            {"limit": "5"},
            {"kinds": "invoice"},
            {"person_ids": ["1; DROP TABLE"]},
            {"date_from": "yesterday"},
            {"date_to": "9999-12-31"},
            {"date_from": 5},
        ):
            with self.subTest(values), self.assertRaises(UserError):
                self.acme.crm_lifecycle_timeline(**values)

from datetime import timedelta

from odoo import fields
from odoo.tests import new_test_user, tagged

from .common import ComplaintCase


@tagged("post_install", "-at_install")
class TestComplaintMeasures(ComplaintCase):
    """Three complaints of two customers today; one is closed, rated 4, and its customer has bought since."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        other = cls.env["res.partner"].create({"name": "Ria"})
        complaints = cls.env["crm.complaint"].create(
            [
                {"name": "One", "partner_id": cls.customer.id, "company_id": cls.company.id},
                {"name": "Two", "partner_id": cls.siti.id, "company_id": cls.company.id},
                {"name": "Three", "partner_id": other.id, "company_id": cls.company.id},
                {"name": "No complaint", "partner_id": other.id, "company_id": cls.company.id, "kind": "support"},
                {"name": "Long ago", "partner_id": other.id, "company_id": cls.company.id, "received_at": "2020-01-01"},
            ]
        )
        cls.complaint = complaints[0]

    def figures(self, user=None):
        report = self.env["crm.lifecycle.measures"].with_user(user or self.env.user).get_report("this_year")
        return {figure["key"]: figure for section in report["sections"] for figure in section["figures"]}

    def test_counted_by_hand(self):
        ComplaintCase.decide_and_close(self, self.complaint)
        rating = self.complaint._rating_get_access_token()
        self.complaint.rating_apply(4, token=rating)
        tomorrow = fields.Date.today() + timedelta(days=1)
        self.env.flush_all()
        self.env.cr.execute(
            "INSERT INTO crm_lifecycle_customer (partner_id, company_id, active, last_purchase_date) VALUES (%s, %s, true, %s)",
            (self.customer.id, self.company.id, tomorrow),
        )
        found = self.figures()
        self.assertEqual(found["complaints"]["value"], 3)
        self.assertEqual(found["recovery"]["value"], 1)
        self.assertEqual(found["satisfaction"]["value"], 1)
        self.assertIsNone(found["complaint_rate"]["value"], "nobody has bought")
        for key, count in (("complaints", 3), ("complaint_rate", 3), ("recovery", 1), ("satisfaction", 1)):
            action = found[key]["action"]
            with self.subTest(key):
                self.assertEqual(self.env[action["res_model"]].search_count(action["domain"]), count)

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

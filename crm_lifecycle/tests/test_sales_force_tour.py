from datetime import timedelta

from odoo import Command, fields
from odoo.tests import HttpCase, new_test_user, tagged


@tagged("post_install", "-at_install")
class TestSalesForceTour(HttpCase):
    def test_the_day_of_a_salesperson(self):
        """From the menu: look at the day, call, put off, finish; make plans for customers, a tour and a call list."""
        company = self.env.company
        budi = new_test_user(
            self.env,
            "budi",
            "sales_team.group_sale_salesman",
            name="Budi",
            company_id=company.id,
            company_ids=[Command.set(company.ids)],
            tz="UTC",
        )
        today = fields.Date.today()
        values = {"is_company": True, "customer_rank": 1, "user_id": budi.id, "city": "Bandung", "country_id": self.env.ref("base.id").id}
        aster, bakul, cengkeh = self.env["res.partner"].create(
            [
                {**values, "name": "Aster Coffee", "phone": "+62 21 555 0101"},
                {**values, "name": "Bakul Tea"},
                {**values, "name": "Cengkeh Hotel"},
            ]
        )
        self.env["crm.lifecycle.dirty"]._drain(limit=100_000)
        self.env["crm.account.plan"].create({"partner_id": aster.id, "objective": "Second shop", "date_from": today - timedelta(days=10)})
        activity = bakul.activity_schedule("mail.mail_activity_data_call", summary="Samples", user_id=budi.id)
        self.env["crm.lifecycle.customer"].search([("partner_id", "=", cengkeh.id)]).write(
            {
                "health": "at_risk",
                "health_since": today - timedelta(days=3),
                "last_purchase_date": today - timedelta(days=80),
                "expected_gap": 30,
            }
        )
        self.start_tour("/odoo", "crm_lifecycle_sales_force", login="budi", timeout=180)
        call = self.env["crm.call"].search([("commercial_partner_id", "=", aster.id)])
        self.assertEqual((call.user_id, call.note, call.direction), (budi, "Wants samples of the new roast", "out"))
        self.assertEqual(activity.date_deadline, today + timedelta(days=1))
        plans = self.env["crm.account.plan"].search([("partner_id", "in", (aster | bakul | cengkeh).ids)])
        self.assertEqual(len(plans), 3)
        tour = self.env["crm.visit.tour"].search([("user_id", "=", budi.id)])
        self.assertEqual(tour.state, "draft")
        self.assertEqual(set(tour.stop_ids.partner_id), {bakul, cengkeh})

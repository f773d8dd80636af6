import json

from odoo import Command
from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged
from odoo.tools import SQL

from .common_sales_force import SalesForceCase


@tagged("post_install", "-at_install")
class TestForecast(SalesForceCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.forecasts = cls.env["crm.purchase.forecast"]
        cls.stand(cls.acme, value_date="2026-01-31", expected_purchases=7.3, expected_spend=100, stage_id=cls.stage("loyal").id)

    def rows(self, partner):
        self.forecasts.invalidate_model()
        return self.forecasts.search([("partner_id", "=", partner.id)])

    def test_by_hand(self):
        """365 days from 1 February 2026 to 31 January 2027: 7.3 purchases are 0.02 a day."""
        rows = self.rows(self.acme)
        self.assertEqual([str(row.month) for row in rows], [f"2026-{month:02}-01" for month in range(2, 13)] + ["2027-01-01"])
        self.assertAlmostEqual(rows[0].expected_purchases, 28 * 0.02)
        self.assertAlmostEqual(rows[0].expected_revenue, 56)
        self.assertAlmostEqual(sum(rows.mapped("expected_purchases")), 7.3)
        self.assertAlmostEqual(sum(rows.mapped("expected_revenue")), 730)
        self.assertEqual((rows.user_id, rows.stage_id), (self.budi, self.stage("loyal")))

    def test_any_day_of_the_month_adds_up(self):
        for day in ("2026-01-01", "2026-02-27", "2026-02-28", "2027-12-31", "2028-02-29", "2026-07-15"):
            self.stand(self.acme, value_date=day)
            rows = self.rows(self.acme)
            self.assertAlmostEqual(sum(rows.mapped("expected_purchases")), 7.3, msg=day)
            self.assertEqual(len(set(rows.ids)), len(rows))
            self.assertTrue(all(row.expected_purchases > 0 for row in rows))

    def test_grouped_and_opened(self):
        [(purchases, revenue)] = self.forecasts._read_group(
            [("user_id", "=", self.budi.id)], [], ["expected_purchases:sum", "expected_revenue:sum"]
        )
        self.assertAlmostEqual(purchases, 7.3)
        self.assertAlmostEqual(revenue, 730)
        months = self.forecasts._read_group([("partner_id", "=", self.acme.id)], ["month:month", "stage_id"], ["__count"])
        self.assertEqual(len(months), 12)
        self.assertEqual(self.rows(self.acme)[0].action_open_customer_360()["params"]["partner_id"], self.acme.id)

    def test_without_forecast_no_rows(self):
        self.assertFalse(self.rows(self.zenith))

    def test_revenue_is_a_figure(self):
        forecasts = self.forecasts.with_user(self.budi)
        self.assertAlmostEqual(forecasts._read_group([("partner_id", "=", self.acme.id)], [], ["expected_purchases:sum"])[0][0], 7.3)
        with self.assertRaises(AccessError):
            forecasts._read_group([], [], ["expected_revenue:sum"])
        with self.assertRaises(AccessError):
            forecasts.search([("expected_revenue", ">", 1)])


@tagged("post_install", "-at_install")
class TestFunnel(SalesForceCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.funnel = cls.env["crm.sales.funnel"]
        cls.product = cls.env["product.product"].create(
            {"name": "Beans", "list_price": 100, "type": "service", "invoice_policy": "order", "taxes_id": [Command.clear()]}
        )

    def lead(self, days=-50, **values):
        lead = self.env["crm.lead"].create(
            {"name": "Deal", "type": "opportunity", "partner_id": self.acme.id, "user_id": self.budi.id, "expected_revenue": 900, **values}
        )
        self.at(lead, create_date=self.moment(days), date_conversion=None)
        return lead

    def quotation(self, lead=None, quantity=5, days=-40, partner=None, user=None, currency=None):
        order = self.env["sale.order"].create(
            {
                "partner_id": (partner or self.acme).id,
                "user_id": (user or self.budi).id,
                "opportunity_id": lead and lead.id,
                "order_line": [Command.create({"product_id": self.product.id, "product_uom_qty": quantity, "price_unit": 100})],
            }
        )
        self.at(order, create_date=self.moment(days))
        return order

    def at(self, record, **values):
        """Dates that only the past could have given."""
        self.env.flush_all()
        for name, value in values.items():
            table, column = SQL.identifier(record._table), SQL.identifier(name)
            self.env.cr.execute(SQL("UPDATE %s SET %s = %s WHERE id = %s", table, column, value, record.id))
        record.invalidate_recordset()

    def confirm(self, order, days=-30):
        order.action_confirm()
        order.date_order = self.moment(days)

    def bill(self, order, days=-20):
        move = order._create_invoices()
        move.invoice_date = self.day(days)
        move.action_post()
        return move

    def pay(self, move, days=-5, amount=None):
        values = {"payment_date": self.day(days), **({"amount": amount} if amount else {})}
        wizard = self.env["account.payment.register"].with_context(active_model="account.move", active_ids=move.ids)
        wizard.create(values)._create_payments()

    def steps(self, user=None, **domain):
        self.funnel.invalidate_model()
        rows = self.funnel.with_user(user or self.env.user).search([(name, "=", value) for name, value in domain.items()], order="id")
        return [(row.step[2:], row.amount, None if row.step == "1_opportunity" else row.days, row.converted) for row in rows]

    def test_a_deal_from_the_opportunity_to_the_money(self):
        lead = self.lead()
        deal = {"lead_id": lead.id}
        self.assertEqual(self.steps(**deal), [("opportunity", 900, None, 0)])
        order = self.quotation(lead)
        self.assertEqual(self.steps(**deal)[1:], [("quotation", 500, 10, 0)])
        self.confirm(order)
        move = self.bill(order)
        self.pay(move, amount=200, days=-15)
        self.assertEqual(self.steps(**deal)[-1], ("cash", 200, 5, 0))
        self.pay(move)
        self.assertEqual(
            self.steps(**deal),
            [
                ("opportunity", 900, None, 1),
                ("quotation", 500, 10, 1),
                ("order", 500, 10, 1),
                ("invoiced", 500, 10, 1),
                ("cash", 500, 15, 0),
            ],
        )

    def test_several_quotations_are_one_deal(self):
        lead = self.lead()
        first, second = self.quotation(lead), self.quotation(lead, quantity=3, days=-35)
        self.confirm(second)
        first._action_cancel()
        self.assertEqual(self.steps(lead_id=lead.id), [("opportunity", 900, None, 1), ("quotation", 300, 10, 1), ("order", 300, 10, 0)])

    def test_a_quotation_without_opportunity(self):
        order = self.quotation()
        self.assertEqual(self.steps(order_id=order.id), [("quotation", 500, 0, 0)])
        order._action_cancel()
        self.funnel.invalidate_model()
        self.assertEqual(self.funnel.search([("order_id", "=", order.id)]).mapped("lost"), [True])

    def test_an_invoice_taken_back_is_none(self):
        order = self.quotation()
        self.confirm(order)
        move = self.bill(order)
        self.assertEqual([step for step, *_rest in self.steps(order_id=order.id)], ["quotation", "order", "invoiced"])
        move._reverse_moves([{"invoice_date": self.today, "date": self.today}], cancel=True)
        self.assertEqual([step for step, *_rest in self.steps(order_id=order.id)], ["quotation", "order"])

    def test_amounts_in_company_currency(self):
        currency = self.env["res.currency"].create(
            {"name": "XTS", "symbol": "x", "rate_ids": [Command.create({"name": "2020-01-01", "rate": 4})]}
        )
        pricelist = self.env["product.pricelist"].create({"name": "Abroad", "currency_id": currency.id})
        order = self.quotation()
        order.pricelist_id = pricelist
        order._recompute_prices()
        order.order_line.price_unit = 100
        self.confirm(order)
        move = self.bill(order)
        self.assertEqual(move.currency_id, currency)
        self.assertEqual([amount for _step, amount, *_rest in self.steps(order_id=order.id)], [125, 125, 125])

    def test_counts_conversion_and_medians_by_hand(self):
        """Four opportunities; three quoted after 10, 20 and 60 days; one of them ordered."""
        for quoted in (-40, -30, 10):
            lead = self.lead(partner_id=self.zenith.id)
            order = self.quotation(lead, partner=self.zenith, days=quoted)
        self.lead(partner_id=self.zenith.id)
        self.confirm(order, days=20)
        found = {
            step[2:]: (count, amount, days, converted)
            for step, count, amount, days, converted in self.funnel._read_group(
                [("partner_id", "=", self.zenith.id)], ["step"], ["__count", "amount:sum", "days:avg", "converted:avg"]
            )
        }
        self.assertEqual(found["opportunity"], (4, 3600, False, 0.75))
        self.assertEqual(found["quotation"][:3], (3, 1500, 20))
        self.assertAlmostEqual(found["quotation"][3], 1 / 3)
        self.assertEqual(found["order"], (1, 500, 10, 0))

    def test_each_figure_opens_its_records(self):
        lead = self.lead()
        order = self.quotation(lead)
        self.confirm(order)
        move = self.bill(order)
        self.pay(move)
        opened = [row.action_open_document() for row in self.funnel.search([("lead_id", "=", lead.id)], order="id")]
        self.assertEqual(
            [(action["res_model"], action["res_id"]) for action in opened],
            [
                ("crm.lead", lead.id),
                ("sale.order", order.id),
                ("sale.order", order.id),
                ("account.move", move.id),
                ("account.move", move.id),
            ],
        )

    def test_who_pays_is_for_those_who_see_balances(self):
        lead = self.lead()
        order = self.quotation(lead)
        self.confirm(order)
        self.pay(self.bill(order))
        deal = {"lead_id": lead.id}
        self.assertEqual(self.steps(self.budi, **deal)[-1], ("invoiced", 500, 10, 0))
        self.assertEqual(
            self.funnel.with_user(self.budi)._read_group([("lead_id", "=", lead.id), ("step", "=", "4_invoiced")], [], ["converted:avg"]),
            [(False,)],
        )
        self.budi.group_ids += self.env.ref("crm_lifecycle.crm_lifecycle_group_balances")
        self.assertEqual(self.steps(self.budi, **deal)[-1], ("cash", 500, 15, 0))

    def test_salespeople_see_their_own_deals(self):
        mine, theirs = self.quotation(), self.quotation(partner=self.zenith, user=self.dewi)
        ids = (mine | theirs).ids
        self.assertEqual(self.funnel.with_user(self.budi).search([("order_id", "in", ids)]).order_id, mine)
        self.assertEqual(self.funnel.with_user(self.head).search([("order_id", "in", ids)]).order_id, mine | theirs)


@tagged("post_install", "-at_install")
class TestOpportunityFromSuggestion(SalesForceCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.company.lifecycle_basis = "orders"
        cls.beans, cls.filters = cls.env["product.product"].create(
            [{"name": "Beans", "list_price": 40, "taxes_id": False}, {"name": "Filters", "list_price": 5, "taxes_id": False}]
        )
        for partner in (cls.acme, cls.zenith):
            for days in (-90, -60):
                order = cls.env["sale.order"].create(
                    {
                        "partner_id": partner.id,
                        "user_id": partner.user_id.id,
                        "order_line": [Command.create({"product_id": cls.beans.id, "product_uom_qty": 3})],
                    }
                )
                order.action_confirm()
                order.date_order = cls.moment(days)
        cls.drain()

    def test_from_the_page(self):
        acme = self.acme_buyer.with_user(self.budi)
        answer = acme.crm_lifecycle_make_opportunity(self.beans.id, "reorder", 3)
        lead = self.env["crm.lead"].browse(answer["lead_id"])
        self.assertEqual((lead.type, lead.partner_id, lead.user_id), ("opportunity", self.acme_buyer, self.budi))
        self.assertEqual((lead.lifecycle_product_id, lead.expected_revenue), (self.beans, 120))
        self.assertEqual(lead.lifecycle_reason, "Bought every 4 weeks, last 9 weeks ago")
        self.assertEqual(answer["name"], "Beans for Acme")
        logged = self.env["crm.product.suggestion"].search([("partner_id", "=", self.acme.id), ("product_id", "=", self.beans.id)])
        self.assertEqual(logged.outcome, "added")
        self.assertEqual(acme.crm_lifecycle_make_opportunity(self.beans.id, "reorder", 3)["lead_id"], lead.id, "twice is once")
        json.dumps(answer)

    def test_what_is_not_suggested(self):
        for args in (
            (self.filters.id, "reorder"),
            (self.beans.id, "cross_sell"),
            (self.beans.id, "nothing"),
            ("1", "reorder"),
            (self.beans.id, "reorder", -1),
        ):
            with self.subTest(args), self.assertRaises(UserError):
                self.acme.crm_lifecycle_make_opportunity(*args)

    def test_for_chosen_customers(self):
        customers = self.customer(self.acme) | self.customer(self.zenith)
        action = customers.action_make_opportunities()
        leads = self.env["crm.lead"].search(action["domain"])
        self.assertEqual({lead.partner_id: lead.user_id for lead in leads}, {self.acme: self.budi, self.zenith: self.dewi})
        self.assertEqual(set(leads.mapped("expected_revenue")), {120})
        stranger = self.env["res.partner"].create({"name": "New", "customer_rank": 1})
        self.drain()
        with self.assertRaises(UserError):
            self.customer(stranger).action_make_opportunities()

import math
import random
from datetime import date, timedelta
from itertools import product
from unittest.mock import patch

from odoo import fields
from odoo.exceptions import AccessError
from odoo.tests import Form, new_test_user, tagged
from odoo.tools import SQL, mute_logger
from psycopg2.errors import CheckViolation

from ..analytics import documents, value
from ..domain import rfm
from .common import LifecycleCase

TODAY = date(2026, 6, 30)


@tagged("post_install", "-at_install")
class ValueCase(LifecycleCase):
    """A company with some dozens of buyers, invoiced in one batch: regular ones, some who left, many who came once."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        chance = random.Random(7)
        cls.partners = cls.env["res.partner"].create([{"name": f"Buyer {number}"} for number in range(48)])
        moves = []
        for number, partner in enumerate(cls.partners):
            day = TODAY - timedelta(days=chance.randint(60, 360))
            gap, last = 14 + number, TODAY - timedelta(days=chance.choice([0, 0, 150]))
            while True:
                line = {"name": "Goods", "price_unit": 50 + 5 * number + chance.randint(0, 20), "tax_ids": []}
                moves.append(
                    {
                        "move_type": "out_invoice",
                        "partner_id": partner.id,
                        "invoice_date": day,
                        "date": day,
                        "invoice_line_ids": [fields.Command.create(line)],
                    }
                )
                day += timedelta(days=max(1, round(chance.expovariate(1 / gap))))
                if day > last or number % 3 == 0:
                    break
        cls.env["account.move"].create(moves).action_post()
        cls.drain()
        cls.company.write({"lifecycle_value_min_repeat": 10, "lifecycle_value_min_days": 60, "lifecycle_rfm_min_customers": 20})
        cls.fits = cls.env["crm.lifecycle.value.fit"]
        cls.cuts = cls.env["crm.lifecycle.cut.points"]

    @classmethod
    def draw(cls, as_of=TODAY):
        cls.cuts.search([]).unlink()
        return cls.cuts._draw(cls.company, as_of)

    def buyers(self):
        return self.customers.search([("partner_id", "in", self.partners.ids), ("company_id", "=", self.company.id)])


@tagged("post_install", "-at_install")
class TestScores(ValueCase):
    def test_segments_in_sql_are_those_of_the_rule(self):
        scores = SQL(
            "SELECT r, f, m, %s FROM generate_series(1, 5) r, generate_series(1, 5) f, generate_series(1, 5) m", value.segment_case()
        )
        found = {row[:3]: row[3] for row in self.env.execute_query(scores)}
        self.assertEqual(found, {each: rfm.segment(*each) for each in product(range(1, 6), repeat=3)})

    def test_segments_have_names(self):
        names = {name for row in rfm.SEGMENTS.values() for name in row}
        self.assertEqual(names, set(dict(self.customers._fields["rfm_segment"].selection)))

    def test_cut_points_in_sql_are_those_of_the_rule(self):
        chance = random.Random(3)
        for size in (1, 2, 5, 7, 60):
            rows = [
                (TODAY - timedelta(days=chance.randint(0, 40)), chance.randint(1, 6), chance.choice([-5, 0, 10, 10, 30, 500]))
                for _number in range(size)
            ]
            population = SQL(
                "VALUES %s", SQL(", ").join(SQL("(1, %s::date, %s, %s::numeric, NULL::float8, NULL::float8)", *row) for row in rows)
            )
            population = SQL("SELECT * FROM (%s) population (company_id, recency, frequency, monetary, margin, costed)", population)
            [(company, customers, *cuts, _measure, a, b)] = self.env.execute_query(value.cut_points(population))
            self.assertEqual((company, customers), (1, size))
            for column in range(3):
                self.assertEqual(tuple(cuts[4 * column : 4 * column + 4]), rfm.cut_points([row[column] for row in rows]))
            self.assertEqual((a, b), rfm.pareto_cuts([row[2] for row in rows]))

    def test_customers_get_the_scores_of_the_rule(self):
        cuts = self.draw()
        self.assertTrue(cuts)
        recency, frequency, monetary = ([cuts[f"{kind}_{n}"] for n in range(1, 5)] for kind in ("recency", "frequency", "monetary"))
        for customer in self.buyers():
            r = rfm.score(customer.last_purchase_date, recency)
            f, m = rfm.score(customer.purchase_days, frequency), rfm.score(customer.net_revenue, monetary)
            self.assertEqual((customer.r_score, customer.f_score, customer.m_score), (r, f, m))
            self.assertEqual(customer.rfm_segment, rfm.segment(r, f, m))
            self.assertEqual(customer.pareto_class, rfm.pareto_class(customer.net_revenue, (cuts.pareto_a, cuts.pareto_b)))
        self.assertGreater(len(set(self.buyers().mapped("rfm_segment"))), 4)
        by_values = {}
        for customer in self.buyers():
            by_values.setdefault(customer.purchase_days, set()).add(customer.f_score)
        self.assertTrue(all(len(scores) == 1 for scores in by_values.values()), "equal values, equal scores")

    def test_documents_and_facts_give_the_same_cut_points(self):
        today = fields.Date.context_today(self.cuts)
        from_documents = self.env.execute_query(value.cut_points(value.buyers(self.company.ids, today, False)))
        from_facts = self.env.execute_query(value.cut_points(value.buyers_now(self.company.ids)))
        self.assertEqual(from_documents, from_facts)

    def test_classes_by_margin(self):
        """Known of nearly all revenue, the margin decides: who buys much at cost is no A customer."""
        poor, rich = self.partners[0], self.partners[1]
        self.env.cr.execute(
            "UPDATE account_move SET lifecycle_costed = amount_untaxed_signed, lifecycle_margin = amount_untaxed_signed / 2"
        )
        self.invoice(poor, "2026-06-01", 1_000_000).lifecycle_costed = 1_000_000
        self.invoice(rich, "2026-06-01", 5_000).write({"lifecycle_costed": 5_000, "lifecycle_margin": 500_000})
        self.customers._rebuild_all()
        cuts = self.draw()
        self.assertEqual(cuts.pareto_by, "margin")
        self.assertEqual(self.customer(rich).pareto_class, "a")
        self.assertNotEqual(self.customer(poor).pareto_class, "a")
        worth = [customer.margin for customer in self.buyers()]
        self.assertEqual((cuts.pareto_a, cuts.pareto_b), rfm.pareto_cuts(worth))
        today = fields.Date.context_today(self.cuts)
        from_documents = self.env.execute_query(value.cut_points(value.buyers(self.company.ids, today, False)))
        self.assertEqual(from_documents, self.env.execute_query(value.cut_points(value.buyers_now(self.company.ids))))

    def test_cut_points_are_those_of_their_day(self):
        early = date(2026, 3, 31)
        before = self.draw(early)
        self.invoice(self.partners[0], "2026-06-01", 9_999)
        self.drain()
        self.assertEqual(self.env.execute_query(value.cut_points(value.buyers(self.company.ids, early, False)))[0][1], before.customers)
        self.assertLessEqual(before.recency_4, early)

    def test_scores_stay_until_the_customer_buys_or_cut_points_are_drawn(self):
        self.draw()
        before = {customer.id: customer.read(value.SCORES) for customer in self.buyers()}
        quiet, other = self.partners[3], self.partners[1]
        self.invoice(other, "2026-06-30", 100_000)
        self.drain()
        with patch.object(fields.Date, "context_today", lambda record: date(2026, 12, 24)):
            self.assertEqual(self.customers._score(None), 0, "nothing changes because days pass")
        changed = [customer.partner_id for customer in self.buyers() if customer.read(value.SCORES) != before[customer.id]]
        self.assertEqual(changed, [other])
        self.assertEqual(self.customer(other).r_score, 5)
        self.assertEqual(self.customer(other).pareto_class, "a")
        self.assertEqual(self.customer(quiet).read(value.SCORES), before[self.customer(quiet).id])
        self.cuts._draw(self.company, date(2026, 7, 31))
        self.assertEqual(len(self.cuts.search([("company_id", "=", self.company.id)])), 2, "former cut-points stay")

    def test_other_basis_needs_other_cut_points(self):
        self.draw()
        self.company.lifecycle_basis = "orders"
        self.assertFalse(self.cuts.search([("company_id", "=", self.company.id)]))

    def test_drawing_twice_for_a_day_replaces(self):
        self.draw()
        self.cuts._draw(self.company, TODAY)
        self.assertEqual(len(self.cuts.search([("company_id", "=", self.company.id)])), 1)

    def test_too_few_customers_have_no_scores(self):
        self.company.lifecycle_rfm_min_customers = 5_000
        self.assertFalse(self.draw())
        self.customers._score(None)
        self.assertEqual(self.customer(self.partners[0]).read(["r_score", "rfm_segment", "pareto_class"])[0]["rfm_segment"], False)
        [(scored,)] = self.env.execute_query(
            SQL("SELECT count(r_score) FROM crm_lifecycle_customer WHERE company_id = %s", self.company.id)
        )
        self.assertEqual(scored, 0)

    def test_who_has_not_bought_has_no_scores(self):
        self.draw()
        prospect = self.env["res.partner"].create({"name": "Prospect", "customer_rank": 1, "company_id": self.company.id})
        self.drain()
        self.assertFalse(self.customer(prospect).rfm_segment)
        credited = self.partners[0]
        for move in self.env["account.move"].search([("partner_id", "=", credited.id)]):
            self.credit(move, "2026-06-30")
        self.drain()
        self.assertFalse(self.customer(credited).rfm_segment, "all purchases were taken back")

    def test_draw_what_is_missing(self):
        self.env.cr.execute("DELETE FROM crm_lifecycle_cut_points")
        self.env.invalidate_all()
        self.customers._rebuild_all()
        self.cuts._draw_missing()
        self.assertTrue(self.cuts.search([("company_id", "=", self.company.id)]))
        self.assertTrue(self.customer(self.partners[0]).rfm_segment)
        drawn = self.cuts.search([])
        self.cuts._draw_missing()
        self.assertEqual(self.cuts.search([]), drawn, "and leaves alone what is there")


@tagged("post_install", "-at_install")
class TestValueModel(ValueCase):
    def test_fit_writes_forecasts(self):
        fit = self.fits._fit(self.company, TODAY)
        self.assertEqual((fit.state, fit.customers), ("fitted", 48))
        self.assertGreater(fit.repeat_customers, 20)
        self.assertGreater(fit.r, 0)
        for customer in self.buyers():
            self.assertEqual(customer.value_date, TODAY)
            self.assertTrue(0 < customer.alive_probability < 1)
            self.assertAlmostEqual(customer.churn_risk, math.exp(-customer.expected_purchases), 9)
            self.assertGreater(customer.expected_spend, 0)
            self.assertGreater(customer.clv, 0)
        self.assertIn("Fitted to 48 customers", fit.conclusion)

    def test_sql_and_rule_agree(self):
        from ..domain import gamma_gamma, mbg_nbd

        fit = self.fits._fit(self.company, TODAY)
        purchases = mbg_nbd.MbgNbdFit(fit.r, fit.alpha, fit.a, fit.b, 0.0, 0, 0, True)
        spend = gamma_gamma.GammaGammaFit(fit.spend_p, fit.spend_q, fit.spend_v, 0.0, 0, True)
        for customer in self.buyers():
            x = customer.purchase_days - 1
            t_x = (customer.last_purchase_date - customer.first_purchase_date).days / 7
            T = (TODAY - customer.first_purchase_date).days / 7
            alive = float(mbg_nbd.probability_alive(purchases, x, t_x, T))
            self.assertAlmostEqual(customer.alive_probability, alive, 3)
            yearly = float(mbg_nbd.expected_purchases_if_alive(purchases, x, round(T), 365 / 7))
            self.assertAlmostEqual(customer.expected_purchases, alive * yearly, 2)
            amount = float(gamma_gamma.expected_spend(spend, x + 1, customer.net_revenue / (x + 1)))
            self.assertAlmostEqual(customer.expected_spend / amount, 1, 3)
            discounted = float(mbg_nbd.discounted_purchases_if_alive(purchases, x, round(T), 36 / 12 * 365 / 7, math.log(1.10) / (365 / 7)))
            self.assertAlmostEqual(customer.clv / (alive * discounted * amount), 1, 2)

    def test_outcome_is_compared(self):
        fit = self.fits._fit(self.company, TODAY)
        self.assertTrue(fit.holdout_start)
        self.assertEqual(sum(fit.line_ids.mapped("customers")), fit.holdout_customers)
        later = self.env["account.move"].search_count([("partner_id", "in", self.partners.ids), ("invoice_date", ">", fit.holdout_start)])
        known = set(
            self.env["account.move"]
            .search([("partner_id", "in", self.partners.ids), ("invoice_date", "<=", fit.holdout_start)])
            .partner_id.ids
        )
        self.assertEqual(fit.holdout_customers, len(known))
        self.assertLessEqual(sum(line.actual * line.customers for line in fit.line_ids), later + 0.1)
        self.assertEqual(len(fit.chart["labels"]), len(fit.line_ids))
        self.assertEqual(fit.chart["actual"]["values"], fit.line_ids.mapped("actual"))

    def test_rerun_writes_nothing(self):
        self.fits._fit(self.company, TODAY)
        before = self.buyers().read(["write_date", *value.FORECASTS])
        self.fits._fit(self.company, TODAY)
        self.assertEqual(self.buyers().read(["write_date", *value.FORECASTS]), before)

    def test_too_little_data_gives_no_numbers(self):
        self.fits._fit(self.company, TODAY)
        self.company.lifecycle_value_min_repeat = 500
        fit = self.fits._fit(self.company, TODAY)
        self.assertEqual(fit.state, "too_little")
        self.assertFalse(fit.line_ids)
        self.assertIn("Too little data", fit.conclusion)
        self.assertIn("500 customers", fit.conclusion)
        left = self.env.execute_query(
            SQL(
                "SELECT count(value_date), count(alive_probability), count(expected_purchases), count(churn_risk), count(clv) "
                "FROM crm_lifecycle_customer WHERE company_id = %s",
                self.company.id,
            )
        )
        self.assertEqual(left, [(0, 0, 0, 0, 0)])
        self.company.write({"lifecycle_value_min_repeat": 10, "lifecycle_value_min_days": 5_000})
        self.assertEqual(self.fits._fit(self.company, TODAY).state, "too_little")

    def test_nobody_has_bought(self):
        other = self.other_company()
        fit = self.fits._fit(other, TODAY)
        self.assertEqual((fit.state, fit.customers), ("too_little", 0))

    def test_later_documents_do_not_count(self):
        fit = self.fits._fit(self.company, date(2026, 3, 31))
        self.assertLess(fit.customers, 48)
        unknown = self.buyers().filtered(lambda customer: customer.first_purchase_date > date(2026, 3, 31))
        self.assertTrue(unknown)
        self.assertFalse(any(unknown.mapped("value_date")))

    def test_credited_away_customer_loses_the_forecast(self):
        self.fits._fit(self.company, TODAY)
        credited = self.partners[0]
        for move in self.env["account.move"].search([("partner_id", "=", credited.id)]):
            self.credit(move, "2026-06-30")
        self.drain()
        self.fits._fit(self.company, TODAY)
        self.assertFalse(self.customer(credited).value_date)
        self.assertTrue(self.customer(self.partners[1]).value_date)

    def test_facts_survive_a_forecast_and_forecasts_a_refresh(self):
        self.fits._fit(self.company, TODAY)
        before = self.buyers().read(value.FORECASTS)
        self.assertEqual(self.customers._refresh(documents.partners(self.partners.ids))[0], 0)
        self.assertEqual(self.buyers().read(value.FORECASTS), before)

    def test_spend_that_goes_with_frequency_is_warned_of(self):
        fit = self.fits._fit(self.company, TODAY)
        fit.spend_correlation = 0.61
        self.assertIn("correlated with how often they buy (0.61)", fit.conclusion)
        fit.spend_correlation = 0.1
        self.assertNotIn("correlated", fit.conclusion)
        self.env["res.lang"]._activate_lang("id_ID")
        self.assertIn("48 pelanggan", fit.with_context(lang="id_ID").conclusion)

    def test_other_company_is_left_alone(self):
        other = self.other_company()
        self.env["account.move"].with_company(other).create(
            {
                "move_type": "out_invoice",
                "partner_id": self.partners[0].id,
                "invoice_date": date(2026, 2, 2),
                "company_id": other.id,
                "invoice_line_ids": [fields.Command.create({"name": "x", "price_unit": 5, "tax_ids": []})],
            }
        ).action_post()
        self.drain()
        self.draw()
        self.fits._fit(self.company, TODAY)
        self.assertFalse(self.customer(self.partners[0], other).value_date)
        self.assertFalse(self.customer(self.partners[0], other).rfm_segment)
        stranger = new_test_user(
            self.env, "value_other", "sales_team.group_sale_manager", company_id=other.id, company_ids=[(6, 0, other.ids)]
        )
        for model in ("crm.lifecycle.value.fit", "crm.lifecycle.cut.points", "crm.lifecycle.value.fit.line"):
            self.assertFalse(self.env[model].with_user(stranger).search([("company_id", "=", self.company.id)]))

    def test_figures_follow_rights(self):
        self.draw()
        fit = self.fits._fit(self.company, TODAY)
        sales = new_test_user(self.env, "value_sales", "sales_team.group_sale_salesman")
        customer = self.customer(self.partners[0]).with_user(sales)
        self.assertTrue(customer.rfm_segment)
        for name in ("clv", "expected_spend"):
            with self.assertRaises(AccessError):
                customer.read([name])
            with self.assertRaises(AccessError):
                customer.search([(name, ">", 1)])
        with self.assertRaises(AccessError):
            fit.with_user(sales).read(["mean_spend"])
        with self.assertRaises(AccessError):
            self.cuts.with_user(sales).search([]).read(["pareto_a"])
        with self.assertRaises(AccessError):
            fit.with_user(sales).write({"r": 1})
        with self.assertRaises(AccessError):
            self.fits.with_user(sales).action_fit()
        self.assertEqual(fit.with_user(sales).chart["labels"], fit.chart["labels"])
        accountant = new_test_user(self.env, "value_accounts", "account.group_account_invoice,crm_lifecycle.crm_lifecycle_group_user")
        self.assertTrue(customer.with_user(accountant).clv)

    def test_jobs_serve_every_company_and_one_failure_does_not_stop_the_others(self):
        other = self.other_company()
        fit = type(self.fits)._fit

        def failing(model, company, as_of=None):
            if company == self.company:
                raise ValueError("broken on purpose")
            return fit(model, company, as_of)

        with self.enter_registry_test_mode():
            self.env.ref("crm_lifecycle.ir_cron_draw").method_direct_trigger()
            self.env.ref("crm_lifecycle.ir_cron_fit").method_direct_trigger()
        self.assertTrue(self.cuts.search([("company_id", "=", self.company.id)]))
        done = self.fits.search([("company_id", "in", (self.company + other).ids)])
        self.assertEqual({each.company_id: each.state for each in done}, {self.company: "fitted", other: "too_little"})
        done.unlink()
        with (
            self.enter_registry_test_mode(),
            patch.object(type(self.fits), "_fit", failing),
            self.assertLogs("odoo.addons.crm_lifecycle.models.crm_lifecycle_value_fit", "ERROR"),
        ):
            self.env.ref("crm_lifecycle.ir_cron_fit").method_direct_trigger()
        self.assertEqual(self.fits.search([("company_id", "in", (self.company + other).ids)]).company_id, other)

    def test_manager_starts_a_fit(self):
        head = new_test_user(self.env, "value_head", "crm_lifecycle.crm_lifecycle_group_manager")
        self.assertEqual(self.fits.with_user(head).action_fit()["tag"], "display_notification")

    @mute_logger("odoo.sql_db")
    def test_bad_settings_are_refused(self):
        for name, bad in (
            ("lifecycle_value_discount_rate", -0.1),
            ("lifecycle_value_discount_rate", 10),
            ("lifecycle_value_horizon_months", 0),
            ("lifecycle_value_min_repeat", 0),
            ("lifecycle_value_min_days", -5),
            ("lifecycle_rfm_min_customers", 1),
        ):
            with self.subTest(name), self.assertRaises(CheckViolation), self.env.cr.savepoint():
                self.company[name] = bad
                self.company.flush_recordset()
            self.company.invalidate_recordset()

    def test_settings_screen(self):
        with Form(self.env["res.config.settings"]) as settings:
            settings.lifecycle_value_horizon_months = 24
        settings.save().execute()
        self.assertEqual(self.company.lifecycle_value_horizon_months, 24)

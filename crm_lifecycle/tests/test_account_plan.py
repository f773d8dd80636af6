import psycopg2
from odoo import Command, fields
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import Form, new_test_user, tagged
from odoo.tools import SQL, mute_logger

from ..domain.contact_rhythm import next_contact, rhythm
from .common_sales_force import SalesForceCase


@tagged("post_install", "-at_install")
class TestAccountPlan(SalesForceCase):
    def test_without_contact_it_is_due_from_the_beginning(self):
        plan = self.plan()
        self.assertFalse(plan.last_contact_date)
        self.assertEqual(plan.next_contact_date, self.day(-100))
        self.assertEqual(plan.contact_days, 90)
        self.assertEqual(plan.user_id, self.budi)

    def test_the_rhythm_is_that_of_the_class_or_the_plans_own(self):
        self.stand(self.acme, pareto_class="a")
        plan = self.plan()
        self.spoken(self.acme, -10)
        self.assertEqual((plan.pareto_class, plan.contact_days, plan.next_contact_date), ("a", 14, self.day(4)))
        self.company.lifecycle_contact_days_a = 7
        self.assertEqual((plan.contact_days, plan.next_contact_date), (7, self.day(-3)))
        plan.own_contact_days = 21
        self.assertEqual((plan.contact_days, plan.next_contact_date), (21, self.day(11)))
        plan.own_contact_days = 0
        self.assertEqual(plan.next_contact_date, self.day(-3))

    def test_only_active_plans_ask_for_a_contact(self):
        plan = self.plan()
        plan.action_pause()
        self.assertFalse(plan.next_contact_date)
        plan.action_resume()
        self.assertTrue(plan.next_contact_date)
        plan.action_close()
        self.assertFalse(plan.next_contact_date)

    def test_it_is_not_due_before_it_begins(self):
        self.spoken(self.acme, -200)
        self.assertEqual(self.plan(date_from=self.day(10)).next_contact_date, self.day(10))

    def contact(self, plan):
        return plan.last_contact_date, plan.last_contact_kind

    def test_the_last_contact_is_read_from_what_happened(self):
        plan = self.plan()
        self.spoken(self.acme_buyer, -50)
        self.assertEqual(self.contact(plan), (self.day(-50), "call"))
        meeting = (
            self.env["calendar.event"]
            .with_context(no_mail_to_attendees=True)
            .create(
                {
                    "name": "Tasting",
                    "start": self.moment(-40),
                    "stop": self.moment(-40, 10),
                    "partner_ids": [Command.set((self.acme_buyer | self.budi.partner_id).ids)],
                }
            )
        )
        self.assertEqual(self.contact(plan), (self.day(-40), "meeting"))
        message = self.acme_buyer.message_post(body="Price list", message_type="comment", subtype_xmlid="mail.mt_comment")
        self.assertEqual(self.contact(plan), (self.today, "mail"))
        message.unlink()
        meeting.with_context(no_mail_to_attendees=True).write({"start": self.moment(-30), "stop": self.moment(-30, 10)})
        self.assertEqual(self.contact(plan), (self.day(-30), "meeting"))
        meeting.unlink()
        self.assertEqual(self.contact(plan), (self.day(-50), "call"))
        activity = self.acme.activity_schedule("mail.mail_activity_data_call", user_id=self.budi.id)
        self.assertEqual(self.contact(plan), (self.day(-50), "call"))
        activity.action_feedback("Agreed")
        self.assertEqual(self.contact(plan), (self.today, "activity"))

    def test_documents_of_the_family_count_too(self):
        plan = self.plan()
        order = self.env["sale.order"].create({"partner_id": self.acme_buyer.id})
        self.assertFalse(plan.last_contact_date)
        order.message_post(body="Our offer", message_type="comment", subtype_xmlid="mail.mt_comment")
        self.assertEqual(self.contact(plan), (self.today, "mail"))
        other = self.plan(self.zenith)
        lead = self.env["crm.lead"].create({"name": "Interest", "partner_id": self.zenith.id, "type": "opportunity"})
        lead.message_post(body="Please call", message_type="email", subtype_xmlid="mail.mt_comment", author_id=self.zenith.id)
        self.assertEqual(self.contact(other), (self.today, "mail"))

    def test_what_is_no_contact(self):
        plan = self.plan()
        self.acme.message_post(body="Careful with these", message_type="comment", subtype_xmlid="mail.mt_note")
        self.env["calendar.event"].create(
            {"name": "To come", "start": self.moment(5), "stop": self.moment(5, 10), "partner_ids": [Command.set(self.acme.ids)]}
        )
        self.spoken(self.acme, -3).sudo().state = "missed"
        self.plans._refresh_customers(self.acme.ids)
        self.assertFalse(plan.last_contact_date)

    def test_sql_and_the_plain_rule_agree(self):
        plans = self.plans
        for number, (letter, own, last) in enumerate(
            (letter, own, last) for letter in ("a", "b", "c", False) for own in (0, 5) for last in (None, -500, -20, 0)
        ):
            partner = self.env["res.partner"].create({"name": f"Customer {number}", "customer_rank": 1})
            self.drain()
            self.stand(partner, pareto_class=letter)
            plan = self.plan(partner, own_contact_days=own, date_from=self.day(-30))
            if last is not None:
                self.spoken(partner, last)
            days = rhythm(own, letter or None, {"a": 14, "b": 30, "c": 90})
            due = next_contact(self.day(-30), None if last is None else self.day(last), days)
            self.assertEqual((plan.contact_days, plan.next_contact_date), (days, due), (letter, own, last))
            plans |= plan
        self.env.flush_all()
        self.env.cr.execute(
            "UPDATE crm_account_plan SET last_contact_date = NULL, next_contact_date = NULL WHERE id = ANY(%s)", [plans.ids]
        )
        self.assertEqual(plans._refresh_where(SQL("plan.id = ANY(%s)", plans.ids)), len(plans))
        self.assertEqual(plans._refresh_where(SQL("plan.id = ANY(%s)", plans.ids)), 0, "without news nothing is written")

    def test_the_upkeep_takes_the_same_few_statements_for_one_and_for_many(self):
        partners = self.env["res.partner"].create([{"name": f"Customer {number}"} for number in range(30)])
        plans = self.plans.create([{"partner_id": partner.id} for partner in partners])
        plans._refresh()
        for scope in (plans[:1], plans):
            with self.assertQueryCount(1):
                scope._refresh()

    def test_revenue_so_far(self):
        plan = self.plan(target_revenue=1000, date_from="2026-01-01", date_to="2026-12-31")
        move = self.invoice(self.acme_buyer, "2026-03-01", 400)
        self.invoice(self.acme, "2025-12-31", 5000)
        self.credit(move, "2026-04-01", 150)
        plan.invalidate_recordset()
        self.assertEqual((plan.achieved_revenue, plan.progress), (250, 25))
        self.assertEqual(plan.with_user(self.head).achieved_revenue, 250)

    def test_figures_follow_the_right(self):
        plan = self.plan(target_revenue=1000).with_user(self.budi)
        self.assertEqual(plan.target_revenue, 1000)
        with self.assertRaises(AccessError):
            plan.read(["achieved_revenue"])
        self.assertNotIn("progress", plan.fields_get())
        section = self.acme.with_user(self.budi).crm_lifecycle_snapshot(["plan"])["sections"]["plan"]
        self.assertNotIn("achieved_revenue", section["plan"])
        self.budi.group_ids += self.env.ref("crm_lifecycle.crm_lifecycle_group_balances")
        self.assertEqual(plan.achieved_revenue, 0)
        section = self.acme.with_user(self.budi).crm_lifecycle_snapshot(["plan"])["sections"]["plan"]
        self.assertEqual(section["plan"]["achieved_revenue"], 0)

    def test_salespeople_see_the_plans_of_their_own_customers(self):
        mine, theirs = self.plan(), self.plan(self.zenith)
        nobodys = self.plan(self.env["res.partner"].create({"name": "Free"}))
        nobodys.user_id = False
        self.assertEqual(self.plans.with_user(self.budi).search([]), mine | nobodys)
        with self.assertRaises(AccessError):
            theirs.with_user(self.budi).read(["objective"])
        with self.assertRaises(AccessError):
            theirs.with_user(self.budi).write({"objective": "x"})
        with self.assertRaises(AccessError):
            mine.with_user(self.budi).unlink()
        self.assertEqual(self.plans.with_user(self.head).search([]), mine | theirs | nobodys)
        self.assertNotIn("objective", str(self.zenith.with_user(self.budi).crm_lifecycle_snapshot(["plan"])["sections"]))
        self.acme.user_id = self.dewi
        self.assertEqual(mine.user_id, self.dewi)
        self.assertEqual(self.plans.with_user(self.budi).search([]), nobodys)

    def test_other_companies_and_outsiders_see_nothing(self):
        plan = self.plan()
        other = self.other_company()
        stranger = new_test_user(
            self.env, "sf_other", "sales_team.group_sale_manager", company_id=other.id, company_ids=[Command.set(other.ids)]
        )
        self.assertFalse(self.plans.with_user(stranger).search([]))
        with self.assertRaises(AccessError):
            plan.with_user(stranger).read(["objective"])
        portal = new_test_user(self.env, "sf_portal", "base.group_portal")
        for model in (
            "crm.account.plan",
            "crm.call.list",
            "crm.visit.tour",
            "crm.sales.funnel",
            "crm.purchase.forecast",
            "crm.my.day.mark",
        ):
            with self.subTest(model), self.assertRaises(AccessError):
                self.env[model].with_user(portal).search([])
        with self.assertRaises(AccessError):
            self.env["crm.my.day"].with_user(portal).get_queue()

    def test_the_section_of_the_page(self):
        self.assertEqual(self.acme.crm_lifecycle_snapshot(["plan"])["sections"]["plan"], {"plan": None, "may_make": True})
        self.plan(objective="Second shop", target_revenue=500)
        self.spoken(self.acme, -10)
        plan = self.acme_buyer.crm_lifecycle_snapshot(["plan"])["sections"]["plan"]["plan"]
        self.assertEqual((plan["objective"], plan["user"], plan["contact_days"]), ("Second shop", self.budi.name, 90))
        self.assertEqual(plan["next_contact_date"], str(self.day(80)))
        self.assertEqual(plan["last_contact_kind_label"], "Call")

    def test_one_plan_for_a_customer_and_company(self):
        self.plan()
        with mute_logger("odoo.sql_db"), self.assertRaises(psycopg2.errors.UniqueViolation), self.env.cr.savepoint():
            self.plan()
        other = self.other_company()
        self.assertTrue(self.plan(company_id=other.id))
        with self.assertRaises(ValidationError):
            self.plan(self.acme_buyer)

    def test_bad_values(self):
        plan = self.plan()
        for values in ({"date_to": self.day(-200)}, {"own_contact_days": -1}, {"own_contact_days": 99999}, {"target_revenue": -1}):
            with (
                self.subTest(values),
                mute_logger("odoo.sql_db"),
                self.assertRaises(psycopg2.errors.CheckViolation),
                self.env.cr.savepoint(),
            ):
                plan.write(values)
                self.env.flush_all()

    def test_made_in_bulk_for_chosen_customers(self):
        existing = self.plan(objective="Stays")
        customers = self.customer(self.acme) | self.customer(self.zenith)
        action = customers.action_make_account_plans()
        wizard = Form(self.env[action["res_model"]].with_context(**action["context"]))
        self.assertEqual(wizard.existing, 1)
        wizard.objective = "Together"
        wizard.save().action_make()
        plans = self.plans.search([("partner_id", "in", customers.partner_id.ids)])
        self.assertEqual({plan.partner_id: plan.objective for plan in plans}, {self.acme: "Stays", self.zenith: "Together"})
        self.assertEqual((plans - existing).user_id, self.dewi)
        self.assertEqual(self.plans.make(customers), (self.plans, 2))

    def test_a_colleagues_plan_is_not_doubled(self):
        self.plan(self.zenith)
        made, existing = self.plans.with_user(self.budi).make(self.customer(self.zenith).with_user(self.budi))
        self.assertEqual((len(made), existing), (0, 1))

    def test_merging_contacts_keeps_what_was_planned(self):
        kept, gone = (
            self.plan(objective="First shop", target_revenue=100),
            self.plan(self.zenith, objective="Second shop", target_revenue=50),
        )
        gone.message_post(body="Promised a tasting")
        self.env["base.partner.merge.automatic.wizard"]._merge((self.acme | self.zenith).ids, self.acme, extra_checks=False)
        self.assertFalse(gone.exists())
        self.assertEqual((kept.objective, kept.target_revenue), ("First shop\n\nSecond shop", 150))
        self.assertIn("Promised a tasting", str(kept.message_ids.mapped("body")))

    def test_nightly_a_meeting_that_has_taken_place_is_found(self):
        plan = self.plan()
        event = self.env["calendar.event"].create(
            {"name": "To come", "start": self.moment(5), "stop": self.moment(5, 10), "partner_ids": [Command.set(self.acme.ids)]}
        )
        self.env.flush_all()
        self.env.cr.execute(
            "UPDATE calendar_event SET start = %s, stop = %s WHERE id = %s", [self.moment(-2), self.moment(-2, 10), event.id]
        )
        self.assertFalse(plan.last_contact_date)
        with self.enter_registry_test_mode():
            self.env.ref("crm_lifecycle.ir_cron_account_plans").method_direct_trigger()
        self.assertEqual(self.contact(plan), (self.day(-2), "meeting"))

    def test_days_are_those_of_the_company(self):
        self.company.partner_id.tz = "Asia/Jakarta"
        plan = self.plan()
        self.spoken(self.acme, -10, hour=20)
        self.assertEqual(plan.last_contact_date, self.day(-9))

    def test_only_the_salesperson_of_the_plan_is_asked(self):
        with self.assertRaises(UserError):
            self.env["crm.call"].with_user(self.budi).log_call(0)
        call = self.env["crm.call"].with_user(self.budi).log_call(self.acme_buyer.id, note="Wants samples")
        self.assertEqual((call.state, call.direction, call.user_id, call.commercial_partner_id), ("done", "out", self.budi, self.acme))
        self.assertEqual(call.note, "Wants samples")
        self.assertEqual(fields.Date.to_date(call.started_at), self.today)

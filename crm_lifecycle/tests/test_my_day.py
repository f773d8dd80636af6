from datetime import timedelta

from odoo import Command, fields
from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged

from .common_sales_force import SalesForceCase


@tagged("post_install", "-at_install")
class TestMyDay(SalesForceCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.my_day = cls.env["crm.my.day"].with_user(cls.budi)
        cls.lines = cls.env["crm.call.list.line"]

    def queue(self, user=None):
        return (self.my_day if user is None else self.my_day.with_user(user)).get_queue()

    def stops(self, user=None):
        return [(stop["kind"], stop["name"], len(stop["further"])) for stop in self.queue(user)["stops"]]

    def shop(self, name, **values):
        partner = self.env["res.partner"].create(
            {"name": name, "is_company": True, "customer_rank": 1, "user_id": self.budi.id, "phone": "+62 21 555 0199", **values}
        )
        self.drain()
        return partner

    def at_risk(self, partner):
        self.stand(partner, health="at_risk", health_since=self.day(-3), last_purchase_date=self.day(-90), expected_gap=30)

    def reorder(self, partner):
        self.stand(
            partner,
            health="active",
            next_purchase_date=self.day(-1),
            last_purchase_date=self.day(-31),
            expected_gap=30,
            health_since=self.day(-31),
        )

    def missed(self, partner, **values):
        return self.env["crm.call"].create(
            {
                "state": "missed",
                "to_return": True,
                "partner_id": partner.id,
                "number": "+62215550101",
                "e164": "+62215550101",
                "started_at": self.moment(-1),
                "ended_at": self.moment(-1),
                **values,
            }
        )

    def sent(self, partner, days=-10, user=None):
        order = self.env["sale.order"].create({"partner_id": partner.id, "user_id": (user or self.budi).id})
        order.write({"state": "sent", "date_order": self.moment(days)})
        return order

    def visit(self, partner, hour=23):
        return (
            self.env["calendar.event"]
            .with_context(no_mail_to_attendees=True)
            .create(
                {
                    "name": "Tasting",
                    "start": self.moment(0, hour),
                    "stop": self.moment(0, hour) + timedelta(minutes=30),
                    "location": "Jl. Braga 1",
                    "user_id": self.budi.id,
                    "partner_ids": [Command.set((partner | self.budi.partner_id).ids)],
                }
            )
        )

    def test_an_empty_day(self):
        queue = self.queue()
        self.assertEqual((queue["done"], queue["total"], queue["stops"]), (0, 0, []))

    def test_each_kind_comes_with_its_reason(self):
        self.missed(self.acme)
        self.visit(self.shop("Bravo"))
        self.shop("Charlie").activity_schedule(
            "mail.mail_activity_data_call", summary="Samples", user_id=self.budi.id, date_deadline=self.day(-1)
        )
        self.plan(self.shop("Delta"))
        self.sent(self.shop("Echo"))
        self.at_risk(self.shop("Foxtrot"))
        self.reorder(self.shop("Golf"))
        queue = self.queue()
        found = {stop["kind"]: (stop["name"], stop["reason"]) for stop in queue["stops"]}
        self.assertEqual(
            [stop["kind"] for stop in queue["stops"]], ["callback", "visit", "activity", "plan", "quotation", "at_risk", "reorder"]
        )
        self.assertEqual(queue["total"], 7)
        self.assertIn("reached nobody", found["callback"][1])
        self.assertEqual(found["visit"], ("Bravo", "Tasting, Jl. Braga 1"))
        self.assertIn("Call: Samples, planned for", found["activity"][1])
        self.assertEqual(found["plan"], ("Delta", "Account plan: no contact yet, one every 90 days is planned"))
        self.assertIn("not heard of since", found["quotation"][1])
        self.assertIn("usually buys every 4 weeks, last 3 months ago", found["at_risk"][1])
        self.assertIn("Expected to buy again on", found["reorder"][1])

    def test_a_customer_comes_once_with_all_reasons(self):
        self.at_risk(self.acme)
        self.plan()
        self.sent(self.acme_buyer)
        self.assertEqual(self.stops(), [("plan", "Acme", 2)])
        self.visit(self.acme_buyer)
        self.assertEqual(self.stops(), [("visit", "Acme", 3)])

    def test_only_what_is_mine(self):
        self.at_risk(self.zenith)
        self.plan(self.zenith)
        self.sent(self.zenith, user=self.dewi)
        self.missed(self.zenith, user_id=self.dewi.id)
        self.zenith.activity_schedule("mail.mail_activity_data_call", user_id=self.dewi.id)
        self.assertEqual(self.stops(), [])
        self.assertEqual(self.stops(self.dewi), [("activity", "Zenith", 4)])

    def test_nothing_of_another_company(self):
        other = self.other_company()
        self.plan(company_id=other.id, user_id=self.budi.id)
        self.missed(self.acme, company_id=other.id, user_id=self.budi.id)
        self.assertEqual(self.stops(), [])

    def test_who_does_not_wish_to_be_called(self):
        self.at_risk(self.acme)
        self.assertEqual(self.stops(), [("at_risk", "Acme", 0)])
        self.acme.lifecycle_no_call = True
        self.assertEqual(self.stops(), [])
        self.sent(self.acme)
        [stop] = self.queue()["stops"]
        self.assertEqual((stop["kind"], stop["may_call"]), ("quotation", True), "whose quotation is open waits for an answer")
        self.plan()
        self.assertEqual(self.stops(), [("plan", "Acme", 1)], "they may be visited")
        self.acme.write({"lifecycle_no_visit": True, "lifecycle_no_mail": True})
        self.assertEqual(self.stops(), [("quotation", "Acme", 0)])

    def test_what_is_recent_is_not_brought_up(self):
        self.at_risk(self.acme)
        self.spoken(self.acme, -2)
        self.assertEqual(self.stops(), [])
        self.sent(self.acme, days=-1)
        self.assertEqual(self.stops(), [])

    def test_who_was_contacted_before_they_were_at_risk(self):
        self.at_risk(self.acme)
        self.spoken(self.acme, -5)
        self.assertEqual(self.stops(), [("at_risk", "Acme", 0)])

    def test_done_by_a_call(self):
        self.at_risk(self.acme)
        self.plan()
        missed = self.missed(self.acme)
        outcome = self.env.ref("crm_lifecycle.crm_call_outcome_order")
        queue = self.my_day.finish("callback", missed.id, "call", outcome.id, "Orders ten boxes")
        self.assertEqual((queue["done"], queue["total"], queue["stops"]), (1, 1, []))
        call = self.env["crm.call"].search([("commercial_partner_id", "=", self.acme.id), ("state", "=", "done")])
        self.assertEqual((call.user_id, call.outcome_id, call.note, call.direction), (self.budi, outcome, "Orders ten boxes", "out"))
        self.assertFalse(missed.to_return)

    def test_the_same_reason_is_told_once(self):
        """Two missed calls of a day ask for one call back; the quotation beside them is another reason."""
        self.missed(self.acme)
        self.missed(self.acme, started_at=self.moment(-1, 1))
        self.sent(self.acme)
        [stop] = self.queue()["stops"]
        self.assertEqual(len(stop["further"]), 1)
        self.assertIn("not heard of since", stop["further"][0])

    def test_done_by_a_meeting(self):
        plan = self.plan()
        self.my_day.finish("plan", plan.id, "meeting", note="Met at the fair")
        event = self.env["calendar.event"].search([("partner_ids", "in", self.acme.ids)])
        self.assertEqual((event.user_id, event.partner_ids), (self.budi, self.acme | self.budi.partner_id))
        self.assertIn("Met at the fair", event.description)
        self.assertEqual((plan.last_contact_kind, plan.next_contact_date), ("meeting", self.day(90)))
        self.assertFalse(self.env["mail.mail"].search([("recipient_ids", "in", self.acme.ids)]))

    def test_an_activity_is_done(self):
        activity = self.acme.activity_schedule("mail.mail_activity_data_call", summary="Samples", user_id=self.budi.id)
        self.my_day.finish("activity", activity.id, "call", note="They like them")
        self.assertFalse(activity.active)
        self.assertIn("They like them", str(self.acme.message_ids[:1].body))
        self.assertTrue(self.env["crm.call"].search([("partner_id", "=", self.acme.id), ("note", "=", "They like them")]))
        self.assertEqual(self.queue()["done"], 1)

    def test_a_visit_is_done(self):
        event = self.visit(self.acme_buyer)
        queue = self.my_day.finish("visit", event.id, "call", note="Wants a second shop")
        self.assertEqual((queue["done"], queue["stops"]), (1, []))
        self.assertIn("Wants a second shop", str(self.acme_buyer.message_ids[:1].body))
        self.assertFalse(self.env["crm.call"].search([("partner_id", "=", self.acme_buyer.id)]))

    def test_twice_is_once(self):
        self.at_risk(self.acme)
        customer = self.customer(self.acme)
        for _time in range(2):
            queue = self.my_day.finish("at_risk", customer.id)
        self.assertEqual((queue["done"], queue["total"]), (1, 1))
        self.assertEqual(self.env["crm.call"].search_count([("commercial_partner_id", "=", self.acme.id)]), 1)

    def test_the_call_that_was_reported_is_the_one_written_up(self):
        self.at_risk(self.acme)
        endpoint = self.env["crm.cti.endpoint"].create({"name": "PBX", "kind": "generic", "public_url": "https://erp.example.com"})
        reported = self.env["crm.call"].create(
            {
                "state": "done",
                "direction": "out",
                "partner_id": self.acme.id,
                "endpoint_id": endpoint.id,
                "user_id": self.budi.id,
                "started_at": fields.Datetime.now(),
            }
        )
        self.my_day.finish("at_risk", self.customer(self.acme).id, "call", note="Reached")
        self.assertEqual(reported.note, "Reached")
        self.assertEqual(self.env["crm.call"].search_count([("commercial_partner_id", "=", self.acme.id)]), 1)

    def test_tomorrow(self):
        self.at_risk(self.acme)
        queue = self.my_day.snooze("at_risk", self.customer(self.acme).id)
        self.assertEqual((queue["done"], queue["total"]), (0, 0))
        self.env.cr.execute("UPDATE crm_my_day_mark SET date = date - 1, until = until - 1")
        self.assertEqual(self.stops(), [("at_risk", "Acme", 0)])
        activity = self.acme.activity_schedule("mail.mail_activity_data_call", user_id=self.budi.id)
        self.my_day.snooze("activity", activity.id)
        self.assertEqual(activity.date_deadline, self.day(1))

    def test_a_call_back_of_nobody_known(self):
        call = self.env["crm.call"].create(
            {"state": "missed", "to_return": True, "number": "+62815550000", "user_id": self.budi.id, "started_at": self.moment(-1)}
        )
        [stop] = self.queue()["stops"]
        self.assertEqual((stop["name"], stop["partner_id"], stop["may_call"]), ("+62815550000", False, True))
        self.my_day.finish("callback", call.id, "call", self.env.ref("crm_lifecycle.crm_call_outcome_wrong").id, "Wrong number")
        self.assertEqual((call.note, call.to_return), ("Wrong number", False))

    def test_call_backs_agreed_on_a_list(self):
        call_list = self.env["crm.call.list"].create(
            {"name": "Winter", "user_id": self.budi.id, "line_ids": [Command.create({"partner_id": self.acme.id})]}
        )
        self.assertEqual(self.stops(), [])
        call_list.line_ids.next_call_date = self.today
        self.assertEqual(self.stops(), [("call_list", "Acme", 0)])
        self.my_day.finish("call_list", call_list.line_ids.id, "call", note="Yes")
        self.assertEqual(call_list.line_ids.state, "done")
        self.assertEqual(call_list.line_ids.call_id.note, "Yes")

    def test_rubbish_is_refused(self):
        plan = self.plan()
        for args in (
            ("plan", "1"),
            ("plan", True),
            ("res.users", 1),
            (None, 1),
            ("plan", plan.id, "letter"),
            ("plan", plan.id, "call", "x"),
        ):
            with self.subTest(args), self.assertRaises(UserError):
                self.my_day.finish(*args)
        with self.assertRaises(UserError):
            self.my_day.finish("plan", plan.id, "call", False, ["x"])
        for days in (0, 31, "1", True, 1.5):
            with self.subTest(days), self.assertRaises(UserError):
                self.my_day.snooze("plan", plan.id, days)
        self.assertEqual(self.my_day.finish("plan", 2**31 - 1)["done"], 0, "what is gone is passed over")
        with self.assertRaises(AccessError):
            self.my_day.finish("plan", self.plan(self.zenith).id)
        theirs = self.zenith.activity_schedule("mail.mail_activity_data_call", user_id=self.dewi.id)
        with self.assertRaises(UserError):
            self.my_day.finish("activity", theirs.id)
        self.assertTrue(theirs.active)

    def test_few_queries_however_many_customers(self):
        counts = []
        for number in (2, 40):
            for each in range(number):
                partner = self.shop(f"Customer {number} {each}")
                self.at_risk(partner)
                self.sent(partner)
                self.plan(partner)
                partner.activity_schedule("mail.mail_activity_data_call", user_id=self.budi.id)
            self.queue()
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            self.assertGreaterEqual(self.queue()["total"], number)
            counts.append(self.env.cr.sql_log_count - before)
        self.assertEqual(counts[0], counts[1])
        self.assertLessEqual(counts[1], 16)

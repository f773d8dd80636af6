from datetime import datetime

from odoo import Command
from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged

from .common_sales_force import SalesForceCase


@tagged("post_install", "-at_install")
class TestVisitTour(SalesForceCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.budi.tz = "Asia/Jakarta"
        values = {"is_company": True, "user_id": cls.budi.id, "customer_rank": 1, "city": "Bandung", "email": "info@shop.example"}
        cls.near, cls.far, cls.unknown, cls.elsewhere = cls.env["res.partner"].create(
            [
                {**values, "name": "Near", "partner_latitude": -6.92, "partner_longitude": 107.61, "zip": "40111", "street": "Jl. Braga 1"},
                {**values, "name": "Far", "partner_latitude": -7.22, "partner_longitude": 107.90, "zip": "44111"},
                {**values, "name": "Unknown", "zip": "40111"},
                {**values, "name": "Elsewhere", "city": "Medan"},
            ]
        )
        cls.company.partner_id.write({"partner_latitude": -6.91, "partner_longitude": 107.60})
        cls.tours = cls.env["crm.visit.tour"].with_user(cls.budi)
        for partner in (cls.far, cls.unknown, cls.near, cls.elsewhere):
            cls.plan(partner)

    def tour(self, **values):
        return self.tours.create({"date": self.day(1), "start_time": 9.5, "city": "bandung", **values})

    def names(self, tour):
        return tour.stop_ids.sorted("sequence").partner_id.mapped("name")

    def test_customers_of_the_area_in_the_order_of_the_way(self):
        tour = self.tour()
        tour.action_find_customers()
        self.assertEqual(self.names(tour), ["Near", "Unknown", "Far"])
        self.assertEqual(tour.name, "bandung")
        self.assertEqual(round(tour.kilometres), 48)
        self.assertEqual(tour.map_url, "https://www.google.com/maps/dir/-6.92%2C107.61/" + tour.map_url.split("/")[6] + "/-7.22%2C107.9")

    def test_only_those_who_are_due_unless_all_are_wanted(self):
        self.spoken(self.near, -1)
        tour = self.tour()
        tour.action_find_customers()
        self.assertEqual(self.names(tour), ["Far", "Unknown"])
        tour = self.tour(only_due=False, zip="401", city=False)
        tour.action_find_customers()
        self.assertEqual(set(self.names(tour)), {"Near", "Unknown"})
        with self.assertRaises(UserError):
            self.tour(city="100%").action_find_customers()

    def test_nobody_is_visited_who_does_not_wish_it(self):
        self.near.lifecycle_no_visit = True
        tour = self.tour()
        tour.action_find_customers()
        self.assertNotIn("Near", self.names(tour))
        tour.stop_ids = [Command.create({"partner_id": self.near.id})]
        with self.assertRaisesRegex(UserError, "Near does not wish sales visits"):
            tour.action_plan()
        self.assertEqual((tour.state, tour.stop_ids.event_id.ids), ("draft", []))

    def test_appointments_with_place_time_and_way(self):
        tour = self.tour(stay_minutes=60, travel_minutes=15)
        tour.action_find_customers()
        tour.action_plan()
        events = [stop.event_id for stop in tour.stop_ids.sorted("sequence")]
        # 9:30 in Jakarta is 2:30 UTC.
        first = datetime.combine(self.day(1), datetime.min.time()).replace(hour=2, minute=30)
        self.assertEqual([(event.start - first).total_seconds() / 60 for event in events], [0, 75, 150])
        self.assertEqual({event.duration for event in events}, {1.0})
        self.assertIn("Jl. Braga 1", events[0].location)
        self.assertEqual(events[0].partner_ids, self.near | self.budi.partner_id)
        self.assertEqual({event.user_id for event in events}, {self.budi})
        self.assertEqual(tour.state, "planned")
        for action in (tour.action_plan, tour.action_order, tour.action_find_customers):
            with self.assertRaisesRegex(UserError, "in the calendar already"):
                action()

    def mails(self):
        return self.env["mail.message"].search_count([("partner_ids", "in", (self.near | self.far).ids)])

    def test_the_calendar_writes_to_no_customer(self):
        tour = self.tour()
        tour.action_find_customers()
        tour.action_plan()
        event = tour.stop_ids.event_id[:1].with_user(self.budi)
        event.write({"start": self.moment(2), "stop": self.moment(2, 10)})
        self.assertEqual(self.mails(), 0)
        other = self.env["calendar.event"].create(
            {"name": "Invited", "start": self.moment(3), "stop": self.moment(3, 10), "partner_ids": [Command.set(self.near.ids)]}
        )
        self.assertTrue(other)
        self.assertEqual(self.mails(), 1, "those invited by hand are written to")

    def test_undo(self):
        tour = self.tour()
        tour.action_find_customers()
        tour.action_plan()
        events = tour.stop_ids.event_id
        tour.action_undo()
        self.assertFalse(events.exists())
        self.assertEqual((tour.state, len(tour.stop_ids)), ("draft", 3))
        tour.action_plan()
        held = tour.stop_ids.sorted("sequence")[0].event_id
        self.env.flush_all()
        self.env.cr.execute(
            "UPDATE calendar_event SET start = start - interval '3 days', stop = stop - interval '3 days' WHERE id = %s", [held.id]
        )
        held.invalidate_recordset()
        tour.action_undo()
        self.assertEqual((tour.stop_ids.event_id, tour.state), (held, "planned"))

    def test_deleting_a_tour_takes_its_appointments_along(self):
        tour = self.tour()
        tour.action_find_customers()
        tour.action_plan()
        events = tour.stop_ids.event_id
        tour.unlink()
        self.assertFalse(events.exists())

    def test_what_does_not_fit(self):
        tour = self.tour()
        with self.assertRaisesRegex(UserError, "Choose customers first"):
            tour.action_plan()
        tour.action_find_customers()
        tour.date = self.day(-1)
        with self.assertRaisesRegex(UserError, "in the past"):
            tour.action_plan()
        tour.write({"date": self.day(1), "stay_minutes": 700})
        with self.assertRaisesRegex(UserError, "do not fit"):
            tour.action_plan()
        self.assertFalse(tour.stop_ids.event_id)

    def test_tours_are_their_salespersons(self):
        tour = self.tour()
        self.assertFalse(tour.search([("id", "=", tour.id)]).with_user(self.dewi).search([]))
        with self.assertRaises(AccessError):
            tour.with_user(self.dewi).action_find_customers()
        self.assertEqual(tour.with_user(self.head).search([]), tour)

from datetime import timedelta

from odoo import fields
from odoo.exceptions import ValidationError
from odoo.tests import tagged
from odoo.tools import mute_logger
from psycopg2.errors import CheckViolation

from .common import ComplaintCase


@tagged("post_install", "-at_install")
class TestAssignment(ComplaintCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.budi = cls.make_user("budi", "crm_lifecycle_complaints_group_user")
        cls.team.member_ids |= cls.budi

    def make(self, count=1, **values):
        common = {"partner_id": self.siti.id, "team_id": self.team.id, **values}
        return self.env["crm.complaint"].create([{"name": f"No. {number}", **common} for number in range(count)])

    def test_by_hand(self):
        self.assertFalse(self.make().user_id)

    def test_in_turn(self):
        self.team.assign_method = "round_robin"
        batch = self.make(4)
        self.assertEqual(batch[0].user_id, batch[2].user_id)
        self.assertEqual(batch.user_id, self.agent | self.budi)
        batch[:2].assigned_at = fields.Datetime.now() - timedelta(days=1)
        waited = batch[3].user_id
        batch[3].assigned_at = fields.Datetime.now() - timedelta(hours=1)
        self.assertEqual(self.make().user_id, waited, "whoever has waited longest")

    def test_least_busy(self):
        self.team.assign_method = "least_busy"
        self.make(3, user_id=self.agent.id)
        self.assertEqual(self.make(3).user_id, self.budi)
        self.assertEqual(self.make(2).user_id, self.agent | self.budi)

    def test_mail_is_assigned(self):
        self.team.assign_method = "least_busy"
        complaint = self.receive()
        self.assertIn(complaint.user_id, self.agent | self.budi)
        self.assertTrue(complaint.assigned_at)
        self.assertIn(complaint.user_id.partner_id, complaint.message_partner_ids)

    def test_out_of_office_is_passed_over(self):
        self.team.assign_method = "round_robin"
        self.budi.out_of_office_from = fields.Datetime.now() - timedelta(days=1)
        self.budi.out_of_office_message = "<p>Away</p>"
        self.assertEqual(self.make(3).user_id, self.agent)
        self.agent.out_of_office_from = fields.Datetime.now() - timedelta(days=1)
        self.assertFalse(self.make().user_id)

    def test_category_then_salesperson_then_in_turn(self):
        self.team.write({"assign_method": "round_robin", "assign_category": True, "assign_salesperson": True})
        category = self.env["crm.complaint.category"].create({"name": "Glass", "user_id": self.manager.id})
        self.customer.user_id = self.stranger
        self.assertEqual(self.make(category_id=category.id).user_id, self.manager)
        self.assertEqual(self.make().user_id, self.stranger)
        self.stranger.active = False
        self.assertIn(self.make().user_id, self.agent | self.budi)
        outsider = self.make_user("outsider", "crm_lifecycle_complaints_group_user", self.env["res.company"].create({"name": "Other"}))
        category.user_id = outsider
        self.assertIn(self.make(category_id=category.id).user_id, self.agent | self.budi, "not somebody of another company")

    def test_whoever_was_given_one_by_hand_is_not_next(self):
        self.team.assign_method = "round_robin"
        batch = self.make(2)
        batch.assigned_at = fields.Datetime.now() - timedelta(days=1)
        self.make(user_id=False).user_id = self.agent
        self.assertEqual(self.make().user_id, self.budi)

    def test_chosen_is_kept(self):
        self.team.assign_method = "round_robin"
        self.assertEqual(self.make(user_id=self.manager.id).user_id, self.manager)
        self.assertFalse(self.make(user_id=False).user_id)


@tagged("post_install", "-at_install")
class TestPriority(ComplaintCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env["crm.complaint.service.class"].search([]).active = False
        cls.stage = cls.env.ref("crm_lifecycle.crm_lifecycle_stage_loyal")
        cls.key, cls.loyal, cls.standard = cls.env["crm.complaint.service.class"].create(
            [
                {"name": "Key", "sequence": 1, "pareto_class": "a", "boost": 2},
                {"name": "Loyal", "sequence": 2, "stage_ids": [(4, cls.stage.id)], "boost": 1},
                {"name": "Standard", "sequence": 3},
            ]
        )

    def stand(self, **values):
        row = (
            self.env["crm.lifecycle.customer"].sudo().search([("partner_id", "=", self.customer.id), ("company_id", "=", self.company.id)])
        )
        if not row:
            self.env.cr.execute(
                "INSERT INTO crm_lifecycle_customer (partner_id, company_id, active) VALUES (%s, %s, true)",
                [self.customer.id, self.company.id],
            )
            row = row.search([("partner_id", "=", self.customer.id), ("company_id", "=", self.company.id)])
        row.write(values)

    def make(self, **values):
        return self.env["crm.complaint"].create({"name": "x", "team_id": self.team.id, **values})

    def test_class_by_pareto_stage_and_none(self):
        self.assertEqual(self.make(partner_id=self.siti.id).service_class_id, self.standard)
        self.assertEqual(self.make().service_class_id, self.standard, "somebody unknown")
        self.stand(stage_id=self.stage.id, pareto_class="b")
        self.assertEqual(self.make(partner_id=self.siti.id).service_class_id, self.loyal)
        self.stand(pareto_class="a")
        complaint = self.make(partner_id=self.siti.id)
        self.assertEqual(complaint.service_class_id, self.key)
        self.assertEqual(complaint.priority, "2")
        complaint.severity = "serious"
        self.assertEqual(complaint.priority, "3")
        complaint.service_class_id = self.standard
        self.assertEqual(complaint.priority, "1", "the choice of staff counts")

    def test_class_follows_the_customer_linked_later(self):
        self.stand(pareto_class="a")
        complaint = self.make(email_from="unknown@x.test")
        complaint.partner_id = self.siti
        self.assertEqual(complaint.service_class_id, self.key)

    def test_safety_first(self):
        self.assertEqual(self.make(safety_risk=True).priority, "3")

    def test_boost_is_bounded(self):
        with mute_logger("odoo.sql_db"), self.assertRaises(CheckViolation), self.env.cr.savepoint():
            self.key.boost = 9
            self.env.flush_all()


@tagged("post_install", "-at_install")
class TestKinds(ComplaintCase):
    def test_request_is_closed_without_a_decision(self):
        self.team.kind = "support"
        request = self.receive(subject="How do I open the jar?")
        self.assertEqual(request.kind, "support")
        body = str(self.acknowledgements(request).body)
        self.assertNotIn("decision", body)
        self.assertNotIn("keputusan", body)
        request.action_close()
        self.assertTrue(request.is_closed)
        with self.assertRaises(ValidationError):
            request.kind = "complaint"

    def test_follow_up_is_planned(self):
        self.team.follow_up_days = 5
        self.agent.lang = "id_ID"
        complaint = self.receive()
        complaint.user_id = self.agent
        self.decide_and_close(complaint)
        [activity] = complaint.activity_ids
        self.assertEqual(activity.summary, "Tanyakan kepada pelanggan apakah penyelesaiannya berhasil")
        self.assertEqual(activity.user_id, self.agent)
        self.assertEqual(activity.date_deadline, fields.Date.context_today(complaint) + timedelta(days=5))

from odoo.addons.crm_lifecycle_complaints.tests.redress_case import RedressCase
from odoo.exceptions import UserError
from odoo.tests import tagged


@tagged("post_install", "-at_install")
class TestPoints(RedressCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        programs = cls.env["loyalty.program"]
        cls.program = programs.create(
            {"name": "Club", "program_type": "loyalty", "applies_on": "both", "trigger": "auto", "company_id": cls.company.id}
        )
        cls.program.redress_point_value = 0.5
        cls.gifts = programs.create(
            {"name": "Codes", "program_type": "gift_card", "applies_on": "future", "trigger": "auto", "company_id": cls.company.id}
        )

    def points(self, points, kind="points", program=None, **values):
        return (
            self.env["crm.complaint.redress"]
            .with_user(self.agent)
            .create(
                {
                    "complaint_id": self.complain().id,
                    "kind": kind,
                    "loyalty_program_id": (program or self.program).id,
                    "points": points,
                    **values,
                }
            )
        )

    def test_points_are_given_and_taken_back(self):
        redress = self.points(60)
        self.assertEqual(redress.amount, 30)
        redress.action_request()
        card = redress.sudo().loyalty_card_id
        self.assertEqual((redress.state, card.points, card.partner_id), ("done", 60, self.customer))
        self.assertTrue(card.history_ids.filtered(lambda line: line.issued == 60))
        redress.action_cancel()
        self.assertEqual((redress.state, card.points), ("cancelled", 0))

    def test_a_code(self):
        redress = self.points(40, "discount_code", self.gifts)
        redress.action_request()
        card = redress.sudo().loyalty_card_id
        self.assertEqual((redress.amount, card.points, bool(card.code)), (40, 40, True))
        redress.action_cancel()
        self.assertEqual((card.points, card.active), (0, False))

    def test_limits_count_points(self):
        redress = self.points(202)
        redress.action_request()
        self.assertEqual(redress.state, "requested", "101 in the company's currency")

    def test_they_count_against_the_invoice_too(self):
        move = self.invoice((self.box, 1, 50))
        self.points(40, "discount_code", self.gifts, move_id=move.id).action_request()
        self.assertAlmostEqual(move._get_refundable(), 15.5)

    def test_what_is_used_cannot_be_taken_back(self):
        redress = self.points(60)
        redress.action_request()
        redress.sudo().loyalty_card_id.points = 10
        with self.refused(UserError, "has used the points"):
            redress.action_cancel()

    def test_programs_must_fit(self):
        with self.refused(UserError, "Choose the program"):
            self.points(10, "points", self.gifts).action_request()
        self.program.redress_point_value = 0
        with self.refused(UserError, "what a point is worth"):
            self.points(10).action_request()

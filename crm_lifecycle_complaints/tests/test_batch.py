from odoo.tests import tagged

from .common import ComplaintCase


@tagged("post_install", "-at_install")
class TestBatch(ComplaintCase):
    """Complaints that are created together cost the queries of one, and nobody is told of each."""

    def values(self, count, **values):
        return [{"name": f"No. {number}", "partner_id": self.siti.id, "team_id": self.team.id, **values} for number in range(count)]

    def make(self, count, **values):
        complaints = self.env["crm.complaint"].create(self.values(count, **values))
        self.env.flush_all()
        return complaints

    def sequence(self):
        return self.env["ir.sequence"].search([("code", "=", "crm.complaint"), ("company_id", "=", self.company.id)])

    def queries(self, count):
        self.env.invalidate_all()
        before = self.env.cr.sql_log_count
        self.make(count)
        return self.env.cr.sql_log_count - before

    def test_queries_do_not_grow_with_the_number(self):
        self.make(2)
        few, many = self.queries(5), self.queries(100)
        self.assertLessEqual(many, few + 5)
        self.team.write({"assign_method": "least_busy"})
        self.team.message_subscribe(self.manager.partner_id.ids)
        self.make(2)
        few, many = self.queries(5), self.queries(100)
        self.assertLessEqual(many, few + 40, "the messages that name them are mailed, twenty complaints in each at most")

    def test_numbers_follow_each_other(self):
        kinds = (
            {"prefix": "A/"},
            {"prefix": "B/", "implementation": "no_gap"},
            {"prefix": "C/", "implementation": "standard", "use_date_range": False},
        )
        for values in kinds:
            with self.subTest(values):
                self.sequence().write(values)
                numbers = [int(number.split("/")[-1]) for number in self.make(5).mapped("number") + self.make(1).mapped("number")]
                self.assertEqual(numbers, list(range(numbers[0], numbers[0] + 6)))

    def test_each_company_has_its_own_numbers(self):
        other = self.env["res.company"].create({"name": "Other"})
        mine, theirs = self.values(4), [{"name": "Theirs", "company_id": other.id} for _each in range(3)]
        made = self.env["crm.complaint"].create([*mine, *theirs])
        self.assertEqual(len(set(made[:4].mapped("number"))), 4)
        self.assertEqual([number[-5:] for number in made[4:].mapped("number")], ["00001", "00002", "00003"])
        self.assertEqual(made[4:].company_id, other)

    def test_a_numbering_that_was_deleted_begins_anew(self):
        self.sequence().unlink()
        self.assertEqual([number[-5:] for number in self.make(3).mapped("number")], ["00001", "00002", "00003"])

    def test_whoever_follows_the_team_is_told_once(self):
        self.manager.lang = "en_US"
        self.team.message_subscribe(self.manager.partner_id.ids)
        complaints = self.make(25)
        self.assertEqual(
            set(complaints.mapped("message_partner_ids").ids) & set(self.manager.partner_id.ids), set(self.manager.partner_id.ids)
        )
        told = self.env["mail.message"].search([("partner_ids", "in", self.manager.partner_id.ids)])
        self.assertEqual(told.mapped("subject"), ["Complaints received: 25"])
        self.assertIn(complaints[0].number, told.body)
        self.assertIn("and 5 more", told.body)
        alone = self.make(1)
        [message] = alone.message_ids.filtered(lambda message: message.subtype_id == alone._creation_subtype())
        self.assertIn(self.manager.partner_id, message.notified_partner_ids)

    def test_whoever_is_put_in_charge_is_told_once(self):
        self.agent.lang = "en_US"
        complaints = self.make(3, user_id=self.agent.id)
        told = self.env["mail.message"].search([("partner_ids", "in", self.agent.partner_id.ids)])
        self.assertEqual(told.mapped("subject"), ["Complaints assigned to you: 3"])
        for complaint in complaints:
            self.assertIn(self.agent.partner_id, complaint.message_partner_ids)
        self.make(1, user_id=self.agent.id)
        self.assertEqual(self.env["mail.message"].search_count([("partner_ids", "in", self.agent.partner_id.ids)]), 2)

    def test_each_has_its_note_its_stage_and_its_deadlines(self):
        for complaint in self.make(3):
            self.assertEqual(complaint.stage_id, self.new)
            self.assertEqual(len(complaint.message_ids), 1)
            self.assertEqual(sorted(complaint.clock_ids.mapped("kind")), ["first_response", "resolution", "statutory"])
            self.assertEqual(set(complaint.clock_ids.mapped("state")), {"running"})

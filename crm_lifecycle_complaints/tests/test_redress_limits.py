from datetime import timedelta

from freezegun import freeze_time
from odoo import Command, fields
from odoo.exceptions import AccessError, UserError

from .redress_case import RedressCase


class TestLimits(RedressCase):
    def test_within_the_limit_nobody_is_asked(self):
        redress = self.draft(self.complain(), self.invoice(), 9)
        self.assertFalse(redress.needs_approval)
        redress.action_request()
        self.assertEqual((redress.state, redress.approved_by_id.ids), ("done", []))

    def test_above_it_another_person_approves(self):
        complaint = self.complain()
        redress = self.draft(complaint, self.invoice(), 10)
        self.assertTrue(redress.needs_approval)
        redress.action_request()
        self.assertEqual((redress.state, redress.sudo().credit_note_id.ids), ("requested", []))
        self.assertEqual(complaint.activity_ids.user_id, self.manager)
        with self.refused(AccessError, "Another person"):
            redress.action_approve()
        with self.refused(AccessError, "exceeds what you may approve"):
            colleague = self.make_user("colleague", "crm_lifecycle_complaints_group_user")
            self.team.member_ids |= colleague
            redress.with_user(colleague).action_approve()
        redress.with_user(self.manager).action_approve()
        self.assertEqual((redress.state, redress.approved_by_id), ("done", self.manager))
        self.assertFalse(complaint.activity_ids)
        with self.refused(UserError, "does not wait for approval"):
            redress.with_user(self.manager).action_approve()

    def test_splitting_a_case(self):
        complaint, move = self.complain(), self.invoice()
        self.draft(complaint, move, 8).action_request()
        second = self.draft(complaint, move, 2)
        second.action_request()
        self.assertEqual(second.state, "requested")

    def test_splitting_over_cases_and_contacts_of_a_customer(self):
        other = self.env["res.partner"].create({"name": "Budi", "parent_id": self.customer.id})
        self.draft(self.complain(), self.invoice(), 9).action_request()
        second = self.draft(self.complain(partner_id=other.id), self.invoice(partner=other), 5)
        second.action_request()
        self.assertEqual(second.state, "requested")

    def test_splitting_off_a_second_matter(self):
        """A case that was cut in two, or merged with another one, is one case."""
        self.agents.per_customer = 1000
        complaint, move = self.complain(), self.invoice((self.jar, 100, 10))
        self.draft(complaint, move, 8).action_request()
        dialog = self.env["crm.complaint.split"].with_user(self.agent).create({"complaint_id": complaint.id, "name": "Second matter"})
        split = self.env["crm.complaint"].browse(dialog.action_split()["res_id"])
        second = self.draft(split, move, 2)
        second.action_request()
        self.assertEqual(second.state, "requested", "111 for the case")
        another = self.complain()
        alone = self.draft(another, move, 8)
        alone.action_request()
        self.assertEqual(alone.state, "done", "another case")
        target = self.complain()
        another._merge_into(target)
        merged = self.draft(target, move, 2)
        merged.action_request()
        self.assertEqual(merged.state, "requested")

    def test_what_was_given_more_than_a_year_ago_does_not_count(self):
        with freeze_time(fields.Datetime.now() - timedelta(days=370)):
            self.draft(self.complain(), self.invoice(), 9).action_request()
        again = self.draft(self.complain(), self.invoice(), 9)
        again.action_request()
        self.assertEqual(again.state, "done")

    def test_no_limit_no_redress_without_approval(self):
        self.agents.unlink()
        redress = self.draft(self.complain(), self.invoice(), 1)
        redress.action_request()
        self.assertEqual(redress.state, "requested")

    def test_whoever_prepared_it_cannot_approve_it(self):
        move = self.invoice((self.jar, 100, 10))
        hands = (
            lambda redress: redress.line_ids.write({"quantity": 30}),
            lambda redress: redress.write({"note": "Said so on the telephone"}),
            lambda redress: redress.write({"line_ids": [Command.update(redress.line_ids.id, {"quantity": 30})]}),
        )
        for hand in hands:
            redress = self.draft(self.complain(), move, 20)
            hand(redress.with_user(self.leader))
            redress.action_request()
            self.assertEqual(redress.state, "requested")
            with self.refused(AccessError, "Another person"):
                redress.with_user(self.leader).action_approve()
            redress.with_user(self.manager).action_approve()

    def test_the_approvers_own_limit_counts(self):
        redress = self.draft(self.complain(), self.invoice((self.jar, 100, 10)), 40)
        redress.action_request()
        with self.refused(AccessError, "exceeds what you may approve"):
            redress.with_user(self.leader).action_approve()

    def test_rpc_and_import_change_nothing_but_drafts(self):
        complaint, move = self.complain(), self.invoice()
        line = move.invoice_line_ids[0]
        forged = {"state": "done", "approved_by_id": self.manager.id, "requested_by_id": self.manager.id, "amount": 1, "cost": 0}
        redress = (
            self.env["crm.complaint.redress"]
            .with_user(self.agent)
            .create(
                {
                    "complaint_id": complaint.id,
                    "move_id": move.id,
                    "line_ids": [Command.create({"move_line_id": line.id, "quantity": 10, "total": 1})],
                    **forged,
                }
            )
        )
        self.assertEqual((redress.state, redress.amount, redress.requested_by_id.ids), ("draft", 111, []))
        for name, value in {**forged, "contributor_ids": [Command.clear()], "credit_note_id": False, "family_id": False}.items():
            with self.subTest(name), self.assertRaises(UserError):
                redress.with_context(redress_procedure=True, redress=1).write({name: value})
        redress.action_request()
        for values in ({"line_ids": [Command.clear()]}, {"kind": "refund"}, {"move_id": False}, {"complaint_id": self.complain().id}):
            with self.subTest(values), self.assertRaises(UserError):
                redress.write(values)
        for call in (
            lambda: redress.line_ids.write({"quantity": 1}),
            lambda: redress.line_ids.write({"total": 1}),
            lambda: redress.line_ids.unlink(),
            lambda: redress.unlink(),
            lambda: self.env["crm.complaint.redress.line"]
            .with_user(self.agent)
            .create({"redress_id": redress.id, "move_line_id": move.invoice_line_ids[1].id}),
        ):
            with self.assertRaises(UserError):
                call()
        imported = (
            self.env["crm.complaint.redress"]
            .with_user(self.agent)
            .load(
                ["complaint_id/.id", "move_id/.id", "state", "line_ids/move_line_id/.id", "line_ids/quantity"],
                [[str(complaint.id), str(move.id), "done", str(line.id), "10"]],
            )
        )
        for made in self.env["crm.complaint.redress"].browse(imported["ids"] or []):
            self.assertEqual(made.state, "draft")
        with self.assertRaises(AccessError):
            self.limits.with_user(self.agent).create({"group_id": self.group("user").id, "unlimited": True})
        with self.assertRaises(AccessError):
            self.agents.with_user(self.agent).unlimited = True

    def test_the_customer_cannot_be_exchanged(self):
        complaint = self.complain()
        self.draft(complaint, self.invoice(), 1).action_request()
        with self.refused(UserError, "got redress"):
            complaint.with_user(self.agent).partner_id = self.env["res.partner"].create({"name": "Other"})
        complaint.with_user(self.agent).partner_id = self.customer

    def test_strangers_do_nothing(self):
        redress = self.draft(self.complain(), self.invoice(), 1)
        for call in ("action_request", "action_approve", "action_cancel"):
            with self.subTest(call), self.assertRaises(AccessError):
                getattr(redress.with_user(self.stranger), call)()
        clerk = self.make_user("clerk", "base.group_user")
        with self.assertRaises(AccessError):
            redress.with_user(clerk).read(["amount"])

    def test_only_those_involved_cancel_what_was_given(self):
        redress = self.draft(self.complain(), self.invoice(), 1)
        redress.action_request()
        with self.assertRaises(AccessError):
            redress.with_user(self.leader).action_cancel()
        redress.with_user(self.manager).action_cancel()

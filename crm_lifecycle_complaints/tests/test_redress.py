from contextlib import contextmanager
from datetime import timedelta

from freezegun import freeze_time
from hypothesis import Phase, given, settings
from hypothesis import strategies as st
from odoo import Command, fields
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import tagged

from .common import ComplaintCase


@tagged("post_install", "-at_install")
class RedressCase(ComplaintCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        if not cls.company.chart_template:
            cls.env["account.chart.template"].try_loading("generic_coa", company=cls.company, install_demo=False)
        cls.env = cls.env(context={**cls.env.context, "tracking_disable": True})
        cls.company = cls.company.with_env(cls.env)
        cls.tax = cls.env["account.tax"].create(
            {"name": "11 %", "amount": 11, "type_tax_use": "sale", "company_id": cls.company.id, "price_include_override": "tax_excluded"}
        )
        cls.jar = cls.env["product.product"].create({"name": "Jar", "type": "consu", "list_price": 10, "taxes_id": cls.tax.ids})
        cls.box = cls.env["product.product"].create({"name": "Box", "type": "service", "list_price": 50, "taxes_id": cls.tax.ids})
        cls.env["crm.complaint.redress.limit"].search([]).unlink()
        cls.limits = cls.env["crm.complaint.redress.limit"]
        cls.agents = cls.limits.create({"group_id": cls.group("user").id, "per_case": 100, "per_customer": 150})
        cls.managers = cls.limits.create({"group_id": cls.group("manager").id, "unlimited": True})
        cls.leader = cls.make_user("leader", "crm_lifecycle_complaints_group_user")
        cls.leader.group_ids |= cls.env.ref("sales_team.group_sale_manager")
        cls.leaders = cls.limits.create({"group_id": cls.env.ref("sales_team.group_sale_manager").id, "per_case": 400, "per_customer": 400})
        cls.team.member_ids |= cls.leader
        cls.team.user_id = cls.manager

    @classmethod
    def group(cls, name):
        return cls.env.ref(f"crm_lifecycle_complaints.crm_lifecycle_complaints_group_{name}")

    @classmethod
    def invoice(cls, *lines, partner=None, post=True):
        """A posted invoice of (product, quantity, price)."""
        move = cls.env["account.move"].create(
            {
                "move_type": "out_invoice",
                "company_id": cls.company.id,
                "partner_id": (partner or cls.siti).id,
                "invoice_date": fields.Date.today(),
                "invoice_line_ids": [
                    Command.create({"product_id": product.id, "quantity": quantity, "price_unit": price, "tax_ids": cls.tax.ids})
                    for product, quantity, price in lines or ((cls.jar, 10, 10), (cls.box, 1, 50))
                ],
            }
        )
        if post:
            move.action_post()
        return move

    def complain(self, **values):
        return self.env["crm.complaint"].create({"name": "Cracked", "partner_id": self.siti.id, "team_id": self.team.id, **values})

    def draft(self, complaint, move, quantity=1, line=0, user=None, kind="credit_note", price=None):
        values = {"move_line_id": move.invoice_line_ids[line].id, "quantity": quantity}
        if price is not None:
            values["price_unit"] = price
        return (
            self.env["crm.complaint.redress"]
            .with_user(user or self.agent)
            .create({"complaint_id": complaint.id, "kind": kind, "move_id": move.id, "line_ids": [Command.create(values)]})
        )

    @contextmanager
    def refused(self, exception, words):
        """What is refused leaves nothing behind, as it would in a request of its own."""
        with self.assertRaises(exception) as caught:
            yield
        self.assertRegex(str(caught.exception), words)

    def pay(self, move):
        self.env["account.payment.register"].with_context(active_model="account.move", active_ids=move.ids).create({})._create_payments()


class TestRedress(RedressCase):
    def test_credit_note_for_two_of_ten_jars(self):
        move = self.invoice()
        self.assertEqual(move.amount_total, 166.5)
        redress = self.draft(self.complain(), move, 2)
        self.assertEqual(redress.amount, 22.2)
        redress.action_request()
        self.assertEqual(redress.state, "done")
        note = redress.sudo().credit_note_id
        self.assertEqual((note.move_type, note.state, note.reversed_entry_id, note.amount_total), ("out_refund", "posted", move, 22.2))
        [line] = note.invoice_line_ids
        self.assertEqual((line.product_id, line.quantity, line.credited_line_id), (self.jar, 2, move.invoice_line_ids[0]))
        self.assertEqual(move.amount_residual, 144.3)
        self.assertEqual(move._get_refundable(), 144.3)

    def test_part_of_the_price(self):
        move = self.invoice()
        redress = self.draft(self.complain(), move, 10, price=1)
        redress.action_request()
        self.assertEqual(redress.sudo().credit_note_id.amount_total, 11.1)

    def test_cancelling_restores_exactly(self):
        move = self.invoice()
        before = (move.amount_residual, move.payment_state, move._get_refundable(), move.invoice_line_ids[0]._get_refundable())
        redress = self.draft(self.complain(), move, 2)
        redress.action_request()
        self.assertNotEqual(move.amount_residual, before[0])
        redress.action_cancel()
        redress.action_cancel()
        after = (move.amount_residual, move.payment_state, move._get_refundable(), move.invoice_line_ids[0]._get_refundable())
        self.assertEqual(after, before)
        self.assertEqual(redress.sudo().credit_note_id.state, "cancel")

    def test_replacement(self):
        move = self.invoice()
        redress = self.draft(self.complain(), move, 2, kind="replacement")
        redress.action_request()
        order = redress.sudo().order_id
        self.assertEqual((order.state, order.amount_total, order.order_line.product_id), ("sale", 0, self.jar))
        self.assertEqual(order.order_line.product_uom_qty, 2)
        self.assertEqual(move._get_refundable(), 144.3, "goods given again count against the invoice, too")
        redress.action_cancel()
        self.assertEqual((order.state, move._get_refundable()), ("cancel", 166.5))

    def test_refund_needs_a_payment_and_tells_accounting(self):
        move = self.invoice()
        payer = self.make_user("payer", "account.group_account_invoice")
        self.team.refund_user_id = payer
        with self.refused(UserError, "not paid"):
            self.draft(self.complain(), move, 2, kind="refund").action_request()
        self.pay(move)
        redress = self.draft(self.complain(), move, 2, kind="refund")
        redress.action_request()
        self.assertEqual(redress.sudo().credit_note_id.activity_ids.user_id, payer)

    def test_what_is_paid_out_cannot_be_cancelled(self):
        move = self.invoice()
        self.pay(move)
        redress = self.draft(self.complain(), move, 2, kind="refund")
        redress.action_request()
        self.pay(redress.sudo().credit_note_id)
        with self.refused(UserError, "is settled with"):
            redress.action_cancel()
        self.assertEqual(redress.state, "done")

    def test_never_more_than_is_left_on_the_invoice_across_complaints(self):
        move = self.invoice((self.box, 1, 50))
        first, second = self.draft(self.complain(), move), self.draft(self.complain(), move, kind="replacement")
        first.action_request()
        with self.refused(ValidationError, "more than is left"):
            second.action_request()
        self.assertEqual(second.state, "draft")

    def test_a_line_is_not_made_good_with_the_money_of_another(self):
        move = self.invoice()
        self.draft(self.complain(), move, 1, line=1).action_request()
        with self.refused(ValidationError, "left on that line"):
            self.draft(self.complain(), move, 1, line=1, user=self.manager).action_request()

    def test_credit_notes_made_by_hand_count(self):
        move = self.invoice((self.box, 1, 50))
        wizard = (
            self.env["account.move.reversal"]
            .with_context(active_model="account.move", active_ids=move.ids)
            .create({"journal_id": move.journal_id.id})
        )
        wizard.refund_moves()
        self.assertEqual(wizard.new_move_ids.invoice_line_ids.credited_line_id, move.invoice_line_ids)
        with self.refused(ValidationError, "more than is left"):
            self.draft(self.complain(), move).action_request()
        wizard.new_move_ids.button_cancel()
        self.draft(self.complain(), move).action_request()

    def test_only_posted_invoices_of_the_customer_and_the_company(self):
        other = self.env["res.partner"].create({"name": "Other"})
        for move, words in ((self.invoice(partner=other), "made out to"), (self.invoice(post=False), "not a posted customer invoice")):
            with self.refused(UserError, words):
                self.draft(self.complain(), move).action_request()
        redress = self.draft(self.complain(), self.invoice())
        with self.refused(ValidationError, "not a line of the chosen invoice"):
            redress.line_ids.move_line_id = self.invoice().invoice_line_ids[0]

    def test_bad_amounts(self):
        move = self.invoice()
        for quantity, price in ((11, None), (1, 10.01), (1e15, None)):
            with self.refused(ValidationError, "No more can be given"):
                self.draft(self.complain(), move, quantity, price=price)
        with self.refused(UserError, "amounts to nothing"):
            self.draft(self.complain(), move, 1, price=0).action_request()

    def test_a_lump_sum_credited_before_counts_against_the_document(self):
        """A credit note in accounting's own words names no line of the invoice, and leaves less of the whole."""
        move = self.invoice()
        credit = move._reverse_moves([{"date": fields.Date.today(), "invoice_date": fields.Date.today()}])
        credit.invoice_line_ids = [
            Command.clear(),
            Command.create({"name": "Goodwill", "quantity": 1, "price_unit": 130, "tax_ids": self.tax.ids}),
        ]
        self.assertAlmostEqual(move._get_refundable(), 166.5 - 144.3)
        with self.refused(ValidationError, "more than is left"):
            self.draft(self.complain(), move, 3).action_request()
        self.draft(self.complain(), move, 2).action_request()

    def test_closed_rejected_or_unknown(self):
        move, complaint = self.invoice(), self.complain()
        redress = self.draft(complaint, move)
        with self.refused(ValidationError, "redress that is not decided"):
            self.decide_and_close(complaint)
        complaint.decision = "reject"
        with self.refused(UserError, "rejected"):
            redress.action_request()
        redress.action_cancel()
        self.decide_and_close(complaint)
        with self.refused(UserError, "closed"):
            self.draft(complaint, move).action_request()

    def test_foreign_currency(self):
        euro = self.env.ref("base.EUR")
        euro.active = True
        self.env["res.currency.rate"].create(
            {"currency_id": euro.id, "company_id": self.company.id, "name": fields.Date.today(), "rate": 0.5}
        )
        move = self.invoice(post=False)
        move.currency_id = euro
        move.invoice_line_ids[0].price_unit = 10
        move.action_post()
        redress = self.draft(self.complain(), move, 5)
        self.assertEqual((redress.currency_id, redress.amount, redress.cost), (euro, 55.5, 111))
        redress.action_request()
        self.assertEqual(redress.state, "requested", "55.50 € are more than 100 in the company's currency")


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


class TestRedressSequences(RedressCase):
    """Whatever is tried in whatever order: nobody gives more than their limit, and no invoice gives more than it holds."""

    OPERATION = st.tuples(
        st.sampled_from(["give", "give", "approve", "cancel", "by_hand", "by_hand_cancel"]),
        st.integers(0, 2),
        st.integers(0, 1),
        st.integers(1, 10),
        st.sampled_from(["credit_note", "replacement"]),
        st.sampled_from(["agent", "leader", "manager"]),
    )

    def test_sequences(self):
        moves = [self.invoice((self.jar, 10, 10)), self.invoice((self.box, 2, 50))]
        complaints = [self.complain() for _each in range(3)]

        # 30 sequences as a rule, 500 under the profile "full"; shrinking would take longer than looking.
        @settings(max_examples=settings().max_examples // 2, phases=[Phase.explicit, Phase.reuse, Phase.generate])
        @given(st.lists(self.OPERATION, min_size=1, max_size=5))
        def check(operations):
            with self.env.cr.savepoint() as savepoint:
                redresses, by_hand = [], []
                for operation, case, document, quantity, kind, who in operations:
                    self.one(operation, complaints[case], moves[document], quantity, kind, getattr(self, who), redresses, by_hand)
                    self.hold(moves, complaints, redresses)
                for redress in redresses:
                    if redress.state != "cancelled":
                        redress.with_user(self.manager).action_cancel()
                for note in by_hand:
                    if note.state == "draft":
                        note.button_cancel()
                for move in moves:
                    self.assertEqual((move._get_refundable(), move.amount_residual), (move.amount_total, move.amount_total))
                self.env.flush_all()
                savepoint.rollback()
                self.env.invalidate_all()

        check()

    def one(self, operation, complaint, move, quantity, kind, user, redresses, by_hand):
        try:
            with self.env.cr.savepoint():
                if operation == "give":
                    redress = self.draft(complaint, move, min(quantity, move.invoice_line_ids.quantity), user=user, kind=kind)
                    redress.action_request()
                    redresses.append(redress)
                elif operation == "by_hand":
                    note = move._reverse_moves([{"invoice_date": fields.Date.today()}])
                    note.invoice_line_ids.quantity = 1
                    by_hand.append(note)
                elif operation == "by_hand_cancel" and by_hand:
                    by_hand[-1].button_cancel()
                elif operation == "approve" and redresses:
                    redresses[-1].with_user(user).action_approve()
                elif operation == "cancel" and redresses:
                    redresses[quantity % len(redresses)].with_user(user).action_cancel()
        except (UserError, ValidationError, AccessError):
            self.env.invalidate_all()

    def hold(self, moves, complaints, redresses):
        given = [redress for redress in redresses if redress.state in ("requested", "done")]
        for move in moves:
            total = sum(redress.amount for redress in given if redress.move_id == move)
            self.assertLessEqual(total, move.amount_total + 0.001)
        alone = [redress for redress in redresses if redress.state == "done" and not redress.approved_by_id]
        for limit, who in ((100, self.agent), (400, self.leader)):
            mine = [redress for redress in alone if redress.requested_by_id == who]
            for complaint in complaints:
                self.assertLessEqual(sum(redress.cost for redress in mine if redress.complaint_id == complaint), limit + 0.001)
        self.assertLessEqual(sum(redress.cost for redress in alone if redress.requested_by_id == self.agent), 150.001)
        for redress in redresses:
            self.assertFalse(redress.approved_by_id and redress.approved_by_id in redress.sudo().contributor_ids)

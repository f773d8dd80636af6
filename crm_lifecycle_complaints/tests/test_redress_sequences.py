from hypothesis import Phase, given, settings
from hypothesis import strategies as st
from odoo import fields
from odoo.exceptions import AccessError, UserError, ValidationError

from .redress_case import RedressCase


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

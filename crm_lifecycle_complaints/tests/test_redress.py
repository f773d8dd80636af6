from odoo import Command, fields
from odoo.exceptions import UserError, ValidationError

from .redress_case import RedressCase


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
        payer.lang = "id_ID"
        self.team.refund_user_id = payer
        with self.refused(UserError, "not paid"):
            self.draft(self.complain(), move, 2, kind="refund").action_request()
        self.pay(move)
        redress = self.draft(self.complain(), move, 2, kind="refund")
        redress.action_request()
        activity = redress.sudo().credit_note_id.activity_ids
        self.assertEqual(activity.user_id, payer)
        [english, indonesian] = (redress.currency_id.with_context(lang=lang).format(redress.amount) for lang in ("en_US", "id_ID"))
        self.assertNotEqual(english, indonesian)
        self.assertEqual(activity.summary, f"Kembalikan {indonesian} untuk keluhan {redress.complaint_id.number}")

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

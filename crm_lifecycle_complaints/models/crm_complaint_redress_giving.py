"""Giving redress and taking it back."""

from odoo import Command, fields, models
from odoo.exceptions import UserError


class CrmComplaintRedress(models.Model):
    _inherit = "crm.complaint.redress"

    def _give(self):
        """Carry it out, with the rights of the procedure: whoever may give it need not have those of accounting."""
        self.ensure_one()
        redress = self._procedure().with_company(self.company_id)
        redress.write({"state": "done", "done_at": fields.Datetime.now()})
        getattr(redress, f"_give_{self.kind}")()
        redress._check_document()
        self.complaint_id.sudo().activity_unlink(["crm_lifecycle_complaints.mail_activity_type_approval"])
        self.complaint_id._message_log(
            body=self.env._("Redress given: %(redress)s", redress=self.display_name), author_id=self.env.user.partner_id.id
        )

    def _give_credit_note(self):
        wizard = (
            self.env["account.move.reversal"]
            .with_context(active_model="account.move", active_ids=self.move_id.ids)
            .create({"reason": self.complaint_id.number, "journal_id": self.move_id.journal_id.id})
        )
        wizard.refund_moves()
        credit_note = wizard.new_move_ids
        wanted = {line.move_line_id: line for line in self.line_ids}
        commands = []
        for line in credit_note.invoice_line_ids:
            if redress_line := wanted.pop(line.credited_line_id, None):
                commands.append(Command.update(line.id, {"quantity": redress_line.quantity, "price_unit": redress_line.price_unit}))
            else:
                commands.append(Command.delete(line.id))
        if wanted:
            raise UserError(self.env._("The credit note could not be made of the lines chosen. Draft the redress anew."))
        credit_note.write({"invoice_line_ids": commands})
        self.write({"credit_note_id": credit_note.id, "amount": credit_note.amount_total})
        credit_note.action_post()

    def _cancel_credit_note(self):
        credit_note = self.credit_note_id
        others = (credit_note.line_ids.matched_debit_ids.debit_move_id | credit_note.line_ids.matched_credit_ids.credit_move_id).move_id
        if others - self.move_id:
            raise UserError(
                self.env._(
                    "%(credit_note)s is settled with %(other)s already. Undo that first; then the redress can be cancelled.",
                    credit_note=credit_note.display_name,
                    other=", ".join((others - self.move_id).mapped("display_name")),
                )
            )
        if credit_note.state == "posted":
            credit_note.button_draft()
        if credit_note.state != "cancel":
            credit_note.button_cancel()

    def _give_refund(self):
        self._give_credit_note()
        payer = self.complaint_id.team_id.refund_user_id or self.complaint_id.team_id.user_id or self.requested_by_id
        words = self.with_context(lang=payer.lang)
        self.credit_note_id.activity_schedule(
            "mail.mail_activity_data_todo",
            user_id=payer.id,
            summary=words.env._(
                "Pay back %(amount)s for complaint %(number)s",
                amount=words.currency_id.format(self.amount),
                number=self.complaint_id.number,
            ),
        )

    def _cancel_refund(self):
        self._cancel_credit_note()
        self.credit_note_id.activity_unlink(["mail.mail_activity_data_todo"])

    def _give_replacement(self):
        order = self.env["sale.order"].create(self._prepare_replacement())
        self.write({"order_id": order.id})
        order.action_confirm()

    def _prepare_replacement(self):
        return {
            "partner_id": self.move_id.partner_id.id,
            "company_id": self.company_id.id,
            "origin": self.complaint_id.number,
            "currency_id": self.currency_id.id,
            "order_line": [
                Command.create(
                    {
                        "product_id": line.product_id.id,
                        "product_uom_qty": line.quantity,
                        "product_uom_id": line.move_line_id.product_uom_id.id or line.product_id.uom_id.id,
                        "price_unit": line.price_unit,
                        "discount": 100,
                    }
                )
                for line in self.line_ids
            ],
        }

    def _cancel_replacement(self):
        order = self.order_id
        if any(line.qty_delivered or line.qty_invoiced for line in order.order_line):
            raise UserError(self.env._("%(order)s is delivered already. Take the goods back first.", order=order.display_name))
        order._action_cancel()

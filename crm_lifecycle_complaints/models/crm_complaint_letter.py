"""The letter that tells the customer of the decision."""

import logging

from odoo import fields, models
from odoo.exceptions import UserError

_logger = logging.getLogger(__name__)

REPORT = "crm_lifecycle_complaints.crm_complaint_letter_report"


class CrmComplaint(models.Model):
    _inherit = "crm.complaint"

    def action_print_letter(self):
        """Print the decision as a letter in the customer's language."""
        for complaint in self:
            complaint._check_letter()
        return self.env.ref(REPORT).report_action(self)

    def _check_letter(self):
        self.ensure_one()
        if not self.decision or not self._has_reason():
            raise UserError(
                self.env._(
                    "There is no decision to write a letter of. Fill in the decision and its reasons on complaint %(number)s first.",
                    number=self.number,
                )
            )

    def _get_letter_redress(self):
        """What the customer gets, one text each in the language of the context."""
        self.ensure_one()
        given = self.sudo().redress_ids.filtered(lambda redress: redress.state == "done").sorted("id")
        return [redress._describe_to_customer() for redress in given]

    def _get_letter_day(self):
        self.ensure_one()
        return fields.Datetime.context_timestamp(self, self.closed_at or fields.Datetime.now()).date()

    def _make_letter(self):
        """The letter as attachments of a message: [(name, content)].

        Where no PDF can be made, none is attached and a note says so: the mail itself tells the whole decision.
        """
        self.ensure_one()
        reports = self.env["ir.actions.report"].sudo()
        reason = ""
        if reports.get_wkhtmltopdf_state() in ("install", "broken"):
            reason = self.env._("the program wkhtmltopdf is not installed on the server")
        else:
            try:
                with self.env.cr.savepoint():
                    content, kind = reports._render_qweb_pdf(REPORT, self.ids)
                name = self.with_context(lang=self.customer_lang).env._("Decision %(number)s", number=self.number.replace("/", "-"))
                return [(f"{name}.{kind}", content)]
            except Exception as error:
                _logger.info("The letter of complaint %s cannot be made: %r", self.number, error)
                reason = self.env._("it could not be made")
        self._message_log(
            body=self.env._(
                "The decision was mailed without the letter as PDF: %(reason)s. The mail has the whole decision.", reason=reason
            )
        )
        return []

"""Complaints from the public form."""

from email.message import EmailMessage
from email.policy import SMTP
from uuid import uuid4

from odoo import api, models
from odoo.tools import email_normalize, formataddr, plaintext2html

from ..domain.automatic_mail import Verdict


class CrmComplaint(models.Model):
    _inherit = "crm.complaint"

    @api.model
    def _create_from_form(self, team, values, files):
        """Open a complaint of what was sent by the form, and acknowledge it.

        :param dict values: checked text: sender, email, phone, reference, subject, narrative, kind, remedy_sought
        :param list files: (name, content as bytes)
        """
        user = self.env["res.users"].browse(self.env.context.get("complaint_form_user") or [])
        sender = formataddr((values["sender"], email_normalize(values["email"])))
        customer = user.partner_id if user and user.share and not user._is_public() else self._find_customer(sender, team.company_id)
        complaint = self.create(
            {
                "name": values["subject"],
                "narrative": self._get_form_narrative(values),
                "partner_id": customer.id,
                "email_from": sender,
                "team_id": team.id,
                "company_id": team.company_id.id,
                "kind": values.get("kind") or team.kind,
                "remedy_sought": values.get("remedy_sought"),
                "channel": "web",
            }
        )
        complaint.with_context(mail_post_autofollow_author_skip=True, attachments_mime_plainxml=True).message_post(
            author_id=customer.id or False,
            email_from=sender,
            body=plaintext2html(values["narrative"]),
            attachments=files,
            message_type="comment",
            subtype_id=self._creation_subtype().id,
        )
        complaint._acknowledge_received(Verdict())
        return complaint

    @api.model
    def _get_form_narrative(self, values):
        details = [
            self.env._("Order or invoice: %(reference)s", reference=values["reference"]) if values["reference"] else "",
            self.env._("Telephone: %(phone)s", phone=values["phone"]) if values["phone"] else "",
        ]
        return "\n\n".join(filter(None, [values["narrative"], "\n".join(filter(None, details))]))

    @api.model
    def _hold_form(self, team, values):
        """Keep what a program seems to have sent: a person may have filled in the hidden field after all."""
        mail = EmailMessage(policy=SMTP)
        mail["From"] = formataddr((values["sender"], email_normalize(values["email"])))
        mail["To"] = team.alias_email or ""
        mail["Subject"] = values["subject"]
        mail["Message-ID"] = f"<{uuid4()}@complaint-form.invalid>"
        mail.set_content(self._get_form_narrative(values))
        parsed = {"email_from": str(mail["From"]), "subject": values["subject"], "message_id": mail["Message-ID"]}
        self.env["crm.complaint.quarantine"]._hold(mail, parsed, team, "trap")

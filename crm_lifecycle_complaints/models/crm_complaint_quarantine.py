import base64
import logging

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.tools import email_normalize

from ..domain.readable_mail import readable_text
from .crm_complaint import ADDRESS_LIMIT

_logger = logging.getLogger(__name__)

PREVIEW_LIMIT = 2_000
CAUSES = [
    ("automatic", "Written by a machine"),
    ("bulk", "Sent to many"),
    ("spam", "Marked as spam"),
    ("flood", "Too many from one sender"),
    ("strangers", "Too many from strangers"),
    ("bounce", "Undeliverable mail or receipt"),
    ("trap", "Hidden field of the form filled in"),
    ("empty", "Neither sender nor text"),
    ("error", "Could not be processed"),
]


class Released:
    """In the context: a person has released this mail from quarantine. A client's JSON cannot make one.

    :ivar received_at: when the mail came in
    """

    def __init__(self, received_at):
        self.received_at = received_at


class CrmComplaintQuarantine(models.Model):
    """Mail that opened no complaint, with the cause. Nothing is dropped: whoever looks after the team releases or dismisses it."""

    _name = "crm.complaint.quarantine"
    _description = "Mail in Quarantine"
    _order = "received_at desc, id desc"
    _check_company_auto = True

    name = fields.Char("Subject", readonly=True)
    active = fields.Boolean(default=True, help="Released and dismissed mail is archived.")
    company_id = fields.Many2one("res.company", required=True, readonly=True, index=True)
    team_id = fields.Many2one("crm.complaint.team", check_company=True, readonly=True, index=True, ondelete="restrict")
    email_from = fields.Char("From", readonly=True)
    email_normalized = fields.Char("Sender", readonly=True, index=True)
    received_at = fields.Datetime("Received on", readonly=True, required=True, default=fields.Datetime.now, index=True)
    cause = fields.Selection(CAUSES, required=True, readonly=True, index=True)
    sign = fields.Char(readonly=True, help="What showed it: the header of the mail, or the number of mails.")
    preview = fields.Text("Text", readonly=True)
    original = fields.Binary("Original Mail", readonly=True, attachment=True)
    original_name = fields.Char(compute="_compute_original_name")
    message_id = fields.Char("Message-ID", readonly=True, index="btree_not_null")
    complaint_id = fields.Many2one("crm.complaint", "Released as", readonly=True, ondelete="set null")
    released_at = fields.Datetime("Released on", readonly=True)

    def _compute_original_name(self):
        for mail in self:
            mail.original_name = f"{mail.id}.eml"

    @api.model
    def _hold(self, message, message_dict, team, cause, sign=""):
        """Keep a mail with the cause why it opens no complaint.

        :param email.message.EmailMessage message: the mail
        :param dict message_dict: the parsed mail
        :param res.company or crm.complaint.team team: the team it was for, possibly none
        """
        sender = message_dict.get("email_from") or ""
        normalized = email_normalize(sender)
        return self.sudo().create(
            {
                "name": " ".join((message_dict.get("subject") or "").split())[:250],
                "company_id": (team.company_id or self.env.company).id,
                "team_id": team.id,
                "email_from": sender,
                "email_normalized": normalized if normalized and len(normalized) <= ADDRESS_LIMIT else False,
                "cause": cause,
                "sign": sign,
                "preview": self._get_preview(message),
                "original": base64.b64encode(self.env["mail.thread"]._get_raw_mail(message)),
                "message_id": message_dict.get("message_id"),
            }
        )

    @api.model
    def _get_preview(self, message):
        try:
            return readable_text(message).strip()[:PREVIEW_LIMIT]
        except Exception as error:
            _logger.info("The text of a mail in quarantine cannot be read: %r", error)
            return ""

    def write(self, vals):
        if not self.env.su and vals.keys() - {"active"}:
            raise AccessError(self.env._("Mail in quarantine cannot be changed, only released or dismissed."))
        return super().write(vals)

    def action_release(self):
        """Receive the mails as if they had just come in from a person; each opens a complaint, or continues the one it answers."""
        waiting = self.filtered(lambda mail: mail.active and not mail.released_at)
        if not waiting:
            raise UserError(self.env._("The chosen mails have been released or dismissed already."))
        waiting.check_access("write")
        for mail in waiting.sudo().sorted("received_at"):
            mail._release()
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {
                "type": "success",
                "message": self.env._("%(count)s mails have been released.", count=len(waiting)),
                "next": {"type": "ir.actions.client", "tag": "soft_reload"},
            },
        }

    def _release(self):
        self.ensure_one()
        raw = base64.b64decode(self.original)
        gateway = self.env["mail.thread"].with_company(self.company_id).with_context(complaint_released=Released(self.received_at))
        complaint_id = gateway.message_process("crm.complaint", raw, custom_values={"team_id": self.team_id.id})
        complaint = self.env["crm.complaint"].browse(complaint_id or []).exists()
        if not complaint:
            raise UserError(
                self.env._(
                    "The mail '%(subject)s' still cannot be received. Download the original and enter it by hand.", subject=self.name or ""
                )
            )
        self.write({"complaint_id": complaint.id, "released_at": fields.Datetime.now(), "active": False})

    def action_dismiss(self):
        """Put the mails aside: they stay, archived, and can be released later by unarchiving them."""
        self.action_archive()

    def action_open_complaint(self):
        """Open the complaint that the mail became."""
        self.ensure_one()
        return self.complaint_id._get_records_action()

import logging

from odoo import api, models
from odoo.tools.mail import decode_message_header, email_normalize_all

from ..domain.automatic_mail import Verdict, judge
from ..domain.readable_mail import clean, readable_copy

_logger = logging.getLogger(__name__)

RECIPIENT_HEADERS = ("to", "cc", "delivered-to", "resent-to", "resent-cc")


class MailThread(models.AbstractModel):
    _inherit = "mail.thread"

    @api.model
    def message_parse(self, message, save_original=False):
        """Mail for complaints is never lost to the parser: what it cannot read is received as plain text, the original attached."""
        if not self._is_addressed_to_complaints(message):
            return super().message_parse(message, save_original=save_original)
        try:
            parsed = super().message_parse(message, save_original=save_original)
        except Exception:
            _logger.info("A mail for complaints cannot be parsed; it is received as plain text", exc_info=True)
            parsed = super().message_parse(readable_copy(message), save_original=False)
            parsed["attachments"].append(self._Attachment("original.eml", message.as_bytes(), {}))
        # type(): the body is Markup, and would be escaped as a plain str.
        return {key: type(value)(clean(value)) if isinstance(value, str) else value for key, value in parsed.items()}

    @api.model
    def _is_addressed_to_complaints(self, message):
        """Whether a recipient is the address of a complaint team; read from the raw headers, which cannot fail."""
        recipients = ",".join(str(value) for name, value in message.raw_items() if name.lower() in RECIPIENT_HEADERS)
        addresses = email_normalize_all(clean(recipients))
        return bool(
            addresses
            and self.env["mail.alias"]
            .sudo()
            .search_count(
                [
                    ("alias_model_id.model", "=", "crm.complaint"),
                    "|",
                    ("alias_full_name", "in", addresses),
                    "&",
                    ("alias_name", "in", [address.split("@")[0] for address in addresses]),
                    ("alias_incoming_local", "=", True),
                ],
                limit=1,
            )
        )

    @api.model
    def _complaint_verdict(self, message):
        """Judge an incoming mail; only here are its raw headers at hand.

        :param email.message.EmailMessage message: the mail
        :rtype: Verdict
        """
        headers = [(name, str(value)) for name, value in message.raw_items() if name.lower() != "subject"]
        headers += [("content-type", str(part["content-type"])) for part in message.walk() if part.get_content_type() == "text/calendar"]
        try:
            headers.append(("subject", decode_message_header(message, "Subject")))
        except Exception:
            _logger.info("The subject of a mail for complaints cannot be decoded", exc_info=True)
        return judge(headers)

    @api.model
    def _is_for_complaints(self, routes):
        return bool(routes) and all(route[0] in ("crm.complaint", "crm.complaint.team") for route in routes)

    @api.model
    def message_route(self, message, message_dict, model=None, thread_id=None, custom_values=None):
        routes = super().message_route(message, message_dict, model=model, thread_id=thread_id, custom_values=custom_values)
        if any(route[0] == "crm.complaint" for route in routes or ()):
            return self.env["crm.complaint"]._complaint_routes(message_dict, routes, self._complaint_verdict(message))
        return routes

    @api.model
    def _detect_loop_sender(self, message, message_dict, routes):
        # Core answers a loop with a mail of its own: to a machine that would feed the loop.
        if self._is_for_complaints(routes) and self._complaint_verdict(message).automatic:
            return False
        return super()._detect_loop_sender(message, message_dict, routes)

    @api.model
    def _message_route_process(self, message, message_dict, routes):
        if not self._is_for_complaints(routes):
            return super()._message_route_process(message, message_dict, routes)
        verdict = self._complaint_verdict(message)
        if verdict.automatic:
            # Kept as a note that notifies nobody: with a parent, core would mail the parent's author.
            message_dict.pop("parent_id", None)
            message_dict["is_internal"] = True
        return super(MailThread, self.with_context(complaint_verdict=verdict))._message_route_process(message, message_dict, routes)

    def _get_complaint_verdict(self):
        """The verdict on the mail being processed; what a client puts into the context is no :class:`Verdict`."""
        verdict = self.env.context.get("complaint_verdict")
        return verdict if isinstance(verdict, Verdict) else None

    def _notify_thread_with_out_of_office(self, message, recipients_data, msg_vals=False, **kwargs):
        verdict = self._get_complaint_verdict()
        if verdict and verdict.automatic:
            return self.env["mail.message"]
        return super()._notify_thread_with_out_of_office(message, recipients_data, msg_vals=msg_vals, **kwargs)

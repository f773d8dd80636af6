import hashlib
import logging
import re

import psycopg2
from odoo import api, fields, models
from odoo.service.model import PG_CONCURRENCY_ERRORS_TO_RETRY
from odoo.tools.mail import decode_message_header, email_normalize, email_normalize_all, is_html_empty

from ..domain.automatic_mail import Verdict, judge, tells_of_failure
from ..domain.readable_mail import clean, only_address, readable_copy, same_text, unwrapped
from .crm_complaint_quarantine import Released

_logger = logging.getLogger(__name__)

RECIPIENT_HEADERS = ("to", "cc", "delivered-to", "resent-to", "resent-cc")
# An index of PostgreSQL takes no longer values; RFC 5322 allows no longer lines.
MESSAGE_ID_LIMIT = 998
# Some mailers name attachments of any kind so; core logs a warning for each of them.
VAGUE_TYPES = ("binary/octet-stream", "*/*")


class MailThread(models.AbstractModel):
    _inherit = "mail.thread"

    @api.model
    def message_process(self, model, message, *args, **kwargs):
        raw = getattr(message, "data", message)
        raw = raw.encode("utf-8", "surrogateescape") if isinstance(raw, str) else bytes(raw)
        gateway = self.with_context(complaint_raw=raw, complaint_fallback=model == "crm.complaint")
        return super(MailThread, gateway).message_process(model, unwrapped(raw), *args, **kwargs)

    @api.model
    def message_parse(self, message, save_original=False):
        """Mail for complaints is never lost to the parser: what it cannot read is received as plain text, the original attached."""
        if self.env.context.get("complaint_plain") or not self._is_addressed_to_complaints(message):
            return super().message_parse(message, save_original=save_original)
        try:
            for part in message.walk():
                if part.get_content_type() in VAGUE_TYPES:
                    part.replace_header("Content-Type", "application/octet-stream")
            parsed = super().message_parse(message, save_original=save_original)
            if is_html_empty(parsed["body"]) and not parsed["attachments"]:
                parsed = self._parse_readable_copy(message)
        except Exception as error:
            _logger.info("A mail for complaints cannot be parsed and is received as plain text: %r", error)
            parsed = self._parse_readable_copy(message)
        # type(): the body is Markup, and would be escaped as a plain str.
        parsed = {key: type(value)(clean(value)) if isinstance(value, str) else value for key, value in parsed.items()}
        if not email_normalize(parsed["email_from"] or ""):
            raw = ",".join(str(value) for name, value in message.raw_items() if name.lower() == "from")
            parsed["email_from"] = only_address(clean(raw)) or parsed["email_from"]
        try:
            fields.Datetime.to_datetime(parsed.get("date"))
        except ValueError:
            # Odoo writes a year before 1000 in a way that it cannot read.
            del parsed["date"]
        parsed["attachments"] = [self._get_storable_attachment(*attachment) for attachment in parsed.get("attachments", ())]
        parsed["message_id"] = self._get_storable_message_id(message, parsed)
        return parsed

    @api.model
    def _parse_readable_copy(self, message):
        copy = readable_copy(message)
        parsed = self.with_context(complaint_plain=True).message_parse(copy)
        if "message-id" not in copy:
            parsed["message_id"] = self._get_content_id(message)
        parsed["attachments"].append(self._Attachment("original.eml", self._get_raw_mail(message), {}))
        return parsed

    @api.model
    def _get_raw_mail(self, message):
        """The mail as it came in, as bytes."""
        raw = self.env.context.get("complaint_raw")
        return raw if isinstance(raw, bytes) else message.as_bytes()

    @api.model
    def _get_storable_attachment(self, name, content, info=None):
        if isinstance(content, str):
            content = clean(content).encode()
        return self._Attachment(clean(name or "attachment")[:255], content, {**(info or {}), "encoding": "utf-8"})

    @api.model
    def _get_storable_message_id(self, message, parsed):
        """The mail's own id. Where it has none, an endless one or one that another mail has used before (some mailers count from one, or
        never), an id made of its content, by which the same mail is known again.
        """
        own = any(name.lower() == "message-id" and str(value).strip() for name, value in message.raw_items())
        if own and len(parsed["message_id"]) <= MESSAGE_ID_LIMIT and self._is_first_or_same(message, parsed):
            return parsed["message_id"]
        return self._get_content_id(message)

    @api.model
    def _is_first_or_same(self, message, parsed):
        """Whether no other mail had this one's id before: another sender's, or another one of the same sender."""
        same_id = [("message_id", "=", parsed["message_id"])]
        complaints = self.env["crm.complaint"]
        used = self.env["mail.message"].sudo().search(same_id, limit=1)
        if used:
            subject, text, now = used.subject, *map(complaints._get_mail_text, (used.body or "", parsed["body"] or ""))
        else:
            used = self.env["crm.complaint.quarantine"].sudo().with_context(active_test=False).search(same_id, limit=1)
            subject, text, now = used.name, used.preview, used._get_preview(message)
        senders = {email_normalize(sender or "") for sender in (used.email_from, parsed["email_from"])} - {False}
        if not used or len(senders) > 1:
            return not used
        # What we sent ourselves comes back in the layout of our mails.
        ours = used._name == "mail.message" and used.message_type != "email"
        return ours or same_text(f"{subject or ''} {text or ''}", f"{parsed.get('subject') or ''} {now}")

    @api.model
    def _get_content_id(self, message):
        return f"<{hashlib.sha256(self._get_raw_mail(message)).hexdigest()}@no-message-id.invalid>"

    @api.model
    def _is_addressed_to_complaints(self, message):
        """Whether a recipient is the address of a complaint team; read from the raw headers, which cannot fail."""
        if self.env.context.get("complaint_fallback"):
            return True
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
        try:
            headers += [
                ("content-type", f"{part['content-type']}; {self._get_calendar_method(part)}")
                for part in message.walk()
                if part.get_content_type() == "text/calendar"
            ]
            headers.append(("subject", decode_message_header(message, "Subject")))
        except Exception as error:
            _logger.info("A header of a mail for complaints cannot be decoded: %r", error)
        verdict = judge(headers)
        if self._get_complaint_release():
            return Verdict(answerable=verdict.answerable, sign=verdict.sign)
        return verdict

    @api.model
    def _get_calendar_method(self, part):
        """``method=…`` as a calendar's mail says it of itself, which not all repeat in the header; nothing of a file attached to it."""
        found = re.search(rb"(?mi)^METHOD:\s*\w+", part.get_payload(decode=True) or b"")
        return found[0].decode().replace(":", "=") if found and not part.is_attachment() else ""

    @api.model
    def _get_complaint_release(self):
        """The release from quarantine that is going on; what a client puts into the context is no :class:`Released`."""
        release = self.env.context.get("complaint_released")
        return release if isinstance(release, Released) else None

    @api.model
    def _is_for_complaints(self, routes):
        return bool(routes) and all(route[0] == "crm.complaint" for route in routes)

    @api.model
    def message_route(self, message, message_dict, model=None, thread_id=None, custom_values=None):
        complaints = self.env["crm.complaint"]
        if message_dict.get("is_bounce") and self._is_addressed_to_complaints(message):
            bounced = message_dict["bounced_message"]
            # Not every mail system says which address it was; what goes to somebody who is no contact goes to one only.
            message_dict["bounced_email"] = message_dict["bounced_email"] or email_normalize(bounced.outgoing_email_to or "")
            known = bounced.model == "crm.complaint" and message_dict["bounced_email"]
            if self._get_complaint_release():
                message_dict["is_bounce"] = False
            elif not known or not tells_of_failure(message):
                complaints._hold_mail(message, message_dict, complaints._get_addressed_team(message_dict, custom_values), "bounce")
                return []
        routes = super().message_route(message, message_dict, model=model, thread_id=thread_id, custom_values=custom_values)
        if any(route[0] == "crm.complaint" for route in routes or ()):
            return complaints._complaint_routes(message, message_dict, routes, self._complaint_verdict(message))
        return routes

    @api.model
    def _detect_loop_headers(self, msg_dict):
        # Whoever answers one of core's loop notices to a complaint team may be a person; a machine is known otherwise.
        if self.env["crm.complaint"]._get_addressed_team(msg_dict):
            return False
        return super()._detect_loop_headers(msg_dict)

    @api.model
    def _detect_loop_sender(self, message, message_dict, routes):
        # Core drops a flood and answers it with a mail of its own; complaints were put into quarantine with their routes.
        if self._is_for_complaints(routes):
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
        # Without the alias: core would answer a mail that fails with a bounce, and mark the address as broken for all.
        routes = [(*route[:4], None) for route in routes]
        gateway = self.with_context(complaint_verdict=verdict)
        attempts = (lambda: dict(message_dict), lambda: {**message_dict, **self._get_plain_parts(message)})
        for attempt in attempts:
            try:
                with self.env.cr.savepoint():
                    return super(MailThread, gateway)._message_route_process(message, attempt(), routes)
            except psycopg2.Error as error:
                if error.pgcode in PG_CONCURRENCY_ERRORS_TO_RETRY:
                    raise
                _logger.info("A mail for complaints cannot be received as it is: %r", error)
            except Exception as error:
                _logger.info("A mail for complaints cannot be received as it is: %r", error)
        team = self.env["crm.complaint"]._get_addressed_team(message_dict)
        self.env["crm.complaint"]._hold_mail(message, message_dict, team, "error")
        return False

    @api.model
    def _get_plain_parts(self, message):
        """The body of a mail as plain text, and the whole mail as its only attachment."""
        plain = self._parse_readable_copy(message)
        return {
            "body": type(plain["body"])(clean(plain["body"])),
            "attachments": [self._get_storable_attachment(*each) for each in plain["attachments"]],
        }

    def _get_complaint_verdict(self):
        """The verdict on the mail being processed; what a client puts into the context is no :class:`Verdict`."""
        verdict = self.env.context.get("complaint_verdict")
        return verdict if isinstance(verdict, Verdict) else None

    def _notify_thread_with_out_of_office(self, message, recipients_data, msg_vals=False, **kwargs):
        verdict = self._get_complaint_verdict()
        if verdict and verdict.automatic:
            return self.env["mail.message"]
        return super()._notify_thread_with_out_of_office(message, recipients_data, msg_vals=msg_vals, **kwargs)

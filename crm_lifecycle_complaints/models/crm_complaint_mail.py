"""Complaints and mail: how they come in, what is answered by itself, and what counts as an answer."""

import logging
import re
from datetime import timedelta
from html import unescape

from odoo import api, fields, models
from odoo.tools import email_normalize, email_normalize_all, formataddr, html2plaintext

_logger = logging.getLogger(__name__)

NARRATIVE_LIMIT = 20_000
SUBJECT_LIMIT = 250
# An address gets no second acknowledgement within this time: a robot without any of the usual headers answers in seconds.
ACKNOWLEDGE_EVERY = timedelta(minutes=10)
ACKNOWLEDGEMENT_HEADERS = {"Auto-Submitted": "auto-replied", "X-Auto-Response-Suppress": "All", "Precedence": "bulk"}


class CrmComplaint(models.Model):
    _inherit = "crm.complaint"

    @api.model
    def _complaint_routes(self, message_dict, routes, verdict):
        """Decide where a mail for complaints really goes.

        A reply that lost its References is known by the number in its subject, if it comes from the complaint's own address.
        Mail written by a machine is kept on the team instead of opening a complaint. One mail to several teams of a company opens one.

        :param dict message_dict: the parsed mail
        :param list routes: (model, thread id, values, user id, alias) as core found them
        :param Verdict verdict: what the mail's headers say
        """
        if self._is_received_elsewhere(message_dict["message_id"]):
            return []
        kept, companies = [], set()
        for model, thread_id, values, uid, alias in routes:
            if model != self._name or thread_id:
                kept.append((model, thread_id, values, uid, alias))
                continue
            team = self.env["crm.complaint.team"].sudo().browse((values or {}).get("team_id")).exists()
            company = team.company_id or self.env.company
            if known := self._find_by_subject(message_dict, company):
                kept.append((model, known.id, values, uid, alias))
            elif verdict.automatic:
                _logger.info("Mail %s opens no complaint: written by a machine (%s)", message_dict["message_id"], verdict.sign)
                if team:
                    kept.append((team._name, team.id, None, uid, None))
            elif company not in companies:
                companies.add(company)
                kept.append((model, thread_id, values, uid, alias))
        return kept

    @api.model
    def _is_received_elsewhere(self, message_id):
        """Whether another transaction has received the same mail meanwhile: core's check does not see what was committed since ours began.

        The lock lets the second one wait for the first; only a new transaction then sees what the first one wrote.
        """
        self.env.cr.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [message_id])
        with self.env.registry.cursor() as other:
            other.execute("SELECT 1 FROM mail_message WHERE message_id = %s LIMIT 1", [message_id])
            return bool(other.rowcount)

    @api.model
    def _find_by_subject(self, message_dict, company):
        """The complaint whose number is in the mail's subject and which the sender may continue."""
        words = [word for word in re.findall(r"[^\s\[\](){}<>,;:#]+", message_dict.get("subject") or "") if re.search(r"\d", word)]
        sender = email_normalize(message_dict.get("email_from") or "")
        if not words or not sender:
            return self.browse()
        return self.sudo().search(
            [
                ("number", "in", words[:20]),
                ("company_id", "=", company.id),
                "|",
                ("email_normalized", "=", sender),
                ("partner_id.email_normalized", "=", sender),
            ],
            limit=1,
        )

    @api.model
    def _find_customer(self, address, company):
        """The customer with exactly this address; empty if nobody has it or if several customers do.

        Where several contacts of one customer share the address, the customer itself is meant: which person wrote is not known.
        """
        address = email_normalize(address or "")
        if not address:
            return self.env["res.partner"]
        found = (
            self.env["res.partner"]
            .sudo()
            .search([("email_normalized", "=", address), ("company_id", "in", [False, company.id]), ("partner_share", "=", True)])
        )
        families = found.commercial_partner_id
        if len(families) != 1:
            return self.env["res.partner"]
        return self.env["res.partner"].browse((found if len(found) == 1 else families).id)

    @api.model
    def message_new(self, msg_dict, custom_values=None):
        values = dict(custom_values or {})
        team = self.env["crm.complaint.team"].sudo().browse(values.get("team_id")).exists()
        company = team.company_id or self.env.company
        self = self.with_company(company).with_context(lang=company.partner_id.lang or self.env.lang)
        customer = self._find_customer(msg_dict.get("email_from"), company)
        # Core links the author by its own preference among equal addresses; a wrong one would be written to and followed.
        msg_dict["author_id"] = customer.id or (msg_dict.get("author_id") if self._is_internal_author(msg_dict) else False)
        text = self._get_mail_text(msg_dict.get("body") or "")
        values = {
            "name": " ".join((msg_dict.get("subject") or "").split())[:SUBJECT_LIMIT] or self.env._("(no subject)"),
            "narrative": text[:NARRATIVE_LIMIT],
            "company_id": company.id,
            "partner_id": customer.id,
            "channel": "mail",
            **values,
        }
        return super().message_new(msg_dict, values)

    @api.model
    def _get_mail_text(self, body):
        """The text of a parsed mail's body. Core wraps plain text in <pre>: it keeps its lines, which ``html2plaintext`` would lose."""
        plain = re.fullmatch(r"\s*<pre>(.*)</pre>\s*", body, re.DOTALL)
        return (unescape(plain[1]) if plain else html2plaintext(body, include_references=False)).strip()

    @api.model
    def _is_internal_author(self, msg_dict):
        author = self.env["res.partner"].sudo().browse(msg_dict.get("author_id") or [])
        return bool(author) and not author.partner_share

    def _creation_subtype(self):
        return self.env.ref("crm_lifecycle_complaints.mt_complaint_new")

    def _track_subtype(self, initial_values):
        self.ensure_one()
        if "stage_id" in initial_values:
            closed = "crm_lifecycle_complaints.mt_complaint_closed"
            return self.env.ref(closed if self.is_closed else "crm_lifecycle_complaints.mt_complaint_stage")
        return super()._track_subtype(initial_values)

    def _notify_get_reply_to(self, default=None, author_id=False):
        """Answers go to the team's own address."""
        teams = self.sudo().team_id.filtered("alias_email")
        addresses = teams._notify_get_reply_to(default=default, author_id=author_id) if teams else {}
        result = {complaint.id: addresses[complaint.team_id.id] for complaint in self.sudo() if complaint.team_id in teams}
        rest = self.filtered(lambda complaint: complaint.id not in result)
        if rest or not self:
            result.update(super(CrmComplaint, rest)._notify_get_reply_to(default=default, author_id=author_id))
        return result

    def message_post(self, **kwargs):
        """A reply to a customer who is no contact goes to their address, without making them one."""
        if self.env.context.get("complaint_reply") and len(self) == 1 and not kwargs.get("partner_ids"):
            kwargs = {**kwargs, **self._get_customer_recipient()}
        return super().message_post(**kwargs)

    def _message_post_after_hook(self, message, msg_values):
        super()._message_post_after_hook(message, msg_values)
        verdict = self._get_complaint_verdict()
        if message.message_type not in ("comment", "email", "email_outgoing") or message.is_internal or message.subtype_id.internal:
            return
        author = message.author_id.sudo()
        if author and not author.partner_share:
            if not self.first_response_at and self._reaches_customer(message):
                self.sudo().first_response_at = fields.Datetime.now()
        elif self.is_closed and not (verdict and verdict.automatic):
            self.sudo().action_reopen()
        if verdict and message.subtype_id == self._creation_subtype():
            self.sudo()._acknowledge_received(verdict)

    def _reaches_customer(self, message):
        self.ensure_one()
        complaint = self.sudo()
        partners = message.sudo().partner_ids | complaint.message_partner_ids
        family = complaint.commercial_partner_id
        if family and family in partners.commercial_partner_id:
            return True
        addresses = {
            *email_normalize_all(",".join(filter(None, [message.outgoing_email_to, message.incoming_email_to, message.incoming_email_cc]))),
            *partners.mapped("email_normalized"),
        }
        return bool(complaint.email_normalized) and complaint.email_normalized in addresses

    def _message_receive_bounce(self, email, partner):
        for complaint in self:
            complaint._message_log(
                body=self.env._("Mail to %(address)s could not be delivered.", address=email or complaint.email_from or "")
            )
        return super()._message_receive_bounce(email, partner)

    def _get_customer_recipient(self):
        """Where to write to the customer, as arguments of ``message_post``: the address the complaint came from, else the contact's."""
        self.ensure_one()
        if self.partner_id.email_normalized and self.email_normalized in (False, self.partner_id.email_normalized):
            return {"partner_ids": self.partner_id.ids}
        if self.email_normalized:
            return {"outgoing_email_to": formataddr((self._get_sender_name(), self.email_normalized))}
        return {}

    def _get_customer_address(self):
        """The formatted address of the customer, False if there is no valid one."""
        self.ensure_one()
        recipient = self._get_customer_recipient()
        if "partner_ids" in recipient:
            return self.partner_id.email_formatted
        return recipient.get("outgoing_email_to", False)

    def _acknowledge_received(self, verdict):
        """Acknowledge a complaint that was received by mail, or note why not."""
        self.ensure_one()
        if self.acknowledged_at or not self.team_id.acknowledge:
            return
        reason = self._get_reason_not_to_acknowledge(verdict)
        if reason:
            self._message_log(body=reason)
            return
        try:
            with self.env.cr.savepoint():
                self._send_acknowledgement()
        except Exception:
            # The complaint matters more than its acknowledgement, whose template an administrator may have broken.
            _logger.exception("Complaint %s could not be acknowledged", self.number)
            self._message_log(body=self.env._("The acknowledgement could not be made. Ask an administrator to check its mail template."))

    def _get_reason_not_to_acknowledge(self, verdict):
        """Why the complaint is not acknowledged by itself, as a text; empty if it is."""
        if not verdict.answerable:
            return self.env._("Not acknowledged: the mail asks not to be answered automatically (%(header)s).", header=verdict.sign)
        if not self._get_customer_address():
            return self.env._("Not acknowledged: '%(address)s' is not a valid e-mail address.", address=self.email_from or "")
        if self.env["mail.alias"].sudo().search_count([("alias_full_name", "=", self.email_normalized)], limit=1):
            return self.env._("Not acknowledged: the mail comes from an address of our own, %(address)s.", address=self.email_normalized)
        lately = self.search_count(
            [
                ("email_normalized", "=", self.email_normalized),
                ("acknowledged_at", ">", fields.Datetime.now() - ACKNOWLEDGE_EVERY),
                ("id", "!=", self.id),
            ],
            limit=1,
        )
        if lately:
            return self.env._("Not acknowledged: %(address)s got an acknowledgement a few minutes ago.", address=self.email_normalized)
        return ""

    def _send_acknowledgement(self):
        self.ensure_one()
        if self._mail_customer("crm_lifecycle_complaints.mail_template_acknowledgement", ACKNOWLEDGEMENT_HEADERS):
            self.sudo().acknowledged_at = fields.Datetime.now()

    def _send_decision(self):
        """Tell the customer of the decision; where there is no address, note that they must be told otherwise."""
        self.ensure_one()
        if not self._mail_customer("crm_lifecycle_complaints.mail_template_decision", {"Auto-Submitted": "auto-generated"}):
            self._message_log(
                body=self.env._("The decision was not mailed: there is no valid e-mail address. Tell the customer otherwise.")
            )

    def _mail_customer(self, template_xmlid, headers):
        """Post a template's text and mail it to the customer alone, in the customer's language.

        :return: the message, empty without a recipient or without the template
        """
        self.ensure_one()
        recipient = self._get_customer_recipient()
        template = self.env.ref(template_xmlid, raise_if_not_found=False)
        if not recipient or not template:
            return self.env["mail.message"]
        lang = self.customer_lang
        values = template.sudo()._generate_template(self.ids, {"subject", "body_html"})[self.id]
        company = self.company_id.sudo()
        team = self.team_id.sudo()
        sender = (
            formataddr((company.name, team.alias_email)) if team.alias_email else company.email_formatted or self.env.user.email_formatted
        )
        return (
            self.with_context(lang=lang, complaint_reply=False)
            .sudo()
            .message_post(
                author_id=company.partner_id.id,
                email_from=sender,
                subject=values["subject"],
                body=values["body_html"],
                message_type="auto_comment",
                subtype_xmlid="mail.mt_comment",
                email_layout_xmlid="mail.mail_notification_light",
                email_add_signature=False,
                notify_skip_followers=True,
                mail_headers=dict(headers),
                force_email_lang=lang,
                **recipient,
            )
        )

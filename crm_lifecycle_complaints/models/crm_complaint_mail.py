"""Complaints and mail: what is answered by itself, and what counts as an answer."""

import logging
from datetime import timedelta

from markupsafe import Markup
from odoo import api, fields, models
from odoo.tools import email_normalize_all, formataddr

from ..domain.thanks import is_bare_thanks, without_quotations
from .crm_complaint import TOGETHER

_logger = logging.getLogger(__name__)

# Complaints named in one message.
LISTED = 20
# An address gets no second acknowledgement within this time: a robot without any of the usual headers answers in seconds.
ACKNOWLEDGE_EVERY = timedelta(minutes=10)
# A stranger may be a robot that takes its time, and is nobody whose second complaint of the day must be answered by a machine.
ACKNOWLEDGE_STRANGERS_EVERY = timedelta(days=1)
ACKNOWLEDGEMENT_HEADERS = {"Auto-Submitted": "auto-replied", "X-Auto-Response-Suppress": "All", "Precedence": "bulk"}


class CrmComplaint(models.Model):
    _inherit = "crm.complaint"

    def _creation_subtype(self):
        return self.env.ref("crm_lifecycle_complaints.mt_complaint_new")

    def _track_subtype(self, initial_values):
        self.ensure_one()
        if "stage_id" in initial_values:
            closed = "crm_lifecycle_complaints.mt_complaint_closed"
            return self.env.ref(closed if self.is_closed else "crm_lifecycle_complaints.mt_complaint_stage")
        return super()._track_subtype(initial_values)

    @api.model
    def _is_told_alone(self, vals_list):
        """Whether a new complaint is posted, so that whoever follows its team gets it as a message of its own; of many there is one message."""
        team = self.env["crm.complaint.team"].sudo().browse(vals_list[0]["team_id"] or []) if len(vals_list) == 1 else None
        return bool(team and team.message_follower_ids)

    def _message_auto_subscribe(self, updated_values, followers_existing_policy="skip"):
        if self.env.context.get("complaint_followers") is TOGETHER:
            return True
        return super()._message_auto_subscribe(updated_values, followers_existing_policy=followers_existing_policy)

    def _subscribe_together(self):
        """Subscribe whoever follows the teams and whoever is in charge of new complaints, and tell each of them once."""
        for (team, user), complaints in self.sudo().grouped(lambda complaint: (complaint.team_id, complaint.user_id)).items():
            complaints.with_env(self.env)._message_auto_subscribe({"team_id": team.id, "user_id": user.id}, "update")
        subtype = self._creation_subtype()
        followers = (
            self.env["mail.followers"]
            .sudo()
            .search([("res_model", "=", self._name), ("res_id", "in", self.ids), ("subtype_ids", "in", subtype.ids)])
        )
        for partner, those in followers.grouped("partner_id").items():
            if partner != self.env.user.partner_id:
                complaints = self.browse(those.mapped("res_id")).with_context(lang=partner.lang)
                complaints._tell_together(partner, complaints.env._("Complaints received: %(count)s", count=len(complaints)))

    def _message_auto_subscribe_notify(self, partner_ids, template):
        """Whoever is put in charge of many at once is told so once."""
        if len(self) < 2:
            return super()._message_auto_subscribe_notify(partner_ids, template)
        if self.env.registry.ready and not self.env.context.get("mail_auto_subscribe_no_notify"):
            for partner in self.env["res.partner"].browse(partner_ids):
                self._tell_together(partner, self.env._("Complaints assigned to you: %(count)s", count=len(self)))
        return None

    def _tell_together(self, partner, subject):
        """Send one message that names these complaints.

        :param str subject: what it is about, in the language of the context, which is that of the partner
        """
        items = Markup().join(
            Markup('<li><a href="/odoo/complaints/%s">%s</a></li>') % (complaint.id, complaint.display_name) for complaint in self[:LISTED]
        )
        more = len(self) - LISTED
        self.env["mail.thread"].message_notify(
            partner_ids=partner.ids,
            subject=subject,
            body=Markup("<p>%s</p><ul>%s</ul>%s")
            % (subject, items, Markup("<p>%s</p>") % self.env._("and %(count)s more", count=more) if more > 0 else ""),
        )

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
        elif self.is_closed:
            self.sudo()._reopen_by_answer(message)
        if verdict and message.subtype_id == self._creation_subtype():
            self.sudo()._acknowledge_received(verdict)

    def _reopen_by_answer(self, message):
        """Open the complaint again because the customer has answered, unless they only say thank you."""
        self.ensure_one()
        if is_bare_thanks(
            self._get_mail_text(without_quotations(message.body or "")), f"{self._get_sender_name()} {message.author_id.name or ''}"
        ):
            self._message_log(body=self.env._("The customer says thank you: the complaint stays closed."))
        else:
            self.action_reopen()

    def _is_closed_for_good(self):
        """Whether an answer is too late to reopen the complaint."""
        self.ensure_one()
        if not self.is_closed or not self.closed_at:
            return False
        days = self.team_id.reopen_days if self.team_id else 30
        return self.closed_at < fields.Datetime.now() - timedelta(days=days)

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
        every = ACKNOWLEDGE_EVERY if self.partner_id else ACKNOWLEDGE_STRANGERS_EVERY
        lately = self.with_context(active_test=False).search_count(
            [
                ("email_normalized", "=", self.email_normalized),
                ("acknowledged_at", ">", fields.Datetime.now() - every),
                ("id", "!=", self.id),
            ],
            limit=1,
        )
        if lately:
            return self.env._("Not acknowledged: %(address)s has got an acknowledgement shortly before.", address=self.email_normalized)
        return ""

    def _send_acknowledgement(self):
        self.ensure_one()
        if self._mail_customer("crm_lifecycle_complaints.mail_template_acknowledgement", ACKNOWLEDGEMENT_HEADERS):
            self.sudo().acknowledged_at = fields.Datetime.now()

    def _send_decision(self):
        """Tell the customer of the decision; where there is no address, note that they must be told otherwise."""
        self.ensure_one()
        letter = self._make_letter() if self._get_customer_recipient() else []
        if not self._mail_customer("crm_lifecycle_complaints.mail_template_decision", {"Auto-Submitted": "auto-generated"}, letter):
            self._message_log(
                body=self.env._("The decision was not mailed: there is no valid e-mail address. Tell the customer otherwise.")
            )

    def _mail_customer(self, template_xmlid, headers, attachments=()):
        """Post a template's text and mail it to the customer alone, in the customer's language.

        :param attachments: (name, content) pairs
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
                attachments=list(attachments),
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

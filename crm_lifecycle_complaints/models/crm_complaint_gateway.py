"""How mail becomes a complaint, continues one, or goes to quarantine."""

import logging
import re
from datetime import timedelta
from html import unescape

from odoo import api, fields, models
from odoo.tools import email_normalize, email_normalize_all, html2plaintext

_logger = logging.getLogger(__name__)

NARRATIVE_LIMIT = 20_000
SUBJECT_LIMIT = 250


class CrmComplaint(models.Model):
    _inherit = "crm.complaint"

    @api.model
    def _complaint_routes(self, message, message_dict, routes, verdict):
        """Decide where a mail for complaints really goes.

        A reply that lost its References is known by the number in its subject, if it comes from the complaint's own address; a reply to
        a merged complaint goes to its target. One mail to several teams of a company opens one complaint. What a machine wrote, spam
        and floods open none: they are kept in quarantine.

        :param email.message.EmailMessage message: the mail
        :param dict message_dict: the parsed mail
        :param list routes: (model, thread id, values, user id, alias) as core found them
        :param Verdict verdict: what the mail's headers say
        """
        if self._is_received_elsewhere(message_dict):
            return []
        kept, done = [], set()
        for model, thread_id, values, uid, alias in routes:
            if model != self._name:
                kept.append((model, thread_id, values, uid, alias))
                continue
            values = dict(values or {})
            team = self.env["crm.complaint.team"].sudo().browse(values.get("team_id")).exists()
            if not team and not thread_id:
                team = self._get_addressed_team(message_dict, values)
            company = team.company_id or self.env.company
            known = self.sudo().browse(thread_id or []).exists() or self._find_by_subject(message_dict, company)
            known = known._get_merge_target()
            if known and known._is_closed_for_good() and not verdict.automatic:
                values.update(origin_id=known.id, partner_id=known.partner_id.id, team_id=known.team_id.id, company_id=known.company_id.id)
                team, company = known.team_id, known.company_id
                known = self.browse()
                message_dict.pop("parent_id", None)
            values.setdefault("team_id", team.id)
            goal = known or company
            if goal in done:
                continue
            done.add(goal)
            cause, sign = self._get_cause_for_quarantine(message_dict, verdict, team, known)
            if cause:
                _logger.info("Mail %s is kept in quarantine: %s (%s)", message_dict["message_id"], cause, sign)
                self._hold_mail(message, message_dict, team or known.team_id, cause, sign)
            else:
                kept.append((model, known.id, values, uid, alias))
        return kept

    @api.model
    def _hold_mail(self, message, message_dict, team, cause, sign=""):
        if not self._is_received_elsewhere(message_dict):
            self.env["crm.complaint.quarantine"]._hold(message, message_dict, team, cause, sign)

    @api.model
    def _get_addressed_team(self, message_dict, values=None):
        """The team that a mail is addressed to, else the one that core's fallback names, else the company's first.

        Without ``values`` there is no fallback: the team is empty where no team's address is among the recipients.
        """
        teams = self.env["crm.complaint.team"].sudo()
        addresses = email_normalize_all(message_dict.get("recipients") or "")
        team = addresses and teams.search([("alias_full_name", "in", addresses)], limit=1)
        if team or values is None and not self.env.context.get("complaint_fallback"):
            return team or teams
        named = teams.browse((values or {}).get("team_id")).exists()
        return named or self._default_team_id(self.env.company).sudo()

    @api.model
    def _get_cause_for_quarantine(self, message_dict, verdict, team, known):
        """Why a mail is put into quarantine, as (cause, what showed it); ("", "") if it is received.

        :param crm.complaint known: the complaint that the mail continues, if any
        """
        if self._get_complaint_release():
            return "", ""
        if verdict.cause and not known:
            return verdict.cause, verdict.sign
        sender = email_normalize(message_dict.get("email_from") or "")
        given = ("email_from", "subject", "attachments")
        if not known and not any(message_dict.get(name) for name in given) and not self._get_mail_text(message_dict.get("body") or ""):
            return "empty", ""
        if not sender or self.env["mail.gateway.allowed"].sudo().search_count([("email_normalized", "=", sender)], limit=1):
            return "", ""
        minutes, limit = self._get_flood_limit()
        count = self._count_lately(sender, known, minutes)
        if count >= limit:
            return "flood", str(count)
        if not known and team.stranger_limit and not self._find_customer(sender, team.company_id):
            since = fields.Datetime.now() - timedelta(hours=1)
            domain = [("team_id", "=", team.id), ("received_at", ">", since), ("channel", "=", "mail"), ("partner_id", "=", False)]
            strangers = self.sudo().search_count(domain, limit=team.stranger_limit)
            if strangers >= team.stranger_limit:
                return "strangers", str(strangers)
        return "", ""

    @api.model
    def _get_flood_limit(self):
        """(minutes, number of mails in them) from which on one sender's mail is a flood: core's own guard against loops."""
        get_param = self.env["ir.config_parameter"].sudo().get_param
        return int(get_param("mail.gateway.loop.minutes", 120)), int(get_param("mail.gateway.loop.threshold", 20))

    @api.model
    def _count_lately(self, sender, known, minutes):
        """How many complaints the sender has opened lately by mail, or how many mails they have written lately to the known one."""
        since = fields.Datetime.now() - timedelta(minutes=minutes)
        if known:
            domain = [
                ("model", "=", self._name),
                ("res_id", "=", known.id),
                ("create_date", ">=", since),
                ("message_type", "=", "email"),
                "|",
                ("author_id.email_normalized", "=", sender),
                ("email_from", "ilike", sender),
            ]
            return self.env["mail.message"].sudo().search_count(domain)
        domain = [("email_normalized", "=", sender), ("create_date", ">=", since), ("channel", "=", "mail")]
        count = self.sudo().with_context(active_test=False).search_count(domain)
        # What others have opened while this transaction waited for its turn is seen by a new one only.
        with self.env.registry.cursor() as other:
            other.execute(
                "SELECT count(*) FROM crm_complaint WHERE email_normalized = %s AND create_date >= %s AND channel = 'mail'", [sender, since]
            )
            return max(count, other.fetchone()[0])

    @api.model
    def _is_received_elsewhere(self, message_dict):
        """Whether the same mail has been received already: in quarantine, or by another transaction since ours began, which core's check
        does not see.

        The locks let the second one wait for the first; only a new transaction then sees what the first one wrote. Mails of one sender
        wait for each other as well, so that a flood is counted right.
        """
        if self._get_complaint_release():
            return False
        sender = email_normalize(message_dict.get("email_from") or "") or ""
        message_id = message_dict["message_id"]
        for key in (f"from:{sender}", message_id):
            self.env.cr.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [key])
        held = self.env["crm.complaint.quarantine"].sudo().with_context(active_test=False)
        if held.search_count([("message_id", "=", message_id)], limit=1):
            return True
        with self.env.registry.cursor() as other:
            other.execute(
                """
                SELECT 1 FROM mail_message WHERE message_id = %(id)s
                UNION ALL SELECT 1 FROM crm_complaint_quarantine WHERE message_id = %(id)s LIMIT 1
                """,
                {"id": message_id},
            )
            return bool(other.rowcount)

    @api.model
    def _find_by_subject(self, message_dict, company):
        """The complaint whose number is in the mail's subject and which the sender may continue."""
        words = [word for word in re.findall(r"[^\s\[\](){}<>,;:#]+", message_dict.get("subject") or "") if re.search(r"\d", word)]
        sender = email_normalize(message_dict.get("email_from") or "")
        if not words or not sender:
            return self.browse()
        return (
            self.sudo()
            .with_context(active_test=False)
            .search(
                [
                    ("number", "in", words[:20]),
                    ("company_id", "=", company.id),
                    "|",
                    ("email_normalized", "=", sender),
                    ("partner_id.email_normalized", "=", sender),
                ],
                limit=1,
            )
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
            "kind": team.kind or "complaint",
            **values,
        }
        if release := self._get_complaint_release():
            values["received_at"] = release.received_at
        return super().message_new(msg_dict, values)

    @api.model
    def _get_mail_text(self, body):
        """The text of a mail's body. Core wraps plain text in <pre>, and quotations in it in tags: so its lines are kept."""
        plain = re.fullmatch(r"\s*<pre>(.*)</pre>\s*", body, re.DOTALL)
        return (unescape(re.sub(r"<[^>]*>", "", plain[1])) if plain else html2plaintext(body, include_references=False)).strip()

    @api.model
    def _is_internal_author(self, msg_dict):
        author = self.env["res.partner"].sudo().browse(msg_dict.get("author_id") or [])
        return bool(author) and not author.partner_share

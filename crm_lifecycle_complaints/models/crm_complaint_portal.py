"""What customers see and do on the portal, and what they are asked after closing."""

from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import plaintext2html


class CrmComplaint(models.Model):
    _inherit = "crm.complaint"

    accepted_at = fields.Datetime("Accepted by the Customer on", readonly=True, copy=False, help="When the customer accepted the solution.")

    def _compute_access_url(self):
        result = super()._compute_access_url()
        for complaint in self:
            complaint.access_url = f"/my/complaints/{complaint.id}"
        return result

    def _get_customer_link(self):
        """The address of the complaint's page, which needs no log-in."""
        self.ensure_one()
        complaint = self.sudo()
        return complaint.get_base_url() + complaint.get_portal_url()

    def _rating_get_parent_field_name(self):
        return "team_id"

    def rating_apply(self, rate, token=None, rating=None, feedback=None, **kwargs):
        """A rating is given once: what is sent again, by whomever, changes nothing."""
        if token:
            rating = self.env["rating.rating"].search([("access_token", "=", token)], limit=1)
        if rating:
            # A second request at the same moment waits here, and is begun anew after the first one.
            self.env.cr.execute("SELECT consumed FROM rating_rating WHERE id = %s FOR UPDATE", [rating.id], log_exceptions=False)
            [(consumed,)] = self.env.cr.fetchall()
            if consumed:
                return rating
        return super().rating_apply(rate, rating=rating, feedback=feedback, **kwargs)

    def _after_closing(self):
        result = super()._after_closing()
        for complaint in self:
            team = complaint.sudo().team_id
            if team.ask_satisfaction:
                complaint._ask_satisfaction()
            if team.follow_up_days:
                complaint._plan_follow_up(team.follow_up_days)
        return result

    def _ask_satisfaction(self):
        """Ask the customer how the complaint was handled; once for each closing, and only where there is an address."""
        self.ensure_one()
        if self._get_customer_recipient():
            self.sudo()._rating_get_access_token()
            self._mail_customer("crm_lifecycle_complaints.mail_template_rating", {"Auto-Submitted": "auto-generated"})

    def action_preview(self):
        """Open the page that the customer sees."""
        self.ensure_one()
        return {"type": "ir.actions.act_url", "target": "new", "url": self.get_portal_url()}

    def action_view_ratings(self):
        """Open what the customer said of the handling."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Satisfaction"),
            "res_model": "rating.rating",
            "view_mode": "kanban,list,form",
            "domain": [("res_model", "=", self._name), ("res_id", "=", self.id), ("consumed", "=", True)],
        }

    def _get_rating_token(self):
        """The token of the rating that the customer has been asked for and has not given; False if there is none."""
        self.ensure_one()
        return self.sudo().rating_ids.filtered(lambda rating: not rating.consumed)[:1].access_token

    def _plan_follow_up(self, days):
        self.ensure_one()
        user = self.user_id or self.team_id.user_id or self.env.user
        self.activity_schedule(
            "mail.mail_activity_data_todo",
            fields.Date.context_today(self) + timedelta(days=days),
            summary=self.with_context(lang=user.lang).env._("Ask the customer whether the solution works"),
            user_id=user.id,
        )

    def _get_portal_status(self):
        """The state in plain words, for the customer."""
        self.ensure_one()
        complaint = self.sudo()
        return complaint.stage_id.customer_text or complaint.stage_id.name

    def _get_portal_messages(self):
        """What the customer may read of the conversation, newest first: neither notes nor what is sent among colleagues."""
        self.ensure_one()
        return (
            self.env["mail.message"]
            .sudo()
            .search(
                [
                    ("model", "=", self._name),
                    ("res_id", "=", self.id),
                    ("message_type", "in", ("comment", "email", "email_outgoing", "auto_comment")),
                    ("is_internal", "=", False),
                    ("subtype_id", "!=", False),
                    ("subtype_id.internal", "=", False),
                ],
                order="id desc",
                limit=200,
            )
        )

    @api.private
    def portal_post(self, text, attachments, author):
        """Post what a customer wrote on the portal; like a mail, it opens a closed complaint again unless it only says thank you.

        :param str text: plain text
        :param list attachments: (name, content as bytes)
        :param res.partner author: who wrote it; empty for somebody who came by a link
        """
        self.ensure_one()
        sender = author.email_formatted if author else self.email_from or ""
        return (
            self.sudo()
            .with_context(mail_post_autofollow_author_skip=True, attachments_mime_plainxml=True)
            .message_post(
                author_id=author.id or False,
                email_from=sender,
                body=plaintext2html(text or ""),
                attachments=attachments,
                message_type="comment",
                subtype_xmlid="mail.mt_comment",
            )
        )

    @api.private
    def portal_accept(self, author):
        """The customer accepts the solution."""
        self.ensure_one()
        if not self.accepted_at:
            self.sudo().accepted_at = fields.Datetime.now()
            self.sudo()._message_log(body=self.env._("The customer accepts the solution."), author_id=author.id or None)

    @api.private
    def portal_reopen(self, text, attachments, author):
        """The customer does not agree, and says why."""
        self.ensure_one()
        if not self.is_closed:
            raise UserError(self.env._("The complaint is open already. Just write to us."))
        if self._is_closed_for_good():
            raise UserError(self.env._("The complaint was closed too long ago to be opened again. Please send us a new one."))
        if not (text or "").strip():
            raise UserError(self.env._("Please tell us why you do not agree."))
        self.portal_post(text, attachments, author)
        if self.is_closed:
            self.sudo().action_reopen()

    def action_reopen(self):
        self.filtered("is_closed").write({"accepted_at": False})
        return super().action_reopen()

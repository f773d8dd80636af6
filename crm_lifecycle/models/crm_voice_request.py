import secrets
from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL, plaintext2html

from ..domain import voice
from .crm_lifecycle_customer_value import SEGMENTS
from .crm_lifecycle_stage import PHASES
from .crm_lifecycle_transition import HEALTH

LONGEST = 5000


class CrmVoiceRequest(models.Model):
    """One contact asked once, and what they answered."""

    _name = "crm.voice.request"
    _description = "Customer Feedback"
    _inherit = ["crm.lifecycle.of.customer", "mail.thread", "mail.activity.mixin"]
    _order = "answered_at desc nulls last, id desc"

    survey_id = fields.Many2one("crm.voice.survey", required=True, readonly=True, index=True, ondelete="restrict")
    kind = fields.Selection(related="survey_id.kind", store=True)
    company_id = fields.Many2one(related="survey_id.company_id", store=True, index=True)
    partner_id = fields.Many2one("res.partner", "Contact", required=True, readonly=True, index=True, ondelete="cascade")
    commercial_partner_id = fields.Many2one("res.partner", "Customer", related="partner_id.commercial_partner_id", store=True, index=True)
    user_id = fields.Many2one("res.users", "Salesperson", readonly=True, index="btree_not_null")
    token = fields.Char(readonly=True, copy=False, default=lambda self: secrets.token_urlsafe(24), groups="base.group_system")
    sent_at = fields.Datetime("Asked", readonly=True, default=fields.Datetime.now)
    expires_at = fields.Datetime("Open until", readonly=True)
    state = fields.Selection([("sent", "Asked"), ("answered", "Answered")], default="sent", required=True, readonly=True)
    answered_at = fields.Datetime("Answered", readonly=True, index="btree_not_null")
    score = fields.Integer(readonly=True, aggregator="avg")
    mood = fields.Selection(
        [("happy", "Promoter or satisfied"), ("neutral", "Passive"), ("unhappy", "Detractor or unhappy")],
        readonly=True,
        index="btree_not_null",
    )
    points = fields.Float(
        "Result",
        readonly=True,
        digits=(16, 1),
        aggregator="avg",
        help="Its mean is the measure: NPS from −100 to 100, the percentage satisfied, or the mean effort score.",
    )
    comment = fields.Text(readonly=True)
    other_supplier = fields.Char("Best Other Supplier", readonly=True)
    voice_rating_ids = fields.One2many("crm.voice.rating", "request_id", "Factors Rated", readonly=True)
    stage_id = fields.Many2one("crm.lifecycle.stage", readonly=True, ondelete="set null", help="When they answered.")
    phase = fields.Selection(PHASES, readonly=True)
    health = fields.Selection(HEALTH, readonly=True, help="When they answered.")
    rfm_segment = fields.Selection(SEGMENTS, "Segment (RFM)", readonly=True, help="When they answered.")

    _token_once = models.UniqueIndex("(token)")
    _customer_idx = models.Index("(commercial_partner_id, answered_at DESC) WHERE answered_at IS NOT NULL")
    _answered_whole = models.Constraint(
        "CHECK (state <> 'answered' OR (answered_at IS NOT NULL AND mood IS NOT NULL))", "An answer needs a score."
    )

    @api.depends("partner_id", "score", "state", "kind")
    def _compute_display_name(self):
        for request in self:
            name = request.partner_id.display_name or ""
            if request.state == "answered":
                _low, high = voice.SCALES[request.kind]
                name = self.env._("%(name)s: %(score)s of %(high)s", name=name, score=request.score, high=high)
            request.display_name = name

    @api.model_create_multi
    def create(self, vals_list):
        requests = super().create(vals_list)
        for request in requests:
            family = request.commercial_partner_id
            request.write(
                {
                    "expires_at": request.sent_at + timedelta(days=request.survey_id.valid_days),
                    "user_id": (request.partner_id.user_id or family.user_id).id,
                }
            )
        return requests

    def _send(self):
        """Have the mail with the link go out, within the hours in which the company writes to customers."""
        for survey, requests in self.grouped("survey_id").items():
            mails = survey.template_id.sudo().send_mail_batch(requests.ids, force_send=False)
            survey.company_id._lifecycle_schedule_mails(mails)

    def _get_address(self, score=None):
        """Where the contact answers: opening it records nothing, whoever opens it."""
        self.ensure_one()
        address = f"{self.get_base_url()}/voice/{self.sudo().token}"
        return address if score is None else f"{address}?score={int(score)}"

    def _get_scale(self):
        """The scores that can be given, lowest first."""
        low, high = voice.SCALES[self.kind]
        return list(range(low, high + 1))

    @api.model
    def _get_by_token(self, token):
        """The request with this token, with all rights, or none."""
        if not isinstance(token, str) or not 20 <= len(token) <= 64:
            return self.sudo().browse()
        return self.sudo().search([("token", "=", token)], limit=1)

    def _is_open(self):
        return self.state == "sent" and self.expires_at > fields.Datetime.now()

    def _answer(self, score, comment="", ratings=None, other_supplier=""):
        """Take an answer, once.

        :param score: as sent, a number of the survey's scale
        :param dict ratings: ``{(factor id, aspect): value}`` as sent; what is empty is left out
        :raise UserError: for anything that is no such number, when it was answered already, and after its time
        """
        self.ensure_one()
        score = self._get_number(score, *voice.SCALES[self.kind])
        if score is None:
            raise UserError(self.env._("Please choose a number."))
        rated = self._get_checked_ratings(ratings or {})
        if self.state == "answered":
            raise UserError(self.env._("You have answered already. Thank you!"))
        if not self._is_open():
            raise UserError(self.env._("This survey is closed by now. Thank you all the same!"))
        now = fields.Datetime.now()
        self.env.flush_all()
        # Sent twice at once, one of the two is taken; the other one is tried again and finds it answered.
        claimed = self.env.execute_query(
            SQL(
                "UPDATE crm_voice_request SET state = 'answered', answered_at = %s, mood = %s WHERE id = %s AND state = 'sent' RETURNING id",
                now,
                voice.mood(self.kind, score),
                self.id,
            )
        )
        self.invalidate_recordset()
        if not claimed:
            raise UserError(self.env._("You have answered already. Thank you!"))
        customer = self.env["crm.lifecycle.customer"].search(
            [("partner_id", "=", self.commercial_partner_id.id), ("company_id", "=", self.company_id.id)], limit=1
        )
        self.write(
            {
                "score": score,
                "points": voice.points(self.kind, score),
                "comment": self._get_text(comment, LONGEST),
                "other_supplier": self._get_text(other_supplier, 100),
                "stage_id": customer.stage_id.id,
                "phase": customer.phase,
                "health": customer.health,
                "rfm_segment": customer.rfm_segment,
                "voice_rating_ids": [
                    (0, 0, {"factor_id": factor, "aspect": aspect, "value": value}) for (factor, aspect), value in rated.items()
                ],
            }
        )
        self._close_the_loop()

    def _get_checked_ratings(self, ratings):
        allowed = set(self.survey_id.factor_ids.ids)
        aspects = ("importance", "performance", "other") if self.survey_id.compares else ("performance",)
        checked = {}
        for (factor, aspect), given in ratings.items():
            if factor in allowed and aspect in aspects and given not in (None, ""):
                value = self._get_number(given, *voice.RATINGS)
                if value is None:
                    raise UserError(self.env._("Please rate with numbers from 1 to 5."))
                checked[factor, aspect] = value
        return checked

    @api.model
    def _get_number(self, given, low, high):
        """``given`` as a whole number from ``low`` to ``high``, or None."""
        text = str(given).strip() if isinstance(given, int | str) and not isinstance(given, bool) else ""
        if not (text.isascii() and text.isdigit() and len(text) < 4):
            return None
        number = int(text)
        return number if low <= number <= high else None

    @api.model
    def _get_text(self, given, longest):
        return given.replace("\x00", "").strip()[:longest] if isinstance(given, str) else ""

    def _close_the_loop(self):
        """Somebody talks to the unhappy: their salesperson, or whom the survey names."""
        for request in self.filtered(lambda each: each.mood == "unhappy"):
            user = request.user_id or request.survey_id.user_id
            if not user.active or user.share:
                user = request.survey_id.user_id
            lang = user.lang or request.env.lang
            request = request.with_context(lang=lang)
            _low, high = voice.SCALES[request.kind]
            request.activity_schedule(
                "mail.mail_activity_data_call",
                date_deadline=fields.Date.add(fields.Date.context_today(request), days=2),
                user_id=user.id or request.env.ref("base.user_admin").id,
                summary=request.env._("Unhappy customer: %(score)s of %(high)s", score=request.score, high=high),
                note=plaintext2html(request.comment) if request.comment else False,
            )

from ast import literal_eval
from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.fields import Domain
from odoo.tools import SQL

BATCH = 200


class CrmVoiceSurvey(models.Model):
    """What customers are asked, whom, and how often at most."""

    _name = "crm.voice.survey"
    _description = "Customer Survey"
    _order = "sequence, id"

    name = fields.Char(required=True, translate=True)
    sequence = fields.Integer(default=10)
    active = fields.Boolean(default=True)
    company_id = fields.Many2one("res.company", required=True, default=lambda self: self.env.company, index=True)
    kind = fields.Selection(
        [("nps", "Net promoter score (0 to 10)"), ("csat", "Satisfaction (1 to 5)"), ("ces", "Effort (1 to 7)")],
        required=True,
        default="nps",
    )
    question = fields.Char(required=True, translate=True)
    low_label = fields.Char("Lowest Score Means", translate=True, default=lambda self: self.env._("Not at all"))
    high_label = fields.Char("Highest Score Means", translate=True, default=lambda self: self.env._("Very much"))
    factor_ids = fields.Many2many(
        "crm.voice.factor", string="Factors", help="How we do in each of them is asked on the page of the answer."
    )
    compares = fields.Boolean(
        "Importance and Comparison", help="Also ask how much each factor matters, and how the best other supplier does."
    )
    rest_days = fields.Integer(
        "Rest (days)", default=90, required=True, help="No customer is asked again, by whatever survey, before so many days have passed."
    )
    valid_days = fields.Integer("Open for (days)", default=30, required=True, help="How long the link in the mail can be answered.")
    user_id = fields.Many2one(
        "res.users",
        "Follow-up by",
        domain=[("share", "=", False)],
        help="Who follows up on unhappy customers that have no salesperson.",
    )
    template_id = fields.Many2one(
        "mail.template",
        "Mail",
        domain=[("model", "=", "crm.voice.request")],
        required=True,
        default=lambda self: self.env.ref("crm_lifecycle.mail_template_voice", raise_if_not_found=False),
        ondelete="restrict",
    )
    automatic = fields.Boolean("Ask by Itself", help="Every day, ask some of the customers below who have rested long enough.")
    customer_domain = fields.Char("Customers to Ask", default="[('purchase_days', '>', 0)]", required=True)
    daily_limit = fields.Integer("At Most a Day", default=50, required=True)

    request_ids = fields.One2many("crm.voice.request", "survey_id")
    request_count = fields.Integer("Asked", compute="_compute_counts")
    answer_count = fields.Integer("Answered", compute="_compute_counts")
    measure = fields.Float("Result", compute="_compute_counts", digits=(16, 1), help="NPS, percentage satisfied, or mean effort score.")

    _positive = models.Constraint(
        "CHECK (rest_days BETWEEN 1 AND 3650 AND valid_days BETWEEN 1 AND 365 AND daily_limit BETWEEN 1 AND 10000)",
        "A survey rests for 1 to 3,650 days, is open for 1 to 365 days, and asks 1 to 10,000 customers a day.",
    )

    def _compute_counts(self):
        rows = self.env["crm.voice.request"]._read_group([("survey_id", "in", self.ids)], ["survey_id", "state"], ["__count", "points:avg"])
        found = {(survey.id, state): (count, value) for survey, state, count, value in rows}
        for survey in self:
            answered, value = found.get((survey.id, "answered"), (0, 0))
            survey.answer_count = answered
            survey.request_count = answered + found.get((survey.id, "sent"), (0, 0))[0]
            survey.measure = value

    @api.constrains("customer_domain", "company_id")
    def _check_customer_domain(self):
        for survey in self:
            try:
                # Odoo checks with all rights. By what whoever saves it may not read, they may not search.
                with self.env.cr.savepoint():
                    survey.with_user(self.env.user).env["crm.lifecycle.customer"].search(survey._get_customer_domain(), limit=1)
            except AccessError:
                raise
            except Exception as error:
                raise ValidationError(
                    self.env._("The condition of the survey “%(name)s” cannot be understood. Please choose it anew.", name=survey.name)
                ) from error

    def _get_customer_domain(self):
        return Domain(literal_eval(self.customer_domain or "[]")) & Domain("company_id", "=", self.company_id.id)

    def _ask(self, partners):
        """Ask these contacts, as far as they may be written to and their customer has rested long enough. Returns the requests made.

        One contact of each customer at most, whatever runs at the same time: who is asked is claimed in the database first.
        """
        self.ensure_one()
        survey = self._with_all_rights()
        chosen = survey._get_askable(partners)
        claimed = survey._claim(list(chosen))
        requests = survey.env["crm.voice.request"].create([{"survey_id": survey.id, "partner_id": chosen[family].id} for family in claimed])
        requests._send()
        return requests.with_env(self.env)

    def _with_all_rights(self):
        """The survey seen from its own company: who asks need not be allowed to read every contact of a customer."""
        return self.sudo().with_context(allowed_company_ids=self.company_id.ids)

    def _get_askable(self, partners):
        """``{commercial partner id: contact}`` of those among these contacts who have an address and may be written to."""
        people = self.env["res.partner"]
        domain = Domain("id", "in", partners.ids) & self._get_welcome_domain()
        chosen = {}
        for partner in people.search(domain, order="id"):
            chosen.setdefault(partner.commercial_partner_id.id, partner)
        return chosen

    def _get_welcome_domain(self):
        """Contacts with an address who may be written to, and whose firm may."""
        reachable = self.env["res.partner"]._lifecycle_reachable("email")
        return Domain("email_normalized", "!=", False) & reachable & Domain("commercial_partner_id", "any", reachable)

    def _get_rested_domain(self):
        """Customers who have not been asked lately, by whatever survey."""
        rested = fields.Datetime.now() - timedelta(days=self.rest_days)
        return Domain("voice_asked_at", "=", False) | Domain("voice_asked_at", "<=", rested)

    def _count_askable(self, partners):
        """How many customers :meth:`_ask` would ask now."""
        survey = self._with_all_rights()
        families = list(survey._get_askable(partners))
        return survey.env["res.partner"].search_count(Domain("id", "in", families) & survey._get_rested_domain())

    def _claim(self, family_ids):
        """Note on these customers that they are asked now. Returns those who had rested; a second transaction that wants them too is retried."""
        if not family_ids:
            return []
        self.env.flush_all()
        now = fields.Datetime.now()
        rows = self.env.execute_query(
            SQL(
                """UPDATE res_partner SET voice_asked_at = %s
                    WHERE id IN (SELECT id FROM res_partner WHERE id = ANY(%s) ORDER BY id FOR NO KEY UPDATE)
                      AND (voice_asked_at IS NULL OR voice_asked_at <= %s)
                RETURNING id""",
                now,
                family_ids,
                now - timedelta(days=self.rest_days),
            )
        )
        self.env["res.partner"].browse(family_ids).invalidate_recordset(["voice_asked_at"])
        return sorted(family for (family,) in rows)

    def _get_due(self, limit):
        """Customers whom the survey asks by itself: those who have not been asked for longest first."""
        survey = self._with_all_rights()
        customers = survey.env["crm.lifecycle.customer"]._search(survey._get_customer_domain())
        people = survey.env["res.partner"]
        domain = Domain("id", "in", customers.subselect("partner_id")) & survey._get_welcome_domain() & survey._get_rested_domain()
        return people.search(domain, order="voice_asked_at nulls first, id", limit=limit)

    def _ask_batch(self):
        """Ask the next customers of today's share. Returns how many were asked: 0 when the day's work is done."""
        since = fields.Datetime.now() - timedelta(hours=20)
        today = self.env["crm.voice.request"].sudo().search_count([("survey_id", "=", self.id), ("sent_at", ">=", since)])
        left = min(self.daily_limit - today, BATCH)
        return len(self._ask(self._get_due(left))) if left > 0 else 0

    @api.model
    def _cron_ask(self):
        """Daily. Interrupted, it goes on with those who have not been asked: each batch is claimed and committed."""
        for survey in self.search([("automatic", "=", True)]):
            while asked := survey._ask_batch():
                if not self.env["ir.cron"]._commit_progress(asked):
                    return

    def write(self, vals):
        if "kind" in vals and any(survey.kind != vals["kind"] and survey.request_count for survey in self):
            raise UserError(
                self.env._("Customers have been asked already: the scale of a survey cannot change any more. Please make a new one.")
            )
        return super().write(vals)

    def action_ask(self):
        """Choose whom to ask now."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Ask Customers"),
            "res_model": "crm.voice.ask",
            "view_mode": "form",
            "target": "new",
            "context": {"default_survey_id": self.id},
        }

    def action_open_answers(self):
        """Open what was answered to this survey."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id("crm_lifecycle.crm_voice_request_action")
        return {**action, "domain": [("survey_id", "=", self.id)]}

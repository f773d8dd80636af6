import logging

from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError
from odoo.fields import Domain
from psycopg2 import OperationalError

from ..analytics import events, rewards
from ..domain.rewards import POINT_DIGITS, affordable, event_key, event_key_prefix, exact_points, stage_key, stage_key_prefix

_logger = logging.getLogger(__name__)

CHUNK = 500
# The model whose records tell that an event happened, where another app has it.
SOURCES = {"rating": "rating.rating", "survey": "survey.survey"}
ORIGINS = {
    "stage": "crm.lifecycle.transition",
    "birthday": "res.partner",
    "anniversary": "crm.lifecycle.customer",
    "new_category": "account.move",
    "referral": "res.partner",
    "rating": "rating.rating",
    "survey": "survey.user_input",
    "win_back": "crm.lifecycle.transition",
}


class CrmLoyaltyEventRule(models.Model):
    """A reward for the relationship, not for buying: when something happens to a customer, points go to their card, once."""

    _name = "crm.loyalty.event.rule"
    _description = "Loyalty Reward Rule"
    _order = "sequence, id"

    name = fields.Char(required=True, translate=True, help="The customer reads this as the reason for the points.")
    active = fields.Boolean(default=True)
    sequence = fields.Integer(default=10)
    company_id = fields.Many2one("res.company", required=True, default=lambda self: self.env.company, ondelete="cascade")
    event = fields.Selection(
        [
            ("stage", "A customer reaches a stage"),
            ("birthday", "A customer has birthday"),
            ("anniversary", "Years since the first purchase"),
            ("new_category", "First purchase of a new category"),
            ("referral", "A referred customer keeps a first purchase"),
            ("rating", "A customer rates something"),
            ("survey", "A customer completes a survey"),
            ("win_back", "A customer is at risk or lost"),
        ],
        required=True,
        default="stage",
    )
    return_days = fields.Integer(
        string="Days to Return", default=30, help="A first purchase counts when so many days have passed, and it was not credited."
    )
    customer_cap = fields.Integer(
        string="Times a Customer", default=1, help="How often the same customer can get this reward in all. 0: each time it happens."
    )
    stage_id = fields.Many2one("crm.lifecycle.stage", ondelete="restrict", index=True)
    program_id = fields.Many2one(
        "loyalty.program",
        string="Loyalty Program",
        required=True,
        ondelete="restrict",
        domain="[('program_type', '=', 'loyalty'), ('applies_on', 'in', ('both', 'future')), "
        "'|', ('company_id', '=', False), ('company_id', 'parent_of', company_id)]",
    )
    point_name = fields.Char(related="program_id.portal_point_name", string="Unit of Points")
    points = fields.Float(digits=(16, POINT_DIGITS), required=True, default=100, help="What each customer gets, once.")
    date_from = fields.Date(
        string="Starts on",
        required=True,
        default=fields.Date.context_today,
        help="What happened before this day gives nothing.",
    )
    budget_points = fields.Float(
        string="Budget",
        digits=(16, POINT_DIGITS),
        help="The most points this rule may give in all. 0: no limit. A reward is never given in part.",
    )
    granted_points = fields.Float(string="Points Given", digits=(16, POINT_DIGITS), readonly=True, copy=False)
    granted_count = fields.Integer(string="Customers Rewarded", readonly=True, copy=False)
    is_exhausted = fields.Boolean(string="Budget Used up", compute="_compute_is_exhausted")
    mail_template_id = fields.Many2one(
        "mail.template",
        string="E-mail to the Customer",
        domain="[('model', '=', 'crm.loyalty.entry')]",
        ondelete="restrict",
        default=lambda self: self.env.ref("crm_lifecycle_loyalty.mail_template_reward", raise_if_not_found=False),
        help="Sent in the customer's language. Empty: the customer is not told.",
    )
    has_program = fields.Boolean(compute="_compute_has_program")

    @api.depends("budget_points", "granted_points", "points")
    def _compute_is_exhausted(self):
        for rule in self:
            rule.is_exhausted = rule.points > 0 and not rule._affordable(1)

    @api.depends("company_id")
    def _compute_has_program(self):
        for rule in self:
            rule.has_program = bool(rule.env["loyalty.program"].search(rule._program_domain(), limit=1))

    def _program_domain(self):
        return self.env["loyalty.program"]._crm_loyalty_domain(self.company_id or self.env.company)

    @api.constrains("points", "budget_points")
    def _check_points(self):
        for rule in self:
            if exact_points(rule.points) <= 0:
                raise ValidationError(self.env._("The points of a reward must be more than 0."))
            if rule.budget_points < 0:
                raise ValidationError(self.env._("A budget cannot be negative. Leave it at 0 for no limit."))
            if rule.budget_points and rule.budget_points < rule.points:
                raise ValidationError(
                    self.env._(
                        "The budget is smaller than one reward, so nobody would get it. Raise the budget, or leave it at 0 for no limit."
                    )
                )

    @api.constrains("program_id", "company_id")
    def _check_program(self):
        for rule in self:
            rule.program_id.sudo()._crm_loyalty_check_usable(rule.company_id)

    @api.constrains("event", "stage_id")
    def _check_stage(self):
        for rule in self:
            if rule.event == "stage" and not rule.stage_id:
                raise ValidationError(self.env._("Choose the stage for which “%(rule)s” gives points.", rule=rule.name))

    _days_positive = models.Constraint("CHECK (return_days >= 0)", "Days cannot be negative.")
    _cap_positive = models.Constraint("CHECK (customer_cap >= 0)", "A number of times cannot be negative. Leave it at 0 for no limit.")

    @api.constrains("event")
    def _check_event(self):
        for rule in self:
            if (model := SOURCES.get(rule.event)) and model not in self.env:
                raise ValidationError(
                    self.env._(
                        "“%(event)s” needs an app that is not installed.",
                        event=dict(self._fields["event"]._description_selection(self.env))[rule.event],
                    )
                )

    @api.constrains("mail_template_id")
    def _check_mail_template(self):
        for rule in self:
            if rule.mail_template_id and rule.mail_template_id.sudo().model != "crm.loyalty.entry":
                raise ValidationError(
                    self.env._(
                        "The e-mail “%(template)s” is not made for loyalty entries. Choose another one, or copy the one that comes with the addon.",
                        template=rule.mail_template_id.name,
                    )
                )

    @api.ondelete(at_uninstall=False)
    def _unlink_except_rewarded(self):
        if given := self.filtered("granted_count")[:1]:
            raise UserError(
                self.env._(
                    "“%(rule)s” has given points and has to stay, so that they can be explained. Archive it instead.", rule=given.name
                )
            )

    # -- screens ---------------------------------------------------------------

    def action_preview(self):
        """Show whom the rule would reach now, and what it would cost; nothing is posted."""
        self.ensure_one()
        preview = self.env["crm.loyalty.event.rule.preview"].create({"rule_id": self.id})
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Preview: %(rule)s", rule=self.name),
            "res_model": preview._name,
            "res_id": preview.id,
            "view_mode": "form",
            "target": "new",
        }

    def action_open_entries(self):
        """The rewards this rule has given."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id("crm_lifecycle_loyalty.crm_loyalty_entry_action")
        return {**action, "domain": [("rule_id", "=", self.id)], "context": {}}

    def action_quick_start(self):
        """Open a rule which only needs to be saved: "Loyal" customers, with the company's loyalty program, made first if there is none."""
        Program = self.env["loyalty.program"]
        program = Program.search(Program._crm_loyalty_domain(self.env.company), limit=1) or Program._crm_loyalty_create_starter()
        stage = self.env.ref("crm_lifecycle.crm_lifecycle_stage_loyal", raise_if_not_found=False)
        return {
            **self.env["ir.actions.act_window"]._for_xml_id("crm_lifecycle_loyalty.crm_loyalty_event_rule_action"),
            "views": [(False, "form")],
            "context": {
                "default_program_id": program.id,
                "default_stage_id": stage.id if stage else False,
                "default_name": self.env._("Thank you for your loyalty"),
            },
        }

    # -- rewarding -------------------------------------------------------------

    @api.model
    def _reward_transitions(self, transitions):
        """Reward the customers of transitions that lead to a stage for which there is a rule.

        A failure here must not stop the job that finds out where customers stand: it is logged, and the daily job rewards whom it missed.
        """
        # Without a rule, the transitions of a rebuild, a million perhaps, need not be read.
        rules = self._search_live([("event", "=", "stage")])
        if rules:
            rules = rules.filtered(lambda rule: rule.stage_id in transitions.to_stage_id and rule.company_id in transitions.company_id)
        for rule in rules:
            try:
                with self.env.cr.savepoint():
                    rule._reward(rule._candidates_of(transitions))
            except OperationalError as error:
                _logger.info("Loyalty rule %s: busy (%s); the daily job will reward", rule.id, error)
            except Exception:
                _logger.exception("Loyalty rule %s could not reward; the daily job will try again", rule.id)

    @api.model
    def _cron_reward(self):
        """Reward customers who are in a rule's stage and were missed: when a rule was made after they got there, or a reward failed.

        Works in chunks, each committed with its mails, so that a stop loses nothing and a repetition gives nothing twice. A rule that fails
        does not stop the others.
        """
        progress = self.env["ir.cron"]
        for rule in self._search_live([]):
            while candidates := rule._candidates_now(limit=CHUNK):
                try:
                    with self.env.cr.savepoint():
                        rewarded = rule._reward(candidates)
                except OperationalError:
                    raise
                except Exception:
                    _logger.exception("Loyalty rule %s could not reward", rule.id)
                    break
                left = progress._commit_progress(len(rewarded))
                if not rewarded or len(candidates) < CHUNK:
                    break
                if not left:
                    return

    @api.model
    def _search_live(self, domain):
        """Rules that can give something: not archived, nor is their program."""
        return self.search(Domain(domain) & Domain("program_id.active", "=", True)).filtered(
            lambda rule: SOURCES.get(rule.event, "res.partner") in self.env
        )

    def _candidates_now(self, limit=None):
        """Customers to whom the event happened since the rule's start and who were not rewarded: (partner id, day, id of origin[, time]).

        For a stage, those who are still in it.
        """
        self.ensure_one()
        self._flush_for_candidates()
        if self.event != "stage":
            self.env.flush_all()
            happened = self._happened(self.program_id.sudo()._crm_loyalty_today())
            prefix = event_key_prefix(self.event, self.id)
            return self.env.execute_query(events.not_rewarded(happened, self.id, prefix, self.customer_cap, limit))
        return self.env.execute_query(rewards.now_in_stage(*self._candidate_key(), limit=limit))

    def _candidates_of(self, transitions):
        """Customers who reached the rule's stage by these transitions, otherwise as :meth:`_candidates_now`."""
        self.ensure_one()
        self._flush_for_candidates()
        return self.env.execute_query(rewards.reached_by(*self._candidate_key(), transitions.ids))

    def _happened(self, today):
        """SQL of what happened to customers (see :mod:`..analytics.events`)."""
        arguments = (self.company_id.id, self.date_from, today)
        if self.event == "referral":
            return events.referral(*arguments, self.return_days)
        return getattr(events, self.event)(*arguments)

    def _event_key(self, partner_id, occurrence=()):
        if self.event == "stage":
            return stage_key(self.id, partner_id)
        return event_key(self.event, self.id, partner_id, *occurrence)

    def _candidate_key(self):
        return self.id, stage_key_prefix(self.id), self.company_id.id, self.stage_id.id, self.date_from

    def _flush_for_candidates(self):
        self.env["res.partner"].flush_model(["commercial_partner_id", "active"])
        self.env["loyalty.card"].flush_model(["partner_id"])
        self.flush_recordset()

    def _affordable(self, wanted, granted=None):
        self.ensure_one()
        granted = exact_points(self.granted_points if granted is None else granted)
        return affordable(wanted, exact_points(self.points), exact_points(self.budget_points), granted)

    def _reward(self, candidates):
        """Give the reward to customers, as far as the budget goes, and tell them.

        :param candidates: tuples (partner id, day, id of origin[, which time]), those first who get it first
        :return: the new entries
        """
        self.ensure_one()
        Card = self.env["loyalty.card"].sudo()
        self.flush_recordset()
        # Locked until the end of the transaction, and changed below: two transactions can never spend the same budget.
        [(granted, __)] = self.env.execute_query(rewards.lock_rule(self.id))
        candidates = candidates[: self._affordable(len(candidates), granted)]
        if not candidates:
            return self.env["crm.loyalty.entry"]
        partners = self.env["res.partner"].sudo().browse([row[0] for row in candidates])
        cards = Card._ensure_family_cards(self.program_id.sudo(), partners)
        entries = self.env["crm.loyalty.entry"]._post(
            [
                {
                    "card_id": cards[partner_id].id,
                    "points": self.points,
                    "kind": "event",
                    "event_key": self._event_key(partner_id, occurrence),
                    "company_id": self.company_id.id,
                    "description": self.with_context(lang=partner.lang).name,
                    "rule_id": self.id,
                    "res_model": ORIGINS[self.event],
                    "res_id": origin_id,
                }
                for partner, (partner_id, __, origin_id, *occurrence) in zip(partners, candidates, strict=True)
            ]
        )
        if entries:
            self.env.cr.execute(rewards.add_granted(self.id, exact_points(self.points) * len(entries), len(entries)))
            self.invalidate_recordset(["granted_points", "granted_count"])
            self._tell(entries)
        return entries

    def _tell(self, entries):
        """Queue the mails. A template that cannot be rendered costs the mail, never the points."""
        try:
            with self.env.cr.savepoint():
                entries._tell_customers()
        except OperationalError:
            raise
        except Exception:
            _logger.exception("Loyalty rule %s: customers could not be told about entries %s", self.id, entries.ids)

import ast
from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError
from odoo.fields import Domain
from odoo.tools import SQL

from ..analytics import playbook as analytics
from .crm_lifecycle_transition import HEALTH

# A template that writes to somebody else would pass by what the customer wishes.
TO_THE_CONTACT = {"{{ object.id }}", "{{object.id}}"}


class CrmLifecyclePlaybook(models.Model):
    """What is done when something happens to a customer: when, for whom, what, and how often at most."""

    _name = "crm.lifecycle.playbook"
    _description = "Playbook"
    _inherit = ["mail.thread"]
    _order = "sequence, id"

    name = fields.Char(required=True, translate=True)
    description = fields.Text("What It Is For", translate=True)
    sequence = fields.Integer(default=10, help="Where several playbooks wait for the same customer, the first one goes first.")
    active = fields.Boolean(default=True)
    state = fields.Selection(
        [("off", "Off"), ("dry_run", "Dry run"), ("on", "On")],
        required=True,
        readonly=True,
        default="off",
        copy=False,
        tracking=True,
        index=True,
        help="A dry run writes down what would be done, and does nothing.",
    )
    switched_on_at = fields.Datetime("Since", readonly=True, copy=False, help="What happened before is left alone.")
    company_id = fields.Many2one("res.company", help="Leave empty for all companies.", ondelete="cascade", index=True)
    error = fields.Text("Last Failure", readonly=True, copy=False, help="Why the playbook could not look for customers.")

    # When
    event = fields.Selection(
        [
            ("stage", "A customer changes stage"),
            ("health", "A customer's health changes"),
            ("before_purchase", "Before the next expected purchase"),
            ("missed_purchase", "An expected purchase has not come"),
            ("call", "A call ended with an outcome"),
            ("anniversary", "Anniversary of the first purchase"),
        ],
        "When",
        required=True,
        default="stage",
        tracking=True,
    )
    from_stage_ids = fields.Many2many(
        "crm.lifecycle.stage", "crm_lifecycle_playbook_from_stage", string="Leaving", help="Empty: any stage."
    )
    to_stage_ids = fields.Many2many("crm.lifecycle.stage", "crm_lifecycle_playbook_to_stage", string="Reaching", help="Empty: any stage.")
    from_health = fields.Selection(HEALTH, help="Empty: any.")
    to_health = fields.Selection(HEALTH, default="at_risk", help="Empty: any.")
    outcome_ids = fields.Many2many("crm.call.outcome", string="Outcomes")
    days = fields.Integer(default=7, help="Days before, or after, the day on which the purchase is expected.")
    within_days = fields.Integer(
        "Not Later than",
        default=14,
        help="An event that is longer ago is left alone: nobody is welcomed half a year after their first purchase.",
    )
    when_label = fields.Char("When It Runs", compute="_compute_when_label")

    # Who
    domain = fields.Char("For Customers", default="[]", help="Only for customers who meet these conditions when it happens.")

    # What
    plan_id = fields.Many2one(
        "mail.activity.plan", "Activity Plan", domain=[("res_model", "=", "res.partner")], ondelete="restrict", help="What staff should do."
    )
    template_id = fields.Many2one(
        "mail.template",
        "Mail",
        domain=[("model", "=", "res.partner")],
        ondelete="restrict",
        help="Written to the firm, else to a contact of theirs.",
    )
    create_opportunity = fields.Boolean("Create an Opportunity")
    action_ids = fields.Many2many(
        "ir.actions.server",
        string="Server Actions",
        domain=[("model_id.model", "=", "res.partner")],
        groups="base.group_system",
        help="Run on the contact of the customer.",
    )
    approach = fields.Selection(
        [("phone", "Telephone"), ("visit", "Visit"), ("email", "Mail")],
        "Staff Approach the Customer by",
        help="Whoever does not wish so is left in peace. Empty: staff do something that the customer does not notice.",
    )
    assign = fields.Selection(
        [
            ("salesperson", "The customer's salesperson"),
            ("round_robin", "A team, in turn"),
            ("least_busy", "A team, whoever has least to do"),
        ],
        "Assigned to",
        required=True,
        default="salesperson",
    )
    team_id = fields.Many2one("crm.team", ondelete="restrict")
    user_id = fields.Many2one(
        "res.users",
        "Otherwise",
        default=lambda self: self.env.user,
        domain=[("share", "=", False)],
        ondelete="restrict",
        help="For customers without a salesperson, and where the team is empty.",
    )

    # How often
    repeat_days = fields.Integer("Not Again within", default=90, help="Days within which this playbook does not choose a customer again.")
    quiet_days = fields.Integer("Quiet Period", default=7, help="Days within which no other playbook may have approached the customer.")
    holdout_share = fields.Integer(
        "Held Out", default=10, help="How many of a hundred are not approached, by chance, to see what the playbook brings."
    )
    result_days = fields.Integer("Judged after", default=30, help="Days after the run in which a purchase counts as its result.")

    approach_cost = fields.Float(
        "Cost an Approach",
        digits="Product Price",
        help="What it costs to approach one customer, in the currency of the company: minutes, postage, a gift. With customers held out, the return of the playbook then counts in the customer results.",
    )

    run_ids = fields.One2many("crm.lifecycle.playbook.run", "playbook_id")
    done_count = fields.Integer("Reached", compute="_compute_counts")
    held_out_count = fields.Integer("Held out", compute="_compute_counts")
    skipped_count = fields.Integer("Left in Peace", compute="_compute_counts")
    failed_count = fields.Integer("Failed", compute="_compute_counts")
    waiting_count = fields.Integer("Waiting", compute="_compute_counts")

    _sensible_days = models.Constraint(
        "CHECK (days BETWEEN 0 AND 3650 AND within_days BETWEEN 0 AND 3650 AND repeat_days BETWEEN 0 AND 3650 "
        "AND quiet_days BETWEEN 0 AND 3650 AND result_days BETWEEN 1 AND 3650)",
        "Days of a playbook are between 0 and 3,650, and it is judged after at least one.",
    )
    _sensible_share = models.Constraint(
        "CHECK (holdout_share BETWEEN 0 AND 50)", "Between 0 and 50 of a hundred customers can be held out for comparison."
    )
    _sensible_cost = models.Constraint("CHECK (approach_cost >= 0)", "The cost of an approach cannot be negative.")

    def _compute_counts(self):
        groups = self.env["crm.lifecycle.playbook.run"]._read_group(
            [("playbook_id", "in", self.ids)], ["playbook_id", "state"], ["__count"]
        )
        counts = {(playbook, state): count for playbook, state, count in groups}
        for playbook in self:
            for state in ("done", "held_out", "skipped", "failed", "waiting"):
                playbook[f"{state}_count"] = counts.get((playbook, state), 0)

    @api.depends("event", "from_stage_ids", "to_stage_ids", "from_health", "to_health", "outcome_ids", "days")
    @api.depends_context("lang")
    def _compute_when_label(self):
        events = dict(self._fields["event"]._description_selection(self.env))
        for playbook in self:
            playbook.when_label = playbook._get_when_label() or events.get(playbook.event)

    def _get_when_label(self) -> str:
        """When the playbook runs, in words; empty where the name of the event says it."""
        health = dict(self._fields["to_health"]._description_selection(self.env))
        match self.event:
            case "stage" if self.to_stage_ids:
                return self.env._("A customer reaches %(stages)s", stages=", ".join(self.to_stage_ids.mapped("name")))
            case "stage" if self.from_stage_ids:
                return self.env._("A customer leaves %(stages)s", stages=", ".join(self.from_stage_ids.mapped("name")))
            case "health" if self.to_health:
                return self.env._("A customer becomes: %(health)s", health=health[self.to_health])
            case "health" if self.from_health:
                return self.env._("A customer is no longer: %(health)s", health=health[self.from_health])
            case "before_purchase":
                return self.env._("%(days)s days before the next expected purchase", days=self.days)
            case "missed_purchase":
                return self.env._("%(days)s days after an expected purchase that has not come", days=self.days)
            case "call":
                return self.env._("A call ended with: %(outcomes)s", outcomes=", ".join(self.outcome_ids.mapped("name")))
        return ""

    @api.constrains("domain")
    def _check_domain(self):
        customers = self.env["crm.lifecycle.customer"].with_context(active_test=False)
        for playbook in self:
            try:
                customers.search(playbook._get_domain(), limit=1)
            except (ValueError, SyntaxError, TypeError, KeyError, RecursionError) as error:
                raise ValidationError(
                    self.env._("The conditions of “%(playbook)s” cannot be read: %(error)s", playbook=playbook.name, error=error)
                ) from error

    @api.constrains("event", "outcome_ids", "plan_id", "template_id", "create_opportunity", "action_ids", "assign", "team_id", "state")
    def _check_complete(self):
        for playbook in self.filtered(lambda playbook: playbook.state != "off"):
            if not (playbook.plan_id or playbook.template_id or playbook.create_opportunity or playbook.sudo().action_ids):
                raise ValidationError(
                    self.env._(
                        "Say what “%(playbook)s” should do: activities, a mail, an opportunity or server actions.", playbook=playbook.name
                    )
                )
            if playbook.event == "call" and not playbook.outcome_ids:
                raise ValidationError(self.env._("Choose the outcomes of a call that “%(playbook)s” waits for.", playbook=playbook.name))
            if playbook.assign != "salesperson" and not playbook.team_id:
                raise ValidationError(self.env._("Choose the team that “%(playbook)s” assigns to.", playbook=playbook.name))

    @api.constrains("plan_id", "template_id", "action_ids")
    def _check_models(self):
        for playbook in self.sudo():
            strangers = playbook.action_ids.filtered(lambda action: action.model_id.model != "res.partner")
            if strangers or (playbook.plan_id and playbook.plan_id.res_model != "res.partner"):
                raise ValidationError(self.env._("Activity plans and server actions of a playbook must be those of contacts."))
            playbook._check_template()

    def _check_template(self):
        """The mail goes to the contact that was found reachable, and to nobody else."""
        template = self.template_id.sudo()
        if not template:
            return
        addressed = template.use_default_to or (template.partner_to or "").strip() in TO_THE_CONTACT
        if template.model != "res.partner" or not addressed or template.email_cc or (template.email_to and not template.use_default_to):
            raise ValidationError(
                self.env._(
                    "The mail “%(template)s” must be one of contacts, written to the contact itself (default recipients) and to nobody else, so that nobody is reached who does not wish so.",
                    template=template.name,
                )
            )

    @api.ondelete(at_uninstall=False)
    def _unlink_except_run(self):
        if self.env["crm.lifecycle.playbook.run"].sudo().search_count([("playbook_id", "in", self.ids), ("dry_run", "=", False)], limit=1):
            raise UserError(self.env._("What a playbook did for customers is kept. Archive it instead."))

    @api.model_create_multi
    def create(self, vals_list):
        return super().create([self._prepare_switched(vals) for vals in vals_list])

    def write(self, vals):
        vals = self._prepare_switched({**vals, "state": "off"} if vals.get("active") is False else vals)
        result = super().write(vals)
        if "state" in vals:
            self._drop_runs(Domain("state", "=", "waiting"))
        if vals.get("state", "off") != "off":
            self._drop_runs(Domain("dry_run", "=", True))
            self._trigger()
        return result

    def _prepare_switched(self, vals):
        """What happened before it was switched on is left alone, however that was done."""
        return {**vals, "switched_on_at": fields.Datetime.now(), "error": False} if "state" in vals else vals

    def _drop_runs(self, which):
        self.env["crm.lifecycle.playbook.run"].sudo().search(Domain("playbook_id", "in", self.ids) & which).unlink()

    def action_switch_on(self):
        """Act on what happens from now on. What a dry run wrote down is forgotten."""
        self.write({"state": "on"})

    def action_dry_run(self):
        """Write down what would be done from now on."""
        self.write({"state": "dry_run"})

    def action_switch_off(self):
        """Do nothing any more. Runs that wait are dropped."""
        self.write({"state": "off"})

    @api.model
    def _trigger(self):
        self.env.ref("crm_lifecycle.ir_cron_playbooks").sudo()._trigger()

    def action_preview(self):
        """Show whom it would have reached, had it been on."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Whom It Reaches"),
            "res_model": "crm.lifecycle.playbook.preview",
            "view_mode": "form",
            "target": "new",
            "context": {"default_playbook_id": self.id},
        }

    def action_open_runs(self):
        """Open what it did."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id("crm_lifecycle.crm_lifecycle_playbook_run_action")
        return {**action, "domain": [("playbook_id", "=", self.id)], "context": {}}

    # Who is due

    def _get_domain(self) -> Domain:
        """The conditions on ``crm.lifecycle.customer``."""
        return Domain(ast.literal_eval(self.domain or "[]"))

    def _get_companies(self):
        """The companies it works in."""
        return self.company_id or self.env["res.company"].search([])

    def _get_events(self, period: analytics.Period) -> SQL:
        """SQL of the events of its kind in a period (see ``analytics.playbook``). Other addons add kinds of their own."""
        match self.event:
            case "stage":
                return analytics.transitions(period, "stage", self.from_stage_ids.ids, self.to_stage_ids.ids)
            case "health":
                return analytics.transitions(period, "health", *([value] if value else [] for value in (self.from_health, self.to_health)))
            case "before_purchase":
                return analytics.before_purchase(period, self.days)
            case "missed_purchase":
                return analytics.missed_purchase(period, self.days)
            case "call":
                return analytics.calls(period, self.outcome_ids.ids)
            case "anniversary":
                return analytics.anniversaries(period)
        raise NotImplementedError(self.event)

    def _get_due(self, company, past=False, limit=None) -> SQL:
        """SQL of the events that are due in a company, as rows (partner_id, event_key, event_date).

        ``past``: also what happened before it was switched on. By the reader's rights.
        """
        self.ensure_one()
        self.env.flush_all()
        today = fields.Date.context_today(self)
        period = analytics.Period(company.id, today - timedelta(days=self.within_days), today, None if past else self.switched_on_at)
        customers = self.env["crm.lifecycle.customer"]._search(self._get_domain() & Domain("company_id", "=", company.id))
        return analytics.due(self._get_events(period), customers, period, self.id, limit)

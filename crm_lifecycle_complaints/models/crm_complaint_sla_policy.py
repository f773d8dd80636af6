from odoo import api, fields, models
from odoo.exceptions import ValidationError


class CrmComplaintSlaPolicy(models.Model):
    """How fast whose complaints are handled. The first policy, in order, whose conditions a complaint meets is its own."""

    _name = "crm.complaint.sla.policy"
    _description = "Service Level"
    _order = "sequence, id"
    _check_company_auto = True

    name = fields.Char("Service Level", required=True, translate=True)
    sequence = fields.Integer(default=10, help="The first service level whose conditions a complaint meets is its own.")
    active = fields.Boolean(default=True)
    company_id = fields.Many2one("res.company", index=True, help="Only for this company; empty means for all.")
    team_ids = fields.Many2many(
        "crm.complaint.team",
        "crm_complaint_sla_policy_team_rel",
        "policy_id",
        "team_id",
        "Teams",
        check_company=True,
        help="Empty means all teams.",
    )
    severity = fields.Selection([("minor", "Minor"), ("serious", "Serious"), ("grave", "Grave")], help="Empty means whatever the severity.")
    service_class_ids = fields.Many2many(
        "crm.complaint.service.class",
        "crm_complaint_sla_policy_class_rel",
        "policy_id",
        "class_id",
        "Service Classes",
        check_company=True,
        help="Customers of these classes; empty means of any, also those of none.",
    )
    first_response_hours = fields.Float(
        "First Response", default=8, help="Working hours from receipt until a person has answered the customer; 0 sets no deadline."
    )
    next_response_hours = fields.Float(
        "Next Response", default=16, help="Working hours within which each later message of the customer is answered; 0 sets no deadline."
    )
    resolution_hours = fields.Float(
        "Resolution", default=40, help="Working hours from receipt until the complaint is closed; 0 sets no deadline."
    )
    statutory_days = fields.Integer(
        "Limit by Law",
        default=56,
        help="Calendar days after the day of receipt within which the law wants a final answer. Never paused; 0 sets no deadline.",
    )
    warn_percent = fields.Integer(
        "Warn at", default=75, help="Share of the time granted, in percent, after which whoever is in charge is warned."
    )
    escalation_user_id = fields.Many2one(
        "res.users",
        "Escalate to",
        check_company=True,
        domain="[('share', '=', False)]",
        help="Told once when a deadline has passed. Empty means the team leader.",
    )
    complaint_count = fields.Integer("Open Complaints", compute="_compute_complaint_count")

    _time_positive = models.Constraint(
        "CHECK (first_response_hours >= 0 AND next_response_hours >= 0 AND resolution_hours >= 0 AND statutory_days >= 0)",
        "The time granted cannot be negative.",
    )
    _time_bounded = models.Constraint(
        "CHECK (first_response_hours <= 10000 AND next_response_hours <= 10000 AND resolution_hours <= 10000 AND statutory_days <= 3660)",
        "The time granted cannot be more than 10,000 working hours or 3,660 days.",
    )
    _warn_share = models.Constraint(
        "CHECK (warn_percent BETWEEN 1 AND 100)", "The warning must come between 1 and 100 % of the time granted."
    )

    def _compute_complaint_count(self):
        counts = dict(
            self.env["crm.complaint"]._read_group([("policy_id", "in", self.ids), ("is_closed", "=", False)], ["policy_id"], ["__count"])
        )
        for policy in self:
            policy.complaint_count = counts.get(policy, 0)

    @api.constrains("sequence", "team_ids", "severity", "service_class_ids", "company_id", "active")
    def _check_reachable(self):
        """A level hidden behind a wider one would never be given to anybody, and nobody would notice."""
        policies = self.search([])
        for place, hidden in enumerate(policies):
            first = next((earlier for earlier in policies[:place] if earlier._covers(hidden)), None)
            if first and (first | hidden) & self:
                raise ValidationError(
                    self.env._(
                        "'%(hidden)s' would never be used: every complaint that meets its conditions also meets those of "
                        "'%(first)s', which comes before it. Move it up, or narrow '%(first)s'.",
                        hidden=hidden.name,
                        first=first.name,
                    )
                )

    def write(self, vals):
        result = super().write(vals)
        if vals.keys() & {"first_response_hours", "next_response_hours", "resolution_hours", "statutory_days", "warn_percent"}:
            self.env["crm.complaint"].sudo().search([("policy_id", "in", self.ids), ("is_closed", "=", False)])._sync_clocks()
        return result

    @api.model
    def _classify(self, complaints):
        """The policy of each complaint, as {complaint: policy}; empty where the conditions of none are met."""
        found = {}
        for company, those in complaints.grouped("company_id").items():
            policies = self.sudo().search([("company_id", "in", [False, company.id])])
            for complaint in those:
                found[complaint] = next((policy for policy in policies if policy._admits(complaint)), policies.browse())
        return found

    def _admits(self, complaint):
        """Whether a complaint meets the conditions."""
        self.ensure_one()
        return (
            (not self.team_ids or complaint.team_id in self.team_ids)
            and (not self.severity or complaint.severity == self.severity)
            and (not self.service_class_ids or complaint.service_class_id in self.service_class_ids)
        )

    def _covers(self, other):
        """Whether whatever meets the conditions of the other policy meets these, too."""
        self.ensure_one()
        return (
            (not self.company_id or self.company_id == other.company_id)
            and (not self.team_ids or (other.team_ids and other.team_ids <= self.team_ids))
            and (not self.severity or self.severity == other.severity)
            and (not self.service_class_ids or (other.service_class_ids and other.service_class_ids <= self.service_class_ids))
        )

    def _grants(self):
        """The time granted for each kind of clock that a complaint has from the beginning: {kind: (working hours, calendar days)}."""
        granted = {
            "first_response": (self.first_response_hours, 0),
            "resolution": (self.resolution_hours, 0),
            "statutory": (0.0, self.statutory_days),
        }
        return {kind: time for kind, time in granted.items() if any(time)}

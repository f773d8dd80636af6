from ast import literal_eval

from odoo import api, fields, models
from odoo.exceptions import ValidationError

from .crm_complaint import KINDS


class CrmComplaintTeam(models.Model):
    _name = "crm.complaint.team"
    _description = "Complaint Team"
    _inherit = ["mail.alias.mixin", "mail.thread", "rating.parent.mixin"]
    _order = "sequence, id"
    _check_company_auto = True

    name = fields.Char("Team", required=True, translate=True)
    sequence = fields.Integer(default=10)
    active = fields.Boolean(default=True)
    color = fields.Integer()
    company_id = fields.Many2one("res.company", required=True, default=lambda self: self.env.company, index=True)
    user_id = fields.Many2one(
        "res.users", "Team Leader", check_company=True, domain="[('share', '=', False), ('company_ids', 'in', company_id)]", tracking=True
    )
    member_ids = fields.Many2many(
        "res.users",
        "crm_complaint_team_user_rel",
        "team_id",
        "user_id",
        "Members",
        domain="[('share', '=', False), ('company_ids', 'in', company_id)]",
        help="They see the complaints of this team.",
    )
    acknowledge = fields.Boolean(
        "Acknowledge at Once",
        default=True,
        help="Answer a complaint received by mail at once, with its number and what happens next. Mail written by machines is never answered.",
    )
    answer_days = fields.Integer(
        "Answer Within", default=3, help="Working days within which the acknowledgement promises an answer; 0 promises none."
    )
    kind = fields.Selection(KINDS, "Mail Is a", required=True, default="complaint", help="What mail to this team's address is at first.")
    assign_method = fields.Selection(
        [("manual", "By hand"), ("round_robin", "In turn"), ("least_busy", "Whoever has the fewest open")],
        "Assignment",
        required=True,
        default="manual",
        help="Who gets a new complaint that nobody was chosen for. Members who are out of office are passed over.",
    )
    assign_category = fields.Boolean("First by Category", help="Whoever is named on the category comes first.")
    assign_salesperson = fields.Boolean("First the Salesperson", help="The customer's salesperson comes before the members.")
    reopen_days = fields.Integer(
        "Reopen Within",
        default=30,
        help="Days after closing within which the customer's answer reopens the complaint, a bare thank-you excepted. "
        "A later answer opens a new one that refers to it.",
    )
    ask_satisfaction = fields.Boolean(
        "Ask for Satisfaction", default=True, help="Ask the customer to rate the handling, once for each closing."
    )
    follow_up_days = fields.Integer(
        "Follow up After",
        help="Days after closing on which the person in charge is reminded to ask whether the solution works; 0 for never.",
    )
    stranger_limit = fields.Integer(
        "Strangers per Hour",
        default=100,
        help="Complaints an hour by mail from senders who are no customers; what comes beyond goes to quarantine. 0 sets no limit.",
    )
    public_form = fields.Boolean("Web Form", help="Complaints from the public form come to this team.")
    consent_text = fields.Text(
        translate=True,
        default=lambda self: self.env._(
            "I agree that my details are stored and used to handle this complaint. I may ask for them to be deleted at any time."
        ),
        help="What the sender of the web form must agree to.",
    )
    quarantine_count = fields.Integer("In Quarantine", compute="_compute_quarantine_count")
    alias_id = fields.Many2one(help="Mail sent to this address opens a complaint of this team.")
    complaint_count = fields.Integer("Complaints", compute="_compute_complaint_counts")
    open_complaint_count = fields.Integer("Open Complaints", compute="_compute_complaint_counts")
    unassigned_complaint_count = fields.Integer("Unassigned Complaints", compute="_compute_complaint_counts")

    _answer_days_positive = models.Constraint("CHECK (answer_days >= 0)", "The days within which a team answers cannot be negative.")

    def _compute_complaint_counts(self):
        groups = self.env["crm.complaint"]._read_group([("team_id", "in", self.ids)], ["team_id", "is_closed", "user_id"], ["__count"])
        total, opened, unassigned = {}, {}, {}
        for team, is_closed, user, count in groups:
            total[team.id] = total.get(team.id, 0) + count
            if not is_closed:
                opened[team.id] = opened.get(team.id, 0) + count
                if not user:
                    unassigned[team.id] = unassigned.get(team.id, 0) + count
        for team in self:
            team.complaint_count = total.get(team.id, 0)
            team.open_complaint_count = opened.get(team.id, 0)
            team.unassigned_complaint_count = unassigned.get(team.id, 0)

    _days_positive = models.Constraint(
        "CHECK (reopen_days >= 0 AND follow_up_days >= 0 AND stranger_limit >= 0)", "Numbers of days and limits cannot be negative."
    )

    def _compute_quarantine_count(self):
        counts = dict(self.env["crm.complaint.quarantine"]._read_group([("team_id", "in", self.ids)], ["team_id"], ["__count"]))
        for team in self:
            team.quarantine_count = counts.get(team, 0)

    @api.constrains("company_id")
    def _check_company_of_complaints(self):
        """A complaint's number belongs to its company, so its team cannot take it to another one."""
        strays = self.env["crm.complaint"].sudo().with_context(active_test=False)
        for team in self:
            if strays.search_count([("team_id", "=", team.id), ("company_id", "!=", team.company_id.id)], limit=1):
                raise ValidationError(
                    self.env._(
                        "The team '%(team)s' has complaints of another company. Make a new team for %(company)s instead.",
                        team=team.name,
                        company=team.company_id.name,
                    )
                )

    @api.model
    def _get_form_team(self):
        """The team of the current company to which the public form goes, as superuser; empty if there is no form."""
        return self.sudo().search([("public_form", "=", True), ("company_id", "=", self.env.company.id)], limit=1)

    def _alias_get_creation_values(self):
        values = super()._alias_get_creation_values()
        values["alias_model_id"] = self.env["ir.model"]._get_id("crm.complaint")
        if self.id:
            values["alias_defaults"] = repr({**literal_eval(self.alias_defaults or "{}"), "team_id": self.id})
        return values

    def action_view_quarantine(self):
        """Open the mail of the team that waits in quarantine."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id("crm_lifecycle_complaints.crm_complaint_quarantine_action")
        action["domain"] = [("team_id", "=", self.id)]
        return action

    def action_view_complaints(self):
        """Open the open complaints of the team."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id("crm_lifecycle_complaints.crm_complaint_action")
        action["domain"] = [("team_id", "=", self.id)]
        action["context"] = {"default_team_id": self.id, "search_default_open": 1}
        action["display_name"] = self.name
        return action

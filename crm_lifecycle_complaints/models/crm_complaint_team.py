from ast import literal_eval

from odoo import api, fields, models
from odoo.exceptions import ValidationError


class CrmComplaintTeam(models.Model):
    _name = "crm.complaint.team"
    _description = "Complaint Team"
    _inherit = ["mail.alias.mixin", "mail.thread"]
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

    def _alias_get_creation_values(self):
        values = super()._alias_get_creation_values()
        values["alias_model_id"] = self.env["ir.model"]._get_id("crm.complaint")
        if self.id:
            values["alias_defaults"] = repr({**literal_eval(self.alias_defaults or "{}"), "team_id": self.id})
        return values

    def action_view_complaints(self):
        """Open the open complaints of the team."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id("crm_lifecycle_complaints.crm_complaint_action")
        action["domain"] = [("team_id", "=", self.id)]
        action["context"] = {"default_team_id": self.id, "search_default_open": 1}
        action["display_name"] = self.name
        return action

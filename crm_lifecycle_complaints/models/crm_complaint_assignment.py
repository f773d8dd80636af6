"""Who handles a complaint that nobody was chosen for."""

from collections import defaultdict

from odoo import api, fields, models
from odoo.addons.crm_lifecycle.domain.assignment import Member, deal

from ..analytics.workload import workload


class CrmComplaint(models.Model):
    _inherit = "crm.complaint"

    assigned_at = fields.Datetime("Assigned on", readonly=True, copy=False, groups="base.group_user")

    _by_user = models.Index("(user_id, team_id, assigned_at)")
    _open_by_user = models.Index("(user_id) WHERE NOT is_closed AND active")

    @api.model
    def _assign(self, vals_list):
        """Choose who handles each complaint to be created, by the rules of its team: whoever the category names, else the customer's
        salesperson, else a member in turn. Whoever is out of office is passed over.

        :param list vals_list: values to be created, with company and team; the choice is written into them
        """
        now = fields.Datetime.now()
        waiting = defaultdict(list)
        for vals in vals_list:
            if not vals.get("user_id") and vals.get("team_id") and "user_id" not in vals:
                waiting[vals["team_id"]].append(vals)
        for team in self.env["crm.complaint.team"].sudo().browse(waiting):
            rest = []
            for vals in waiting[team.id]:
                vals["user_id"] = self._get_named_assignee(team, vals).id
                if not vals["user_id"]:
                    rest.append(vals)
            if rest and team.assign_method != "manual":
                there = self._get_those_there(team.member_ids, team)
                self.flush_model(["user_id", "team_id", "is_closed", "active", "assigned_at"])
                members = [Member(*row) for row in self.env.execute_query(workload(team.id, there.ids))]
                for vals, user_id in zip(rest, deal(team.assign_method, members, len(rest)), strict=False):
                    vals["user_id"] = user_id
        for vals in vals_list:
            if vals.get("user_id"):
                vals["assigned_at"] = now

    @api.model
    def _get_named_assignee(self, team, vals):
        """The person whom the category or the customer names, empty if the team's rules name nobody who is there."""
        named = self.env["res.users"].sudo()
        if team.assign_category:
            named = self.env["crm.complaint.category"].sudo().browse(vals.get("category_id") or []).user_id
        if team.assign_salesperson and not self._get_those_there(named, team):
            partner = self.env["res.partner"].sudo().browse(vals.get("partner_id") or [])
            named = partner.user_id or partner.commercial_partner_id.user_id
        return self._get_those_there(named, team)

    @api.model
    def _get_those_there(self, users, team):
        """Those of the users who can be given a complaint of the team now."""
        return users.filtered(
            lambda user: user.active and not user.share and team.company_id in user.company_ids and not user.is_out_of_office
        )

    def write(self, vals):
        if vals.get("user_id") and "assigned_at" not in vals:
            vals = {**vals, "assigned_at": fields.Datetime.now()}
        return super().write(vals)

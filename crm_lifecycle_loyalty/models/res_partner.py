from odoo import api, fields, models
from odoo.exceptions import ValidationError


class ResPartner(models.Model):
    _inherit = "res.partner"

    crm_loyalty_balances = fields.Json(
        string="Loyalty Points",
        compute="_compute_crm_loyalty_balances",
        groups="crm_lifecycle.crm_lifecycle_group_user",
        help="Points of the customer and its contacts in each loyalty program of the current company.",
    )
    crm_loyalty_summary = fields.Char(
        string="Loyalty", compute="_compute_crm_loyalty_balances", groups="crm_lifecycle.crm_lifecycle_group_user"
    )

    birthday = fields.Date(groups="crm_lifecycle.crm_lifecycle_group_user", help="For birthday rewards of loyalty programs.")
    referred_by_id = fields.Many2one(
        "res.partner",
        string="Referred by",
        index="btree_not_null",
        groups="crm_lifecycle.crm_lifecycle_group_user",
        help="The customer who brought this one, for referral rewards of loyalty programs.",
    )
    loyalty_tier_ids = fields.Many2many(
        "crm.loyalty.tier",
        compute="_compute_loyalty_tier_ids",
        search="_search_loyalty_tier_ids",
        compute_sudo=True,
        help="Tiers that the customer and its contacts are in.",
    )

    def _compute_loyalty_tier_ids(self):
        rows = (
            self.env["loyalty.card"]
            .sudo()
            ._read_group(
                [("partner_id.commercial_partner_id", "in", self.commercial_partner_id.ids), ("tier_id", "!=", False)],
                ["partner_id.commercial_partner_id", "tier_id"],
            )
        )
        tiers = {}
        for family, tier in rows:
            tiers[family.id] = tiers.get(family.id, self.env["crm.loyalty.tier"]) | tier
        for partner in self:
            partner.loyalty_tier_ids = tiers.get(partner.commercial_partner_id.id)

    def _search_loyalty_tier_ids(self, operator, value):
        if operator not in ("in", "any"):
            return NotImplemented
        families = self.env["loyalty.card"].sudo().search([("tier_id", operator, value)]).partner_id.commercial_partner_id
        return [("commercial_partner_id", "in", families.ids)]

    @api.constrains("referred_by_id")
    def _check_referred_by(self):
        for partner in self.sudo():
            if partner.referred_by_id.commercial_partner_id == partner.commercial_partner_id and partner.referred_by_id:
                raise ValidationError(self.env._("%(name)s cannot have brought in themselves.", name=partner.display_name))

    @api.depends("commercial_partner_id")
    @api.depends_context("company", "lang", "uid")
    def _compute_crm_loyalty_balances(self):
        balances = self._get_loyalty_balances()
        for partner in self:
            rows = balances.get(partner.commercial_partner_id.id, [])
            partner.crm_loyalty_balances = rows
            partner.crm_loyalty_summary = (
                rows[0]["label"] if len(rows) == 1 else self.env._("%(count)s programs", count=len(rows)) if rows else False
            )

    def _get_loyalty_balances(self):
        """Points per family and program in the current company, as far as the reader may see the cards.

        :return: {commercial partner id: [{"program_id", "program", "points", "label", "cards"}, …]} in the order of the programs
        """
        families = self.commercial_partner_id
        Program = self.env["loyalty.program"]
        domain = Program._crm_loyalty_domain(self.env.company, prefix="program_id.") & fields.Domain(
            "partner_id.commercial_partner_id", "in", families.ids
        )
        rows = self.env["loyalty.card"]._read_group(domain, ["partner_id.commercial_partner_id", "program_id"], ["points:sum", "__count"])
        balances = {}
        for family, program, points, count in sorted(rows, key=lambda row: (row[1].sequence, row[1].id)):
            balances.setdefault(family.id, []).append(
                {
                    "program_id": program.id,
                    "program": program.display_name,
                    "points": points,
                    "label": program._crm_loyalty_points_label(points),
                    "cards": count,
                }
            )
        return balances

    def action_open_loyalty_cards(self):
        """The loyalty cards of the customer's family; of one program, if the context names it as ``loyalty_program_id``."""
        action = self.env["ir.actions.act_window"]._for_xml_id("crm_lifecycle_loyalty.loyalty_card_action")
        domain = self.env["loyalty.program"]._crm_loyalty_domain(self.env.company, prefix="program_id.") & fields.Domain(
            "partner_id.commercial_partner_id", "in", self.commercial_partner_id.ids
        )
        if program_id := self.env.context.get("loyalty_program_id"):
            domain &= fields.Domain("program_id", "=", int(program_id))
        return {**action, "domain": list(domain), "context": {"create": False}}

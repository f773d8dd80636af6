from odoo import api, fields, models


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

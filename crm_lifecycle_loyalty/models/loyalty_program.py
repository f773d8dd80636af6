from odoo import api, models
from odoo.exceptions import ValidationError
from odoo.fields import Command, Domain
from odoo.tools import formatLang

from ..domain.rewards import POINT_DIGITS


class LoyaltyProgram(models.Model):
    _inherit = "loyalty.program"

    @api.model
    def _crm_loyalty_domain(self, company=None, prefix=""):
        """Programs that collect points on a card with a name on it; those a company may use, if one is given.

        :param prefix: path to the program, such as ``"program_id."``
        """
        domain = Domain(f"{prefix}program_type", "=", "loyalty") & Domain(f"{prefix}applies_on", "in", ("both", "future"))
        if company:
            domain &= Domain(f"{prefix}company_id", "=", False) | Domain(f"{prefix}company_id", "parent_of", company.ids)
        return domain

    def _crm_loyalty_check_usable(self, company):
        """Refuse programs on which a customer of ``company`` cannot collect points."""
        for program in self:
            if program.program_type != "loyalty" or not program.is_nominative:
                raise ValidationError(
                    self.env._(
                        "“%(program)s” does not collect points on a customer's card. Choose a program of the type “Loyalty Cards” "
                        "whose points count for current and future orders or for future orders.",
                        program=program.display_name,
                    )
                )
            if program.company_id and program.company_id not in company.parent_ids:
                raise ValidationError(
                    self.env._(
                        "“%(program)s” belongs to %(owner)s and cannot be used by %(company)s. Choose a program of %(company)s, "
                        "or one that is shared by all companies.",
                        program=program.display_name,
                        owner=program.company_id.name,
                        company=company.name,
                    )
                )

    def _crm_loyalty_points_label(self, points):
        """Points with their name, written as the language of the context writes numbers."""
        self.ensure_one()
        digits = 0 if points == int(points) else POINT_DIGITS
        return f"{formatLang(self.env, points, digits=digits)} {self.portal_point_name or self.env._('points')}"

    @api.model
    def _crm_loyalty_create_starter(self):
        """A first loyalty program, ready to use, named in every installed language: points for each order, a discount for points.

        Points for money, which Odoo proposes, would need another rate in each currency: one point a rupiah is a discount with every order.
        """
        self.check_access("create")
        values = self._get_template_values()["loyalty"]
        values["rule_ids"] = [Command.clear(), Command.create({"reward_point_mode": "order", "reward_point_amount": 10})]
        values["reward_ids"] = [Command.clear(), Command.create({"discount": 5, "required_points": 200})]
        # A program makes the product of its discount, and who manages sales need not have the right to make products.
        program = self.sudo().create(values)
        for code, __ in self.env["res.lang"].get_installed():
            there = program.with_context(lang=code)
            there.write({"name": there.env._("Loyalty Program"), "portal_point_name": there.env._("points")})
            there.reward_ids.description = there.env._("%(percent)s off one order", percent="5%")
        return program.with_env(self.env)

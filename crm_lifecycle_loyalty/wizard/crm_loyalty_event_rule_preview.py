from odoo import fields, models

SHOWN = 80


class CrmLoyaltyEventRulePreview(models.TransientModel):
    """Whom a reward rule would reach if it ran now. It counts and shows; it never posts."""

    _name = "crm.loyalty.event.rule.preview"
    _description = "Preview of a Loyalty Reward Rule"

    rule_id = fields.Many2one("crm.loyalty.event.rule", required=True, readonly=True, ondelete="cascade")
    customer_count = fields.Integer(string="Customers", compute="_compute_reach")
    points = fields.Char(string="Cost", compute="_compute_reach")
    left_out = fields.Integer(string="Left out by the Budget", compute="_compute_reach")
    summary = fields.Char(compute="_compute_reach")
    partner_ids = fields.Many2many("res.partner", string="First Customers", compute="_compute_reach")

    def _compute_reach(self):
        for preview in self:
            rule = preview.rule_id
            candidates = rule.sudo()._candidates_now()
            reached = candidates[: rule._affordable(len(candidates))]
            points = rule.program_id._crm_loyalty_points_label(len(reached) * rule.points)
            preview.customer_count = len(reached)
            preview.points = points
            preview.left_out = len(candidates) - len(reached)
            preview.summary = (
                self.env._("Would reach 1 customer, %(points)s", points=points)
                if len(reached) == 1
                else self.env._("Would reach %(count)s customers, %(points)s", count=len(reached), points=points)
            )
            # Only those the reader may see; the figures above count all.
            preview.partner_ids = self.env["res.partner"].search([("id", "in", [row[0] for row in reached[:SHOWN]])])

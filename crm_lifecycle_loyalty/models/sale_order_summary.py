from odoo import api, fields, models

USERS = "crm_lifecycle.crm_lifecycle_group_user"


class SaleOrder(models.Model):
    """What the order form says about points."""

    _inherit = "sale.order"

    loyalty_summary = fields.Char("Loyalty Points", compute="_compute_loyalty_summary", compute_sudo=False, groups=USERS)

    @api.depends("partner_id", "state", "order_line.points_cost", "coupon_point_ids.points", "coupon_point_ids.pending")
    @api.depends_context("company", "lang", "uid")
    def _compute_loyalty_summary(self):
        for order in self:
            parts = [self.env._("holds %(points)s", points=held)] if (held := order.partner_id.crm_loyalty_summary) else []
            for gain in order.sudo().coupon_point_ids.filtered(lambda gain: gain.points and gain.coupon_id._crm_loyalty_on_ledger()):
                points = gain.coupon_id.program_id.with_context(lang=self.env.lang)._crm_loyalty_points_label(gain.points)
                parts.append(
                    self.env._("gives %(points)s, pending", points=points)
                    if gain.pending
                    else self.env._("gives %(points)s", points=points)
                )
            rewards = order.sudo().order_line.filtered(lambda line: line.points_cost and line.coupon_id._crm_loyalty_on_ledger())
            for card, lines in rewards.grouped("coupon_id").items():
                label = card.program_id.with_context(lang=self.env.lang)._crm_loyalty_points_label
                parts.append(self.env._("uses %(points)s", points=label(sum(lines.mapped("points_cost")))))
            order.loyalty_summary = " · ".join(parts)

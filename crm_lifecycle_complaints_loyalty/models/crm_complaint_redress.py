from odoo import api, fields, models
from odoo.exceptions import UserError

WITH_POINTS = ("points", "discount_code")


class CrmComplaintRedress(models.Model):
    _inherit = "crm.complaint.redress"

    kind = fields.Selection(
        selection_add=[("points", "Points"), ("discount_code", "Discount code")],
        ondelete={"points": lambda redresses: redresses._drop_kind(), "discount_code": lambda redresses: redresses._drop_kind()},
    )
    loyalty_program_id = fields.Many2one(
        "loyalty.program",
        "Program",
        check_company=True,
        index="btree_not_null",
        ondelete="restrict",
        domain="[('program_type', '=', 'gift_card' if kind == 'discount_code' else 'loyalty'), ('company_id', 'in', (company_id, False))]",
    )
    points = fields.Float(digits=(16, 2), help="Points put on the customer's card, or the amount of the code.")
    loyalty_card_id = fields.Many2one(
        "loyalty.card", "Card", readonly=True, copy=False, index="btree_not_null", ondelete="restrict", groups="base.group_user"
    )

    _points_positive = models.Constraint("CHECK (points >= 0)", "Points cannot be negative.")

    @api.depends("kind", "points", "loyalty_program_id", "currency_id")
    def _compute_amount(self):
        with_points = self.filtered(lambda redress: redress.kind in WITH_POINTS)
        result = super(CrmComplaintRedress, self - with_points)._compute_amount()
        for redress in with_points:
            program, company = redress.sudo().loyalty_program_id, redress.company_id
            worth = redress.points * (1 if program.program_type == "gift_card" else program.redress_point_value)
            currency = redress.currency_id
            redress.amount = company.currency_id._convert(worth, currency, company, fields.Date.context_today(redress)) if currency else 0
        return result

    @api.model
    def _get_editable_fields(self):
        return super()._get_editable_fields() | {"loyalty_program_id", "points"}

    def _needs_invoice(self):
        return self.kind not in WITH_POINTS and super()._needs_invoice()

    def _check_complete(self):
        program = self.sudo().loyalty_program_id
        if self.kind in WITH_POINTS and program.program_type != ("gift_card" if self.kind == "discount_code" else "loyalty"):
            raise UserError(self.env._("Choose the program: a loyalty program for points, a gift card program for a code."))
        if self.kind == "points" and not program.redress_point_value:
            raise UserError(
                self.env._("Say on the program '%(program)s' what a point is worth, so that limits can count it.", program=program.name)
            )
        return super()._check_complete()

    def _give_points(self):
        cards = self.env["loyalty.card"]._ensure_family_cards(self.loyalty_program_id, self.family_id)
        self.loyalty_card_id = cards[self.family_id.id]
        self._change_card(self.points)

    def _cancel_points(self):
        if self.loyalty_card_id.points < self.points:
            raise UserError(self.env._("The customer has used the points already: they cannot be taken back."))
        self._change_card(-self.points)

    def _give_discount_code(self):
        self.loyalty_card_id = self.env["loyalty.card"].create(
            {"program_id": self.loyalty_program_id.id, "partner_id": self.family_id.id, "points": 0}
        )
        self._change_card(self.points)

    def _cancel_discount_code(self):
        if self.loyalty_card_id.points < self.points:
            raise UserError(self.env._("The customer has used the code already: it cannot be taken back."))
        self._change_card(-self.points)
        self.loyalty_card_id.active = False

    def _change_card(self, points):
        """Through Odoo's own correction of a balance, which writes the customer's history and which a ledger of points listens to."""
        card = self.loyalty_card_id
        self.env["loyalty.card.update.balance"].create(
            {"card_id": card.id, "new_balance": card.points + points, "description": self.complaint_id.display_name}
        ).action_update_card_point()

    def _drop_kind(self):
        """Without this addon what was given stays given, as a goodwill of the same amount that nothing can take back."""
        drafts = self.filtered(lambda redress: redress.state == "draft")
        drafts.unlink()
        (self - drafts)._procedure().write({"kind": "replacement"})

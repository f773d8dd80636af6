from odoo import api, fields, models
from odoo.exceptions import ValidationError


class CrmComplaintRedressLine(models.Model):
    """A line of an invoice that redress is given for, in whole or in part: fewer pieces, or a part of the price."""

    _name = "crm.complaint.redress.line"
    _description = "Redress Line"
    _order = "id"
    _rec_name = "move_line_id"

    redress_id = fields.Many2one("crm.complaint.redress", required=True, index=True, ondelete="cascade")
    company_id = fields.Many2one(related="redress_id.company_id", store=True, index=True)
    state = fields.Selection(related="redress_id.state", store=True)
    move_id = fields.Many2one(related="redress_id.move_id")
    move_line_id = fields.Many2one(
        "account.move.line",
        "Invoice Line",
        required=True,
        index=True,
        ondelete="restrict",
        domain="[('move_id', '=', move_id), ('display_type', '=', 'product')]",
    )
    product_id = fields.Many2one("product.product", related="move_line_id.product_id", store=True, index="btree_not_null")
    currency_id = fields.Many2one(related="redress_id.currency_id")
    invoiced_quantity = fields.Float("Invoiced", related="move_line_id.quantity", digits="Product Unit")
    quantity = fields.Float(compute="_compute_from_line", store=True, readonly=False, precompute=True, digits="Product Unit")
    price_unit = fields.Float(
        "Price",
        compute="_compute_from_line",
        store=True,
        readonly=False,
        precompute=True,
        digits="Product Price",
        help="What is given for each piece; lower it to give back a part of the price.",
    )
    total = fields.Monetary(compute="_compute_total", store=True, help="With the discount and the taxes of the invoice line.")

    _once = models.UniqueIndex("(redress_id, move_line_id)", "A line of the invoice can be named once only.")
    _positive = models.Constraint("CHECK (quantity > 0 AND price_unit >= 0)", "Quantity and price must be positive.")

    @api.depends("move_line_id")
    def _compute_from_line(self):
        for line in self:
            origin = line.sudo().move_line_id
            line.quantity = origin.quantity or 1.0
            line.price_unit = origin.price_unit

    @api.depends("move_line_id", "quantity", "price_unit")
    def _compute_total(self):
        for line in self:
            origin = line.sudo().move_line_id
            taxes = origin.tax_ids.compute_all(
                line.price_unit * (1 - (origin.discount or 0.0) / 100),
                currency=origin.currency_id,
                quantity=line.quantity,
                product=origin.product_id,
                partner=origin.partner_id,
                is_refund=False,
            )
            line.total = taxes["total_included"]

    @api.constrains("move_line_id", "redress_id", "quantity", "price_unit")
    def _check_line(self):
        for line in self.sudo():
            origin = line.move_line_id
            if origin.move_id != line.redress_id.move_id or origin.display_type != "product":
                raise ValidationError(self.env._("'%(line)s' is not a line of the chosen invoice.", line=origin.display_name))
            if line.quantity > origin.quantity or line.price_unit > origin.price_unit:
                raise ValidationError(
                    self.env._(
                        "No more can be given for '%(line)s' than was invoiced: %(quantity)s at %(price)s.",
                        line=origin.name or origin.product_id.display_name,
                        quantity=origin.quantity,
                        price=origin.currency_id.format(origin.price_unit),
                    )
                )

    @api.model_create_multi
    def create(self, vals_list):
        allowed = {"redress_id", "move_line_id", "quantity", "price_unit"}
        lines = super().create([{name: value for name, value in vals.items() if name in allowed} for vals in vals_list])
        lines.redress_id._check_draft()
        lines.redress_id._note_contributor()
        return lines

    def write(self, vals):
        self.redress_id._check_draft()
        result = super().write(vals)
        self.redress_id._check_draft()
        self.redress_id._note_contributor()
        return result

    @api.ondelete(at_uninstall=False)
    def _unlink_only_of_drafts(self):
        self.redress_id._check_draft()
        self.redress_id._note_contributor()

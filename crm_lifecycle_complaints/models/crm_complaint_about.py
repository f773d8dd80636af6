"""What a complaint is about: an order or an invoice, a line of it, a product."""

from odoo import api, fields, models
from odoo.exceptions import ValidationError


class CrmComplaint(models.Model):
    _inherit = "crm.complaint"

    sale_order_id = fields.Many2one(
        "sale.order",
        "Order",
        check_company=True,
        index="btree_not_null",
        copy=False,
        domain="[('company_id', '=', company_id), ('partner_id.commercial_partner_id', '=?', commercial_partner_id)]",
        groups="base.group_user",
    )
    sale_line_id = fields.Many2one(
        "sale.order.line",
        "Order Line",
        index="btree_not_null",
        copy=False,
        domain="[('order_id', '=', sale_order_id), ('display_type', '=', False)]",
        groups="base.group_user",
    )
    invoice_id = fields.Many2one(
        "account.move",
        check_company=True,
        index="btree_not_null",
        copy=False,
        domain="[('company_id', '=', company_id), ('move_type', 'in', ('out_invoice', 'out_receipt')), ('state', '=', 'posted'),"
        " ('partner_id.commercial_partner_id', '=?', commercial_partner_id)]",
        groups="base.group_user",
    )
    invoice_line_id = fields.Many2one(
        "account.move.line",
        index="btree_not_null",
        copy=False,
        domain="[('move_id', '=', invoice_id), ('display_type', '=', 'product')]",
        groups="base.group_user",
    )
    product_id = fields.Many2one(
        "product.product",
        compute="_compute_product_id",
        store=True,
        readonly=False,
        check_company=True,
        index="btree_not_null",
        groups="base.group_user",
    )
    source_url = fields.Char("Link to the Post", copy=False, help="Where the customer wrote it in public, e.g. on a social network.")

    @api.depends("sale_line_id", "invoice_line_id")
    def _compute_product_id(self):
        for complaint in self:
            # sudo(): an agent who was shown the line need not have the rights of sales or accounting.
            lines = complaint.sudo()
            complaint.product_id = (lines.invoice_line_id.product_id or lines.sale_line_id.product_id or complaint.product_id).id

    @api.onchange("sale_order_id")
    def _onchange_sale_order_id(self):
        if self.sale_line_id.order_id != self.sale_order_id:
            self.sale_line_id = False
        if self.sale_order_id and not self.partner_id:
            self.partner_id = self.sale_order_id.partner_id

    @api.onchange("invoice_id")
    def _onchange_invoice_id(self):
        if self.invoice_line_id.move_id != self.invoice_id:
            self.invoice_line_id = False
        if self.invoice_id and not self.partner_id:
            self.partner_id = self.invoice_id.partner_id

    @api.constrains("sale_order_id", "sale_line_id", "invoice_id", "invoice_line_id", "partner_id")
    def _check_about(self):
        """The document is the customer's own, and the line is one of the document."""
        for complaint in self.sudo():
            for document, line, owner in (
                (complaint.sale_order_id, complaint.sale_line_id, "order_id"),
                (complaint.invoice_id, complaint.invoice_line_id, "move_id"),
            ):
                if line and line[owner] != document:
                    raise ValidationError(self.env._("The line '%(line)s' does not belong to the chosen document.", line=line.display_name))
                family = complaint.commercial_partner_id
                if document and family and document.partner_id.commercial_partner_id != family:
                    raise ValidationError(
                        self.env._(
                            "%(document)s is a document of %(owner)s, not of %(customer)s.",
                            document=document.display_name,
                            owner=document.partner_id.commercial_partner_id.display_name,
                            customer=family.display_name,
                        )
                    )

    @api.constrains("source_url")
    def _check_source_url(self):
        for complaint in self:
            if complaint.source_url and not complaint.source_url.lower().startswith(("https://", "http://")):
                raise ValidationError(self.env._("The link to the post must begin with https:// or http://."))

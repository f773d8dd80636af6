from odoo import api, fields, models
from odoo.addons.crm_lifecycle.analytics.documents import MOVE_COUNTS, ORDER_COUNTS
from odoo.addons.crm_lifecycle.models.boolean_search import search_boolean
from odoo.fields import Domain
from odoo.tools import SQL


class CrmLifecycleCustomer(models.Model):
    """What segments ask of a customer beyond the recorded facts."""

    _inherit = "crm.lifecycle.customer"

    bought_product_ids = fields.Many2many(
        "product.product",
        string="Products Bought",
        compute="_compute_bought_product_ids",
        search="_search_bought_product_ids",
        help="Products on the posted invoices, or the confirmed orders where those count as purchases, of the customer and its contacts.",
    )
    mail_allowed = fields.Boolean(
        "Offers by Mail Allowed",
        compute="_compute_mail_allowed",
        search="_search_mail_allowed",
        help="The customer's own address may get offers: they have not asked not to, it is not blacklisted, and nothing else holds offers back.",
    )

    def _compute_bought_product_ids(self):
        for customer in self:
            rows = self.env.execute_query(
                SQL(
                    "SELECT DISTINCT product_id FROM (%s) line WHERE partner_id = %s AND company_id = %s",
                    self._bought(),
                    customer.partner_id.id,
                    customer.company_id.id,
                )
            )
            customer.bought_product_ids = [product for (product,) in rows]

    @api.model
    def _search_bought_product_ids(self, operator, value):
        if operator not in ("in", "any", "any!"):
            return NotImplemented
        # sudo(): which products are meant is asked, not whether the reader may open their card.
        products = self.env["product.product"].sudo().with_context(active_test=False)
        chosen = products._search(Domain("id", "in", value) if operator == "in" else Domain(value))

        def to_sql(model, alias, query):
            return SQL(
                "(%s, %s) IN (SELECT partner_id, company_id FROM (%s) line WHERE product_id IN %s)",
                SQL.identifier(alias, "partner_id"),
                SQL.identifier(alias, "company_id"),
                self._bought(),
                chosen.subselect(),
            )

        return Domain.custom(to_sql=to_sql)

    @api.model
    def _bought(self) -> SQL:
        """Rows (partner_id, company_id, product_id), one for each line of what counts as a purchase."""
        self.env.flush_all()
        return SQL(
            """
            SELECT partner.commercial_partner_id AS partner_id, move.company_id, line.product_id
              FROM account_move_line line
              JOIN account_move move ON move.id = line.move_id AND move.move_type <> 'out_refund'
              JOIN res_partner partner ON partner.id = move.partner_id
             WHERE line.display_type = 'product' AND line.product_id IS NOT NULL AND line.quantity > 0 AND %s
            UNION ALL
            SELECT partner.commercial_partner_id, sale.company_id, line.product_id
              FROM sale_order_line line
              JOIN sale_order sale ON sale.id = line.order_id
              JOIN res_partner partner ON partner.id = sale.partner_id
             WHERE line.product_id IS NOT NULL AND line.product_uom_qty > 0 AND line.is_downpayment IS NOT TRUE AND %s
            """,
            MOVE_COUNTS,
            ORDER_COUNTS,
        )

    def _compute_mail_allowed(self):
        allowed = self.env["res.partner"].search(self._get_mail_allowed_domain() & Domain("id", "in", self.partner_id.ids))
        for customer in self:
            customer.mail_allowed = customer.partner_id in allowed

    @api.model
    def _search_mail_allowed(self, operator, value):
        allowed = Domain("partner_id", "any!", self._get_mail_allowed_domain())
        return search_boolean(allowed, operator, value)

    @api.model
    def _get_mail_allowed_domain(self):
        return self.env["res.partner"]._lifecycle_reachable("email") & Domain("email_normalized", "!=", False)

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL

KINDS = [("reorder", "Reorder"), ("cross_sell", "Cross-Sell"), ("up_sell", "Up-Sell"), ("quotation", "On a Quotation")]


class CrmProductSuggestion(models.Model):
    """A product that was suggested for a customer, and what became of it: the memory of the suggestions, and their report."""

    _name = "crm.product.suggestion"
    _description = "Product Suggestion"
    _order = "date desc, id desc"
    _rec_name = "product_id"
    _log_access = False

    partner_id = fields.Many2one("res.partner", "Customer", required=True, readonly=True, ondelete="cascade")
    company_id = fields.Many2one("res.company", required=True, readonly=True, ondelete="cascade")
    product_id = fields.Many2one("product.product", required=True, readonly=True, ondelete="cascade", index=True)
    kind = fields.Selection(KINDS, required=True, readonly=True)
    outcome = fields.Selection(
        [("shown", "Shown"), ("added", "Added to a quotation"), ("dismissed", "Not interested")],
        required=True,
        readonly=True,
        default="shown",
    )
    date = fields.Date("Suggested on", required=True, readonly=True, index=True)
    user_id = fields.Many2one("res.users", "By", readonly=True, ondelete="set null")
    acceptance = fields.Float(
        "Accepted", compute="_compute_acceptance", store=True, aggregator="avg", help="1 where it was added to a quotation, else 0."
    )

    _day_key = models.UniqueIndex("(partner_id, company_id, product_id, kind, date)")
    _dismissed_idx = models.Index("(partner_id, product_id) WHERE outcome = 'dismissed'")

    @api.depends("outcome")
    def _compute_acceptance(self):
        for suggestion in self:
            suggestion.acceptance = float(suggestion.outcome == "added")

    def action_suggest_again(self):
        """Forget that the customer was not interested."""
        self.unlink()

    @api.model
    def _record(self, partner, products, outcome):
        """Log suggestions of today by their outcome; one that is logged already only ever moves on from *shown*.

        ``products``: ``[(product id, kind), …]``. Written with all rights, by callers who have checked theirs.
        """
        if not products:
            return
        self.env.cr.execute(
            SQL(
                """
                INSERT INTO crm_product_suggestion (partner_id, company_id, product_id, kind, outcome, acceptance, date, user_id)
                SELECT %(partner)s, %(company)s, product.id, given.kind, %(outcome)s, %(acceptance)s, %(today)s, %(user)s
                  FROM unnest(%(products)s::integer[], %(kinds)s::varchar[]) AS given (product, kind)
                  JOIN product_product product ON product.id = given.product
                 ORDER BY product.id
                    ON CONFLICT (partner_id, company_id, product_id, kind, date)
                    DO UPDATE SET outcome = EXCLUDED.outcome, acceptance = EXCLUDED.acceptance, user_id = EXCLUDED.user_id
                 WHERE EXCLUDED.outcome <> 'shown' AND crm_product_suggestion.outcome <> EXCLUDED.outcome
                """,
                partner=partner.id,
                company=self.env.company.id,
                outcome=outcome,
                acceptance=float(outcome == "added"),
                today=fields.Date.context_today(self),
                user=self.env.uid,
                products=[product for product, _kind in dict.fromkeys(products)],
                kinds=[kind for _product, kind in dict.fromkeys(products)],
            )
        )
        self.invalidate_model()

    @api.model
    def _checked(self, products):
        """``products`` as the browser sends them, [[product id, kind], …], or a UserError."""
        kinds = dict(KINDS)
        if not isinstance(products, list | tuple) or len(products) > 100:
            raise UserError(self.env._("Suggestions are a list of at most 100 products."))
        checked = []
        for item in products:
            if not (
                isinstance(item, list | tuple) and len(item) == 2 and type(item[0]) is int and isinstance(item[1], str) and item[1] in kinds
            ):
                raise UserError(self.env._("A suggestion is a product and one of: %(kinds)s.", kinds=", ".join(kinds)))
            checked.append((item[0], item[1]))
        return checked

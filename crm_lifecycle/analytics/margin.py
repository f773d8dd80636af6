"""What was earned on an invoice, by the cost of its goods when it was posted."""

from odoo.tools import SQL


def earned(condition: SQL, order_costs: bool, product_costs: bool = True) -> SQL:
    """Rows (move, margin, revenue of known cost) of the moves (alias ``move``) that meet a condition.

    The cost of a line is that of its sales order line where those have one (``order_costs``), else that of the product as it is now
    (``product_costs``); a cost of 0 is none. A credit note takes back the margin of its invoice in proportion.
    Both amounts are NULL where no cost is known. Company currency, negative for credit notes.
    """
    return SQL(
        """
        SELECT move.id,
               CASE WHEN origin.id IS NULL THEN own.margin
                    ELSE round(origin.lifecycle_margin * move.amount_untaxed_signed / origin.amount_untaxed_signed, 6) END AS margin,
               CASE WHEN origin.id IS NULL THEN own.costed
                    ELSE round(origin.lifecycle_costed * move.amount_untaxed_signed / origin.amount_untaxed_signed, 6) END AS costed
          FROM account_move move
          LEFT JOIN account_move origin
                 ON origin.id = move.reversed_entry_id AND origin.state = 'posted'
                AND origin.amount_untaxed_signed <> 0 AND origin.lifecycle_costed <> 0
          LEFT JOIN LATERAL (
            SELECT sum(-line.balance - cost.total) AS margin, sum(-line.balance) AS costed
              FROM account_move_line line
              JOIN product_product product ON product.id = line.product_id
              JOIN product_template template ON template.id = product.product_tmpl_id
              JOIN uom_uom own_unit ON own_unit.id = template.uom_id
              LEFT JOIN uom_uom unit ON unit.id = line.product_uom_id
              %(ordered)s
             CROSS JOIN LATERAL (
                 SELECT CASE WHEN move.move_type = 'out_refund' THEN -1 ELSE 1 END * line.quantity * COALESCE(unit.factor, own_unit.factor)
                        * COALESCE(NULLIF(%(ordered_cost)s, 0), NULLIF(%(product_cost)s, 0) / own_unit.factor) AS total
             ) cost
             WHERE line.move_id = move.id AND line.display_type = 'product' AND cost.total IS NOT NULL
          ) own ON TRUE
         WHERE %(condition)s
        """,
        ordered=ORDERED if order_costs else SQL(),
        ordered_cost=SQL("ordered.cost") if order_costs else SQL("NULL::numeric"),
        product_cost=SQL("(product.standard_price ->> move.company_id::text)::numeric") if product_costs else SQL("NULL::numeric"),
        condition=condition,
    )


def record(condition: SQL) -> SQL:
    """Write ``lifecycle_margin`` and ``lifecycle_costed`` of moves posted in the past: what was earned by the costs that their orders have kept."""
    return SQL(
        """
        UPDATE account_move SET lifecycle_margin = found.margin, lifecycle_costed = found.costed
          FROM (%s) found
         WHERE found.id = account_move.id
           AND (account_move.lifecycle_margin, account_move.lifecycle_costed) IS DISTINCT FROM (found.margin, found.costed)
        """,
        earned(condition, order_costs=True, product_costs=False),
    )


# The cost for one reference unit in company currency, of the first order line that the invoice line bills.
ORDERED = SQL(
    """
    LEFT JOIN LATERAL (
        SELECT (sold.purchase_price / COALESCE(NULLIF(sale.currency_rate, 0), 1))::numeric / sold_unit.factor AS cost
          FROM sale_order_line_invoice_rel billed
          JOIN sale_order_line sold ON sold.id = billed.order_line_id
          JOIN sale_order sale ON sale.id = sold.order_id
          JOIN uom_uom sold_unit ON sold_unit.id = sold.product_uom_id
         WHERE billed.invoice_line_id = line.id
         ORDER BY sold.id
         LIMIT 1
    ) ordered ON TRUE
    """
)

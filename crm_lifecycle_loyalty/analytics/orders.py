"""SQL of what credit notes took back of orders."""

from collections.abc import Iterable

from odoo.tools import SQL


def billed(order_ids: Iterable[int]) -> SQL:
    """Per line of an order, what was invoiced and credited: (order line, invoiced, credited, quantities of both, credit notes).

    Amounts are net of tax, with the sign of the line, in the currency of the order; a document in another currency counts by its quantity.
    """
    return SQL(
        """
        SELECT line.id,
               sum(amount.net) FILTER (WHERE move.move_type = 'out_invoice'),
               sum(amount.net) FILTER (WHERE move.move_type = 'out_refund'),
               sum(bill.quantity) FILTER (WHERE move.move_type = 'out_invoice'),
               sum(bill.quantity) FILTER (WHERE move.move_type = 'out_refund'),
               count(*) FILTER (WHERE move.move_type = 'out_refund')
          FROM sale_order_line line
          JOIN sale_order_line_invoice_rel rel ON rel.order_line_id = line.id
          JOIN account_move_line bill ON bill.id = rel.invoice_line_id
          JOIN account_move move ON move.id = bill.move_id
    CROSS JOIN LATERAL (
            SELECT CASE WHEN bill.currency_id = line.currency_id THEN bill.price_subtotal
                        WHEN line.product_uom_qty = 0 THEN 0
                        ELSE line.price_subtotal * bill.quantity / line.product_uom_qty END AS net
          ) AS amount
         WHERE line.order_id = ANY(%s) AND move.state = 'posted' AND move.move_type IN ('out_invoice', 'out_refund')
         GROUP BY line.id
        """,
        list(order_ids),
    )

"""What a customer owes, how soon they pay, and what is ordered and not yet invoiced."""

from collections.abc import Sequence
from datetime import date

from odoo.tools import SQL

from . import places

# Invoices by which the pace of paying is told.
PAID = 50
AGES = (0, 30, 60, 90)


def money(partner_id: int, company_ids: Sequence[int], today: date, limit: SQL, term: SQL) -> SQL:
    """What a customer's family owes these companies, which keep the same books, to the cent as the ledger has it.

    Amounts in company currency, credit notes and unallocated payments deducted: ``balance``, ``overdue``, ``ageing``, balance by
    the days since it fell due, ``currencies`` [{currency_id, amount}], ``to_invoice`` (ordered, not invoiced).
    ``days_to_pay``: mean days between an invoice and its last payment, over the ``paid_invoices`` paid last. ``limit`` and ``term`` are
    columns of ``res_partner``. To be read with all rights, for readers who may see it.
    """
    ages = {"not_due": SQL("days <= 0")}
    for low, high in zip(AGES, (*AGES[1:], None), strict=True):
        ages[f"days_{low + 1}_{high}" if high else f"days_{low + 1}"] = SQL("days > %s AND days <= %s", low, high or 1_000_000)
    return SQL(
        """(
        WITH owed AS (
            SELECT line.currency_id, line.amount_residual AS residual, line.amount_residual_currency AS foreign_residual,
                   %(today)s - COALESCE(line.date_maturity, line.date) AS days
              FROM account_move_line line
             WHERE line.partner_id %(family)s AND line.reconciled IS NOT TRUE AND line.parent_state = 'posted'
               AND line.company_id = ANY(%(companies)s)
               AND line.account_id = ANY(ARRAY(SELECT id FROM account_account WHERE account_type = 'asset_receivable'))
        ), paid AS (
            SELECT * FROM (
                SELECT id, invoice_date
                  FROM account_move
                 WHERE partner_id %(family)s AND move_type = 'out_invoice' AND state = 'posted'
                   AND payment_state IN ('paid', 'in_payment') AND company_id = ANY(%(companies)s) %(walk)s
            ) move ORDER BY invoice_date DESC LIMIT %(paid)s
        ), pace AS (
            SELECT max(partial.max_date) - paid.invoice_date AS days
              FROM paid
              JOIN account_move_line line ON line.move_id = paid.id
              JOIN account_partial_reconcile partial ON partial.debit_move_id = line.id
             GROUP BY paid.id, paid.invoice_date
        )
        SELECT to_json(part) FROM (
            SELECT COALESCE(sum(residual), 0) AS balance, COALESCE(sum(residual) FILTER (WHERE days > 0), 0) AS overdue,
                   json_build_object(%(ages)s) AS ageing,
                   (SELECT json_agg(part) FROM (
                       SELECT currency_id, sum(foreign_residual) AS amount FROM owed GROUP BY 1 HAVING sum(foreign_residual) <> 0 ORDER BY 1
                   ) part) AS currencies,
                   (%(ordered)s) AS to_invoice,
                   (SELECT avg(days) FROM pace) AS days_to_pay,
                   (SELECT count(*) FROM pace) AS paid_invoices,
                   (SELECT %(limit)s FROM res_partner WHERE id = %(partner)s) AS credit_limit,
                   (SELECT term.name FROM account_payment_term term JOIN res_partner ON res_partner.id = %(partner)s AND term.id = %(term)s)
                       AS payment_term
              FROM owed
        ) part
        )""",
        partner=partner_id,
        family=places.in_family(partner_id),
        companies=list(company_ids),
        today=today,
        paid=PAID,
        walk=places.WALK,
        ages=SQL(", ").join(SQL("%s, COALESCE(sum(residual) FILTER (WHERE %s), 0)", name, condition) for name, condition in ages.items()),
        ordered=ordered_not_invoiced(partner_id, company_ids),
        limit=limit,
        term=term,
    )


def ordered_not_invoiced(partner_id: int, company_ids: Sequence[int]) -> SQL:
    """One value: what a customer's family has ordered and is not yet invoiced, taxes included, in company currency."""
    return SQL(
        """
        SELECT COALESCE(sum(line.price_total / line.product_uom_qty / COALESCE(NULLIF(sale.currency_rate, 0), 1) * GREATEST(0,
                   CASE WHEN template.invoice_policy = 'delivery' THEN line.qty_delivered ELSE line.product_uom_qty END - line.qty_invoiced)), 0)
          FROM (
            SELECT id, currency_rate FROM sale_order
             WHERE partner_invoice_id %s AND state = 'sale' AND company_id = ANY(%s) AND invoice_status IS DISTINCT FROM 'invoiced' OFFSET 0
          ) sale
          CROSS JOIN LATERAL (
            SELECT * FROM sale_order_line WHERE order_id = sale.id AND untaxed_amount_to_invoice > 0 AND product_uom_qty > 0 OFFSET 0
          ) line
          LEFT JOIN product_product product ON product.id = line.product_id
          LEFT JOIN product_template template ON template.id = product.product_tmpl_id
        """,
        places.in_family(partner_id),
        list(company_ids),
    )

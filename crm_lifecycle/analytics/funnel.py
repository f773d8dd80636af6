"""From the opportunity to the money: each deal's steps, when they were reached and what they were worth."""

from odoo.tools import SQL


def steps(linked: bool, cash: bool) -> SQL:
    """A row for each deal and each step it has reached: (id, step, date, amount, days, converted, lost, documents, whose it is).

    A deal is an opportunity with all its quotations, or a quotation without one; ``linked``: orders know their opportunity. Amounts without
    taxes, in company currency: *opportunity* the revenue expected; *quotation* all quotations that are not cancelled (or all, if all are);
    *order* those confirmed; *invoiced* what posted invoices less credit notes hold of them, reached while that is positive; *cash* the share
    of it that is paid, reached with the first payment and dated by the last one. ``days``: since the step before that the deal has
    reached. ``converted``: 1 if it has reached the next step, else 0. ``cash``: without it, neither the last step nor who reached it is told.
    """
    return SQL(
        """
        SELECT deal.key * 8 + step.number AS id, step.name AS step, step.date, step.amount, step.days, step.converted, deal.lost,
               deal.lead_id, deal.order_id, deal.move_id, deal.partner_id, deal.user_id, deal.team_id, deal.company_id, deal.lead_stage_id,
               CASE WHEN step.number = 1 THEN deal.lead_stage_id END AS stage_id,
               (SELECT currency_id FROM res_company WHERE id = COALESCE(deal.company_id, %(no_company)s)) AS currency_id
          FROM (%(deals)s) deal
          CROSS JOIN LATERAL (VALUES
            (1, '1_opportunity', deal.opened, deal.expected, NULL::integer, (deal.quoted IS NOT NULL)::integer),
            (2, '2_quotation', deal.quoted, deal.quoted_amount, deal.quoted - deal.opened, (deal.ordered IS NOT NULL)::integer),
            (3, '3_order', deal.ordered, deal.ordered_amount, deal.ordered - deal.quoted, (deal.invoiced IS NOT NULL)::integer),
            (4, '4_invoiced', deal.invoiced, deal.invoiced_amount, deal.invoiced - deal.ordered, %(paid)s),
            (5, '5_cash', %(cash_date)s, deal.paid_amount, deal.paid - deal.invoiced, NULL)
          ) step (number, name, date, amount, days, converted)
         WHERE step.date IS NOT NULL
        """,
        deals=_deals(linked),
        no_company=SQL("(SELECT min(id) FROM res_company WHERE active)"),
        paid=SQL("(deal.paid IS NOT NULL)::integer") if cash else SQL("NULL::integer"),
        cash_date=SQL("deal.paid") if cash else SQL("NULL::date"),
    )


def _deals(linked: bool) -> SQL:
    return SQL(
        """
        SELECT CASE WHEN lead.id IS NULL THEN 2 * sold.order_id + 1 ELSE 2 * lead.id END AS key, lead.id AS lead_id, sold.order_id, sold.move_id,
               lead.stage_id AS lead_stage_id,
               COALESCE(lead.partner_id, sold.partner_id) AS partner_id, COALESCE(lead.user_id, sold.user_id) AS user_id,
               COALESCE(lead.team_id, sold.team_id) AS team_id, COALESCE(sold.company_id, lead.company_id) AS company_id,
               COALESCE(lead.date_conversion, lead.create_date)::date AS opened, COALESCE(lead.expected_revenue, 0)::numeric AS expected,
               sold.quoted, sold.quoted_amount, sold.ordered, sold.ordered_amount,
               CASE WHEN sold.invoiced_amount > 0 THEN sold.invoiced END AS invoiced, sold.invoiced_amount,
               CASE WHEN sold.invoiced_amount > 0 AND sold.paid_amount > 0 THEN COALESCE(sold.paid, sold.invoiced) END AS paid, sold.paid_amount,
               NOT COALESCE(lead.active, TRUE) OR COALESCE(sold.cancelled, FALSE) AS lost
          FROM (SELECT * FROM crm_lead WHERE type = 'opportunity') lead
          FULL JOIN (
            SELECT sale.lead_id, min(sale.id) AS order_id, min(sale.company_id) AS company_id,
                   (array_agg(sale.partner_id ORDER BY sale.id))[1] AS partner_id, (array_agg(sale.user_id ORDER BY sale.id))[1] AS user_id,
                   (array_agg(sale.team_id ORDER BY sale.id))[1] AS team_id,
                   min(sale.quoted) AS quoted,
                   COALESCE(sum(sale.amount) FILTER (WHERE sale.state <> 'cancel'), sum(sale.amount)) AS quoted_amount,
                   min(sale.ordered) FILTER (WHERE sale.state = 'sale') AS ordered,
                   sum(sale.amount) FILTER (WHERE sale.state = 'sale') AS ordered_amount,
                   bool_and(sale.state = 'cancel') AS cancelled,
                   min(billed.invoiced) AS invoiced, sum(billed.amount) AS invoiced_amount,
                   max(billed.paid) AS paid, sum(billed.paid_amount) AS paid_amount, max(billed.move_id) AS move_id
              FROM (
                SELECT id, %(lead)s AS lead_id, company_id, partner_id, user_id, team_id, state, create_date::date AS quoted, date_order::date AS ordered,
                       (amount_untaxed / COALESCE(NULLIF(currency_rate, 0), 1))::numeric AS amount
                  FROM sale_order
              ) sale
              LEFT JOIN (%(billed)s) billed ON billed.order_id = sale.id
             GROUP BY sale.lead_id, CASE WHEN sale.lead_id IS NULL THEN sale.id END
          ) sold ON sold.lead_id = lead.id
        """,
        lead=SQL("opportunity_id") if linked else SQL("NULL::integer"),
        billed=_billed(),
    )


def _billed() -> SQL:
    """Rows of orders with what posted invoices hold of them: by lines, since an invoice may bill several orders."""
    return SQL(
        """
        SELECT line.order_id, min(move.invoice_date) FILTER (WHERE move.move_type <> 'out_refund') AS invoiced, sum(-item.balance) AS amount,
               sum(-item.balance * CASE WHEN move.amount_total_signed = 0 THEN 1
                                        ELSE 1 - move.amount_residual_signed / move.amount_total_signed END) AS paid_amount,
               max(payment.day) AS paid, max(move.id) FILTER (WHERE move.move_type <> 'out_refund') AS move_id
          FROM sale_order_line line
          JOIN sale_order_line_invoice_rel link ON link.order_line_id = line.id
          JOIN account_move_line item ON item.id = link.invoice_line_id
          JOIN account_move move ON move.id = item.move_id AND move.state = 'posted' AND move.move_type IN ('out_invoice', 'out_refund', 'out_receipt')
          LEFT JOIN LATERAL (
            SELECT max(partial.max_date) AS day
              FROM account_move_line owed JOIN account_partial_reconcile partial ON partial.debit_move_id = owed.id
             WHERE owed.move_id = move.id AND owed.display_type = 'payment_term'
          ) payment ON TRUE
         GROUP BY line.order_id
        """
    )

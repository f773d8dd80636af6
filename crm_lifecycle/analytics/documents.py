"""The documents from which a customer's facts come, one row each, under the commercial partner that owns them today."""

from odoo.tools import SQL

SALES_MOVES = ("out_invoice", "out_refund", "out_receipt")


def in_scope(scope: SQL | None, column: str) -> SQL:
    """``column`` (a commercial partner) restricted to a scope made by :func:`partners` or :func:`partner_range`; None is everybody."""
    return SQL("TRUE") if scope is None else SQL("%s %s", SQL(column), scope)


def partners(ids: list[int]) -> SQL:
    """The scope of these commercial partners."""
    return SQL("= ANY(%s)", ids)


def partner_range(first: int, last: int) -> SQL:
    """The scope of the commercial partners with ids from ``first`` to ``last``, both included."""
    return SQL("BETWEEN %s AND %s", first, last)


def sales(scope: SQL | None) -> SQL:
    """Rows (partner_id, company_id, day, amount, refund) of posted customer invoices, credit notes and receipts.

    ``amount`` is untaxed, in company currency, negative for credit notes; ``refund`` repeats it for credit notes and is 0
    elsewhere. ``day`` is the invoice date; a credit note counts on the day of the invoice it reverses, so that a purchase
    which was taken back in full is no purchase. The commercial partner is read from the contact: the one stored on the
    invoice has no index and stays behind when a contact gets another parent.
    """
    return SQL(
        """
        SELECT partner.commercial_partner_id AS partner_id,
               move.company_id,
               COALESCE(origin.invoice_date, move.invoice_date) AS day,
               move.amount_untaxed_signed AS amount,
               CASE WHEN move.move_type = 'out_refund' THEN move.amount_untaxed_signed ELSE 0 END AS refund
          FROM account_move move
          JOIN res_partner partner ON partner.id = move.partner_id
          LEFT JOIN account_move origin ON origin.id = move.reversed_entry_id AND origin.state = 'posted'
         WHERE move.state = 'posted' AND move.move_type IN %s AND %s
        """,
        SALES_MOVES,
        in_scope(scope, "partner.commercial_partner_id"),
    )


def encounters(scope: SQL | None) -> SQL:
    """Rows (partner_id, company_id, met_at, interested): the moments at which the firm met a customer who may not have bought yet.

    ``met_at`` is in UTC. An opportunity or a quotation shows interest; a lead or a contact marked as customer only makes
    them known. A contact that all companies share and none has dealt with counts for the first one.
    """
    return SQL(
        """
        SELECT partner.commercial_partner_id AS partner_id,
               COALESCE(lead.company_id, partner.company_id, %(first)s) AS company_id,
               CASE WHEN lead.type = 'opportunity' THEN COALESCE(lead.date_conversion, lead.create_date) ELSE lead.create_date END AS met_at,
               lead.type = 'opportunity' AS interested
          FROM crm_lead lead
          JOIN res_partner partner ON partner.id = lead.partner_id
         WHERE %(lead_scope)s
        UNION ALL
        SELECT partner.commercial_partner_id, sale.company_id, LEAST(sale.create_date, sale.date_order), TRUE
          FROM sale_order sale
          JOIN res_partner partner ON partner.id = sale.partner_id
         WHERE %(order_scope)s
        UNION ALL
        SELECT partner.id, COALESCE(partner.company_id, %(first)s), partner.create_date, FALSE
          FROM res_partner partner
         WHERE partner.customer_rank > 0 AND partner.commercial_partner_id = partner.id AND %(contact_scope)s
        """,
        first=SQL("(SELECT min(id) FROM res_company WHERE active)"),
        lead_scope=in_scope(scope, "partner.commercial_partner_id"),
        order_scope=in_scope(scope, "partner.commercial_partner_id"),
        contact_scope=in_scope(scope, "partner.id"),
    )

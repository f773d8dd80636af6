"""The documents from which a customer's facts come, one row each, under the commercial partner that owns them today."""

from odoo.tools import SQL

from .past_sales import past_sales

SALES_MOVES = ("out_invoice", "out_refund", "out_receipt")
SOLD = {
    "invoices": SQL("move.state = 'posted' AND move.move_type IN %s", SALES_MOVES),
    "orders": SQL("sale.state = 'sale'"),
}
MOVE_COUNTS = SQL("%s AND move.company_id IN (SELECT id FROM res_company WHERE lifecycle_basis = 'invoices')", SOLD["invoices"])
# Of the currency whose ``rounding`` is at hand.
DECIMALS = SQL("GREATEST(0, -floor(log(rounding)))::integer")
DAY_REVERSED = SQL(
    "COALESCE((SELECT invoice_date FROM account_move WHERE id = move.reversed_entry_id AND state = 'posted'), move.invoice_date)"
)
ORDER_RATE = SQL("COALESCE(NULLIF(sale.currency_rate, 0), 1)")
ORDER_COUNTS = SQL("%s AND sale.company_id IN (SELECT id FROM res_company WHERE lifecycle_basis = 'orders')", SOLD["orders"])


def in_scope(scope: SQL | None, column: str) -> SQL:
    """``column`` (a commercial partner) restricted to a scope made by :func:`partners` or :func:`partner_range`; None is everybody."""
    return SQL("TRUE") if scope is None else SQL("%s %s", SQL(column), scope)


def partners(ids: list[int]) -> SQL:
    """The scope of these commercial partners."""
    return SQL("= ANY(%s)", ids)


def partner_range(first: int, last: int) -> SQL:
    """The scope of the commercial partners with ids from ``first`` to ``last``, both included."""
    return SQL("BETWEEN %s AND %s", first, last)


def every(step: int) -> SQL:
    """The scope of one commercial partner in ``step``, always the same ones: a sample."""
    return SQL("%% %s = 0", step)


def sales(scope: SQL | None, order_margin: bool = False, basis: str = "", contacts: SQL | None = None) -> SQL:
    """Rows (partner_id, company_id, day, amount, credit, margin, costed) of what was sold, on the basis that each company has chosen.

    ``amount`` is untaxed, in company currency, negative for credit notes, which ``credit`` tells. ``margin`` is what was earned on
    the part ``costed`` of it whose cost is known; of an order only where ``order_margin`` says that orders have one. The commercial
    partner is read from the contact: the one stored on an invoice has no index and stays behind when a contact gets another parent.

    Basis *invoices*: posted customer invoices, credit notes and receipts. ``day`` is the invoice date; a credit note counts
    on the day of the invoice it reverses, so that a purchase which was taken back in full is no purchase.
    Basis *orders*: confirmed sales orders on the day of their confirmation, in the company's time zone.
    On either basis, sales from before Odoo that were imported, up to the day from which on the documents count.
    ``basis``: for readers who want only companies that have chosen this one, and leave others out themselves.
    ``contacts``: instead of a scope, what follows a column to say that it holds a contact of the one customer wanted; ``partner_id`` is then null.
    """
    return SQL(" UNION ALL ").join(sales_by_source(scope, order_margin, basis, contacts))


def sales_by_source(scope: SQL | None, order_margin: bool = False, basis: str = "", contacts: SQL | None = None) -> list[SQL]:
    """The rows of :func:`sales` in several queries: what each one's rows are turned into is worked out by the processes that read them."""
    # Reversals by themselves: a query that looks for the days of other documents is not divided among processes.
    moves = [
        SQL(
            """
            SELECT partner.commercial_partner_id AS partner_id, move.company_id, %(day)s AS day, move.amount_untaxed_signed AS amount,
                   move.move_type = 'out_refund' AS credit, move.lifecycle_margin AS margin, move.lifecycle_costed AS costed
              FROM account_move move
              JOIN %(partner)s
             WHERE move.reversed_entry_id %(reverses)s AND %(counts)s
            """,
            day=day,
            partner=_partner("move.partner_id", scope, contacts),
            reverses=SQL(reverses),
            counts=SOLD["invoices"] if basis else MOVE_COUNTS,
        )
        for reverses, day in (("IS NULL", SQL("move.invoice_date")), ("IS NOT NULL", DAY_REVERSED))
    ]
    orders = SQL(
        """
        SELECT partner.commercial_partner_id AS partner_id, sale.company_id, %(day)s AS day,
               sale.amount_untaxed / %(rate)s AS amount, FALSE AS credit, %(margin)s AS margin, %(costed)s AS costed
          FROM sale_order sale
          JOIN %(partner)s
          JOIN res_company company ON company.id = sale.company_id
          JOIN res_partner home ON home.id = company.partner_id
         WHERE %(counts)s
        """,
        partner=_partner("sale.partner_id", scope, contacts),
        day=_local_day(SQL("sale.date_order")),
        rate=ORDER_RATE,
        margin=SQL("sale.margin / %s", ORDER_RATE) if order_margin else SQL("NULL::numeric"),
        costed=SQL("sale.amount_untaxed / %s", ORDER_RATE) if order_margin else SQL("NULL::numeric"),
        counts=SOLD["orders"] if basis else ORDER_COUNTS,
    )
    of_basis = {"invoices": moves, "orders": [orders]}.get(basis, [*moves, orders])
    return [*of_basis, past_sales(_partner("past.partner_id", scope, contacts))]


def _partner(contact: str, scope: SQL | None, contacts: SQL | None) -> SQL:
    """What to join a document with to have its ``partner`` (commercial_partner_id), and only those wanted; ``contact``: the document's column."""
    if contacts is not None:
        # The contacts are known already, so that nobody has to be looked up.
        return SQL("(SELECT NULL::integer AS commercial_partner_id) partner ON %s %s", SQL(contact), contacts)
    return SQL("res_partner partner ON partner.id = %s AND %s", SQL(contact), in_scope(scope, "partner.commercial_partner_id"))


def encounters(scope: SQL | None) -> SQL:
    """Rows (partner_id, company_id, day, interested): the days on which the firm met a customer who may not have bought yet.

    Days are days in the company's time zone. An opportunity or a quotation shows interest; a lead or a contact marked as
    customer only makes them known. A contact that all companies share and none has dealt with counts for the first one.
    """
    return SQL(
        """
        SELECT met.partner_id, met.company_id, %(day)s AS day, met.interested
          FROM (
            SELECT partner.commercial_partner_id AS partner_id,
                   COALESCE(lead.company_id, partner.company_id, %(first)s) AS company_id,
                   CASE WHEN lead.type = 'opportunity' THEN COALESCE(lead.date_conversion, lead.create_date) ELSE lead.create_date END AS met_at,
                   lead.type = 'opportunity' AS interested
              FROM crm_lead lead
              JOIN res_partner partner ON partner.id = lead.partner_id
             WHERE %(document_scope)s
            UNION ALL
            SELECT partner.commercial_partner_id, sale.company_id, LEAST(sale.create_date, sale.date_order), TRUE
              FROM sale_order sale
              JOIN res_partner partner ON partner.id = sale.partner_id
             WHERE %(document_scope)s
            UNION ALL
            SELECT partner.id, COALESCE(partner.company_id, %(first)s), partner.create_date, FALSE
              FROM res_partner partner
             WHERE partner.customer_rank > 0 AND partner.commercial_partner_id = partner.id AND %(contact_scope)s
          ) met
          JOIN res_company company ON company.id = met.company_id
          JOIN res_partner home ON home.id = company.partner_id
        """,
        day=_local_day(SQL("met.met_at")),
        first=SQL("(SELECT min(id) FROM res_company WHERE active)"),
        document_scope=in_scope(scope, "partner.commercial_partner_id"),
        contact_scope=in_scope(scope, "partner.id"),
    )


def purchase_days(scope: SQL | None) -> SQL:
    """Rows (partner_id, company_id, day) of the days whose sales, less what was credited of them, are positive."""
    return SQL(
        "SELECT partner_id, company_id, day FROM (%s) sale GROUP BY partner_id, company_id, day HAVING sum(amount) > 0", sales(scope)
    )


def _local_day(moment: SQL) -> SQL:
    """The day of a UTC timestamp in the time zone of the company whose contact is ``home``."""
    return SQL("timezone(COALESCE(home.tz, 'UTC'), timezone('UTC', %s))::date", moment)

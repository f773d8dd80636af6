"""Sales from before Odoo, as an import left them: lines first held back, then counted, of contacts found or made."""

from odoo.tools import SQL

from ..domain.past_sales import LEGAL_FORMS


def past_sales(partner: SQL) -> SQL:
    """Rows as ``documents.sales`` of the imported sales that count; ``partner``: what to join them with to have those wanted."""
    return SQL(
        """
        SELECT partner.commercial_partner_id AS partner_id, past.company_id, past.day, past.amount, past.amount < 0 AS credit,
               NULL::numeric AS margin, NULL::numeric AS costed
          FROM crm_lifecycle_past_sale past
          JOIN %s
          JOIN res_company company ON company.id = past.company_id
         WHERE past.day <= COALESCE(company.lifecycle_past_until, 'infinity')
        """,
        partner,
    )


def first_document(company_id: int) -> SQL:
    """The day of the first posted customer invoice or confirmed order of a company, whichever is its basis."""
    return SQL(
        """
        SELECT CASE lifecycle_basis
               WHEN 'invoices' THEN (SELECT min(invoice_date) FROM account_move move
                                      WHERE move.company_id = company.id AND state = 'posted' AND move_type IN ('out_invoice', 'out_refund', 'out_receipt'))
               ELSE (SELECT min(date_order)::date FROM sale_order sale WHERE sale.company_id = company.id AND state = 'sale') END
          FROM res_company company WHERE company.id = %s
        """,
        company_id,
    )


def in_documents(import_id: int) -> SQL:
    """Rows (line, document) of an import whose number is that of an invoice which is posted in Odoo."""
    return SQL(
        """
        SELECT past.line, past.document
          FROM crm_lifecycle_past_sale past
          JOIN account_move move ON move.company_id = past.company_id AND move.state = 'posted' AND past.document IN (move.name, move.ref)
               AND move.move_type IN ('out_invoice', 'out_refund', 'out_receipt')
         WHERE past.import_id = %s AND past.partner_id IS NULL AND past.document <> ''
         ORDER BY 1
        """,
        import_id,
    )


def drop_known(import_id: int) -> SQL:
    """Drop the lines of an import that are counted already; gives a row for each."""
    return SQL(
        """
        DELETE FROM crm_lifecycle_past_sale past USING crm_lifecycle_past_sale counted
         WHERE past.import_id = %s AND past.partner_id IS NULL
           AND counted.company_id = past.company_id AND counted.row_key = past.row_key AND counted.partner_id IS NOT NULL
        RETURNING past.id
        """,
        import_id,
    )


def link_contacts(import_id: int) -> SQL:
    """Give each line of an import its contact, each contact the sum of its lines, and drop contacts without lines."""
    return SQL(
        """
        UPDATE crm_lifecycle_past_sale past SET contact_id = contact.id
          FROM crm_lifecycle_import_contact contact
         WHERE past.import_id = %(id)s AND contact.import_id = %(id)s AND past.contact_key = contact.key;
        DELETE FROM crm_lifecycle_import_contact contact
         WHERE import_id = %(id)s AND NOT EXISTS (SELECT FROM crm_lifecycle_past_sale WHERE contact_id = contact.id);
        UPDATE crm_lifecycle_import_contact contact SET sales = summed.sales, amount = summed.amount
          FROM (SELECT contact_id, count(*) AS sales, sum(amount) AS amount FROM crm_lifecycle_past_sale WHERE import_id = %(id)s GROUP BY 1) summed
         WHERE summed.contact_id = contact.id
        """,
        id=import_id,
    )


def duplicates(import_id: int, company_id: int) -> SQL:
    """Rows (contact_id, partner_id, found_by, families): who a contact of an import may be already, the surest first, and how many it may be.

    By e-mail address, by a number in the telephone index, or by the name without accents, signs and legal form.
    """
    visible = SQL("partner.active AND (partner.company_id IS NULL OR partner.company_id = %s)", company_id)
    return SQL(
        """
        SELECT DISTINCT ON (contact_id) contact_id, partner_id, found_by, count(*) OVER (PARTITION BY contact_id, place) AS families
          FROM (
            SELECT contact.id AS contact_id, 1 AS place, 'email' AS found_by, min(partner.id) AS partner_id
              FROM crm_lifecycle_import_contact contact
              JOIN res_partner partner ON partner.email_normalized = contact.email
             WHERE contact.import_id = %(id)s AND %(visible)s
             GROUP BY contact.id, partner.commercial_partner_id
            UNION ALL
            SELECT contact.id, 2, 'phone', min(partner.id)
              FROM crm_lifecycle_import_contact contact
              JOIN crm_lifecycle_phone number ON number.e164 = contact.e164
              JOIN res_partner partner ON partner.id = number.partner_id
             WHERE contact.import_id = %(id)s AND %(visible)s
             GROUP BY contact.id, partner.commercial_partner_id
            UNION ALL
            SELECT contact.id, 3, 'name', partner.id
              FROM crm_lifecycle_import_contact contact
              JOIN res_partner partner ON %(normal)s = contact.normal_name AND contact.normal_name <> ''
             WHERE contact.import_id = %(id)s AND partner.commercial_partner_id = partner.id AND %(visible)s
          ) found
         ORDER BY contact_id, place, partner_id
        """,
        id=import_id,
        visible=visible,
        normal=normal_name(SQL("partner.name")),
    )


def normal_name(name: SQL) -> SQL:
    """The same as ``domain.past_sales.normal_name``."""
    plain = SQL(
        r"btrim(regexp_replace(lower(regexp_replace(normalize(%s, NFKD), '[\u0300-\u036f]', '', 'g')), '[^[:alnum:]]+', ' ', 'g'))", name
    )
    bare = SQL("btrim(regexp_replace(%s, %s, '', 'g'))", plain, rf"\m({'|'.join(LEGAL_FORMS)})\M ?")
    return SQL("COALESCE(NULLIF(%s, ''), %s)", bare, plain)


def count_lines(contact_ids: list[int]) -> SQL:
    """Let the lines of contacts that have found their place count, but for those that count already."""
    return SQL(
        """
        UPDATE crm_lifecycle_past_sale past SET partner_id = contact.partner_id
          FROM crm_lifecycle_import_contact contact
         WHERE contact.id = ANY(%s) AND past.contact_id = contact.id AND past.partner_id IS NULL
           AND NOT EXISTS (SELECT FROM crm_lifecycle_past_sale counted
                            WHERE counted.company_id = past.company_id AND counted.row_key = past.row_key AND counted.partner_id IS NOT NULL)
        """,
        contact_ids,
    )


def untouched(import_id: int) -> SQL:
    """Rows (partner_id) of the contacts that an import made and that nothing else knows of."""
    others = [
        ("crm_lifecycle_past_sale", "partner_id"),
        ("crm_lead", "partner_id"),
        ("sale_order", "partner_id"),
        ("account_move", "partner_id"),
        ("account_move_line", "partner_id"),
        ("res_partner", "parent_id"),
        ("crm_call", "partner_id"),
        ("res_users", "partner_id"),
        ("calendar_event_res_partner_rel", "res_partner_id"),
    ]
    return SQL(
        """
        SELECT contact.partner_id FROM crm_lifecycle_import_contact contact
         WHERE contact.import_id = %s AND contact.made AND contact.partner_id IS NOT NULL AND %s
           AND NOT EXISTS (SELECT FROM mail_activity WHERE res_model = 'res.partner' AND res_id = contact.partner_id)
        """,
        import_id,
        SQL(" AND ").join(
            SQL("NOT EXISTS (SELECT FROM %s other WHERE other.%s = contact.partner_id)", SQL.identifier(table), SQL.identifier(column))
            for table, column in others
        ),
    )

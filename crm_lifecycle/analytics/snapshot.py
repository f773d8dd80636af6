"""What is known of one customer: each section is one expression that gives JSON, so that one statement answers for several of them.

Documents come as queries that ``_search(...)`` made and that keep the reader's rights.
"""

from collections.abc import Mapping, Sequence
from datetime import date

from odoo.tools import SQL, Query

from . import places
from .documents import sales

# Documents that are looked at for what comes from the newest ones only, so that a long history costs no more.
NEWEST = 200
FIRST_CONTACTS = 1000
# Of a line of an order.
UNDELIVERED = "qty_delivered < product_uom_qty AND display_type IS NULL AND is_downpayment IS NOT TRUE"


def translated(alias: str, column: str, lang: str) -> SQL:
    """A translated column in a language, else in English."""
    name = SQL.identifier(alias, column)
    return SQL("COALESCE(%s->>%s, %s->>'en_US')", name, lang, name)


def json_row(columns: Mapping[str, SQL], rest: SQL) -> SQL:
    """One JSON object with these columns of ``rest``, which is what follows the columns of a SELECT; null without a row."""
    return SQL("(SELECT to_json(part) FROM (SELECT %s %s LIMIT 1) part)", _columns(columns), rest)


def json_rows(query: Query | SQL, columns: Mapping[str, SQL] | None = None) -> SQL:
    """A JSON list of the rows of a statement, or of these columns of a query; null without rows."""
    if columns is not None:
        query = query.select(*(SQL("%s AS %s", column, SQL.identifier(name)) for name, column in columns.items()))
    return SQL("(SELECT json_agg(part) FROM (%s) part)", query)


def json_object(parts: Mapping[str, SQL]) -> SQL:
    """One JSON object of several expressions."""
    return SQL("(SELECT to_json(part) FROM (SELECT %s) part)", _columns(parts))


def _columns(columns: Mapping[str, SQL]) -> SQL:
    return SQL(", ").join(SQL("%s AS %s", column, SQL.identifier(name)) for name, column in columns.items())


def seen(contact_id: int, visible: Query) -> SQL:
    """``partners``: of a contact and its commercial partner those that are ``visible`` (id, commercial_partner_id, name); ``members``: see there."""
    return SQL(
        """(WITH visible AS MATERIALIZED (%s)
            SELECT json_build_object('partners', (SELECT json_agg(visible) FROM visible), 'members', %s))""",
        visible.select(SQL("res_partner.id, res_partner.commercial_partner_id, res_partner.complete_name AS name")),
        places.members(SQL("(SELECT commercial_partner_id FROM visible WHERE id = %s)", contact_id)),
    )


def who(partner_id: int, own: Sequence[str], contacts: Query, theirs: Sequence[str], limit: int, lang: str) -> SQL:
    """``own`` columns of a contact; country, state, salesperson, tags, and the first of the ``contacts`` (id, name, and ``theirs``)."""
    # The first of so many: else the planner may look through everybody's contacts by id, or all of a very large family are read.
    contacts.order, contacts.limit = None, FIRST_CONTACTS
    shown = {
        "name": SQL("COALESCE(res_partner.name, res_partner.complete_name)"),
        **{name: SQL.identifier("res_partner", name) for name in ("id", *theirs)},
    }
    columns = {
        **{name: SQL.identifier("partner", name) for name in own},
        "country_name": translated("country", "name", lang),
        "country_code": SQL("country.code"),
        "address_format": SQL("country.address_format"),
        "state_name": SQL("state.name"),
        "state_code": SQL("state.code"),
        "user_id": SQL("salesperson.id"),
        "user": SQL("person.name"),
        "tags": json_rows(
            SQL(
                """SELECT tag.id, %s AS name, tag.color
                     FROM res_partner_category tag JOIN res_partner_res_partner_category_rel link ON link.category_id = tag.id
                    WHERE link.partner_id = partner.id AND tag.active ORDER BY tag.id""",
                translated("tag", "name", lang),
            )
        ),
        "contacts": json_rows(SQL("SELECT * FROM (%s) contact ORDER BY id LIMIT %s", contacts.select(_columns(shown)), limit)),
    }
    joins = SQL(
        """
          FROM res_partner partner
          LEFT JOIN res_country country ON country.id = partner.country_id
          LEFT JOIN res_country_state state ON state.id = partner.state_id
          LEFT JOIN res_users salesperson ON salesperson.id = partner.user_id
          LEFT JOIN res_partner person ON person.id = salesperson.partner_id
         WHERE partner.id = %s
        """,
        partner_id,
    )
    return json_row(columns, joins)


def standing(customers: Query, lang: str, today: date) -> SQL:
    """``customer``: a row of ``crm_lifecycle_customer``; ``stages``: all of them in order, archived ones too; ``override``: what holds on
    ``today``; ``steps``: the last transition of each kind as believed now."""
    columns = (
        "id", "partner_id", "company_id", "stage_id", "computed_stage_id", "stage_since", "furthest_phase", "health", "health_since",
    )  # fmt: skip
    own = SQL("own.partner_id = customer.partner_id AND own.company_id = customer.company_id")
    return SQL(
        """(
        WITH customer AS (%(customers)s)
        SELECT json_build_object(
            'customer', (SELECT to_json(customer) FROM customer),
            'stages', %(stages)s,
            'override', (SELECT to_json(part) FROM (
                SELECT own.reason, own.date_until FROM crm_lifecycle_override own JOIN customer ON %(own)s
                 WHERE own.date_from <= %(today)s AND (own.date_until IS NULL OR own.date_until >= %(today)s)
                 ORDER BY own.date_from DESC, own.id DESC LIMIT 1
            ) part),
            'steps', (SELECT json_agg(part) FROM (
                SELECT DISTINCT ON (own.kind) own.kind, own.trigger, own.purchases, own.tenure_days, own.effective_at, own.to_health,
                       own.last_purchase_date, own.rhythm_days
                  FROM crm_lifecycle_transition own JOIN customer ON %(own)s
                 WHERE own.superseded_at IS NULL ORDER BY own.kind, own.effective_at DESC, own.id DESC
            ) part))
        )""",
        customers=customers.select(*(SQL.identifier("crm_lifecycle_customer", name) for name in columns)),
        stages=json_rows(
            SQL(
                "SELECT stage.id, %s AS name, stage.phase, stage.active FROM crm_lifecycle_stage stage ORDER BY stage.sequence, stage.id",
                translated("stage", "name", lang),
            )
        ),
        own=own,
        today=today,
    )


def worth(customers: Query, columns: Sequence[str], revenue: SQL) -> SQL:
    """``customer``: these columns of a row of ``crm_lifecycle_customer``; ``months``: the revenue given."""
    return json_row(
        {
            "customer": json_row(
                {name: SQL.identifier(name) for name in columns}, SQL("FROM (%s) customer", customers.select("crm_lifecycle_customer.*"))
            ),
            "months": revenue,
        },
        SQL(""),
    )


def months(partner_id: int, company_id: int, basis: str, first: date) -> SQL:
    """Rows (month, revenue): net revenue in company currency of what a company sold to a customer since ``first``, by month as YYYY-MM-01;
    ``basis``: the company's."""
    return json_rows(
        SQL(
            """
            SELECT to_char(day, 'YYYY-MM-01') AS month, sum(amount) AS revenue
              FROM (SELECT day, sum(amount) AS amount FROM (%s) sale WHERE company_id = %s AND day >= %s GROUP BY 1) daily GROUP BY 1 ORDER BY 1
            """,
            sales(None, basis=basis, contacts=places.in_family(partner_id)),
            company_id,
            first,
        )
    )


def orders(query: Query, undelivered: SQL, limit: int) -> SQL:
    """Of these orders the newest (id, name, date, amount, currency_id) that are open ``quotations``, that are ``to_deliver``, which
    ``undelivered`` says of a confirmed one, and that are ``to_invoice``; each with the ``total`` of its kind. Each order is read once."""
    kinds = {
        "quotations": SQL("sale_order.state IN ('draft', 'sent')"),
        "to_deliver": SQL("sale_order.state = 'sale' AND %s", undelivered),
        "to_invoice": SQL("sale_order.state = 'sale' AND sale_order.invoice_status = 'to invoice'"),
    }
    columns = {name: SQL.identifier("sale_order", name) for name in ("id", "name", "currency_id", "date_order", "amount_total")}
    newest = {
        name: json_rows(
            SQL(
                """
                SELECT id, name, currency_id, date_order::date AS date, amount_total AS amount, count(*) OVER () AS total
                  FROM found WHERE %s ORDER BY date_order DESC, id DESC LIMIT %s
                """,
                SQL.identifier(name),
                limit,
            )
        )
        for name in kinds
    }
    # OFFSET: which of the kinds an order is of is told once.
    return SQL(
        "(WITH found AS MATERIALIZED (SELECT * FROM (%s OFFSET 0) found WHERE %s) SELECT %s)",
        query.select(_columns({**columns, **kinds})),
        SQL(" OR ").join(map(SQL.identifier, kinds)),
        json_object(newest),
    )


def opportunities(query: Query, lang: str, limit: int) -> SQL:
    """Of these leads those with the highest revenue expected (id, name, stage, amount, probability); ``total``: how many there are."""
    query.order, query.limit = SQL("crm_lead.expected_revenue DESC NULLS LAST, crm_lead.id DESC"), limit
    columns = {name: SQL.identifier("crm_lead", name) for name in ("id", "name", "probability")}
    columns |= {
        "amount": SQL("crm_lead.expected_revenue"),
        "stage": SQL("(SELECT %s FROM crm_stage stage WHERE stage.id = crm_lead.stage_id)", translated("stage", "name", lang)),
        "total": SQL("count(*) OVER ()"),
    }
    return json_rows(query, columns)


def products(bought: SQL, lang: str, limit: int) -> SQL:
    """The products bought last (id, name, date, quantity); ``bought``: see there."""
    return json_rows(
        SQL(
            """
            SELECT product.id, %s AS name, date, quantity
              FROM (SELECT product_id, max(day) AS date, (array_agg(quantity ORDER BY day DESC))[1] AS quantity
                      FROM (%s) bought GROUP BY product_id ORDER BY 2 DESC, 1 LIMIT %s) newest
              JOIN product_product product ON product.id = newest.product_id
              JOIN product_template template ON template.id = product.product_tmpl_id
             ORDER BY date DESC, product.id
            """,
            product_name(lang),
            bought,
            limit,
        )
    )


def product_name(lang: str, prefix: str = "") -> SQL:
    """The name with the internal reference of a ``product`` and its ``template``; or of ``own`` and ``own_template``."""
    product, template = (prefix, f"{prefix}_template") if prefix else ("product", "template")
    reference = SQL.identifier(product, "default_code")
    return SQL("concat_ws(' ', '[' || NULLIF(%s, '') || ']', %s)", reference, translated(template, "name", lang))


def bought(orders: Query | None, invoices: Query | None, newest: int) -> SQL:
    """Rows (product_id, day, quantity, place) of the ``newest`` of these confirmed orders or posted invoices; place 1 is the newest document."""
    query = invoices if orders is None else orders
    columns = (
        (SQL("account_move.invoice_date AS day"), SQL("account_move.id"))
        if orders is None
        else (
            SQL("sale_order.date_order::date AS day"),
            SQL("sale_order.id"),
        )
    )
    documents = SQL(
        """SELECT *, row_number() OVER (ORDER BY day DESC, id DESC) AS place FROM (%s %s) document
            ORDER BY day DESC, id DESC LIMIT %s""",
        query.select(*columns),
        places.WALK,
        newest,
    )
    if orders is not None:
        return SQL(
            """
            SELECT line.product_id, document.day, line.product_uom_qty AS quantity, document.place
              FROM (%s) document
              JOIN sale_order_line line ON line.order_id = document.id
             WHERE line.product_id IS NOT NULL AND line.product_uom_qty > 0 AND line.is_downpayment IS NOT TRUE
            """,
            documents,
        )
    return SQL(
        """
        SELECT line.product_id, document.day, line.quantity, document.place
          FROM (%s) document
          JOIN account_move_line line ON line.move_id = document.id AND line.display_type = 'product'
         WHERE line.product_id IS NOT NULL AND line.quantity > 0 AND line.price_subtotal > 0
        """,
        documents,
    )


def activities(documents: Sequence[tuple[str, SQL]], lang: str, limit: int) -> SQL:
    """The next activities on documents that the reader may see (id, model, document, type, summary, date, user)."""
    arms = [SQL("SELECT id FROM mail_activity WHERE active AND res_model = %s AND res_id IN %s", model, ids) for model, ids in documents]
    return json_rows(
        SQL(
            """
            SELECT activity.id, activity.res_model AS model, activity.res_id AS document, %s AS type, activity.summary,
                   activity.date_deadline AS date, person.name AS user
              FROM mail_activity activity
              LEFT JOIN mail_activity_type type ON type.id = activity.activity_type_id
              LEFT JOIN res_users users ON users.id = activity.user_id
              LEFT JOIN res_partner person ON person.id = users.partner_id
             WHERE activity.id IN (%s)
             ORDER BY activity.date_deadline, activity.id LIMIT %s
            """,
            translated("type", "name", lang),
            SQL(" UNION ALL ").join(arms),
            limit,
        )
    )


def calls(query: Query, lang: str) -> SQL:
    """These calls (id, date, direction, state, outcome, user, to_return), moments in UTC."""
    columns = {name: SQL.identifier("crm_call", name) for name in ("id", "direction", "state", "to_return")}
    return json_rows(
        query,
        {
            **columns,
            "date": SQL("to_char(crm_call.started_at, 'YYYY-MM-DD HH24:MI:SS')"),
            "outcome": SQL(
                "(SELECT %s FROM crm_call_outcome outcome WHERE outcome.id = crm_call.outcome_id)", translated("outcome", "name", lang)
            ),
            "user": SQL(
                "(SELECT person.name FROM res_users users JOIN res_partner person ON person.id = users.partner_id WHERE users.id = crm_call.user_id)"
            ),
        },
    )


def meetings(query: Query, limit: int) -> SQL:
    """The next of these meetings (id, name, date), moments in UTC."""
    query.order, query.limit = SQL("calendar_event.start, calendar_event.id"), limit
    return json_rows(
        query,
        {
            "id": SQL("calendar_event.id"),
            "name": SQL("calendar_event.name"),
            "date": SQL("to_char(calendar_event.start, 'YYYY-MM-DD HH24:MI:SS')"),
        },
    )

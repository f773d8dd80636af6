"""What a salesperson's day may hold: a list of tasks from each kind of document, all in one statement.

Documents come as queries that ``_search(...)`` made and that keep the reader's rights. A task has id, customer (a commercial partner), contact,
at (what sorts it, as text) and what its reason in words needs.
"""

from datetime import date

from odoo.tools import SQL, Query

from .contacts import last_contact
from .snapshot import json_rows, translated

# Of each kind; nobody works through more in a day.
LIMIT = 100


def callbacks(calls: Query) -> SQL:
    """Calls that wait to be returned."""
    calls.order = SQL("crm_call.started_at, crm_call.id")
    return _tasks(
        calls,
        {
            "customer": SQL("crm_call.commercial_partner_id"),
            "contact": SQL("crm_call.partner_id"),
            "at": SQL("to_char(crm_call.started_at, 'YYYY-MM-DD HH24:MI:SS')"),
            "number": SQL("COALESCE(crm_call.e164, crm_call.number)"),
            "missed": SQL("crm_call.state = 'missed'"),
        },
    )


def visits(events: Query, own_partner: int) -> SQL:
    """Meetings with customers; the contact is the first one of them who is no employee."""
    events.order = SQL("calendar_event.start, calendar_event.id")
    guest = SQL(
        """(SELECT person.id FROM calendar_event_res_partner_rel attends JOIN res_partner person ON person.id = attends.res_partner_id
             WHERE attends.calendar_event_id = calendar_event.id AND person.partner_share AND person.id <> %s ORDER BY person.id LIMIT 1)""",
        own_partner,
    )
    firm = SQL("(SELECT commercial_partner_id FROM res_partner WHERE id = %s)", guest)
    return _tasks(
        events,
        {
            "customer": firm,
            "contact": guest,
            "at": SQL("to_char(calendar_event.start, 'YYYY-MM-DD HH24:MI:SS')"),
            "name": SQL("calendar_event.name"),
            "location": SQL("calendar_event.location"),
        },
    )


def activities(user: int, today: date, documents: dict[str, SQL], lang: str) -> SQL:
    """Activities due on documents of customers; ``documents``: by model a statement (id, partner_id) of those that the reader may see."""
    arms = [SQL("SELECT %s AS model, id, partner_id FROM (%s) readable", model, statement) for model, statement in documents.items()]
    return json_rows(
        SQL(
            """
            SELECT activity.id, person.commercial_partner_id AS customer, person.id AS contact, activity.date_deadline::text AS at,
                   activity.summary, %s AS type, type.category, document.model, document.id AS document
              FROM mail_activity activity
              JOIN (%s) document ON document.model = activity.res_model AND document.id = activity.res_id
              JOIN res_partner person ON person.id = document.partner_id
              LEFT JOIN mail_activity_type type ON type.id = activity.activity_type_id
             WHERE %s
             ORDER BY activity.date_deadline, activity.id LIMIT %s
            """,
            translated("type", "name", lang),
            SQL(" UNION ALL ").join(arms),
            _due(user, today),
            LIMIT,
        )
    )


def with_activity(query: Query, model: str, partner: str, user: int, today: date) -> SQL:
    """Rows (id, partner_id) of the documents of a query on ``model`` on which an activity of the user is due; ``partner``: their contact."""
    query.add_where(
        SQL(
            "%s IN (SELECT res_id FROM mail_activity activity WHERE activity.res_model = %s AND %s)",
            SQL.identifier(query.table, "id"),
            model,
            _due(user, today),
        )
    )
    return query.select(SQL.identifier(query.table, "id"), SQL("%s AS partner_id", SQL.identifier(query.table, partner)))


def _due(user: int, today: date) -> SQL:
    return SQL("activity.active AND activity.user_id = %s AND activity.date_deadline <= %s", user, today)


def plans(query: Query) -> SQL:
    """Contacts due by account plan."""
    query.order = SQL("crm_account_plan.next_contact_date, crm_account_plan.id")
    names = ("last_contact_date", "last_contact_kind", "pareto_class", "contact_days")
    return _tasks(
        query,
        {
            "customer": SQL("crm_account_plan.partner_id"),
            "contact": SQL("crm_account_plan.partner_id"),
            "at": SQL("crm_account_plan.next_contact_date::text"),
            **{name: SQL.identifier("crm_account_plan", name) for name in names},
        },
    )


def quotations(orders: Query, since: date, comment_subtype: int) -> SQL:
    """Quotations sent whose customer has not been contacted after ``since``."""
    orders.order = SQL("sale_order.date_order, sale_order.id")
    customer = SQL("(SELECT commercial_partner_id FROM res_partner WHERE id = sale_order.partner_id)")
    orders.add_where(_not_contacted_since(customer, SQL("sale_order.company_id"), SQL("%s::date", since), comment_subtype))
    return _tasks(
        orders,
        {
            "customer": customer,
            "contact": SQL("sale_order.partner_id"),
            "at": SQL("sale_order.date_order::date::text"),
            "name": SQL("sale_order.name"),
            "valid_until": SQL("sale_order.validity_date"),
            "amount": SQL("sale_order.amount_total"),
            "currency_id": SQL("sale_order.currency_id"),
        },
    )


def customers(query: Query, since: str, again_after: date, comment_subtype: int) -> SQL:
    """Customers not contacted from the day in the column ``since`` on, or from ``again_after`` on if that is later."""
    day = SQL.identifier("crm_lifecycle_customer", since)
    query.order = SQL("%s, crm_lifecycle_customer.id", day)
    family, company = (SQL.identifier("crm_lifecycle_customer", name) for name in ("partner_id", "company_id"))
    query.add_where(_not_contacted_since(family, company, SQL("GREATEST(%s, %s::date)", day, again_after), comment_subtype))
    names = ("health_since", "last_purchase_date", "next_purchase_date", "expected_gap")
    columns = {name: SQL.identifier("crm_lifecycle_customer", name) for name in names}
    return _tasks(query, {"customer": family, "contact": family, "at": SQL("%s::text", day), **columns})


def call_list_lines(query: Query) -> SQL:
    """The customers next on the reader's call lists."""
    query.order = SQL("crm_call_list_line.next_call_date, crm_call_list_line.sequence, crm_call_list_line.id")
    return _tasks(
        query,
        {
            "customer": SQL("crm_call_list_line.partner_id"),
            "contact": SQL("crm_call_list_line.partner_id"),
            "at": SQL("crm_call_list_line.next_call_date::text"),
            "name": SQL("(SELECT name FROM crm_call_list WHERE id = crm_call_list_line.list_id)"),
        },
    )


def marks(user: int, company: int, today: date) -> SQL:
    """What the reader has done today, or put off beyond it."""
    return json_rows(
        SQL(
            "SELECT kind, res_id AS id, done AND date = %(today)s AS done, until > %(today)s AS waits FROM crm_my_day_mark "
            "WHERE user_id = %(user)s AND company_id = %(company)s AND (date = %(today)s OR until > %(today)s)",
            today=today,
            user=user,
            company=company,
        )
    )


def _tasks(query: Query, columns: dict[str, SQL]) -> SQL:
    query.limit = LIMIT
    return json_rows(query, {"id": SQL.identifier(query.table, "id"), **columns})


def _not_contacted_since(family: SQL, company: SQL, day: SQL, comment_subtype: int) -> SQL:
    contact = last_contact(family, company, SQL("'UTC'"), comment_subtype)
    return SQL("NOT EXISTS (SELECT FROM (%s) contact WHERE contact.day >= %s)", contact, day)

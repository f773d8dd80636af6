"""The last contact with a customer, read from what happened: meetings, calls, activities done and mails, never from a field that somebody fills."""

from odoo.tools import SQL

# Documents whose conversation is a contact with the customer.
CONVERSATIONS = ("res.partner", "crm.lead", "sale.order", "crm.account.plan")


def last_contact(family: SQL, company: SQL, zone: SQL, comment_subtype: int) -> SQL:
    """A statement of at most one row (day, kind): the last contact with a family, given by the column of its commercial partner.

    ``kind``: meeting, call, activity or mail. ``day``: in the time zone ``zone``, a text column. Meetings count from their beginning on,
    calls when they were answered, mails both ways; logged notes do not. Calls count in their company, and documents in theirs or none.
    """
    return SQL(
        """
        SELECT timezone(%(zone)s, timezone('UTC', happened.at))::date AS day, happened.kind
          FROM (
            (SELECT event.start AS at, 'meeting' AS kind
               FROM res_partner person
               JOIN calendar_event_res_partner_rel attends ON attends.res_partner_id = person.id
               JOIN calendar_event event ON event.id = attends.calendar_event_id
              WHERE person.commercial_partner_id = %(family)s AND event.active AND event.start <= timezone('UTC', now())
              ORDER BY event.start DESC LIMIT 1)
            UNION ALL
            (SELECT call.started_at, 'call'
               FROM crm_call call
              WHERE call.commercial_partner_id = %(family)s AND call.company_id = %(company)s AND call.state = 'done'
              ORDER BY call.started_at DESC LIMIT 1)
            UNION ALL
            (SELECT message.date, CASE WHEN message.mail_activity_type_id IS NULL THEN 'mail' ELSE 'activity' END
               FROM (
                    SELECT 'res.partner' AS model, id FROM res_partner WHERE commercial_partner_id = %(family)s
                    UNION ALL
                    SELECT 'crm.lead', lead.id FROM crm_lead lead JOIN res_partner person ON person.id = lead.partner_id
                     WHERE person.commercial_partner_id = %(family)s AND (lead.company_id = %(company)s OR lead.company_id IS NULL)
                    UNION ALL
                    SELECT 'sale.order', sale.id FROM sale_order sale JOIN res_partner person ON person.id = sale.partner_id
                     WHERE person.commercial_partner_id = %(family)s AND sale.company_id = %(company)s
                    UNION ALL
                    SELECT 'crm.account.plan', own.id FROM crm_account_plan own
                     WHERE own.partner_id = %(family)s AND own.company_id = %(company)s
               ) document
               JOIN mail_message message ON message.model = document.model AND message.res_id = document.id
              WHERE message.mail_activity_type_id IS NOT NULL
                 OR message.message_type IN ('email', 'comment') AND message.subtype_id = %(comment)s
              ORDER BY message.date DESC LIMIT 1)
          ) happened
         ORDER BY happened.at DESC, happened.kind LIMIT 1
        """,
        family=family,
        company=company,
        zone=zone,
        comment=comment_subtype,
    )


def refresh_plans(scope: SQL, comment_subtype: int) -> SQL:
    """Bring last contact, class, rhythm and next contact of the plans of a scope (a condition on ``plan``) in line: see ``domain.contact_rhythm``."""
    return SQL(
        """
        UPDATE crm_account_plan stored
           SET last_contact_date = found.day, last_contact_kind = found.kind, pareto_class = found.pareto_class,
               contact_days = found.days, next_contact_date = found.next
          FROM (
            SELECT plan.id, contact.day, contact.kind, customer.pareto_class, rhythm.days,
                   CASE WHEN plan.state = 'active' THEN GREATEST(plan.date_from, contact.day + rhythm.days) END AS next
              FROM crm_account_plan plan
              JOIN res_company company ON company.id = plan.company_id
              JOIN res_partner home ON home.id = company.partner_id
              LEFT JOIN crm_lifecycle_customer customer ON customer.partner_id = plan.partner_id AND customer.company_id = plan.company_id
              CROSS JOIN LATERAL (
                SELECT COALESCE(NULLIF(plan.own_contact_days, 0), CASE customer.pareto_class WHEN 'a' THEN company.lifecycle_contact_days_a
                       WHEN 'b' THEN company.lifecycle_contact_days_b ELSE company.lifecycle_contact_days_c END) AS days
              ) rhythm
              LEFT JOIN LATERAL (%(contact)s) contact ON TRUE
             WHERE %(scope)s
          ) found
         WHERE stored.id = found.id
           AND (stored.last_contact_date, stored.last_contact_kind, stored.pareto_class, stored.contact_days, stored.next_contact_date)
               IS DISTINCT FROM (found.day, found.kind, found.pareto_class, found.days, found.next)
        """,
        contact=last_contact(SQL("plan.partner_id"), SQL("plan.company_id"), SQL("COALESCE(home.tz, 'UTC')"), comment_subtype),
        scope=scope,
    )


def achieved(plan_ids: list[int], sales: SQL) -> SQL:
    """Rows (plan id, net revenue in company currency within the plan's period); ``sales``: see ``documents.sales``."""
    return SQL(
        """
        SELECT plan.id, sum(sale.amount)
          FROM crm_account_plan plan
          JOIN (%s) sale ON sale.partner_id = plan.partner_id AND sale.company_id = plan.company_id
                        AND sale.day BETWEEN plan.date_from AND plan.date_to
         WHERE plan.id = ANY(%s) GROUP BY plan.id
        """,
        sales,
        plan_ids,
    )

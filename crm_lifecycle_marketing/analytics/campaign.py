"""The register of who was written to and who was held out, and what each of them bought afterwards."""

from odoo.addons.crm_lifecycle.analytics.documents import sales
from odoo.tools import SQL


def assign(campaign_id: int, mailing_id: int, company_id: int, percent: int, partners: SQL) -> SQL:
    """Put these commercial partners on the register of a campaign, unless they are on it. See ``domain.campaign.is_held_out``."""
    return SQL(
        """
        INSERT INTO crm_lifecycle_campaign_member (campaign_id, mailing_id, company_id, partner_id, held_out, assigned_on)
        SELECT %(campaign)s, %(mailing)s, %(company)s, partner_id,
               ('x' || left(md5(%(campaign)s || ':' || partner_id), 8))::bit(32)::bigint * 100 < %(percent)s * 4294967296,
               timezone('UTC', now())::date
          FROM (SELECT DISTINCT partner_id FROM (%(partners)s) AS chosen (partner_id) WHERE partner_id IS NOT NULL) one
         ORDER BY partner_id
        ON CONFLICT (campaign_id, partner_id) DO NOTHING
        """,
        campaign=campaign_id,
        mailing=mailing_id,
        company=company_id,
        percent=percent,
        partners=partners,
    )


def members(order_margin: bool) -> SQL:
    """A row for each customer of each campaign, with what they bought from the day of their assignment until their campaign's window closed.

    What counts as sales is for ``documents.sales`` to say. Company currency. ``order_margin``: whether sales orders know their margin.
    """
    return SQL(
        """
        SELECT member.id, member.campaign_id, member.mailing_id, member.partner_id, member.company_id, member.held_out,
               CASE WHEN member.held_out THEN 'held_out' ELSE 'treated' END AS arm, member.assigned_on,
               member.assigned_on + campaign.lifecycle_window_days AS measured_until,
               COALESCE(sold.revenue, 0) AS revenue, COALESCE(sold.margin, 0) AS margin, COALESCE(sold.costed, 0) AS costed_revenue,
               CASE WHEN sold.revenue > 0 THEN 1.0 ELSE 0.0 END AS bought,
               COALESCE(customer.first_purchase_date >= member.assigned_on
                        AND customer.first_purchase_date < member.assigned_on + campaign.lifecycle_window_days, FALSE) AS is_new,
               CASE WHEN customer.value_date IS NOT NULL THEN customer.clv END AS clv
          FROM crm_lifecycle_campaign_member member
          JOIN utm_campaign campaign ON campaign.id = member.campaign_id
          LEFT JOIN crm_lifecycle_customer customer ON customer.partner_id = member.partner_id AND customer.company_id = member.company_id
          LEFT JOIN LATERAL (
            SELECT sum(sale.amount) AS revenue, sum(sale.margin) AS margin, sum(sale.costed) AS costed
              FROM (%(sales)s) sale
             WHERE sale.company_id = member.company_id
               AND sale.day >= member.assigned_on AND sale.day < member.assigned_on + campaign.lifecycle_window_days
          ) sold ON TRUE
        """,
        sales=sales(SQL("= member.partner_id"), order_margin),
    )


def totals(members: SQL, campaign_ids: list[int], company_ids: list[int]) -> SQL:
    """A row for each campaign and group, of customers of these companies: customers, buyers, new ones, means and variances of margin and revenue, and values of the new."""
    return SQL(
        """
        SELECT campaign_id, held_out, count(*) AS customers, count(*) FILTER (WHERE bought > 0) AS buyers,
               count(*) FILTER (WHERE is_new) AS won, avg(margin)::float8 AS margin, COALESCE(var_samp(margin), 0)::float8 AS margin_variance,
               sum(revenue)::float8 AS revenue, sum(costed_revenue)::float8 AS costed,
               avg(clv) FILTER (WHERE is_new)::float8 AS clv, max(measured_until) AS measured_until
          FROM (%s) member
         WHERE campaign_id = ANY(%s) AND company_id = ANY(%s)
         GROUP BY 1, 2
        """,
        members,
        campaign_ids,
        company_ids,
    )

"""Complaints as something that playbooks wait for."""

from odoo.addons.crm_lifecycle.analytics.playbook import Period
from odoo.tools import SQL


def closed_complaints(period: Period) -> SQL:
    """Customers whose complaint was closed; each complaint once, even if it is opened again. One merged into another is not theirs to hear of.

    Rows and period as in ``crm_lifecycle.analytics.playbook``.
    """
    return SQL(
        """
        SELECT commercial_partner_id AS partner_id, 'complaint:' || id AS event_key, closed_at::date AS event_date
          FROM crm_complaint
         WHERE company_id = %(company)s AND is_closed AND active AND merged_into_id IS NULL AND commercial_partner_id IS NOT NULL
           AND kind = 'complaint' AND closed_at >= %(since)s AND closed_at < %(today)s::date + 1 AND %(known)s
        """,
        company=period.company_id,
        since=period.since,
        today=period.today,
        known=SQL("closed_at >= %s", period.known_since) if period.known_since else SQL("TRUE"),
    )
